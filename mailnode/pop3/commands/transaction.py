"""STAT, LIST, RETR, DELE, NOOP and RSET (RFC 1939, 5)."""

from __future__ import annotations

from mailnode.pop3.content import send
from mailnode.pop3.extension import Extension, State
from mailnode.pop3.grammar import nothing
from mailnode.pop3.listing import send_listing
from mailnode.pop3.session import Session

extension = Extension(1939)


@extension.verb(b"STAT", State.TRANSACTION)
async def stat(session: Session, words: bytes) -> bytes:
    """How many messages and how many octets, without the deleted ones."""
    nothing(words)
    return b"%d %d" % (session.maildrop.count, session.maildrop.size)


@extension.verb(b"LIST", State.TRANSACTION)
async def list_(session: Session, words: bytes) -> bytes | None:
    """The size of one message or of all."""
    drop = session.maildrop
    sizes = drop.sizes
    if words:
        index = drop.number(words)
        return b"%d %d" % (index + 1, sizes[index])
    await send_listing(session, lambda index: b"%d %d\r\n" % (index + 1, sizes[index]))
    return None


@extension.verb(b"RETR", State.TRANSACTION)
async def retr(session: Session, words: bytes) -> None:
    """A whole message."""
    drop = session.maildrop
    index = drop.number(words)
    octets = await drop.content(index)
    first = b"+OK %d octets\r\n" % octets.size
    await send(session.peer, octets, first, utf8=session.utf8)
    drop.retrieved(index)


@extension.verb(b"DELE", State.TRANSACTION)
async def dele(session: Session, words: bytes) -> bytes:
    """Mark a message; it is removed after QUIT."""
    index = session.maildrop.number(words)
    session.maildrop.delete(index)
    return b"message %d is deleted" % (index + 1)


@extension.verb(b"NOOP", State.TRANSACTION)
async def noop(session: Session, words: bytes) -> bytes:  # noqa: ARG001 - it does nothing
    """Nothing."""
    nothing(words)
    return b""


@extension.verb(b"RSET", State.TRANSACTION)
async def rset(session: Session, words: bytes) -> bytes:
    """No message is marked as deleted any more."""
    nothing(words)
    session.maildrop.restore()
    return b"%d messages (%d octets)" % (session.maildrop.count, session.maildrop.size)
