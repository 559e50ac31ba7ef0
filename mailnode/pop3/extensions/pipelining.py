"""PIPELINING: commands may be sent before the last is answered (RFC 2449, 6.6)."""

from __future__ import annotations

from mailnode.pop3.extension import Extension

extension = Extension(2449)
extension.announces(b"PIPELINING")
