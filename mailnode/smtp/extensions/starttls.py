"""STARTTLS: go on in private (RFC 3207)."""

from __future__ import annotations

from mailnode.smtp.extension import Extension
from mailnode.smtp.grammar import Arguments
from mailnode.smtp.reply import Refused, Reply
from mailnode.smtp.session import Session

extension = Extension(3207)


@extension.keyword("STARTTLS")
def offer(session: Session) -> str | None:
    """Only where it is possible, and not a second time (RFC 3207, 4.2)."""
    return "" if session.peer.can_start_tls() else None


@extension.verb(b"STARTTLS")
async def starttls(session: Session, arguments: Arguments) -> None:
    """Begin TLS; all that was said before is forgotten (RFC 3207, 4.2).

    Not within a transaction: it would be forgotten too, and a client that
    thinks otherwise is better told.
    """
    arguments.end()
    if session.peer.secure:
        raise Refused(503, "5.5.1", "TLS is on already")
    if not session.peer.can_start_tls():
        raise Refused(502, "5.5.1", "there is no TLS here")
    if session.transaction is not None:
        raise Refused(503, "5.5.1", "not within a transaction")
    session.say(Reply(220, "2.0.0", "go on in private"))
    await session.peer.start_tls()
    await session.restart()
