"""UIDL: names of messages that stay the same for ever (RFC 1939, 7)."""

from __future__ import annotations

from mailnode.pop3.extension import Extension, State
from mailnode.pop3.listing import send_listing
from mailnode.pop3.session import Session

extension = Extension(2449)
extension.announces(b"UIDL")  # RFC 2449, 6.8


@extension.verb(b"UIDL", State.TRANSACTION)
async def uidl(session: Session, words: bytes) -> bytes | None:
    """The unique id of one message or of all."""
    drop = session.maildrop
    if words:
        index = drop.number(words)
        return b"%d %s" % (index + 1, drop.unique_id(index))
    line = b"%%d %d-%%d\r\n" % drop.mailbox.uidvalidity
    uids = drop.uids
    await send_listing(session, lambda index: line % (index + 1, uids[index]))
    return None
