"""Trace fields: where a message came from and for whom (RFC 5321, 4.4).

Whatever a client said is reduced to characters that can neither end the line
nor a comment.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mailnode.errors import SyntaxFault
from mailnode.model.envelope import Address, Origin
from mailnode.wire import domain, path
from mailnode.wire.address import address
from mailnode.wire.dates import write_mail_date

NAME_LIMIT = 255
"""Octets of any one thing a client may have said, so that lines stay short."""
REMEMBERED = 1024
"""Names, addresses and recipients that need not be looked at again."""

_NOT_WORD = re.compile(r"[^A-Za-z0-9.:\[\]_-]+")
_NOT_COMMENT = re.compile(r"[^A-Za-z0-9.:/_+= -]+")


def received(
    origin: Origin,
    *,
    by: str,
    id: str,  # noqa: A002 -- as RFC 5321, 4.4 calls it
    recipient: str | None,
    moment: int,
) -> bytes:
    """A folded Received field with its line end.

    @param by: our own name.
    @param id: the name of this message in the log.
    @param recipient: the one recipient, or C{None} if there are more: they
        must not hear of each other (RFC 5321, 7.6).
    @param moment: milliseconds since 1970 in UTC.
    """
    tls = f" ({_comment(origin.tls)})" if origin.tls else ""
    to = _clause(recipient)
    lines = (
        f"Received: from {_name(origin.helo)} ({_tcp_info(origin.address)})",
        f"\tby {_name(by)} with {_word(origin.protocol)}{tls}",
        f"\tid {_word(id)}{to};",
        f"\t{_date(moment // 1000)}",
    )
    return "\r\n".join((*lines, "")).encode()


def return_path(sender: Address | None) -> bytes:
    """A Return-Path field with its line end (RFC 5321, 4.4)."""
    return b"Return-Path: %b\r\n" % path.written(sender)


def hops(header: bytes) -> int:
    """How many Received fields a header has (RFC 5321, 6.3)."""
    return (b"\n" + header.lower()).count(b"\nreceived:")


@lru_cache(1)
def _date(second: int) -> str:
    """The time for people; many messages come in one second."""
    return write_mail_date(second * 1000).decode("ascii")


@lru_cache(REMEMBERED)
def _name(text: str) -> str:
    """The name of a host; U-labels become A-labels."""
    try:
        return domain.canonical(text)
    except SyntaxFault:
        return _word(text)


def _word(text: str) -> str:
    """One word, whatever it was."""
    return _NOT_WORD.sub("_", text[:NAME_LIMIT]) or "unknown"


def _comment(text: str) -> str:
    """Words for inside a comment."""
    return _NOT_COMMENT.sub("_", text[:NAME_LIMIT])


@lru_cache(REMEMBERED)
def _tcp_info(peer: str) -> str:
    """C{TCP-info}: the address as a literal; C{unix} for a local socket."""
    tag = "IPv6:" if ":" in peer else ""
    try:
        return domain.literal(f"[{tag}{peer.partition('%')[0]}]")
    except SyntaxFault:
        return _comment(peer)


@lru_cache(REMEMBERED)
def _clause(recipient: str | None) -> str:
    """C{For}, on a line of its own."""
    if recipient is None:
        return ""
    try:
        return f"\r\n\tfor {path.written(address(recipient)).decode()}"
    except SyntaxFault:
        return ""
