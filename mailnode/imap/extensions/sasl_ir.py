"""SASL-IR: an initial response on the line of AUTHENTICATE (RFC 4959).

It is read in L{mailnode.imap.commands.stranger}; here it is announced.
"""

from __future__ import annotations

from mailnode.imap.extension import Extension

extension = Extension(4959, capabilities=(b"SASL-IR",))
