"""JMAP: methods called in JSON, over whatever carries it (RFC 8620)."""
