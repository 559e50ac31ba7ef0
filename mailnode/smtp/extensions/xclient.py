"""XCLIENT: a proxy we trust says who the client behind it is (not in any RFC)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mailnode.errors import SyntaxFault
from mailnode.smtp.commands.hello import UNUSUAL
from mailnode.smtp.extension import Extension
from mailnode.smtp.grammar import Arguments
from mailnode.smtp.reply import Refused
from mailnode.smtp.session import Session
from mailnode.wire import xtext
from mailnode.wire.network import plain

UNKNOWN = ("[UNAVAILABLE]", "[TEMPUNAVAIL]")
IPV6 = "IPV6:"
PORT_LIMIT = 65535

Claim = Callable[[Session, str], None]

extension = Extension(None)


@extension.keyword("XCLIENT")
def offer(session: Session) -> str | None:
    """What may be claimed, told only to those who may."""
    return " ".join(CLAIMS) if trusted(session) else None


@extension.verb(b"XCLIENT", "SP name=value")
async def xclient(session: Session, arguments: Arguments) -> None:
    """Hear the claims and begin anew with a greeting.

    It may be said again, until the next EHLO: by then the proxy may have
    stepped aside, and the client may be the one who speaks.
    """
    if not trusted(session):
        raise Refused(550, "5.7.1", "we do not know you as a proxy")
    if session.transaction is not None:
        raise Refused(503, "5.5.1", "not within a transaction")
    claimed = arguments.parameters()
    if not claimed:
        raise arguments.fault("attribute-name")
    heard: list[tuple[Claim, str]] = []
    for name, value in claimed:
        claim = CLAIMS.get(name)
        if claim is None or value is None:
            raise SyntaxFault("one of " + ", ".join(CLAIMS) + ", with a value")
        heard.append((claim, xtext.read(value.encode()).decode("ascii", "replace")))
    for claim, text in heard:
        if text.upper() not in UNKNOWN:
            claim(session, text)
    session.claims = replace(session.claims, made=True)
    await session.restart()
    session.greet()


def trusted(session: Session) -> bool:
    """Whether the peer is a proxy of ours."""
    if session.claims.made:
        return not session.claims.settled
    address = plain(session.peer.address)  # A local socket has none
    return address is not None and any(
        address in network for network in session.options.proxies
    )


def name(_session: Session, _text: str) -> None:
    """The client's host name: not used, names are not trusted here."""


def addr(session: Session, text: str) -> None:
    """The client's address, from now on the peer's."""
    address = plain(text[len(IPV6) :] if text.upper().startswith(IPV6) else text)
    if address is None:
        raise SyntaxFault("ADDR: an IP address")
    session.peer.became(str(address))


def port(_session: Session, text: str) -> None:
    """The client's port: not used, but it must be one."""
    if not (text.isdecimal() and int(text) <= PORT_LIMIT):
        raise SyntaxFault("PORT: a port number")


def proto(session: Session, text: str) -> None:
    """The protocol the client speaks with the proxy."""
    if text.upper() not in ("SMTP", "ESMTP"):
        raise SyntaxFault("PROTO: SMTP or ESMTP")
    session.claims = replace(session.claims, protocol=text.upper())


def helo(session: Session, text: str) -> None:
    """The name the client has given itself."""
    session.claims = replace(session.claims, helo=UNUSUAL.sub("_", text)[:255])


CLAIMS: dict[str, Claim] = {
    "NAME": name,
    "ADDR": addr,
    "PORT": port,
    "PROTO": proto,
    "HELO": helo,
}
"""LOGIN is not among them: who may log in is for the gate to say."""
