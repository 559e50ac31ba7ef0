"""Grammar of protocols: octets to values and back, without any I/O."""
