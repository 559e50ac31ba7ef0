"""What emails are sorted by when that is text (RFC 8621, 4.4.2)."""

from __future__ import annotations

from functools import lru_cache

from mailnode.message.addresses import address_list
from mailnode.message.words import decoded
from mailnode.query import fold

LENGTH = 100
"""Characters that decide; nobody sees further."""
REMEMBERED = 200
"""Octets of a field that is remembered: people write to the same few."""


def first_name(value: bytes) -> str:
    """The name of the first in a list of addresses, or the address for want of it.

    @param value: of From or To, unfolded; nothing without one.
    """
    if not value:
        return ""
    return _remembered(value) if len(value) <= REMEMBERED else _first_name(value)


def _first_name(value: bytes) -> str:
    for entry in address_list(value):
        if entry.host is not None:  # RFC 5322, 3.4: no name of a group
            at = b"@" if entry.host else b""
            address = (entry.mailbox or b"") + at + entry.host
            return sortable(decoded(entry.name or address))
    return ""


_remembered = lru_cache(maxsize=1024)(_first_name)


def sortable(text: str) -> str:
    """The form of a text in which it is compared."""
    return fold(" ".join(text.replace("\0", " ").split())[:LENGTH])
