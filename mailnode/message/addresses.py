"""The addresses in a header field, obsolete and broken ones too (RFC 5322, 3.4 and 4.4).

It never raises, and it reads each octet a fixed number of times.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from mailnode.message.header import unfolded
from mailnode.wire.comments import comment_end, without_comments

ADDRESSES_LIMIT = 10_000
"""Addresses of one field, the starts and ends of groups counted."""
PIECES_LIMIT = 100_000
"""Words, quoted strings, comments and separators of one field that are read."""

_WORD = rb'[^\s"(),:;<>@\[\\\]]++'
PLAIN_ADDRESS = re.compile(
    rb"""
    [ \t]*+ (?: (?: "([^"\\]*+)" [ \t]*+ | ([^"(),:;<>@\[\\\]]*+) ) < (%b)@(%b) >
               | (%b)@(%b) ) [ \t]*+ (?: ,(?!\s*+\Z) | \Z )
    """
    % (_WORD, _WORD, _WORD, _WORD),
    re.VERBOSE,
)
"""An address with nothing unusual in it, as nearly all are, and what ends it."""
PIECE = re.compile(
    rb"""
      (?P<quoted>  "(?:[^"\\]++|\\.)*+"?+ )
    | (?P<comment> \( )
    | (?P<angle>   < (?: [^<>"(]++ | "(?:[^"\\]++|\\.)*+"?+ | \( )*+ >?+ )
    | (?P<special> [,:;] )
    | (?P<words>   (?: [^"(<,:;\[]++ | \[ [^\[\]<,]*+ \]?+ )++ )
    """,
    re.VERBOSE | re.DOTALL,
)
QUOTED = re.compile(rb'"((?:[^"\\]++|\\.)*+)"?+', re.DOTALL)


class Listed(NamedTuple):
    """One entry of an address list, as ENVELOPE has it (RFC 9051, 7.5.2).

    A group begins with an entry that has only a mailbox, which is the name of
    the group, and ends with one that has nothing at all.

    @ivar name: the display name without quotes, encoded words as they were.
    @ivar route: the obsolete source route.
    @ivar mailbox: the local part without quotes.
    @ivar host: the domain, empty when there was none; C{None} marks groups.
    """

    name: bytes | None
    route: bytes | None
    mailbox: bytes | None
    host: bytes | None


GROUP_END = Listed(None, None, None, None)
Spoken = Callable[[bytes], bytes]
"""What to make of words that stand outside quotes, where encoded words may be."""


def as_it_is(words: bytes) -> bytes:
    """Words with their encoded words as they were."""
    return words


def address_list(value: bytes, spoken: Spoken = as_it_is) -> tuple[Listed, ...]:
    """All addresses of a field, at most L{ADDRESSES_LIMIT}.

    @param value: the body of the field, folded or not.
    """
    value = unfolded(value)
    if spoken is as_it_is or b"=?" not in value:
        plain = _plain_list(value)
        if plain is not None:
            return plain
    reading = _Reading(spoken)
    at = 0
    for _ in range(PIECES_LIMIT):
        found = PIECE.match(value, at)
        if found is None or len(reading.entries) >= ADDRESSES_LIMIT:
            break
        at = found.end()
        if found.lastgroup == "comment":
            at = comment_end(value, found.start())
            reading.comment = value[found.end() : at]
        elif found.lastgroup == "special":
            reading.special(found[0])
        elif reading.angle is not None:
            continue  # Nothing follows C{angle-addr} (RFC 5322, 3.4)
        elif found.lastgroup == "angle":
            reading.angle = found[0]
        else:
            reading.pieces.append(found[0])
    reading.special(b";")
    return tuple(reading.entries)


def _plain_list(value: bytes) -> tuple[Listed, ...] | None:
    """The list if all its addresses are plain, else C{None}."""
    entries: list[Listed] = []
    at = 0
    while at < len(value) and len(entries) < ADDRESSES_LIMIT:
        found = PLAIN_ADDRESS.match(value, at)
        if found is None:
            return None
        at = found.end()
        quoted, words, local, host, bare_local, bare_host = found.groups()
        name = quoted or (b" ".join(words.split()) if words else None) or None
        entries.append(Listed(name, None, local or bare_local, host or bare_host))
    return tuple(entries)


class _Reading:
    """The list so far, and the pieces of the address being read."""

    def __init__(self, spoken: Spoken) -> None:
        self.spoken = spoken
        self.entries: list[Listed] = []
        self.in_group = False
        self._forget()

    def _forget(self) -> None:
        self.pieces: list[bytes] = []
        self.angle: bytes | None = None
        self.comment = b""

    def special(self, mark: bytes) -> None:
        """A comma or semicolon ends an address, a colon names a group."""
        if mark == b":":
            self._end_group()
            name = _phrase(self.pieces, self.spoken)
            self.entries.append(Listed(None, None, name or b"", None))
            self.in_group = True
        else:
            self._end_address()
            if mark == b";":
                self._end_group()
        self._forget()

    def _end_address(self) -> None:
        if self.angle is not None:
            route, mailbox, host = _angle_addr(self.angle)
            name = _phrase(self.pieces, self.spoken) or None
            if name or mailbox or host:
                self.entries.append(Listed(name, route, mailbox, host))
        elif any(piece.strip() for piece in self.pieces):
            text = b"".join(self.pieces)
            if b"@" not in text and b'"' not in text and len(text.split(None, 1)) > 1:
                # Words are a name; a local part is one word (RFC 5322, 3.4.1).
                name = _phrase(self.pieces, self.spoken)
                self.entries.append(Listed(name, None, b"", b""))
                return
            mailbox, host = _addr_spec(text)
            # RFC 822's way to name people
            name = self.spoken(self.comment.rstrip(b")").strip()) or None
            self.entries.append(Listed(name, None, mailbox, host))

    def _end_group(self) -> None:
        if self.in_group:
            self.entries.append(GROUP_END)
            self.in_group = False


def _phrase(pieces: list[bytes], spoken: Spoken) -> bytes:
    """C{phrase} without its quotes; white space between words is squeezed."""
    texts = [
        _unquoted(piece)
        if piece[:1] == b'"'
        else spoken(re.sub(rb"[ \t\r]+", b" ", piece))
        for piece in pieces
    ]
    return b"".join(texts).strip(b" ")


def _angle_addr(text: bytes) -> tuple[bytes | None, bytes, bytes]:
    """C{"<" [obs-route] addr-spec ">"} as route, mailbox and host."""
    inner = without_comments(text.removeprefix(b"<").removesuffix(b">")).strip()
    route = None
    if inner[:1] == b"@" and b":" in inner:
        route, _, inner = inner.partition(b":")  # RFC 5322, 4.4
    return (route, *_addr_spec(inner))


def _addr_spec(text: bytes) -> tuple[bytes, bytes]:
    """C{local-part "@" domain} as mailbox and host, white space taken out."""
    local, at, host = text.strip().rpartition(b"@")
    if not at or b'"' in host:
        local, host = text, b""
    if b'"' in local:
        local = QUOTED.sub(lambda quoted: _unquoted(quoted[0]), local.strip())
    else:
        local = b"".join(local.split())
    return local, b"".join(host.split())


def _unquoted(quoted: bytes) -> bytes:
    """The inside of a quoted string, or of one that was never closed."""
    found = QUOTED.fullmatch(quoted)
    inner = found[1] if found else quoted
    # A stranger may quote every octet; to substitute pair by pair takes long.
    return b"\\".join(each.replace(b"\\", b"") for each in inner.split(b"\\\\"))
