"""What mail is in JMAP: its objects, how they are looked for and changed (RFC 8621)."""
