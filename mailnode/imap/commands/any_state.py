"""Commands for everyone: CAPABILITY, NOOP, LOGOUT (RFC 9051, 6.1)."""

from __future__ import annotations

from mailnode.imap.extension import Extension, State
from mailnode.imap.grammar import Arguments
from mailnode.imap.session import Session

extension = Extension(9051, capabilities=(b"IMAP4rev1", b"IMAP4rev2"))


@extension.command(b"CAPABILITY", State.ANY)
async def capability(session: Session, arguments: Arguments) -> bytes:
    arguments.end()
    session.say(b"CAPABILITY", *session.capabilities())
    return b"that is all"


@extension.command(b"NOOP", State.ANY)
async def noop(_: Session, arguments: Arguments) -> bytes:
    arguments.end()
    return b"nothing done"


@extension.command(b"LOGOUT", State.ANY)
async def logout(session: Session, arguments: Arguments) -> bytes:
    arguments.end()
    session.unselect()
    session.say(b"BYE until later")  # RFC 9051, 7.1.5: before the tagged OK
    session.done = True
    return b"logged out"
