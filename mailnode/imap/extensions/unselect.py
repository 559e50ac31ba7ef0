"""UNSELECT: leave a mailbox and touch nothing (RFC 3691)."""

from __future__ import annotations

from mailnode.imap.extension import Extension, State
from mailnode.imap.grammar import Arguments
from mailnode.imap.session import Session

extension = Extension(3691, capabilities=(b"UNSELECT",))


@extension.command(b"UNSELECT", State.SELECTED, leaves=True)
async def unselect(session: Session, arguments: Arguments) -> bytes:
    arguments.end()
    session.unselect()
    return b"left as it is"
