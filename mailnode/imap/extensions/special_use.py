"""SPECIAL-USE: what mailboxes are kept for (RFC 6154)."""

from __future__ import annotations

from mailnode.imap.extension import Extension
from mailnode.imap.grammar import Arguments
from mailnode.imap.listing import Listing

extension = Extension(6154, capabilities=(b"SPECIAL-USE",))


@extension.list_select(b"SPECIAL-USE")
def only_special(listing: Listing, _: Arguments) -> None:
    listing.criteria[b"SPECIAL-USE"] = lambda place: place.special


@extension.list_return(b"SPECIAL-USE")
def with_uses(_: Listing, __: Arguments) -> None:
    """We always say what a mailbox is for (RFC 6154, 2)."""
