"""Mailboxes made and kept: CREATE to STATUS (RFC 9051, 6.3.4 to 6.3.11)."""

from __future__ import annotations

from mailnode.errors import AlreadyExists, NotFound, NotPermitted
from mailnode.imap.extension import Extension, State
from mailnode.imap.grammar import Arguments
from mailnode.imap.listing import places, renamed
from mailnode.imap.response import Refusal
from mailnode.imap.session import Session
from mailnode.imap.status import say_status, status_atts
from mailnode.model.mailbox import INBOX, Status

extension = Extension(9051)


@extension.command(b"CREATE", State.AUTHENTICATED)
async def create(session: Session, arguments: Arguments) -> bytes:
    name = arguments.sp().new_mailbox()
    arguments.end()
    if name == INBOX:
        raise AlreadyExists("INBOX is always there")
    mailbox = await session.account.create(name)
    await renamed(session, name, arguments.given)
    codes = [b"[%b] " % code(mailbox) for code in session.repertoire.create_codes]
    return b"".join(codes[:1]) + b"created"


@extension.command(b"DELETE", State.AUTHENTICATED)
async def delete(session: Session, arguments: Arguments) -> bytes:
    name = arguments.sp().mailbox()
    arguments.end()
    if name == INBOX:
        raise NotPermitted("INBOX stays")
    await remove(session, name)
    if session.selected is not None and session.selected.view.gone:
        session.unselect()
        session.say(b"OK [CLOSED] the selected mailbox is no more")
    return b"deleted"


async def remove(session: Session, name: str) -> None:
    """Delete a mailbox.

    @raise Refusal: HASCHILDREN for a level that is none (RFC 9051, 6.3.5).
    """
    try:
        await session.account.delete(name)
    except NotFound:
        everywhere = places(await session.account.mailboxes())
        if any(place.name == name for place in everywhere):
            raise Refusal(b"HASCHILDREN", "only those below it are there") from None
        raise


@extension.command(b"RENAME", State.AUTHENTICATED)
async def rename(session: Session, arguments: Arguments) -> bytes:
    name = arguments.sp().mailbox()
    to = arguments.sp().new_mailbox()
    arguments.end()
    if to == INBOX:
        raise AlreadyExists("INBOX is always there")
    await session.account.rename(name, to)
    await renamed(session, to, arguments.given)
    return b"renamed"


@extension.command(b"SUBSCRIBE", State.AUTHENTICATED)
async def subscribe(session: Session, arguments: Arguments) -> bytes:
    name = arguments.sp().mailbox()
    arguments.end()
    await session.account.subscribe(name)
    return b"subscribed"


@extension.command(b"UNSUBSCRIBE", State.AUTHENTICATED)
async def unsubscribe(session: Session, arguments: Arguments) -> bytes:
    name = arguments.sp().mailbox()
    arguments.end()
    try:
        await session.account.subscribe(name, subscribed=False)
    except NotFound:
        return b"it was not"  # RFC 9051, 6.3.8: that is a success
    return b"unsubscribed"


@extension.command(b"STATUS", State.AUTHENTICATED)
async def status(session: Session, arguments: Arguments) -> bytes:
    name = arguments.sp().mailbox()
    atts = status_atts(session, arguments.sp())
    arguments.end()
    await session.imply(atts)
    await say_status(session, name, atts)
    return b"as of now"


@extension.status_att(b"MESSAGES")
def messages(status: Status) -> int:
    return status.messages


@extension.status_att(b"UIDNEXT")
def uidnext(status: Status) -> int:
    return status.uidnext


@extension.status_att(b"UIDVALIDITY")
def uidvalidity(status: Status) -> int:
    return status.uidvalidity


@extension.status_att(b"UNSEEN")
def unseen(status: Status) -> int:
    return status.unseen


@extension.status_att(b"DELETED")
def deleted(status: Status) -> int:
    return status.deleted
