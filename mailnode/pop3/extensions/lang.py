"""LANG: in which language we answer (RFC 6856, 3)."""

from __future__ import annotations

from mailnode.pop3.extension import Extension
from mailnode.pop3.reply import Refused
from mailnode.pop3.session import Session

extension = Extension(6856)
extension.announces(b"LANG")

SPOKEN = {b"EN": b"en", b"I-DEFAULT": b"i-default", b"*": b"en"}
"""What may be asked for, and what we speak then; all of it is English."""


@extension.verb(b"LANG")
async def lang(session: Session, words: bytes) -> bytes | None:
    """List the languages, or choose one by a range (RFC 4647, 2.1)."""
    if not words:
        session.peer.write(b"+OK languages\r\nen English\r\ni-default English\r\n.\r\n")
        return None
    tag = SPOKEN.get(words.upper())
    if tag is None:
        raise Refused("that language is not spoken here")
    return tag + b" as you wish"
