"""LMTP: how it greets (RFC 2033); the replies for each recipient are in C{content}."""

from __future__ import annotations

from mailnode.smtp.commands.hello import extended
from mailnode.smtp.extension import LMTP, Extension
from mailnode.smtp.grammar import Arguments
from mailnode.smtp.reply import Reply
from mailnode.smtp.session import Session

extension = Extension(2033, dialects=LMTP)


@extension.verb(b"LHLO", "SP domain")
async def lhlo(session: Session, arguments: Arguments) -> Reply:
    """What EHLO is to SMTP (RFC 2033, 4.1)."""
    return await extended(session, arguments)
