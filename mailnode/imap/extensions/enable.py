"""ENABLE: the client says which extensions it is ready for (RFC 5161)."""

from __future__ import annotations

from mailnode.errors import SyntaxFault
from mailnode.imap.extension import Extension, State
from mailnode.imap.grammar import Arguments
from mailnode.imap.session import Session

extension = Extension(5161, capabilities=(b"ENABLE",), enables=(b"IMAP4REV2",))


@extension.command(b"ENABLE", State.AUTHENTICATED)
async def enable(session: Session, arguments: Arguments) -> bytes:
    asked = arguments.sp().spaced(arguments.word)
    arguments.end()
    if session.state is State.SELECTED:
        raise SyntaxFault("this before a mailbox is selected")  # RFC 9051, 6.3.1
    known = session.repertoire.enables
    fresh = [name for name in dict.fromkeys(asked) if name in known]
    fresh = [name for name in fresh if name not in session.enabled]
    session.enabled.update(fresh)
    session.say(b"ENABLED", *fresh)
    return b"enabled"
