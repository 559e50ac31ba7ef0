"""Sets of UIDs and of message numbers, as ranges (RFC 9051, 4.1.1)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

Span = tuple[int, int]
"""From the first to the last, both included."""


@dataclass(frozen=True, slots=True)
class NumberSet:
    """Some positive numbers.

    @ivar spans: ascending, not empty, and never touching each other.
    """

    spans: tuple[Span, ...] = ()

    @classmethod
    def covering(cls, spans: Iterable[Span]) -> NumberSet:
        """All numbers in any of C{spans}, whichever order they come in."""
        merged: list[Span] = []
        for low, high in sorted(spans):
            if merged and low <= merged[-1][1] + 1:
                if high > merged[-1][1]:
                    merged[-1] = (merged[-1][0], high)
            else:
                merged.append((low, high))
        return cls(tuple(merged))

    @classmethod
    def of(cls, numbers: Iterable[int]) -> NumberSet:
        """Just these numbers, which ascend."""
        spans: list[Span] = []
        low = last = -1
        for number in numbers:
            if number != last + 1:
                if low >= 0:
                    spans.append((low, last))
                low = number
            last = number
        if low >= 0:
            spans.append((low, last))
        return cls(tuple(spans))

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        at = bisect_right(self.spans, number, key=lambda span: span[0]) - 1
        return at >= 0 and number <= self.spans[at][1]

    def __iter__(self) -> Iterator[int]:
        for low, high in self.spans:
            yield from range(low, high + 1)

    def __len__(self) -> int:
        return sum(high - low + 1 for low, high in self.spans)

    def __bool__(self) -> bool:
        return bool(self.spans)

    @property
    def last(self) -> int:
        """The greatest of them; 0 when there is none."""
        return self.spans[-1][1] if self.spans else 0

    def among(self, numbers: Sequence[int]) -> list[int]:
        """Those of C{numbers}, which ascend, that are in the set."""
        found: list[int] = []
        at = 0
        for low, high in self.spans:
            at = bisect_left(numbers, low, at)
            end = bisect_right(numbers, high, at)
            found += numbers[at:end]
            at = end
        return found

    def written(self) -> bytes:
        """As a C{sequence-set} or a C{uid-set}; empty when it is."""
        return b",".join(
            b"%d" % low if low == high else b"%d:%d" % (low, high)
            for low, high in self.spans
        )
