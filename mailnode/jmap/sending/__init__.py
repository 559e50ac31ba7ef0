"""Mail that leaves, as JMAP has it (RFC 8621, 6 and 7)."""
