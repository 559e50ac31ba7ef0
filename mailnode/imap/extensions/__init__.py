"""What other RFCs add; a module is an extension, and there is no list of them."""
