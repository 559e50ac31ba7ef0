"""The parts of a message with what they say of themselves (RFC 8621, 4.1.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailnode.interfaces.content import IOctets
from mailnode.message import forms, mime, words
from mailnode.message.decoding import ENCODINGS, Window, whole
from mailnode.message.header import Header, unfolded
from mailnode.message.mime import Content
from mailnode.message.parts import Node, tree

TOP_LIMIT = 2**20
"""Octets of the header of a message that are read, as the scanner does."""
PART_LIMIT = 2**16
"""Octets of the header of a part."""
HEADERS_LIMIT = 2**22
"""Octets of the headers of all parts; those behind say nothing any more."""


@dataclass(frozen=True, slots=True)
class OutlinedPart:
    """A part; offsets are absolute.

    @ivar number: by which it is known inside the message; empty for a multipart.
    @ivar content: what it is, as far as it can be so.
    @ivar encoding: Content-Transfer-Encoding of its body.
    """

    number: str
    header: Header
    content: Content
    node: Node
    parts: tuple[OutlinedPart, ...] = ()

    @property
    def type(self) -> str:
        """Type and subtype in lower case."""
        return _text(self.content.type + b"/" + self.content.subtype)

    @property
    def multipart(self) -> bool:
        """Whether it is only a frame for others."""
        return not self.node.leaf

    @property
    def text(self) -> bool:
        """Whether it is C{text/*}."""
        return self.content.type == b"text"

    @property
    def decodable(self) -> bool:
        """Whether its Content-Transfer-Encoding is known."""
        return self.node.encoding in ENCODINGS

    @property
    def charset(self) -> str | None:
        """The charset, us-ascii for text that says nothing."""
        named = mime.parameter(self.content.parameters, b"charset")
        if named is None:
            return "us-ascii" if self.text else None
        return _text(named)

    @property
    def name(self) -> str | None:
        """The name of a file (RFC 2231), or of the old way to give one (RFC 2047)."""
        disposition = self.content.disposition
        if disposition is not None:
            found = words.parameter(disposition.parameters, b"filename")
            if found is not None:
                return found
        return words.parameter(self.content.parameters, b"name")

    @property
    def disposition(self) -> str | None:
        """Inline, attachment or else, in lower case."""
        found = self.content.disposition
        return None if found is None else _text(found.kind)

    @property
    def cid(self) -> str | None:
        """The Content-ID without brackets."""
        return None if self.content.id is None else forms.content_id(self.content.id)

    @property
    def language(self) -> list[str] | None:
        """The tags of Content-Language (RFC 3282)."""
        return [_text(each) for each in self.content.language] or None

    @property
    def location(self) -> str | None:
        """The URI of Content-Location, which may be folded (RFC 2557, 4.4.2)."""
        found = self.content.location
        return None if found is None else _text(b"".join(unfolded(found).split()))

    def walk(self) -> Iterator[OutlinedPart]:
        """This and all parts inside, in order."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting += reversed(part.parts)


async def outline(octets: IOctets, table: bytes) -> OutlinedPart:
    """A message as a part, with all others in it.

    @param table: where the parts lie.
    @raise ValueError: when this is no table that we can read.
    """
    return await _Reading(octets).part(tree(table), (), mime.PLAIN)


async def top(octets: IOctets, header_size: int) -> Header:
    """The header of a message."""
    return Header(await whole(octets, 0, min(header_size, TOP_LIMIT)))


class _Reading:
    """Reads the headers of parts one behind the other.

    @ivar left: octets of headers that may still be kept.
    """

    def __init__(self, octets: IOctets) -> None:
        self.octets = Window(octets)
        self.left = TOP_LIMIT + HEADERS_LIMIT

    async def part(
        self, node: Node, path: tuple[int, ...], default: Content
    ) -> OutlinedPart:
        """A part with those in it.

        @param path: the numbers of the parts that lead here.
        """
        limit = min(PART_LIMIT if path else TOP_LIMIT, self.left)
        end = min(node.body, node.start + limit)
        header = Header(await whole(self.octets, node.start, end))
        self.left -= len(header.octets)
        content = mime.content(header, default)
        if node.leaf and content.type == b"multipart":
            content = content.plain()  # RFC 2045, 5.2: it cannot be one
        digest = content.subtype == b"digest"
        inside = mime.DIGESTED if digest else mime.PLAIN  # RFC 2046, 5.1.5
        parts = [
            await self.part(each, (*path, number), inside)
            for number, each in enumerate(node.parts, 1)
        ]
        number = ".".join(map(str, path or (1,))) if node.leaf else ""
        return OutlinedPart(number, header, content, node, tuple(parts))


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "replace").replace("\0", "")
