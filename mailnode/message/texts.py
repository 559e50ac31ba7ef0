"""The text of a message, part by part and in bounded pieces, for a search."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

from mailnode import query
from mailnode.errors import NotFound
from mailnode.interfaces.content import IOctets
from mailnode.message import charset, mime
from mailnode.message.decoding import ENCODINGS, plain, whole
from mailnode.message.header import Header, unfolded
from mailnode.message.parts import Step, walk
from mailnode.message.words import decoded
from mailnode.query import Query, fold

TOP_LIMIT = 2**20
"""Octets of the header of a message that are searched; the scanner reads no
further either."""
HEADER_LIMIT = 2**16
"""Octets of the header of a part that are searched."""
LONG = 2**14
"""Characters compared before others have their turn."""
PIECE = 2**16
"""Octets decoded and compared together."""

Needles = Mapping[Query, str]


FIELD = "\x1e"
"""Stands before each field and each text in what is kept of them."""
NO_NAME = re.compile(r"[:\s\x1e]")
KEPT = 2**20
"""Characters of a message that are kept for searching."""


@dataclass(frozen=True, slots=True)
class Words:
    """All that can be found in a message, folded.

    @ivar header: its fields, C{FIELD} before each.
    @ivar body: its texts and the headers of messages inside, C{FIELD} before each.
    @ivar more: the headers of other parts, which only TEXT finds.
    """

    header: str
    body: str
    more: str

    def field(self, name: str, needle: str) -> bool:
        """Whether a field of this name has a needle; the empty one is in all."""
        if NO_NAME.search(name):
            return False
        start = f"{FIELD}{name}: "
        at = self.header.find(start)
        while at >= 0:
            end = self.header.find(FIELD, at + 1)
            end = len(self.header) if end < 0 else end
            if self.header.find(needle, at + len(start), end) >= 0:
                return True
            at = self.header.find(start, end)
        return False

    def contain(self, needle: str, *, everywhere: bool) -> bool:
        """Whether a needle is in the body, or anywhere at all."""
        if needle in self.body:
            return True
        return everywhere and (needle in self.header or needle in self.more)


def kept(text: str) -> str:
    """A text in the form in which it is kept."""
    return FIELD + fold(text).replace(FIELD, " ").replace("\0", " ")


def kept_header(header: Header) -> str:
    """A header in that form."""
    return "".join(map(kept, header_lines(header)))


async def words(octets: IOctets, table: bytes) -> Words | None:
    """All words of a message; C{None} if there are too many to keep.

    @param table: where the parts lie.
    @raise NotFound: when it is gone, or cannot be read.
    """
    try:
        steps = list(walk(table))
    except ValueError:
        return None
    headers: list[str] = []
    body: list[str] = []
    more: list[str] = []
    left = KEPT
    for number, step in enumerate(steps):
        limit = HEADER_LIMIT if number else TOP_LIMIT
        end = min(step.body, step.start + limit)
        header = Header(await whole(octets, step.start, end))
        of = headers if not number else body if step.message else more
        of.append(kept_header(header))
        left -= len(of[-1])
        if step.leaf and left >= 0:
            text = []
            async for piece in texts(octets, step, mime.content(header)):
                text.append(piece)
                left -= len(piece)
                if left < 0:
                    break
            body.append(kept("".join(text)))
        if left < 0:
            return None
    return Words("".join(headers), "".join(body), "".join(more))


def header_text(header: Header) -> str:
    """A header as people read it, a line for each field."""
    return "\n".join(header_lines(header))


def header_lines(header: Header) -> Iterator[str]:
    """The same, field by field."""
    for field in header.fields():
        value = unfolded(header.octets[field.value : field.end])
        yield f"{field.name.decode('ascii', 'replace')}: {decoded(value)}"


class Looking:
    """Looks for some texts in a stream of text, across its pieces.

    @ivar needles: those that were not found yet, folded.
    @ivar tail: the end of what was seen, as long as a beginning may be.
    """

    def __init__(self, needles: Needles) -> None:
        self.needles = dict(needles)
        self.longest = max(map(len, needles.values()), default=1)
        self.tail = ""

    def look(self, text: str) -> list[Query]:
        """Those found now."""
        window = self.tail + fold(text)
        found = [each for each, needle in self.needles.items() if needle in window]
        for each in found:
            del self.needles[each]
        self.tail = window[max(0, len(window) - self.longest + 1) :]
        return found

    def begin(self) -> None:
        """What comes now does not follow what was seen."""
        self.tail = ""


async def look_for(
    octets: IOctets,
    table: bytes,
    needles: Needles,
    pause: Callable[[], Awaitable[None]],
) -> AsyncIterator[Query]:
    """Each question when its text was found, in parts and the headers of parts.

    The header of the message itself is not looked at.  What stands in the
    header of a message inside is part of the body; what stands in the header
    of any other part is there for TEXT alone (RFC 9051, 6.4.4).

    @param table: where the parts lie.
    """
    everywhere = Looking(needles)
    try:
        steps = list(walk(table))
    except ValueError:
        raise NotFound("the parts of this message are not known") from None
    for number, step in enumerate(steps):
        end = min(step.body, step.start + HEADER_LIMIT)
        header = Header(await whole(octets, step.start, end))
        if number:
            everywhere.begin()
            allowed = everywhere if step.message else for_text(everywhere)
            for found in allowed.look(header_text(header)):
                everywhere.needles.pop(found, None)
                yield found
        everywhere.begin()
        if step.leaf:
            async for text in texts(octets, step, mime.content(header)):
                for found in everywhere.look(text):
                    yield found
                if len(text) >= LONG:
                    await pause()
        if not everywhere.needles:
            return


def for_text(everywhere: Looking) -> Looking:
    """What may be found in the header of a part."""
    return Looking(
        {
            each: needle
            for each, needle in everywhere.needles.items()
            if isinstance(each, query.Text)
        }
    )


async def texts(
    octets: IOctets, step: Step, content: mime.Content
) -> AsyncIterator[str]:
    """The text of a leaf; nothing, if it is none (RFC 9051, 6.4.4)."""
    if content.type not in (b"text", b"message") or step.encoding not in ENCODINGS:
        return
    named = mime.parameter(content.parameters, b"charset") or b"us-ascii"
    decoder = None
    async for piece in plain(octets, step.body, step.end, step.encoding):
        if decoder is None:
            decoder = charset.decoder(named, piece)
            decoder.errors = "replace"
        for start in range(0, len(piece), PIECE):
            yield decoder.decode(piece[start : start + PIECE])
    if decoder is not None:
        yield decoder.decode(b"", final=True)
