"""The way in: STARTTLS, AUTHENTICATE, LOGIN (RFC 9051, 6.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailnode.errors import NotFound, PrivacyRequired, SyntaxFault
from mailnode.imap.extension import Extension, State, Then
from mailnode.imap.grammar import Arguments
from mailnode.imap.response import Refusal
from mailnode.imap.session import Session
from mailnode.interfaces.account import IMailAccount

INITIAL = re.compile(rb"=|[A-Za-z0-9+/]+={0,2}")
"""C{initial-resp} (RFC 4959, 4)."""

extension = Extension(9051)


@extension.capability
def ways_in(session: Session) -> Iterator[bytes]:
    """What a stranger may try; nothing of it concerns those who are in."""
    if session.person is not None:
        return
    if session.peer.can_start_tls():
        yield b"STARTTLS"
    if not session.gate.admits_passwords(session.peer):
        yield b"LOGINDISABLED"  # RFC 9051, 6.2.3
    for mechanism in session.gate.mechanisms(session.peer):
        yield b"AUTH=" + mechanism


@extension.command(b"STARTTLS", State.STRANGER)
async def starttls(session: Session, arguments: Arguments) -> Then:
    arguments.end()
    if not session.peer.can_start_tls():
        raise SyntaxFault("a connection that TLS can begin on")
    return Then(b"begin TLS now", session.peer.start_tls)


@extension.command(b"LOGIN", State.STRANGER)
async def login(session: Session, arguments: Arguments) -> bytes:
    user = arguments.sp().astring()
    password = arguments.sp().astring()
    arguments.end()
    if not session.gate.admits_passwords(session.peer):
        raise PrivacyRequired("passwords are for TLS")
    person = await session.gate.password(user, password, session.peer, IMailAccount)
    return session.welcome(person)


@extension.command(b"AUTHENTICATE", State.STRANGER)
async def authenticate(session: Session, arguments: Arguments) -> bytes:
    mechanism = arguments.sp().word()
    initial = None
    if arguments.take(b" "):
        initial = arguments.expect(INITIAL, "an initial response")
    arguments.end()
    try:
        person = await session.gate.sasl(
            mechanism, session.prompt, initial, session.peer, IMailAccount
        )
    except NotFound:
        raise Refusal(b"CANNOT", "no such mechanism") from None
    return session.welcome(person)
