"""The commands every POP3 server has (RFC 1939)."""
