"""What a client adds to MAIL and RCPT, by the keyword that permits it.

The client's half of SIZE (RFC 1870), 8BITMIME (RFC 6152), BINARYMIME (RFC 3030),
SMTPUTF8 (RFC 6531), DSN (RFC 3461), DELIVERBY (RFC 2852), MT-PRIORITY (RFC 6710)
and REQUIRETLS (RFC 8689).  A parameter is never said to a server that does not
offer its keyword (RFC 5321, 2.2.1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mailnode.model.envelope import Body, Recipient, Sender
from mailnode.smtp.client.capabilities import Capabilities
from mailnode.wire import xtext

NOT_QCHAR = re.compile(r"[^!-*,-<>-\[\]-~]")
"""What C{utf-8-addr-xtext} writes as C{\\x{HEX}} (RFC 6533, 3)."""
UTF8 = "utf-8"
"""The address type of such addresses (RFC 6533, 3)."""
BY_LIMIT = 999_999_999
"""Seconds in BY (RFC 2852, 4: nine digits)."""


@dataclass(frozen=True, slots=True)
class Said:
    """What MAIL is about.

    @ivar size: octets that will be sent, as RFC 1870, 5 counts them.
    @ivar body: what they will be.
    @ivar utf8: the message needs SMTPUTF8.
    @ivar now: milliseconds since 1970 in UTC.
    """

    sender: Sender
    size: int
    body: Body
    utf8: bool
    now: int


def size(said: Said) -> Iterator[str]:
    """SIZE=OCTETS (RFC 1870, 6)"""
    yield f"SIZE={said.size}"


def eight_bit(said: Said) -> Iterator[str]:
    """BODY=8BITMIME (RFC 6152, 3); seven bits need no word."""
    if said.body is Body.EIGHT_BIT:
        yield "BODY=8BITMIME"


def binary(said: Said) -> Iterator[str]:
    """BODY=BINARYMIME (RFC 3030, 3)"""
    if said.body is Body.BINARY:
        yield "BODY=BINARYMIME"


def utf8(said: Said) -> Iterator[str]:
    """SMTPUTF8 (RFC 6531, 3.4)"""
    if said.utf8:
        yield "SMTPUTF8"


def returning(said: Said) -> Iterator[str]:
    """RET=FULL|HDRS and ENVID=XTEXT (RFC 3461, 4.3 and 4.4)"""
    if said.sender.ret is not None:
        yield f"RET={said.sender.ret.value}"
    if said.sender.envid is not None:
        yield f"ENVID={xtext.written(said.sender.envid.encode()).decode('ascii')}"


def by(said: Said) -> Iterator[str]:
    """BY=SECONDS;MODE (RFC 2852, 4.1); what is late by now may be negative in mode N."""
    deadline = said.sender.deadline
    if deadline is not None:
        left = (deadline.at - said.now) // 1000
        left = max(-BY_LIMIT, min(BY_LIMIT, left))
        mode = ("R" if deadline.returned else "N") + ("T" if deadline.traced else "")
        yield f"BY={left};{mode}"


def priority(said: Said) -> Iterator[str]:
    """MT-PRIORITY=NUMBER (RFC 6710, 4)"""
    if said.sender.priority:
        yield f"MT-PRIORITY={said.sender.priority}"


def require_tls(said: Said) -> Iterator[str]:
    """REQUIRETLS (RFC 8689, 4.2)"""
    if said.sender.require_tls:
        yield "REQUIRETLS"


MAIL: dict[str, Callable[[Said], Iterator[str]]] = {
    "SIZE": size,
    "8BITMIME": eight_bit,
    "BINARYMIME": binary,
    "SMTPUTF8": utf8,
    "DSN": returning,
    "DELIVERBY": by,
    "MT-PRIORITY": priority,
    "REQUIRETLS": require_tls,
}
"""What stands behind the reverse-path, in this order."""


def wishes(recipient: Recipient) -> Iterator[str]:
    """NOTIFY=… and ORCPT=TYPE;XTEXT (RFC 3461, 4.1 and 4.2)"""
    if recipient.notify:
        words = sorted(each.value for each in recipient.notify)
        yield f"NOTIFY={','.join(words)}"
    original = recipient.original
    if original is not None and original.address.isascii() and original.kind != UTF8:
        address = xtext.written(original.address.encode()).decode("ascii")
        yield f"ORCPT={original.kind};{address}"
    elif original is not None:
        address = NOT_QCHAR.sub(escaped, original.address)
        yield f"ORCPT={UTF8};{address}"


def escaped(found: re.Match[str]) -> str:
    """A character as C{EmbeddedUnicodeChar} (RFC 6533, 3)."""
    return rf"\x{{{ord(found[0]):02X}}}"


RCPT: dict[str, Callable[[Recipient], Iterator[str]]] = {"DSN": wishes}
"""What stands behind a forward-path."""


def mail(said: Said, capabilities: Capabilities) -> bytes:
    """All parameters of MAIL, each with a space before it."""
    words = [
        word
        for keyword, say in MAIL.items()
        if keyword in capabilities
        for word in say(said)
    ]
    return "".join(f" {word}" for word in words).encode("utf-8")


def rcpt(recipient: Recipient, capabilities: Capabilities) -> bytes:
    """All parameters of RCPT, each with a space before it."""
    words = [
        word
        for keyword, say in RCPT.items()
        if keyword in capabilities
        for word in say(recipient)
    ]
    return "".join(f" {word}" for word in words).encode("utf-8")
