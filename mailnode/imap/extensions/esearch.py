"""ESEARCH: counts and ends of a result in place of all of it (RFC 4731).

It is part of SEARCH in RFC 9051, and there it is; here it is announced.
"""

from __future__ import annotations

from mailnode.imap.extension import Extension

extension = Extension(4731, capabilities=(b"ESEARCH",))
