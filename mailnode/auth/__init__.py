"""Who may come in, and what they find: twisted.cred for mail."""
