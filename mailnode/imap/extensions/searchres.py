"""SEARCHRES: C{$} stands for the last result that was saved (RFC 5182).

It is part of SEARCH in RFC 9051, and there it is; here it is announced.
"""

from __future__ import annotations

from mailnode.imap.extension import Extension

extension = Extension(5182, capabilities=(b"SEARCHRES",))
