"""What becomes of a message between a session and the store."""
