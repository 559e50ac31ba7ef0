"""UIDPLUS: UID EXPUNGE, and where messages went (RFC 4315)."""

from __future__ import annotations

from mailnode.imap.extension import Extension

extension = Extension(4315, capabilities=(b"UIDPLUS",))
