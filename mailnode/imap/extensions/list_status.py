"""LIST-STATUS: STATUS with every mailbox listed (RFC 5819)."""

from __future__ import annotations

from mailnode.imap.extension import Extension
from mailnode.imap.grammar import Arguments
from mailnode.imap.listing import Listing
from mailnode.imap.status import status_atts

extension = Extension(5819, capabilities=(b"LIST-STATUS",))


@extension.list_return(b"STATUS")
def with_status(listing: Listing, arguments: Arguments) -> None:
    listing.status = status_atts(listing.session, arguments.sp())
