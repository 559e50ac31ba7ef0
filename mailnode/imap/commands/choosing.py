"""A mailbox chosen and left: SELECT, EXAMINE, CLOSE, UNSELECT (RFC 9051, 6.3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mailnode.errors import NotPermitted
from mailnode.imap.extension import Extension, Implied, State
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
    asked, following = parameters(session, arguments)
    arguments.end()
    leave(session)
    await session.imply(asked)
    mailbox = await session.account.mailbox(name)
    selected = await session.select(mailbox, read_only=read_only)
    session.peer.write(b"".join(opening(session, selected)))
    for code in session.repertoire.select_codes:
        session.say(b"OK", code(selected.view))
    for follow in following:
        await follow(session)
    if session.rev2:
        await renamed(session, name, arguments.given, always=True)
    return b"[READ-ONLY] examined" if read_only else b"[READ-WRITE] selected"


def parameters(
    session: Session, arguments: Arguments
) -> tuple[list[bytes], list[Implied]]:
    """C{select-params}, if there are any: their names, and what follows from them."""
    known = session.repertoire.select_params
    following: list[Implied] = []

    def parameter() -> bytes:
        name = arguments.one_of(known, "a parameter of SELECT")
        following.append(known[name](session, arguments))
        return name

    names = arguments.listed(parameter) if arguments.take(b" ") else []
    return names, following


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


@extension.command(b"CLOSE", State.SELECTED, leaves=True)
async def close(session: Session, arguments: Arguments) -> bytes:
    arguments.end()
    selected = session.mailbox
    uids = [] if selected.read_only else bearing(session, DELETED)
    code = await expunged(session, uids)
    session.unselect()  # and no EXPUNGE is told (RFC 9051, 6.4.1)
    return code + b"closed"


async def expunged(session: Session, uids: Sequence[int]) -> bytes:
    """Expunge messages; the response code with which that is told.

    Only those who resynchronize need one (RFC 7162, 3.2.7 and 3.2.8).
    """
    selected = session.mailbox
    if not uids:
        return b""
    await selected.view.mailbox.expunge(uids)
    return latest(session)


def latest(session: Session) -> bytes:
    """C{[HIGHESTMODSEQ ...]} for those who hear of VANISHED."""
    selected = session.mailbox
    if not selected.vanishes:
        return b""
    return b"[HIGHESTMODSEQ %d] " % selected.view.edges.highest


def bearing(session: Session, flag: str) -> list[int]:
    """The UIDs of the messages the client knows that bear a system flag."""
    selected = session.mailbox
    view, last = selected.view, selected.last
    bears = [flag.lower() in flags for flags in view.palette.folded]
    pairs = zip(view.uids, view.flags, strict=True)
    return [uid for uid, flags in pairs if bears[flags] and uid <= last]
