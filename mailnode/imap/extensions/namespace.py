"""NAMESPACE: where a client finds mailboxes (RFC 2342)."""

from __future__ import annotations

from mailnode.imap.extension import Extension, State
from mailnode.imap.grammar import Arguments
from mailnode.imap.session import Session
from mailnode.model.mailbox import SEPARATOR

extension = Extension(2342, capabilities=(b"NAMESPACE",))


@extension.command(b"NAMESPACE", State.AUTHENTICATED)
async def namespace(session: Session, arguments: Arguments) -> bytes:
    """One's own; there are no other users' and no shared ones."""
    arguments.end()
    session.say(b'NAMESPACE (("" "%b")) NIL NIL' % SEPARATOR.encode())
    return b"that is all"
