"""Mailbox names for clients that know no UTF-8: modified UTF-7 (RFC 9051, A.1)."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error

from mailnode.errors import SyntaxFault

SHIFTED = re.compile("&|[^\x20-\x7e]+")
"""What does not stand for itself."""
SHIFT = re.compile(rb"&([A-Za-z0-9+,]*)-")


def encode(name: str) -> bytes:
    """A name in modified UTF-7; there is one form for each name."""

    def shift(found: re.Match[str]) -> str:
        if found[0] == "&":
            return "&-"
        octets = b64encode(found[0].encode("utf-16-be"), b"+,")
        return "&" + octets.rstrip(b"=").decode() + "-"

    return SHIFTED.sub(shift, name).encode("ascii")


def decode(name: bytes) -> str:
    """What a name in modified UTF-7 says.

    Only the one right form is read: no superfluous shift, no printable ASCII
    in base64, no half of a surrogate pair.

    @raise SyntaxFault: when it is anything else.
    """

    def unshift(found: re.Match[bytes]) -> bytes:
        digits = found[1]
        if not digits:
            return b"&"
        octets = b64decode(digits + b"=" * (-len(digits) % 4), b"+,")
        return octets.decode("utf-16-be").encode()

    try:
        said = SHIFT.sub(unshift, name).decode()
        if encode(said) != name:
            raise SyntaxFault("a mailbox name in modified UTF-7")
    except (Error, UnicodeError) as error:
        raise SyntaxFault("a mailbox name in modified UTF-7") from error
    return said
