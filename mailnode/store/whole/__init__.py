"""The mail of an account as a whole: emails in mailboxes, threads of emails (RFC 8621, 1.1)."""
