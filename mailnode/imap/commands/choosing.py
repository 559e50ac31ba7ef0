"""A mailbox chosen and left: SELECT, EXAMINE, CLOSE, UNSELECT (RFC 9051, 6.3.2)."""

from __future__ import annotations

from collections.abc import Iterator

from mailnode.errors import NotPermitted
from mailnode.imap.extension import Extension, State
from mailnode.imap.grammar import Arguments
from mailnode.imap.listing import renamed
from mailnode.imap.selected import Selected
from mailnode.imap.session import Session
from mailnode.model.message import DELETED, SYSTEM_FLAGS

PERMANENT = " ".join([*SYSTEM_FLAGS, "\\*"]).encode()

extension = Extension(9051)


@extension.command(b"SELECT", State.AUTHENTICATED)
async def select(session: Session, arguments: Arguments) -> bytes:
    return await choose(session, arguments, read_only=False)


@extension.command(b"EXAMINE", State.AUTHENTICATED)
async def examine(session: Session, arguments: Arguments) -> bytes:
    return await choose(session, arguments, read_only=True)


async def choose(session: Session, arguments: Arguments, *, read_only: bool) -> bytes:
    """Select a mailbox; if that fails, none is selected."""
    try:
        name = arguments.sp().mailbox()
    except NotPermitted:
        leave(session)
        raise
    arguments.end()
    leave(session)
    mailbox = await session.account.mailbox(name)
    selected = await session.select(mailbox, read_only=read_only)
    session.peer.write(b"".join(opening(session, selected)))
    if session.rev2:
        await renamed(session, name, arguments.given, always=True)
    return b"[READ-ONLY] examined" if read_only else b"[READ-WRITE] selected"


def opening(session: Session, selected: Selected) -> Iterator[bytes]:
    """What a client is told of a mailbox that it selects."""
    view, rev1 = selected.view, not session.rev2
    yield selected.flags_response()
    yield from selected.exists(recent=rev1)
    if not view.uids:
        yield b"* 0 EXISTS\r\n"
        yield b"* 0 RECENT\r\n" if rev1 else b""
    unseen = view.first_unseen() if rev1 else 0
    if unseen:  # For clients of rev1 (RFC 3501, 6.3.1)
        yield b"* OK [UNSEEN %d] the first of them\r\n" % unseen
    permanent = b"" if selected.read_only else PERMANENT
    yield b"* OK [PERMANENTFLAGS (%b)] kept\r\n" % permanent
    uidvalidity = view.mailbox.uidvalidity
    yield b"* OK [UIDVALIDITY %d] for as long as that\r\n" % uidvalidity
    yield b"* OK [UIDNEXT %d] the next one\r\n" % view.edges.uidnext


def leave(session: Session) -> None:
    """What comes now is about another mailbox, or none (RFC 9051, 7.1)."""
    if session.unselect():
        session.say(b"OK [CLOSED] the previous mailbox is closed")


@extension.command(b"CLOSE", State.SELECTED)
async def close(session: Session, arguments: Arguments) -> bytes:
    arguments.end()
    selected = session.mailbox
    if not selected.read_only:
        await selected.view.mailbox.expunge(bearing(session, DELETED))
    session.unselect()  # and no EXPUNGE is told (RFC 9051, 6.4.1)
    return b"closed"


def bearing(session: Session, flag: str) -> list[int]:
    """The UIDs of the messages the client knows that bear a system flag."""
    selected = session.mailbox
    view, last = selected.view, selected.last
    bears = [flag.lower() in flags for flags in view.palette.folded]
    pairs = zip(view.uids, view.flags, strict=True)
    return [uid for uid, flags in pairs if bears[flags] and uid <= last]
