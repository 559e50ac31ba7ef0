"""STLS: begin TLS (RFC 2595, 4)."""

from __future__ import annotations

from mailnode.pop3.extension import Extension, State
from mailnode.pop3.grammar import nothing
from mailnode.pop3.reply import Refused
from mailnode.pop3.session import Session

extension = Extension(2595)


@extension.capability(b"STLS")
def stls_capability(session: Session) -> bytes | None:
    """Announced while it is possible."""
    return b"" if session.peer.can_start_tls() else None


@extension.verb(b"STLS", State.AUTHORIZATION)
async def stls(session: Session, words: bytes) -> None:
    """Agree, shake hands, and know nothing of what was said before."""
    nothing(words)
    if session.utf8:
        raise Refused("STLS comes before UTF8")  # RFC 6856, 2.1
    if not session.peer.can_start_tls():
        raise Refused("TLS is on already" if session.peer.secure else "there is no TLS")
    session.peer.write(b"+OK begin TLS\r\n")
    await session.peer.start_tls()
    session.forget()
