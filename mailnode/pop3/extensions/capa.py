"""CAPA: what this server can do (RFC 2449, 5)."""

from __future__ import annotations

from mailnode.pop3.extension import Extension
from mailnode.pop3.grammar import nothing
from mailnode.pop3.session import Session

extension = Extension(2449)


@extension.verb(b"CAPA")
async def capa(session: Session, words: bytes) -> None:
    """Every tag with its arguments, a line each."""
    nothing(words)
    lines = [b"+OK I can do this"]
    for tag, announce in session.repertoire.capabilities.items():
        arguments = announce(session)
        if arguments is not None:
            lines.append(tag + b" " + arguments if arguments else tag)
    session.peer.write(b"\r\n".join([*lines, b".", b""]))
