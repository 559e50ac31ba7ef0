"""The boundaries that may end a part here, and the lines that do (RFC 2046, 5.1.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

BOUNDARY_LIMIT = 2048
"""Octets of a boundary; RFC 2046, 5.1.1 allows 70, and some senders more."""
LINE_LIMIT = 4096
"""Octets of a delimiter line with the white space that may follow it."""

_CR = 0x0D


class Delimiter(NamedTuple):
    """A delimiter line found in some octets.

    @ivar start: where the line end before it begins, which belongs to it.
    @ivar line_end: where its own LF is.
    @ivar depth: which open part it delimits.
    @ivar closing: whether it was the last one.
    """

    start: int
    line_end: int
    depth: int
    closing: bool


class Boundaries:
    """The boundaries of all open multiparts.

    @ivar needle: what every delimiter begins with, its line end included;
        empty when none is open.
    """

    def __init__(self) -> None:
        self.needle = b""
        self._open: list[tuple[bytes, int]] = []
        self._depths: dict[bytes, int] = {}

    def add(self, boundary: bytes, depth: int) -> None:
        """The part at C{depth} is a multipart with this boundary."""
        self._open.append((boundary, depth))
        self._index()

    def drop(self, depth: int) -> None:
        """The multiparts from C{depth} on have ended."""
        if self._open and self._open[-1][1] >= depth:
            self._open = [each for each in self._open if each[1] < depth]
            self._index()

    def find(self, data: bytes, at: int, limit: int) -> Delimiter | None:
        """The first whole delimiter line from C{at} whose text starts before C{limit}."""
        if not self.needle:
            return None
        hit = data.find(self.needle, at, limit)
        while hit >= 0:
            end = data.find(b"\n", hit + 1, hit + 1 + LINE_LIMIT)
            if end >= 0:
                line = data[hit + 3 : end].rstrip(b" \t\r")
                depth = self._depths.get(line)
                closing = depth is None and line.endswith(b"--")
                if closing:
                    depth = self._depths.get(line[:-2])
                if depth is not None:
                    start = hit - 1 if hit and data[hit - 1] == _CR else hit
                    return Delimiter(start, end, depth, closing)
            hit = data.find(self.needle, hit + 1, limit)
        return None

    def _index(self) -> None:
        """Boundaries to depths: of two alike the innermost counts."""
        self._depths = dict(self._open)
        self.needle = b"\n--" + _shared_start(self._depths) if self._open else b""


def unfinished(data: bytes, at: int) -> int:
    """Where the last line of C{data} begins, line end before it included, if
    more octets could still make a delimiter or an empty line of it."""
    last = data.rfind(b"\n", at)
    if last < 0 or len(data) - last > LINE_LIMIT:
        last = len(data)
    return last - 1 if last and data[last - 1] == _CR else last


def _shared_start(names: Iterable[bytes]) -> bytes:
    """The longest start that all names have in common."""
    low, high = min(names), max(names)
    if low == high:
        return low
    for length, (one, other) in enumerate(zip(low, high, strict=False)):
        if one != other:
            return low[:length]
    return low
