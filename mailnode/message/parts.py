"""Where the parts of a message lie, packed into a few octets (RFC 9051, 6.4.5).

FETCH of C{BODY[1.2]} and its like is answered from this table, and from the
octets it points at; nobody parses the message again.  The table is the parts
in order, parents first, each with the sizes of its header and body, so that
a part in the middle is found by stepping over those before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailnode.message.scan import Part

FORMAT = 1
"""The first octet of a table."""

ENCODINGS = (b"7bit", b"8bit", b"binary", b"base64", b"quoted-printable")
"""Known Content-Transfer-Encodings by number (RFC 2045, 6.1); the number
after the last stands for all others."""
OTHER = b"x-unknown"

_LEAF, _MULTIPART, _MESSAGE = range(3)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one section of a message lies; offsets are absolute.

    C{[MIME]} is C{start} to C{body}; the part itself is C{body} to C{end}.
    If there is a message in it, C{[HEADER]} is C{body} to C{text}, C{[TEXT]}
    is C{text} to C{end}.

    @ivar encoding: Content-Transfer-Encoding, L{OTHER} if it is not known.
    @ivar text: where the body of the message inside begins; C{None} if the
        part is no message.
    """

    start: int
    body: int
    end: int
    encoding: bytes
    text: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One part on a walk through all of them; offsets are absolute.

    @ivar start: where its header begins, C{body} where that ends.
    @ivar leaf: its body is no other parts.
    @ivar message: its header is the header of a message.
    """

    start: int
    body: int
    end: int
    encoding: bytes
    leaf: bool
    message: bool


@dataclass(frozen=True, slots=True)
class Node:
    """A part with the parts in it; a message inside is a part like any other, into
    which nobody looks.  Offsets are absolute.

    @ivar leaf: it is not a multipart, whatever it says.
    """

    start: int
    body: int
    end: int
    encoding: bytes
    leaf: bool
    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class _Record:
    """One part in the table."""

    kind: int
    children: int
    encoding: bytes
    start: int
    body: int
    end: int


def packed(root: Part) -> bytes:
    """The table for a message."""
    out = bytearray((FORMAT,))
    before = 0
    waiting = [root]
    while waiting:
        part = waiting.pop()
        kind = _kind(part)
        encoding = part.content.encoding
        number = ENCODINGS.index(encoding) if encoding in ENCODINGS else len(ENCODINGS)
        out.append(number << 2 | kind)
        if kind == _MULTIPART:
            _put(out, len(part.children))
        _put(out, part.start - before)
        _put(out, part.body - part.start)
        _put(out, part.end - part.body)
        before = part.start  # A child never begins before its parent
        waiting += reversed(part.children)
    return bytes(out)


def place(table: bytes, section: tuple[int, ...] = ()) -> Place | None:
    """Where a section lies: C{(1, 2)} is C{BODY[1.2]}, C{()} the message.

    @return: C{None} when the message has no such part.
    """
    records = _records(table)
    part = next(records)
    text: int | None = part.body
    found = Place(part.start, part.start, part.end, b"7bit", text)
    for number in section:
        if text is not None and part.kind != _MULTIPART:  # RFC 9051, 6.4.5: [1] only
            if number != 1:
                return None
        elif part.kind != _MULTIPART or not 1 <= number <= part.children:
            return None
        else:
            for _ in range(number - 1):
                _skip(records)
            part = next(records)
        text = None
        # Only a leaf is encoded, whatever others say (RFC 2045, 6.4).
        encoding = part.encoding if part.kind == _LEAF else b"7bit"
        found = Place(part.start, part.body, part.end, encoding)
        if part.kind == _MESSAGE:
            part = next(records)
            text = part.body
            found = Place(found.start, found.body, found.end, found.encoding, text)
    return found


def walk(table: bytes) -> Iterator[Step]:
    """All parts in order, those inside others after them; the message first."""
    inside = True
    for record in _records(table):
        leaf = record.kind == _LEAF
        yield Step(record.start, record.body, record.end, record.encoding, leaf, inside)
        inside = record.kind == _MESSAGE


def tree(table: bytes) -> Node:
    """All parts of a message, those of messages inside left out.

    @raise ValueError: when this is no table that we can read.
    """
    records = _records(table)
    return _node(next(records), records)


def _node(record: _Record, records: Iterator[_Record]) -> Node:
    parts: tuple[Node, ...] = ()
    if record.kind == _MULTIPART:
        parts = tuple(_node(next(records), records) for _ in range(record.children))
    elif record.kind == _MESSAGE:
        _skip(records)
    leaf = record.kind != _MULTIPART
    # Only a leaf is encoded, whatever others say (RFC 2045, 6.4).
    encoding = record.encoding if record.kind == _LEAF else b"7bit"
    return Node(record.start, record.body, record.end, encoding, leaf, parts)


def _kind(part: Part) -> int:
    if not part.children:
        return _LEAF
    return _MULTIPART if part.content.type == b"multipart" else _MESSAGE


def _skip(records: Iterator[_Record]) -> None:
    """Step over a part and all its children."""
    left = 1
    while left:
        left += next(records).children - 1


def _records(table: bytes) -> Iterator[_Record]:
    """The parts in the order of the table.

    @raise ValueError: when this is no table that we can read.
    """
    if table[:1] != bytes((FORMAT,)):
        raise ValueError("an unknown table of parts")
    octets = iter(table)
    next(octets)
    before = 0
    for first in octets:
        kind, number = first & 3, first >> 2
        children = _get(octets) if kind == _MULTIPART else int(kind == _MESSAGE)
        before += _get(octets)
        body = before + _get(octets)
        encoding = ENCODINGS[number] if number < len(ENCODINGS) else OTHER
        yield _Record(kind, children, encoding, before, body, body + _get(octets))


def _put(out: bytearray, number: int) -> None:
    """A number in groups of seven bits, the lowest first, all but the last marked."""
    while number > 0x7F:  # noqa: PLR2004 -- seven bits
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def _get(octets: Iterator[int]) -> int:
    number = shift = 0
    for octet in octets:
        number |= (octet & 0x7F) << shift
        if octet < 0x80:  # noqa: PLR2004 -- the last group
            break
        shift += 7
    return number
