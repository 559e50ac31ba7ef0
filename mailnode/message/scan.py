"""The scanner: one pass over a message, which may be anything at all (RFC 2045, 2046).

It takes the octets in any pieces and keeps a bounded few of them: the header
it is in, one unfinished line, and the start of the text for a preview.  What
it says does not depend on how the pieces were cut.  It works on an explicit
stack, in time linear to the octets, and it never raises.
"""

from __future__ import annotations

from io import BytesIO
from typing import NamedTuple

from mailnode.message import mime
from mailnode.message.boundaries import (
    BOUNDARY_LIMIT,
    Boundaries,
    Delimiter,
    unfinished,
)
from mailnode.message.header import Header
from mailnode.message.mime import Content
from mailnode.message.sample import Sample, Sampler

DEPTH_LIMIT = 100
"""Parts within parts; deeper ones are opaque.  Real mail has up to about 10."""
PARTS_LIMIT = 10_000
"""Parts of a message; the last one is all that is left, opaque.  Each costs
about half a kilobyte of memory here, and a line of every BODYSTRUCTURE."""
HEADER_LIMIT = 2**20
"""Octets of a header that are read; the rest is counted and passed over."""
KEPT_LIMIT = 2**20
"""Octets of names, descriptions and nested headers kept of all parts together."""

PIECE = 32 * 2**10
"""Octets looked at together, so that no search runs far ahead in vain."""
IDENTITIES = (b"7bit", b"8bit", b"binary")
"""Encodings that change nothing (RFC 2045, 6.2)."""

ENVELOPE_FIELDS = frozenset(
    b"date subject from sender reply-to to cc bcc in-reply-to message-id".split()
)
"""What is kept of the header of a message inside a message."""


class Part(NamedTuple):
    """One part of a message, or the message itself; offsets are absolute.

    @ivar start: where its header begins.
    @ivar body: where its body begins, behind the empty line.
    @ivar end: behind its body; the line end before a delimiter belongs to the
        delimiter (RFC 2046, 5.1.1).
    @ivar lines: CRLF or LF in the body.
    @ivar children: the parts of a multipart, or the one message inside a
        C{message/rfc822}.
    @ivar header: for a message, the fields of its envelope or more; else
        C{None}.
    """

    content: Content
    start: int
    body: int
    end: int
    lines: int
    children: tuple[Part, ...] = ()
    header: Header | None = None

    @property
    def octets(self) -> int:
        """Octets of the body."""
        return self.end - self.body


class Scan(NamedTuple):
    """What one pass over a message found out.

    @ivar root: the message as a part; its header is the whole header.
    @ivar lines: CRLF or LF in the whole message.
    @ivar plain: the start of the first text/plain that is no attachment.
    @ivar html: the same of the first text/html.
    """

    root: Part
    size: int
    lines: int
    plain: Sample | None
    html: Sample | None

    @property
    def header(self) -> Header:
        """The header of the message, its first L{HEADER_LIMIT} octets."""
        return self.root.header or Header(b"")

    @property
    def header_size(self) -> int:
        """Octets of the header with its empty line."""
        return self.root.body


class _Open:
    """A part that is not at its end yet.

    @ivar content: until its header is read, what it is if that does not say.
    @ivar header: of a message, filled when it is read.
    @ivar lines: LF before its body.
    """

    __slots__ = ("body", "children", "content", "header", "lines", "start")

    def __init__(self, start: int, content: Content, header: Header | None) -> None:
        self.start = start
        self.content = content
        self.header = header
        self.body = start
        self.lines = 0
        self.children: list[Part] = []


