"""ID: who is at each end (RFC 2971)."""

from __future__ import annotations

from mailnode import __version__
from mailnode.errors import TooMany
from mailnode.imap.extension import Extension, State
from mailnode.imap.grammar import Arguments
from mailnode.imap.session import Session

PAIRS = 30
"""Fields a client may send (RFC 2971, 3.3)."""

extension = Extension(2971, capabilities=(b"ID",))


@extension.command(b"ID", State.ANY)
async def id_(session: Session, arguments: Arguments) -> bytes:
    """Whatever the client says of itself means nothing to us."""
    if not arguments.sp().take(b"NIL"):

        def pair() -> None:
            arguments.string()
            arguments.sp().nstring()

        if len(arguments.listed(pair, empty=True)) > PAIRS:
            raise TooMany(f"at most {PAIRS} fields")
    arguments.end()
    session.say(b'ID ("name" "mailnode" "version" "%b")' % __version__.encode())
    return b"pleased to meet you"
