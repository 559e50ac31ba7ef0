"""IDLE: the client waits and we speak first (RFC 2177)."""

from __future__ import annotations

from mailnode.errors import SyntaxFault
from mailnode.imap.extension import Extension, State
from mailnode.imap.grammar import Arguments
from mailnode.imap.session import Session

extension = Extension(2177, capabilities=(b"IDLE",))


@extension.command(b"IDLE", State.AUTHENTICATED)
async def idle(session: Session, arguments: Arguments) -> bytes:
    arguments.end()
    await session.tell()
    if session.done:
        return b"never mind"
    session.listen()
    try:
        answer = await session.prompt(b"idling")
    finally:
        session.deafen()
    if answer.upper() != b"DONE":
        raise SyntaxFault("DONE")
    return b"idled"
