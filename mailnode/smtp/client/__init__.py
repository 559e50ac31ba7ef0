"""How mail is brought to other servers: the client of SMTP (RFC 5321)."""
