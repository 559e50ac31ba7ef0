"""What later RFCs added to POP3, one module each (RFC 2449)."""
