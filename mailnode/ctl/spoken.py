"""Times, sizes and words from outside, as an operator reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

UNITS = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
SIZES = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))
GAP = "  "


def stamp(ms: int) -> str:
    """A moment for scripts: RFC 3339, in UTC."""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local(written: object) -> str:
    """Such a moment for people: local time, to the second."""
    moment = datetime.fromisoformat(str(written)).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def lasting(seconds: object) -> str:
    """A time in its largest unit."""
    assert isinstance(seconds, int | float)
    for unit, length in UNITS:
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return "0 s"


def octets(number: object) -> str:
    """A size in its largest unit."""
    assert isinstance(number, int)
    for unit, scale in SIZES:
        if number >= scale:
            return f"{number / scale:.1f} {unit}"
    return f"{number} octets"


def presentable(text: object) -> str:
    """A text from outside, without what would move the cursor of a terminal."""
    return "".join(
        each if each.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for each in str(text)
    )


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines whose columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield GAP.join(cells).rstrip()
