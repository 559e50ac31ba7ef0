"""How mail leaves: when it is tried, by whom it is carried, and who is told of it."""
