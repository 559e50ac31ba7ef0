"""What was looked for, marked in a text, as HTML (RFC 8621, 5)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from mailnode.query import fold

OPENING, CLOSING = "<mark>", "</mark>"
MORE = "…"
"""Stands for text that is left out."""
WIDEST = 30
"""Characters that are marked together in an excerpt: they must fit into it."""
STRIDE = 2000
"""Characters compared at once; only where something is found, place by place."""
MARGIN = 400
"""Characters around what was found that an excerpt may show."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and where in it things were found.

    @ivar spans: half-open, in order, none touching another.
    @ivar cut: there was text before it, and behind it.
    """

    text: str
    spans: Sequence[tuple[int, int]]
    cut: tuple[bool, bool] = (False, False)

    def html(self) -> str:
        """All of it."""
        return "".join(self.pieces(0, self.spans))

    def excerpt(self, octets: int) -> str:
        """The part around the first find, of at most so many octets."""
        spans = [(start, min(end, start + WIDEST)) for start, end in self.spans]
        start = self.lead(octets // 3)
        shown = [MORE] if start or self.cut[0] else []
        room = octets - len("".join([*shown, MORE]).encode())
        for piece in self.pieces(start, spans):
            room -= len(piece.encode())
            if room < 0:
                return "".join([*shown, MORE])
            shown.append(piece)
        return "".join([*shown, MORE] if self.cut[1] else shown)

    def lead(self, octets: int) -> int:
        """Where an excerpt begins: at a word, so many octets ahead at most."""
        first = self.spans[0][0]
        start = first
        while start and (octets := octets - width(self.text[start - 1])) >= 0:
            start -= 1
        if start == 0:
            return start
        space = self.text.find(" ", start, first)
        return start if space < 0 else space + 1

    def pieces(self, start: int, spans: Iterable[tuple[int, int]]) -> Iterator[str]:
        """The text in pieces that must not be cut: finds, and single characters."""
        for begin, end in spans:
            yield from map(escape, self.text[start:begin])
            yield OPENING + escape(self.text[begin:end]) + CLOSING
            start = end
        yield from map(escape, self.text[start:])


def width(character: str) -> int:
    """Octets of a character as HTML."""
    return len(escape(character).encode())


def marked(text: str, needles: Sequence[str]) -> Marked | None:
    """A text with all that was found in it; C{None} when nothing was.

    @param needles: folded, and none of them empty.
    """
    folded, places = with_places(text)
    spans: list[tuple[int, int]] = []
    for needle in needles:
        at = folded.find(needle)
        while at >= 0:
            end = at + len(needle)
            spans.append((places[at][0], places[end - 1][1]))
            at = folded.find(needle, end)
    return Marked(text, joined(spans)) if spans else None


def around(text: str, needles: Sequence[str]) -> Marked | None:
    """The first part of a long text in which something was found.

    @param needles: folded, and none of them empty.
    """
    overlap = max(map(len, needles), default=0)
    for start in range(0, len(text), STRIDE):
        end = start + STRIDE + overlap
        folded = fold(text[start:end])
        if any(needle in folded for needle in needles):
            begin, stop = max(0, start - MARGIN), end + MARGIN
            found = marked(text[begin:stop], needles)
            if found is not None:
                cut = begin > 0, stop < len(text)
                return Marked(found.text, found.spans, cut)
    return None


def with_places(text: str) -> tuple[str, Sequence[tuple[int, int]]]:
    """A text folded, and for each character of that, of what in the text it comes."""
    if text.isascii():
        return text.lower(), [(n, n + 1) for n in range(len(text))]
    folded: list[str] = []
    places: list[tuple[int, int]] = []
    for start, end in characters(text):
        one = fold(text[start:end])
        folded.append(one)
        places += [(start, end)] * len(one)
    return "".join(folded), places


def characters(text: str) -> Iterator[tuple[int, int]]:
    """Where the characters lie that people see: a mark belongs to what bears it."""
    start = 0
    for at in range(1, len(text)):
        if not unicodedata.combining(text[at]):
            yield start, at
            start = at
    if text:
        yield start, len(text)


def joined(spans: Iterable[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    """Spans in order, those that touch made one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found
