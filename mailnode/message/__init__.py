"""Grammar of messages: what is in them, and where (RFC 5322, RFC 2045)."""
