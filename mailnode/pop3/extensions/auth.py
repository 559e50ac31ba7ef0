"""AUTH: log in by a SASL mechanism (RFC 5034)."""

from __future__ import annotations

from mailnode.errors import NotFound
from mailnode.interfaces.account import IMailAccount
from mailnode.pop3.extension import Extension, State
from mailnode.pop3.session import Session

extension = Extension(5034)

RESPONSE_LIMIT = 12288
"""Octets of a response in base64: what RFC 4954, 4 found to be enough for
all mechanisms.  The command itself is as short as any other (RFC 5034, 4)."""


@extension.capability(b"SASL")
def sasl(session: Session) -> bytes | None:
    """The mechanisms this client may use now (RFC 2449, 6.3)."""
    return b" ".join(session.gate.mechanisms(session.peer)) or None


@extension.verb(b"AUTH", State.AUTHORIZATION)
async def auth(session: Session, words: bytes) -> bytes | None:
    """C{AUTH mechanism [initial-response]}.

    Without a mechanism it lists them, which is no part of RFC 5034 but what
    old clients ask instead of CAPA.
    """
    mechanism, _, initial = words.partition(b" ")
    mechanisms = session.gate.mechanisms(session.peer)
    if not mechanism:
        session.peer.write(b"\r\n".join([b"+OK", *mechanisms, b".", b""]))
        return None
    if mechanism.upper() not in mechanisms:
        raise NotFound("no such mechanism here and now")

    async def ask(challenge: bytes) -> bytes:
        session.peer.write(b"+ " + challenge + b"\r\n")
        return await session.peer.line(RESPONSE_LIMIT)

    account = await session.gate.sasl(
        mechanism.upper(), ask, initial or None, session.peer, IMailAccount
    )
    return await session.welcome(account)
