"""LITERAL+: literals that do not wait to be asked for (RFC 7888).

They are gathered in L{mailnode.imap.command}; here they are announced.
"""

from __future__ import annotations

from mailnode.imap.extension import Extension

extension = Extension(7888, capabilities=(b"LITERAL+",))
