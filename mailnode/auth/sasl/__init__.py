"""SASL (RFC 4422): each module is one mechanism, a coroutine that may ask."""
