"""Addresses as an operator writes them, and as directories know them."""

from __future__ import annotations

from mailnode.ctl.verb import Refused
from mailnode.errors import SyntaxFault
from mailnode.model.envelope import Address
from mailnode.wire.address import address as read_address
from mailnode.wire.domain import canonical
from mailnode.wire.path import mailbox


def address(written: str) -> str:
    """An address, case folded.

    @raise Refused: when it is none.
    """
    return read(written).key


def target(written: str) -> str:
    """An address that mail is sent on to, whose case is for others to judge.

    @raise Refused: when it is none.
    """
    return mailbox(read(written)).decode()


def read(written: str) -> Address:
    """An address.

    @raise Refused: when it is none.
    """
    try:
        return read_address(written)
    except SyntaxFault:
        raise Refused(
            f"{written} is not an address", "Write one such as ana@example.org."
        ) from None


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
