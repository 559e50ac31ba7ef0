"""A message written part by part, in an encoding that every server carries (RFC 2045, 2046)."""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field

from mailnode.errors import TooLarge
from mailnode.interfaces.content import ISpool

MESSAGE_LIMIT = 75_000_000
"""Octets of a message: attachments of 50 MB in base64, and a long text."""
LINE_LIMIT = 998
"""Octets of a line (RFC 5322, 2.1.1)."""
BASE64_LINE = 57
"""Octets that become one line of 76 (RFC 2045, 6.8)."""
HELD = 2**16
"""Octets of a line that are held back until its end is seen."""
SPARSE = 6
"""One octet in so many may be beyond ASCII: then quoted-printable is shorter."""

Octets = Callable[[], AsyncIterator[bytes]]
"""Octets that can be read again and again."""
LINE_END = re.compile("\r\n|\r|\n")
ASCII = bytes(range(128))
OPAQUE = b"Content-Type: application/octet-stream\r\n"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part with octets of its own.

    @ivar kind: its type in lower case, without the subtype.
    @ivar content_type: the whole field.
    @ivar fields: other fields that it has.
    """

    kind: str
    content_type: bytes
    octets: Octets
    fields: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """A multipart.

    @ivar subtype: such as C{alternative}.
    """

    subtype: str
    parts: tuple[Leaf | Frame, ...]
    fields: tuple[bytes, ...] = ()


Part = Leaf | Frame
Encodings = dict[int, str]
"""Content-Transfer-Encodings by the C{id()} of a part; empty, where there is none."""


@dataclass(slots=True)
class Survey:
    """What some octets are like.

    @ivar high: those beyond ASCII.
    @ivar binary: it has NUL, or CR or LF alone.
    @ivar longest: octets of the longest line.
    @ivar line: of the last line so far.
    @ivar last: a CR at the end of what came, which may belong to an LF.
    """

    size: int = 0
    high: int = 0
    binary: bool = False
    longest: int = 0
    line: int = 0
    last: bytes = field(default=b"")

    def look(self, piece: bytes) -> None:
        """Some more octets."""
        self.size += len(piece)
        if not piece.isascii():
            self.high += len(piece.translate(None, ASCII))
        whole = self.last + piece
        self.last = b"\r" if whole.endswith(b"\r") else b""
        whole = whole.removesuffix(self.last)
        ends = whole.count(b"\r\n")
        alone = ends != whole.count(b"\n") or ends != whole.count(b"\r")
        self.binary = self.binary or alone or b"\0" in whole
        first, *others = whole.split(b"\r\n")
        self.line += len(first)
        self.longest = max(self.longest, self.line)
        if others:
            self.longest = max(self.longest, *map(len, others))
            self.line = len(others[-1])

    @property
    def mail(self) -> bool:
        """Whether it is made of lines that mail can have."""
        return not self.binary and not self.last and self.longest <= LINE_LIMIT

    def encoding(self, kind: str) -> str:
        """In which encoding such octets are carried; empty, if in none that may be.

        A message inside must not be encoded (RFC 2046, 5.2.1).
        """
        if kind == "message":
            return "" if not self.mail else "8bit" if self.high else "7bit"
        if kind != "text":
            return "base64"
        if self.mail and not self.high:
            return "7bit"
        sparse = self.high * SPARSE <= self.size
        return "quoted-printable" if sparse and not self.binary else "base64"


async def surveyed(octets: Octets) -> Survey:
    """What octets are like, to the end."""
    survey = Survey()
    async for piece in octets():
        survey.look(piece)
    return survey


def text(value: str) -> Octets:
    """A text as octets, its lines ended as in mail."""
    octets = LINE_END.sub("\r\n", value).encode()

    async def pieces() -> AsyncIterator[bytes]:
        if octets:
            yield octets

    return pieces


async def compose(
    spool: ISpool, fields: Iterable[bytes], root: Part, boundary: Callable[[], str]
) -> None:
    """Write a message.

    @param fields: of its header, each with its line end.
    @param boundary: makes one that nobody can foresee.
    @raise TooLarge: when it would be too large.
    """
    chosen: Encodings = {}
    await choose(root, chosen)
    for each in fields:
        spool.write(each)
    await write(spool, root, chosen, boundary)


async def choose(part: Part, chosen: Encodings) -> None:
    """Find the encoding that each part needs, those inside first."""
    if isinstance(part, Frame):
        for each in part.parts:
            await choose(each, chosen)
        # "at least" what the parts in it have (RFC 2045, 6.4)
        high = any(chosen[id(each)] == "8bit" for each in part.parts)
        chosen[id(part)] = "8bit" if high else "7bit"
    elif part.kind in ("text", "message"):
        chosen[id(part)] = (await surveyed(part.octets)).encoding(part.kind)
    else:
        chosen[id(part)] = "base64"


async def write(
    spool: ISpool, part: Part, chosen: Encodings, boundary: Callable[[], str]
) -> None:
    """Write a part, from its first field to the end of its body."""
    spool.write(b"".join(part.fields))
    encoding = chosen[id(part)]
    if isinstance(part, Leaf):
        await write_leaf(spool, part, encoding)
        return
    mark = boundary()  # "=_" is in no encoded text (RFC 2045, 6.7 and 6.8)
    kind = f'multipart/{part.subtype};\r\n boundary="{mark}"'
    spool.write(f"Content-Type: {kind}\r\n".encode())
    if encoding != "7bit":
        spool.write(f"Content-Transfer-Encoding: {encoding}\r\n".encode())
    spool.write(b"\r\n")
    for each in part.parts:
        spool.write(f"--{mark}\r\n".encode())
        await write(spool, each, chosen, boundary)
        spool.write(b"\r\n")
    spool.write(f"--{mark}--\r\n".encode())


async def write_leaf(spool: ISpool, leaf: Leaf, encoding: str) -> None:
    """Write a leaf in an encoding."""
    # A message that no server carries is kept whole as what it is not.
    spool.write(leaf.content_type if encoding else OPAQUE)
    encoding = encoding or "base64"
    spool.write(f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode())
    async for piece in encoded(leaf.octets(), encoding):
        spool.write(piece)
        if spool.size > MESSAGE_LIMIT:
            raise TooLarge(f"a message has at most {MESSAGE_LIMIT} octets")


def encoded(octets: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    """Octets in an encoding."""
    if encoding == "base64":
        return in_base64(octets)
    if encoding == "quoted-printable":
        return in_quoted_printable(octets)
    return octets


async def in_base64(octets: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Lines of 76 (RFC 2045, 6.8)."""
    left = b""
    first = True
    async for piece in octets:
        ready = left + piece
        end = len(ready) - len(ready) % BASE64_LINE
        left = ready[end:]
        if end:
            yield (b"" if first else b"\r\n") + lines(ready[:end])
            first = False
    if left:
        yield (b"" if first else b"\r\n") + lines(left)


def lines(octets: bytes) -> bytes:
    """Base64 in lines, no line end behind the last."""
    digits = b64encode(octets)
    width = BASE64_LINE // 3 * 4
    return b"\r\n".join(digits[n : n + width] for n in range(0, len(digits), width))


async def in_quoted_printable(octets: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Text in lines as they are, with soft line breaks (RFC 2045, 6.7)."""
    left = b""
    async for piece in octets:
        *whole, left = (left + piece).split(b"\r\n")
        yield b"".join(quoted(line) + b"\r\n" for line in whole)
        if len(left) > HELD:
            held = b"\r" * left.endswith(b"\r")
            yield quoted(left.removesuffix(held)) + b"=\r\n"
            left = held
    yield quoted(left)


def quoted(line: bytes) -> bytes:
    """One line, its own line end left off."""
    return b2a_qp(line, istext=False).replace(b"=\n", b"=\r\n")
