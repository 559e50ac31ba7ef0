"""xtext: any octets in printable characters without spaces (RFC 3461, 4)."""

from __future__ import annotations

import re

from mailnode.errors import SyntaxFault

XTEXT = re.compile(rb"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")
"""C{*( xchar / hexchar )}"""

_HEXCHAR = re.compile(rb"\+(..)")
_NOT_XCHAR = re.compile(rb"[^!-*,-<>-~]")


def read(text: bytes) -> bytes:
    """What an xtext stands for; it may hold any octet, line ends included.

    @raise SyntaxFault: when it is no xtext.
    """
    valid = XTEXT.match(text)
    if valid is None or valid.end() < len(text):
        raise SyntaxFault("xtext", valid.end() if valid else 0)
    return _HEXCHAR.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), text)


def written(octets: bytes) -> bytes:
    """Octets as an xtext."""
    return _NOT_XCHAR.sub(lambda found: b"+%02X" % found[0][0], octets)
