"""How mail comes in and goes out: SMTP (RFC 5321), and LMTP to come in (RFC 2033)."""
