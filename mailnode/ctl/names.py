"""Addresses as an operator writes them, and as directories know them."""

from __future__ import annotations

from mailnode.ctl.verb import Refused
from mailnode.errors import SyntaxFault
from mailnode.wire.address import address as read_address
from mailnode.wire.domain import canonical


def address(written: str) -> str:
    """An address, case folded.

    @raise Refused: when it is none.
    """
    try:
        found = read_address(written)
    except SyntaxFault:
        raise Refused(
            f"{written} is not an address", "Write one such as ana@example.org."
        ) from None
    return found.key


def alias_name(written: str) -> str:
    """An address, or C{@domain} for the catch-all of a domain.

    @raise Refused: when it is neither.
    """
    if not written.startswith("@"):
        return address(written)
    try:
        return f"@{canonical(written[1:])}"
    except SyntaxFault:
        raise Refused(
            f"{written} is not a catch-all", "Write one such as @example.org."
        ) from None
