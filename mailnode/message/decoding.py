"""Content-Transfer-Encoding taken off a stream of octets (RFC 2045, 6)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from zope.interface import implementer

from mailnode.errors import NotFound
from mailnode.interfaces.content import IOctets
from mailnode.message.transfer import NOT_BASE64, decoded

IDENTITIES = (b"7bit", b"8bit", b"binary")
ENCODINGS = (*IDENTITIES, b"base64", b"quoted-printable")
DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
"""Of base64 (RFC 2045, 6.8)."""
LINE = 2**16
"""Octets of a quoted-printable line that are kept together; they have 76."""


async def span(octets: IOctets, start: int, end: int) -> AsyncIterator[bytes]:
    """The octets from C{start} to C{end}, in pieces as they are kept.

    @raise NotFound: when there are not so many.
    """
    while start < end:
        piece = await octets.read(start)
        if not piece:
            raise NotFound("the message is shorter than it was")
        piece = piece[: end - start]
        start += len(piece)
        yield piece


@implementer(IOctets)
class Window:
    """Octets read on and on, a chunk of which is kept for the next who asks."""

    def __init__(self, octets: IOctets) -> None:
        self.octets = octets
        self.size = octets.size
        self.header_size = octets.header_size
        self.start = 0
        self.piece = b""

    async def read(self, start: int = 0) -> bytes:
        """The octets from C{start} to the end of the chunk that holds it."""
        if not self.start <= start < self.start + len(self.piece):
            self.start, self.piece = start, await self.octets.read(start)
        return self.piece[start - self.start :]


@implementer(IOctets)
class Stretch:
    """A message that lies inside other octets as it is."""

    def __init__(self, octets: IOctets, start: int, end: int) -> None:
        self.octets = octets
        self.start = start
        self.size = end - start
        self.header_size = 0

    async def read(self, start: int = 0) -> bytes:
        """The octets from C{start} to the end of the chunk that holds it."""
        if start >= self.size:
            return b""
        return (await self.octets.read(self.start + start))[: self.size - start]


async def whole(octets: IOctets, start: int, end: int) -> bytes:
    """The same at once; for what is known to be small."""
    piece = await octets.read(start)
    if len(piece) >= end - start:
        return piece[: end - start]
    return b"".join([piece async for piece in span(octets, start, end)])


async def plain(
    octets: IOctets, start: int, end: int, encoding: bytes
) -> AsyncIterator[bytes]:
    """The octets behind one of the C{ENCODINGS}, dirty or cut off as they may be."""
    pieces = span(octets, start, end)
    if encoding in IDENTITIES:
        async for piece in pieces:
            yield piece
        return
    cut = groups if encoding == b"base64" else lines
    left = b""
    async for piece in pieces:
        ready, left = cut(left + piece)
        if ready:
            yield decoded(ready, encoding)
    if left:
        yield decoded(left, encoding)


async def base64_size(octets: IOctets, start: int, end: int) -> int | None:
    """How many octets are behind some base64, which is counted and not decoded.

    C{None}, if it goes on behind its padding: then it must be decoded.
    """
    digits, ended = 0, False
    async for piece in span(octets, start, end):
        padding = piece.find(b"=")
        before = piece if padding < 0 else piece[:padding]
        found = count(before)
        if (ended and found) or (padding >= 0 and count(piece[padding:])):
            return None
        digits += found
        ended = ended or padding >= 0
    return (digits - (digits % 4 == 1)) * 3 // 4


def count(text: bytes) -> int:
    """The digits of some base64, white space and dirt left out."""
    return len(text) - len(text.translate(None, DIGITS))


def groups(text: bytes) -> tuple[bytes, bytes]:
    """Base64 in whole groups of four, or up to its padding, and what is left."""
    digits = NOT_BASE64.sub(b"", text)
    start = digits.rfind(b"=") + 1
    end = len(digits) - (len(digits) - start) % 4
    return digits[:end], digits[end:]


def lines(text: bytes) -> tuple[bytes, bytes]:
    """Quoted-printable in whole lines, and what is left.

    A line that never ends is cut, where neither C{=XX} nor white space is.
    """
    end = text.rfind(b"\n") + 1
    if len(text) - end > LINE:
        equals = text.rfind(b"=", len(text) - 3)
        uncut = text[:equals] if equals >= 0 else text
        end = len(uncut.rstrip(b" \t\r")) or len(text)
    return text[:end], text[end:]
