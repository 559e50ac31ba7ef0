"""Reverse-paths and forward-paths (RFC 5321, 4.1.2; RFC 6531, 3.3)."""

from __future__ import annotations

import re

from mailnode.errors import SyntaxFault
from mailnode.model.envelope import Address
from mailnode.wire import domain
from mailnode.wire.cursor import Cursor

LOCAL_LIMIT = 64
"""Octets of the local part of a person's address (RFC 5321, 4.5.3.1.1)."""
PATH_LIMIT = 256
"""Octets of the local part in a path: what RFC 5321, 4.5.3.1.3 lets a whole path
have.  Senders write their bookkeeping into it, reports come back to that, and 64
would lose mail."""

ATEXT = rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\xff-]+"
DOT_STRING = re.compile(ATEXT + rb"(?:\." + ATEXT + rb")*")
QUOTED_STRING = re.compile(rb'"((?:[ !#-\[\]-~\x80-\xff]|\\[ -~])*+)"')
QUOTED_PAIR = re.compile(rb"\\(.)")
DOMAIN = re.compile(rb"[A-Za-z0-9.\x80-\xff-]+|\[[^\[\]\\\s\x00-\x1f\x7f]*\]")
INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Controls and line ends; UTF-8 brings some that the ABNF never meant."""


class PathCursor(Cursor):
    """The rules of RFC 5321, 4.1.2 that paths are made of.

    @ivar international: a path held octets above 127, so the sender must have
        asked for SMTPUTF8 (RFC 6531, 3.4).
    """

    international = False

    def reverse_path(self) -> Address | None:
        """C{Path / "<>"}; the null path is C{None}.

        @raise SyntaxFault: when something else is next.
        """
        return None if self.take(b"<>") else self.path(PATH_LIMIT)

    def forward_path(self) -> Address:
        """C{Path / "<Postmaster>"}, the latter in any case.

        @raise SyntaxFault: when something else is next.
        """
        if self.take(b"<postmaster>"):
            return Address("postmaster", "")
        return self.path(PATH_LIMIT)

    def path(self, local_limit: int) -> Address:
        """C{"<" [ A-d-l ":" ] Mailbox ">"}"""
        self.need(b"<")
        if self.text[self.at : self.at + 1] == b"@":
            self.source_route()
        found = self.mailbox(local_limit)
        self.need(b">")
        return found

    def source_route(self) -> None:
        """C{A-d-l ":"}: accepted and ignored (RFC 5321, 4.1.1.3, appendix C)."""
        self.need(b"@")
        self.domain()
        while self.take(b","):
            self.need(b"@")
            self.domain()
        self.need(b":")

    def mailbox(self, local_limit: int = LOCAL_LIMIT) -> Address:
        """C{Local-part "@" ( Domain / address-literal )}"""
        local = self.local_part(local_limit)
        self.need(b"@")
        return Address(local, self.domain())

    def local_part(self, limit: int) -> str:
        """C{Dot-string / Quoted-string}, as what it stands for."""
        start = self.at
        octets = self.match(DOT_STRING)
        if octets is None:
            quoted = self.expect(QUOTED_STRING, "a local part")
            octets = QUOTED_PAIR.sub(rb"\1", quoted[1:-1])
        if len(octets) > limit:
            raise SyntaxFault(f"a local part of at most {limit} octets", start)
        return self.text_of(octets, "a local part", start)

    def domain(self) -> str:
        """C{Domain / address-literal}, in its canonical form."""
        start = self.at
        octets = self.expect(DOMAIN, "a domain")
        try:
            return domain.canonical(self.text_of(octets, "a domain", start))
        except SyntaxFault as fault:
            raise SyntaxFault(fault.wanted, start) from None

    def text_of(self, octets: bytes, rule: str, start: int) -> str:
        """UTF-8 as text (RFC 6531, 3.3); most often it is plain ASCII."""
        if octets.isascii():
            return octets.decode("ascii")
        self.international = True
        try:
            text = octets.decode("utf-8")
        except UnicodeDecodeError:
            raise SyntaxFault(f"{rule} in UTF-8", start) from None
        if INVISIBLE.search(text):
            raise SyntaxFault(f"{rule} without control characters", start)
        return text


def mailbox(address: Address) -> bytes:
    """An address as C{Mailbox}, its local part in quotes if it needs them.

    @raise SyntaxFault: when the local part holds what no path can.
    """
    if INVISIBLE.search(address.local):
        raise SyntaxFault("a local part without control characters")
    local = address.local.encode()
    if not DOT_STRING.fullmatch(local):
        local = b'"' + re.sub(rb'(["\\])', rb"\\\1", local) + b'"'
    if not address.domain:
        return local  # RFC 5321, 4.5.1: only <postmaster>
    return local + b"@" + domain.canonical(address.domain).encode("ascii")


def written(address: Address | None) -> bytes:
    """An address as a path in its angle brackets; C{None} is C{<>}.

    @raise SyntaxFault: when the local part holds what no path can.
    """
    return b"<>" if address is None else b"<" + mailbox(address) + b">"
