"""The methods of JMAP; a module is an extension, and there is no list of them."""
