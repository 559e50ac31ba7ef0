"""What a client that has not said UTF8 sees of a header in UTF-8 (RFC 6856, 2.1).

Such a client must not be sent the header as it is.  It could be refused the
message with C{[UTF8]}; but many clients would then stop at it for ever, and any
stranger could send it.  So it gets a surrogate: the same message, with encoded
words (RFC 2047) where the header was not ASCII, as RFC 6858 suggests.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

WORDS = re.compile(
    rb"""[^\s"<>(),;:@\\\[\]]*[\x80-\xff][^\s"<>(),;:@\\\[\]]*
    (?:[ \t]+[^\s"<>(),;:@\\\[\]]*[\x80-\xff][^\s"<>(),;:@\\\[\]]*)*""",
    re.VERBOSE,
)
"""Words that are not ASCII, with what stands between them."""
PLAIN = frozenset(
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/"
)
"""What stands for itself in an encoded word anywhere (RFC 2047, 5)."""
ROOM = 75 - len("=?unknown-8bit?q??=")
"""Octets of encoded text that an encoded word has room for (RFC 2047, 2)."""


def letter(octets: bytes) -> bytes:
    """One character in the Q encoding (RFC 2047, 4.2)."""
    return b"".join(
        b"_"
        if octet == ord(" ")
        else b"%c" % octet
        if octet in PLAIN
        else b"=%02X" % octet
        for octet in octets
    )


def encoded(match: re.Match[bytes]) -> bytes:
    """Words that are not ASCII as encoded words."""
    octets = match[0].replace(b"\t", b" ")
    try:
        letters = [letter(each.encode()) for each in octets.decode()]
        charset = b"utf-8"
    except UnicodeDecodeError:
        letters = [letter(bytes([each])) for each in octets]
        charset = b"unknown-8bit"  # RFC 1428, 3
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
