"""NOOP and QUIT (RFC 5321, 4.1.1.9 and 4.1.1.10)."""

from __future__ import annotations

from mailnode.smtp.extension import Extension
from mailnode.smtp.grammar import Arguments
from mailnode.smtp.reply import Reply
from mailnode.smtp.session import Session

extension = Extension(5321)


@extension.verb(b"NOOP", "[SP string]")
async def noop(_session: Session, _arguments: Arguments) -> Reply:
    """Do nothing, whatever stands behind it."""
    return Reply(250, "2.0.0", "still here")


@extension.verb(b"QUIT")
async def quit_(_session: Session, arguments: Arguments) -> Reply:
    """Part; an open transaction is forgotten."""
    arguments.end()
    return Reply(221, "2.0.0", "goodbye", last=True)
