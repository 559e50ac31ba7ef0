"""The nouns of mail, as values that never change."""
