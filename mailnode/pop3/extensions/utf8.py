"""UTF8: messages in UTF-8 are sent as they are (RFC 6856, 2)."""

from __future__ import annotations

from mailnode.pop3.extension import Extension, State
from mailnode.pop3.grammar import nothing
from mailnode.pop3.session import Session

extension = Extension(6856)


@extension.capability(b"UTF8")
def utf8_capability(session: Session) -> bytes:  # noqa: ARG001 - always so
    """Names and passwords may be UTF-8 as well (RFC 6856, 2.2)."""
    return b"USER"


@extension.verb(b"UTF8", State.AUTHORIZATION)
async def utf8(session: Session, words: bytes) -> bytes:
    """From now on the client can read UTF-8."""
    nothing(words)
    session.utf8 = True
    return b"UTF-8 it is"
