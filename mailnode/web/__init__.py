"""HTTP/1.1 on twisted.web, its resources coroutines (RFC 9110, RFC 9112)."""
