"""mailnodectl: what an operator does by hand, with or without a running server."""
