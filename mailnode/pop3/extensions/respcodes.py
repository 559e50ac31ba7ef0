"""RESP-CODES: what begins with a bracket is for programs (RFC 2449, 6.4 and 8)."""

from __future__ import annotations

from mailnode.pop3.extension import Extension

extension = Extension(2449)
extension.announces(b"RESP-CODES")
