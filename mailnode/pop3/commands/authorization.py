"""USER, PASS and QUIT: coming and going (RFC 1939, 4 to 7)."""

from __future__ import annotations

from mailnode.errors import BadCredentials, PrivacyRequired, SyntaxFault
from mailnode.interfaces.account import IMailAccount
from mailnode.pop3.extension import Extension, State
from mailnode.pop3.grammar import nothing
from mailnode.pop3.reply import Refused
from mailnode.pop3.session import Session

extension = Extension(1939)


@extension.capability(b"USER")
def user_capability(session: Session) -> bytes | None:
    """Announced where it may be used (RFC 2449, 6.2)."""
    return b"" if session.gate.admits_passwords(session.peer) else None


@extension.verb(b"USER", State.AUTHORIZATION)
async def user(session: Session, name: bytes) -> bytes:
    """Any name is welcome, so that nobody learns which ones there are."""
    if not name:
        raise SyntaxFault("a name")
    if not session.gate.admits_passwords(session.peer):
        raise PrivacyRequired("passwords may be said under TLS only")
    session.user = name
    return b"and the password?"


@extension.verb(b"PASS", State.AUTHORIZATION)
async def password(session: Session, secret: bytes) -> bytes:
    """The password is everything after the space (RFC 1939, 7)."""
    name, session.user = session.user, None
    if name is None:
        raise Refused("USER comes first")
    for each in (name, secret):
        readable(each)
    account = await session.gate.password(name, secret, session.peer, IMailAccount)
    return await session.welcome(account)


def readable(words: bytes) -> None:
    """Names and passwords are UTF-8 or they are wrong (RFC 6856, 2.2).

    @raise BadCredentials: when they are not.
    """
    try:
        words.decode()
    except UnicodeDecodeError:
        raise BadCredentials("names and passwords are UTF-8") from None


@extension.verb(b"QUIT")
async def quit_(session: Session, words: bytes) -> bytes:
    """Goodbye; only now messages are removed (RFC 1939, 6)."""
    nothing(words)
    session.state = State.UPDATE
    if session.opened is None:
        return b"goodbye"
    await session.opened.update(seen=session.options.seen)
    return b"goodbye, %d messages left" % session.opened.count
