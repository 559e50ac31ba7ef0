"""The verbs every SMTP server knows (RFC 5321, 4.1); each module is an extension."""
