"""AUTH: log in by a SASL mechanism, to hand in mail (RFC 4954)."""

from __future__ import annotations

from mailnode.errors import (
    Cancelled,
    NotFound,
    PrivacyRequired,
    SyntaxFault,
    TooLarge,
    Unavailable,
)
from mailnode.interfaces.delivery import IDelivery
from mailnode.model.envelope import Sender
from mailnode.smtp.extension import SUBMISSION, Extension
from mailnode.smtp.grammar import Arguments
from mailnode.smtp.reply import Refused, Reply
from mailnode.smtp.session import Session
from mailnode.wire import xtext
from mailnode.wire.address import address

RESPONSE_LIMIT = 12288
"""Octets of a response in base64 (RFC 4954, 4).  The command itself is as short
as any other; what does not fit comes after a 334."""
MAILBOX_LIMIT = 500
"""Octets of AUTH=mailbox (RFC 4954, 3)."""
NOBODY = "<>"

FAILURES: dict[type[Exception], tuple[int, str]] = {
    NotFound: (504, "5.5.4"),
    PrivacyRequired: (538, "5.7.11"),
    TooLarge: (500, "5.5.6"),
    Unavailable: (454, "4.7.0"),
    SyntaxFault: (501, "5.5.2"),
}
"""What an exchange ends with that means something else than usual (RFC 4954, 4 and 6)."""

extension = Extension(4954, dialects=SUBMISSION)


@extension.keyword("AUTH")
def offer(session: Session) -> str | None:
    """The mechanisms this client may use now; not twice (RFC 4954, 4)."""
    if session.known:
        return None
    return b" ".join(session.gate.mechanisms(session.peer)).decode() or None


@extension.verb(b"AUTH", "SP mechanism [SP initial-response]")
async def auth(session: Session, arguments: Arguments) -> Reply:
    """Log in; what the person may send is for the avatar to say."""
    mechanism = arguments.sp().word("sasl-mech").encode()
    initial = (
        arguments.sp().word("initial-response").encode() if more(arguments) else b""
    )
    arguments.end()
    if session.hello is None or not session.hello.extended:
        raise Refused(503, "5.5.1", "say EHLO first")
    if session.known:
        raise Refused(503, "5.5.1", "you have logged in already")  # RFC 4954, 4
    if session.transaction is not None:
        raise Refused(503, "5.5.1", "not within a transaction")  # RFC 4954, 4
    session.delivery = await entered(session, mechanism, initial or None)
    session.tally.idle = 0
    return Reply(235, "2.7.0", "welcome")


def more(arguments: Arguments) -> bool:
    """Whether something is left of the line."""
    return arguments.at < len(arguments.text)


async def entered(
    session: Session, mechanism: bytes, initial: bytes | None
) -> IDelivery:
    """The avatar behind a SASL exchange, its failures in the words of RFC 4954, 4 and 6.

    @param initial: the initial response, in base64.
    """

    async def ask(challenge: bytes) -> bytes:
        session.peer.write(b"334 " + challenge + b"\r\n")
        return await session.peer.line(RESPONSE_LIMIT)

    try:
        return await session.gate.sasl(mechanism, ask, initial, session.peer, IDelivery)
    except Cancelled:
        raise
    except tuple(FAILURES) as error:
        code, status = next(FAILURES[k] for k in type(error).__mro__ if k in FAILURES)
        raise Refused(code, status, str(error)) from None


@extension.mail_parameter("AUTH")
def submitter(_session: Session, sender: Sender, value: str | None) -> Sender:
    """Who submitted the message first, says the client.

    We believe nobody on this, which is as if C{AUTH=<>} had been said (RFC 4954, 5).
    """
    if value is None or len(value) > MAILBOX_LIMIT:
        raise SyntaxFault("AUTH=mailbox")
    said = xtext.read(value.encode()).decode("utf-8", "replace")
    if said != NOBODY:
        address(said)
    return sender
