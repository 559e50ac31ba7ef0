"""How mail comes in: the servers of SMTP (RFC 5321) and LMTP (RFC 2033)."""
