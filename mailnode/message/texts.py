"""The text of a message, part by part and in bounded pieces, for a search."""

from __future__ import annotations

import codecs
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping

from mailnode import query
from mailnode.errors import NotFound
from mailnode.interfaces.content import IOctets
from mailnode.message import mime
from mailnode.message.charset import NAMES
from mailnode.message.decoding import ENCODINGS, plain, whole
from mailnode.message.header import Header, unfolded
from mailnode.message.parts import Step, walk
from mailnode.message.words import decoded
from mailnode.query import Query, fold

HEADER_LIMIT = 2**16
"""Octets of the header of a part that are searched."""
LONG = 2**14
"""Characters compared before others have their turn."""
PIECE = 2**16
"""Octets decoded and compared together."""
PUNCTUATION = re.compile(rb"[^a-z0-9]+")

Needles = Mapping[Query, str]


def header_text(header: Header) -> str:
    """A header as people read it, a line for each field."""

    def lines() -> Iterator[str]:
        for field in header.fields():
            value = unfolded(header.octets[field.value : field.end])
            yield f"{field.name.decode('ascii', 'replace')}: {decoded(value)}"

    return "\n".join(lines())


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
    charset = mime.parameter(content.parameters, b"charset") or b"us-ascii"
    name = PUNCTUATION.sub(b"_", charset[:40].lower()).strip(b"_").decode("ascii")
    decoder = codecs.getincrementaldecoder(NAMES.get(name, "utf_8"))("replace")
    async for piece in plain(octets, step.body, step.end, step.encoding):
        for start in range(0, len(piece), PIECE):
            yield decoder.decode(piece[start : start + PIECE])
    yield decoder.decode(b"", final=True)
