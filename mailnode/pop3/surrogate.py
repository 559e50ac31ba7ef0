"""What a client that has not said UTF8 sees of a header in UTF-8 (RFC 6856, 2.1).

Such a client must not be sent the header as it is.  It could be refused the
message with C{[UTF8]}; but many clients would then stop at it for ever, and any
stranger could send it.  So it gets a surrogate: the same message, with encoded
words (RFC 2047) where the header was not ASCII, as RFC 6858 suggests.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

SPECIAL = rb"\s\"<>(),;:@\\\[\]"
"""What separates words and keeps its place (RFC 5322, 3.2.3, without the dot)."""
WORD = rb"[^%s\x80-\xff]*+[\x80-\xff][^%s]*+" % (SPECIAL, SPECIAL)
WORDS = re.compile(rb"(?<![^%s])%s(?:[ \t]++%s)*+" % (SPECIAL, WORD, WORD))
"""Words that are not ASCII, with the blanks between them.  It never steps back:
every octet is looked at twice at most, whatever a stranger has sent."""
LONGEST = 998
"""Octets of words that are encoded, as in a line (RFC 5322, 2.1.1)."""
UNREADABLE = bytes(octet if octet < 0x80 else ord("?") for octet in range(256))  # noqa: PLR2004 - ASCII
"""What stands for longer ones."""
PLAIN = frozenset(
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/"
)
"""What stands for itself in an encoded word anywhere (RFC 2047, 5)."""
ROOM = 75 - len("=?unknown-8bit?q??=")
"""Octets of encoded text that an encoded word has room for (RFC 2047, 2)."""


LETTERS = [
    b"%c" % octet if octet in PLAIN else b"=%02X" % octet for octet in range(256)
]
LETTERS[ord(" ")] = b"_"
"""Every octet in the Q encoding (RFC 2047, 4.2)."""


def encoded(match: re.Match[bytes]) -> bytes:
    """Words that are not ASCII as encoded words."""
    octets = match[0]
    if len(octets) > LONGEST:
        return octets.translate(UNREADABLE)
    octets = octets.replace(b"\t", b" ")
    try:
        characters = [each.encode() for each in octets.decode()]
        charset = b"utf-8"
    except UnicodeDecodeError:
        characters = [bytes([each]) for each in octets]
        charset = b"unknown-8bit"  # RFC 1428, 3
    letters = [b"".join(map(LETTERS.__getitem__, each)) for each in characters]
    return b" ".join(b"=?%s?q?%s?=" % (charset, text) for text in filled(letters))


def filled(letters: list[bytes]) -> Iterator[bytes]:
    """Characters put together as long as there is room, none of them split."""
    text = b""
    for each in letters:
        if len(text) + len(each) > ROOM:
            yield text
            text = b""
        text += each
    yield text


class Surrogate:
    """Makes the header of a message ASCII as it passes.

    @ivar left: octets of the header still to come.
    @ivar begun: the beginning of a line whose end is not here yet.
    """

    def __init__(self, header_size: int) -> None:
        self.left = header_size
        self.begun = b""

    async def pieces(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The pieces of the message, as they are sent."""
        async for piece in pieces:
            if self.left <= 0:
                yield piece
                continue
            header = self.begun + piece[: self.left]
            body = piece[self.left :]
            self.left -= len(piece)
            self.begun = b""
            if header.isascii():
                yield header + body if body else header
                continue
            if self.left > 0:
                whole = header.rfind(b"\n") + 1 or len(header)
                header, self.begun = header[:whole], header[whole:]
            yield WORDS.sub(encoded, header) + body
        if self.begun:
            yield WORDS.sub(encoded, self.begun)
