"""What the octets of a message are, as far as their way out depends on it.

Nobody's word is taken for it: a message is looked at before it leaves (RFC
5321, 2.3.7 and 2.3.8; RFC 6531, 3.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zope.interface import implementer

from mailnode.interfaces.content import IOctets
from mailnode.message.decoding import span, whole
from mailnode.message.scan import Part, Scanner
from mailnode.model.message import CHUNK
from mailnode.smtp.data import stray


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found.

    @ivar eight_bit: there are octets above 127.
    @ivar binary: there is a NUL, or a CR or LF that is not part of a CRLF.
    @ivar international: there are octets above 127 in a header.
    """

    eight_bit: bool = False
    binary: bool = False
    international: bool = False


async def survey(content: IOctets, *, utf8: bool) -> Survey:
    """Look at all octets of a message.

    @param utf8: it came with the word SMTPUTF8; otherwise headers are not
        looked at: there is mail with octets above 127 in them that nobody has
        announced, and it is as good as it ever was.
    @raise MailError: when it cannot be read.
    """
    eight_bit = binary = False
    held = b""
    scanner = Scanner() if utf8 else None
    async for data in span(content, 0, content.size):
        eight_bit = eight_bit or not data.isascii()
        if not binary:
            text = held + data
            held = b"\r" if text.endswith(b"\r") else b""
            binary = b"\0" in data or stray(text[: len(text) - len(held)])
        if scanner is not None:
            scanner.feed(data)
    international = False
    if scanner is not None and eight_bit:
        for start, end in headers(scanner.close().root):
            if not (await whole(content, start, end)).isascii():
                international = True
                break
    return Survey(eight_bit, binary or bool(held), international)


@implementer(IOctets)
class Held:
    """The octets of a small message, read once for all that is done with them."""

    def __init__(self, data: bytes, header_size: int) -> None:
        self.data = data
        self.size = len(data)
        self.header_size = header_size

    async def read(self, start: int = 0) -> bytes:
        return self.data[start:]


async def at_hand(content: IOctets) -> IOctets:
    """A message as it is best looked at several times.

    @raise MailError: when it cannot be read.
    """
    if content.size > CHUNK:
        return content
    return Held(await content.read(), content.header_size)


def headers(part: Part) -> Iterator[tuple[int, int]]:
    """Where the headers of a message and of its parts are."""
    yield part.start, part.body
    for child in part.children:
        yield from headers(child)
