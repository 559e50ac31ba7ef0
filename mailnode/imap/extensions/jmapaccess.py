"""JMAPACCESS: the same mail is there by JMAP, under the same ids (RFC 9698)."""

from __future__ import annotations

from collections.abc import Iterable

from mailnode.errors import SyntaxFault
from mailnode.imap.extension import Extension, State
from mailnode.imap.grammar import Arguments
from mailnode.imap.session import Session

extension = Extension(9698)


@extension.capability
def announced(session: Session) -> Iterable[bytes]:
    """Only to people, and only if they can come by HTTP (RFC 9698, 3)."""
    known = session.options.jmap and session.state >= State.AUTHENTICATED
    return (b"JMAPACCESS",) if known else ()


@extension.command(b"GETJMAPACCESS", State.AUTHENTICATED)
async def getjmapaccess(session: Session, arguments: Arguments) -> bytes:
    """Where the session object of JMAP is.

    @raise SyntaxFault: when we do not know: a BAD (RFC 9698, 3).
    """
    arguments.end()
    if not session.options.jmap:
        raise SyntaxFault("a server that knows of JMAP")
    session.say(b'JMAPACCESS "%b"' % session.options.jmap.encode())
    return b"by JMAP, too"
