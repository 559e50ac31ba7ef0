"""Addresses as people and configurations write them (RFC 5321, 4.1.2)."""

from __future__ import annotations

from mailnode.errors import SyntaxFault
from mailnode.model.envelope import Address
from mailnode.wire.path import PathCursor


def address(text: str) -> Address:
    """Read C{ana@example.org}: a mailbox, without angle brackets.

    @raise SyntaxFault: when it is no address.
    """
    try:
        octets = text.encode()
    except UnicodeEncodeError:
        raise SyntaxFault("an address in Unicode") from None
    cursor = PathCursor(octets)
    found = cursor.mailbox()
    cursor.end()
    return found