class Scanner:
    """Feed it a message in any pieces, then close it.

    The octets at hand always begin with the end of a line, so that empty
    lines and delimiters are found as patterns that begin with LF; the first
    line has one lent to it.
    """

    def __init__(self) -> None:
        self._waiting = b"\n"  # what the next piece may still change
        self._position = -1  # where that begins in the message
        self._lines = -1  # LF before it
        self._stack: list[_Open] = []
        self._boundaries = Boundaries()
        self._header: BytesIO | None = None  # the one being read, if any
        self._parts = 0
        self._kept = 0
        self._sampler = Sampler()
        self._open(0, mime.PLAIN, Header(b""))

    def feed(self, data: bytes) -> None:
        """Some more octets."""
        for start in range(0, len(data), PIECE):
            piece = self._waiting + data[start : start + PIECE]
            at = 0
            while at >= 0:
                if self._header is None:
                    at = self._read_body(piece, at)
                else:
                    at = self._read_header(piece, at)

    def close(self) -> Scan:
        """There are no more; the scanner is of no use afterwards."""
        data = self._waiting
        lines = self._lines + data.count(b"\n")
        size = self._position + len(data)
        found = self._boundaries.find(data + b"\n", 0, len(data))  # It may lack its LF
        self._pass_over(data, 0, found.start if found else len(data))
        if found:
            self._end_parts(found.depth + 1, self._position + found.start, self._lines)
        self._end_parts(1, size, lines)
        root = self._end_part(size, lines)
        kept = self._sampler.kept
        return Scan(root, size, lines, kept.get(b"plain"), kept.get(b"html"))

    def _read_header(self, data: bytes, at: int) -> int:
        """Look for the end of a header: an empty line, or a delimiter.

        Like L{_read_body} it returns where to go on, or -1 if more is needed.
        """
        last = data.find(b"\n\r\n", at)
        bare = data.find(b"\n\n", at, last + 1 if last >= 0 else len(data))
        body = last + 3 if bare < 0 else bare + 2
        last = last if bare < 0 else bare
        found = self._boundaries.find(data, at, last if last >= 0 else len(data))
        if found:
            return self._delimit(data, at, found)
        if last < 0:
            return self._wait(data, at, unfinished(data, at))
        self._pass_over(data, at, last + 1)
        self._begin_body(self._position + body, self._lines + 1)
        return body - 1

    def _read_body(self, data: bytes, at: int) -> int:
        """Look for a delimiter."""
        found = self._boundaries.find(data, at, len(data))
        if found:
            return self._delimit(data, at, found)
        awaited = self._boundaries.needle
        return self._wait(data, at, unfinished(data, at) if awaited else len(data))

    def _delimit(self, data: bytes, at: int, found: Delimiter) -> int:
        """Step over a delimiter line, which ends some parts and may begin one."""
        self._pass_over(data, at, found.start)
        self._end_parts(found.depth + 1, self._position + found.start, self._lines)
        self._lines += 1  # The line end that belongs to the delimiter
        if found.closing:
            self._boundaries.drop(found.depth)
        else:
            self._boundaries.drop(found.depth + 1)
            digest = self._stack[found.depth].content.subtype == b"digest"
            default = mime.DIGESTED if digest else mime.PLAIN
            self._open(self._position + found.line_end + 1, default, None)
        return found.line_end

    def _wait(self, data: bytes, at: int, to: int) -> int:
        """Pass over what is certain and hold back the rest for the next piece."""
        self._pass_over(data, at, to)
        self._waiting = data[to:]
        self._position += to
        return -1

    def _pass_over(self, data: bytes, at: int, to: int) -> None:
        """Count the lines, and keep what is of use."""
        self._lines += data.count(b"\n", at, to)
        part = self._stack[-1]
        if self._header is None:
            self._sampler.add(data, max(at, part.body - self._position), to)
        else:
            room = HEADER_LIMIT - self._header.tell()
            start = max(at, part.start - self._position)
            self._header.write(data[start : min(to, start + room)])

    def _open(self, start: int, default: Content, header: Header | None) -> None:
        """A part begins, and first its header."""
        self._stack.append(_Open(start, default, header))
        self._header = BytesIO()
        self._parts += 1
        if self._parts >= PARTS_LIMIT:
            self._boundaries.drop(0)  # This one goes on to the end of the message

    def _begin_body(self, body: int, lines: int) -> None:
        """The header is at its end: see what the part is."""
        part = self._stack[-1]
        header = Header(self._header.getvalue() if self._header else b"")
        self._header = None
        part.start, part.body, part.lines = min(part.start, body), body, lines
        content = mime.content(header, part.content)
        boundary = _boundary(content)
        part.content = self._affordable(_possible(content, boundary))
        if part.header is not None:
            part.header = header if len(self._stack) == 1 else self._excerpt(header)
        if part.content.type == b"multipart" or _is_message(part.content):
            if len(self._stack) > DEPTH_LIMIT or self._parts >= PARTS_LIMIT:
                part.content = part.content.opaque()
            elif boundary is not None:
                self._boundaries.add(boundary, len(self._stack) - 1)
            else:
                self._open(part.body, mime.PLAIN, Header(b""))
        elif self._parts >= PARTS_LIMIT:
            part.content = part.content.opaque()
        self._sampler.begin(part.content)

    def _affordable(self, content: Content) -> Content:
        """As much of what a part says as can still be kept."""
        self._kept += content.weight
        return content if self._kept <= KEPT_LIMIT else content.bare()

    def _excerpt(self, header: Header) -> Header:
        """The envelope of a message in the message, if it can still be kept."""
        excerpt = header.only(ENVELOPE_FIELDS)
        self._kept += len(excerpt.octets)
        return excerpt if self._kept <= KEPT_LIMIT else Header(b"")

    def _end_parts(self, depth: int, end: int, lines: int) -> None:
        """Parts from C{depth} on end here, even in the middle of a header.

        A delimiter right behind an empty line shares its line end; the body
        between them is empty then, and lies behind it.
        """
        begun = self._stack if self._header is None else self._stack[:-1]
        if begun and begun[-1].body > end:
            end, lines = begun[-1].body, begun[-1].lines
        while self._header is not None:
            self._begin_body(end, lines)
        while len(self._stack) > depth:
            self._end_part(end, lines)

    def _end_part(self, end: int, lines: int) -> Part:
        """The innermost part ends."""
        self._sampler.finish()
        part = self._stack.pop()
        if part.content.type == b"multipart" and not part.children:
            part.content = part.content.plain()  # Nothing was ever delimited
        ended = Part(
            part.content,
            part.start,
            part.body,
            end,
            lines - part.lines,
            tuple(part.children),
            part.header,
        )
        if self._stack:
            self._stack[-1].children.append(ended)
        return ended


def _boundary(content: Content) -> bytes | None:
    """The boundary of a multipart, if it has one that can be used."""
    if content.type != b"multipart":
        return None
    boundary = mime.parameter(content.parameters, b"boundary")
    if boundary is None:
        _, boundary = mime.extended(content.parameters, b"boundary") or (b"", b"")
    boundary = boundary.rstrip(b" \t\r")  # RFC 2046, 5.1.1: it ends with no space
    return boundary if 0 < len(boundary) <= BOUNDARY_LIMIT else None


def _possible(content: Content, boundary: bytes | None) -> Content:
    """What the part can really be."""
    if content.type == b"multipart" and boundary is None:
        return content.plain()  # RFC 2045, 5.2: invalid without one
    if _is_message(content) and content.encoding not in IDENTITIES:
        return content.opaque()  # RFC 2046, 5.2.1: it must not be encoded
    return content


def _is_message(content: Content) -> bool:
    """Whether it has a message in it (RFC 2046, 5.2.1; RFC 6532, 3.7)."""
    return content.type == b"message" and content.subtype in (b"rfc822", b"global")
