"""C{BODY[1.2.HEADER]<0.100>} and its like: pieces of a message (RFC 9051, 6.4.5.1).

Where parts lie was found out when the message came; here their octets are
read and nothing is parsed but the lines of a header.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import cast

from mailnode.errors import Damaged
from mailnode.imap import response
from mailnode.imap.fetching import Batch, Column, Fetched
from mailnode.imap.grammar import LARGEST, Arguments
from mailnode.imap.outflow import Said, Streamed
from mailnode.imap.response import Refusal
from mailnode.interfaces.content import IOctets
from mailnode.message.decoding import ENCODINGS, plain, span, whole
from mailnode.message.fields import LIMIT, chosen, ended
from mailnode.message.parts import Place, place
from mailnode.model.message import CHUNK, OCTETS, HeaderFields, Wanted

PARTS = "parts"
HEADER_SIZE = "header_size"
FIELDS_LIMIT = 1000
"""Names in one list of fields."""
MSGTEXT = re.compile(
    rb"HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME", re.IGNORECASE
)
PART = re.compile(rb"\d{1,10}(?:\.\d{1,10})*+")
PARTIAL = re.compile(rb"<(\d{1,18})\.(\d{1,18})>")


@dataclass(frozen=True, slots=True)
class Section:
    """What stands between the brackets.

    @ivar part: the numbers; none for the message itself.
    @ivar text: HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT, MIME or nothing.
    @ivar fields: those of the list, if there is one.
    @ivar said: all of it, as it is answered.
    """

    part: tuple[int, ...]
    text: bytes
    fields: HeaderFields | None
    said: bytes

    @property
    def needs(self) -> tuple[Wanted, ...]:
        """What must be known: a message as a whole has no table of parts."""
        if self.part:
            return (PARTS,)
        if self.fields is not None:
            return (self.fields,)
        return (OCTETS, HEADER_SIZE) if self.text else (OCTETS,)


@dataclass(frozen=True, slots=True)
class Partial:
    """C{<start.count>}: a stretch of a section."""

    start: int
    count: int


def section(arguments: Arguments) -> Section:
    """C{section} behind its opening bracket."""
    numbers, text, listed = part(arguments), b"", b""
    fields = None
    if not numbers or arguments.take(b"."):
        text = (arguments.match(MSGTEXT) or b"").upper()
        if (numbers and not text) or (text == b"MIME" and not numbers):
            raise arguments.fault("a section")
    if text.startswith(b"HEADER.FIELDS"):
        names = arguments.sp().listed(arguments.astring)
        if len(names) > FIELDS_LIMIT:
            raise arguments.fault(f"at most {FIELDS_LIMIT} fields")
        lowered = frozenset(name.lower() for name in names)
        fields = HeaderFields(lowered, others=text.endswith(b"NOT"))
        listed = b" " + response.listed(map(response.astring, names))
    arguments.need(b"]")
    path = b".".join(b"%d" % number for number in numbers)
    dot = b"." if path and text else b""
    return Section(numbers, text, fields, path + dot + text + listed)


def part(arguments: Arguments) -> tuple[int, ...]:
    """C{section-part}, or nothing."""
    found = arguments.match(PART)
    if found is None:
        return ()
    numbers = tuple(int(number) for number in found.split(b"."))
    if not all(0 < number <= LARGEST for number in numbers):
        raise arguments.fault("the number of a part")
    return numbers


def partial(arguments: Arguments) -> Partial | None:
    """C{partial}, if there is one."""
    if not arguments.next_is(b"<"):
        return None
    found = PARTIAL.match(arguments.text, arguments.at)
    if found is None or not int(found[2]):
        raise arguments.fault("<start.count>")
    arguments.at = found.end()
    return Partial(int(found[1]), int(found[2]))


def find(fetched: Fetched, wanted: Section) -> Place | None:
    """Where a part lies; C{None} if there is none.

    @raise Damaged: when what we know of the message cannot be read.
    """
    if not wanted.part:
        octets = fetched.octets
        return Place(0, 0, octets.size, b"7bit", octets.header_size)
    try:
        [parts] = cast("Sequence[bytes]", fetched.known.known[PARTS])
        return place(parts, wanted.part)
    except (ValueError, StopIteration):
        raise Damaged("the parts of this message are not known") from None


def bounds(found: Place, wanted: Section) -> tuple[int, int] | None:
    """From where to where a section goes, its fields not yet chosen."""
    if wanted.text == b"MIME":
        return found.start, found.body
    if not wanted.text:
        return found.body, found.end
    if found.text is None:
        return None  # RFC 9051, 6.4.5.1: only a message has a header and a text
    if wanted.text == b"TEXT":
        return found.text, found.end
    return found.body, found.text


async def body(fetched: Fetched, wanted: Section, within: Partial | None) -> Said:
    """C{BODY[section]<partial>} of a message."""
    name = b"BODY[%b]" % wanted.said
    if within is not None:
        name += b"<%d>" % within.start
    found = find(fetched, wanted)
    limits = None if found is None else bounds(found, wanted)
    if limits is None:
        return (name + b" NIL",)
    octets = fetched.octets
    start, end = limits
    if wanted.fields is not None:
        header = await some_fields(octets, start, end, wanted.fields)
        return literal(name, cut(header, within))
    if within is not None:
        start = min(start + within.start, end)
        end = min(end, start + within.count)
    if end - start <= CHUNK:
        return literal(name, await whole(octets, start, end))
    return Streamed(b"%b {%d}\r\n" % (name, end - start), said(octets, start, end))


async def said(octets: IOctets, start: int, end: int) -> AsyncIterator[bytes]:
    """Octets for a literal."""
    async for piece in span(octets, start, end):
        yield response.without_nul(piece)


def literal(name: bytes, octets: bytes) -> Said:
    """An item with its octets."""
    return b"%b {%d}\r\n" % (name, len(octets)), response.without_nul(octets)


def bodies(batch: Batch, wanted: Section, within: Partial | None) -> Column:
    """C{BODY[section]<partial>} of messages as a whole, if that is at hand."""
    name = b"BODY[%b]" % wanted.said.replace(b"%", b"%%")
    values = cast("Sequence[bytes]", batch.known[wanted.fields or OCTETS])
    if wanted.text in (b"HEADER", b"TEXT"):
        ends = cast("Sequence[int]", batch.known[HEADER_SIZE])
        header = wanted.text == b"HEADER"
        pairs = zip(values, ends, strict=True)
        values = [octets[:end] if header else octets[end:] for octets, end in pairs]
    if within is not None:
        name += b"<%d>" % within.start
        values = [cut(octets, within) for octets in values]
    return Column(name + b" {%d}\r\n%b", (list(map(len, values)), values))


def cut(octets: bytes, within: Partial | None) -> bytes:
    """The stretch that is asked for."""
    if within is None:
        return octets
    return octets[within.start : within.start + within.count]


async def some_fields(
    octets: IOctets, start: int, end: int, wanted: HeaderFields
) -> bytes:
    """A header with some of its fields, and the empty line that ends it."""
    header = await whole(octets, start, min(end, start + LIMIT))
    return chosen(ended(header) if end - start > LIMIT else header, wanted)


async def binary(fetched: Fetched, wanted: Section, within: Partial | None) -> Said:
    """C{BINARY[part]<partial>}: a part with its encoding taken off.

    @raise Refusal: UNKNOWN-CTE when that cannot be done.
    """
    name = b"BINARY[%b]" % wanted.said
    if within is not None:
        name += b"<%d>" % within.start
    found = find(fetched, wanted)
    if found is None:
        return (name + b" NIL",)
    within = within or Partial(0, found.end)
    pieces = stretch(decoded_part(fetched, found), within)
    if found.end - found.body <= CHUNK:
        octets = b"".join([piece async for piece in pieces])
        tilde = b"~" if b"\0" in octets else b""
        return b"%b %b{%d}\r\n" % (name, tilde, len(octets)), octets
    size = await decoded_size(fetched, found)
    count = max(0, min(within.count, size - within.start))
    # What it holds is not known yet, so it is a literal8 (RFC 9051, 4.3.1).
    return Streamed(b"%b ~{%d}\r\n" % (name, count), pieces)


async def binary_size(fetched: Fetched, wanted: Section) -> Said:
    """C{BINARY.SIZE[part]}."""
    found = find(fetched, wanted)
    size = 0 if found is None else await decoded_size(fetched, found)
    return (b"BINARY.SIZE[%b] %d" % (wanted.said, size),)


async def decoded_part(fetched: Fetched, found: Place) -> AsyncIterator[bytes]:
    """The octets of a part behind its encoding; others have their turn meanwhile.

    @raise Refusal: UNKNOWN-CTE for an encoding nobody knows (RFC 9051, 7.1).
    """
    if found.encoding not in ENCODINGS:
        raise Refusal(b"UNKNOWN-CTE", "no way to decode that part")
    octets = fetched.octets
    async for piece in plain(octets, found.body, found.end, found.encoding):
        yield piece
        await fetched.turn()


async def decoded_size(fetched: Fetched, found: Place) -> int:
    """How many there are."""
    return sum([len(piece) async for piece in decoded_part(fetched, found)])


async def stretch(
    pieces: AsyncIterator[bytes], within: Partial
) -> AsyncIterator[bytes]:
    """Part of a stream."""
    skip, left = within.start, within.count
    async for piece in pieces:
        part_of = piece[skip : skip + left]
        skip = max(0, skip - len(piece))
        left -= len(part_of)
        if part_of:
            yield part_of
        if not left:
            return
