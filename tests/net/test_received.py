"""Lines and pieces come out as they came in, however they were cut."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mailnode.errors import TooLarge
from mailnode.net.received import Received

ODD = st.lists(st.sampled_from([b"a", b"b", b"\r", b"\n", b"\r\n", b"\0"])).map(
    b"".join
)


def lines(received: Received, limit: int) -> list[bytes | None]:
    """All lines that are here; C{None} for one that was too long."""
    found: list[bytes | None] = []
    while True:
        try:
            line = received.line(limit)
        except TooLarge:
            found.append(None)
            continue
        if line is None:
            return found
        found.append(line)


@given(ODD, st.lists(st.integers(0, 40)), st.integers(0, 9))
def test_cuts_make_no_difference(data: bytes, cuts: list[int], limit: int) -> None:
    whole = data.split(b"\r\n")[:-1]
    wanted = [line if len(line) <= limit else None for line in whole]
    received = Received()
    found = []
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in pairwise(edges):
        received.feed(data[start:end])
        found += lines(received, limit)
        assert len(received) <= limit + 2 + end - start
    assert found == wanted


@given(ODD, st.integers(1, 9), st.integers(0, 9))
def test_some_and_unread(data: bytes, limit: int, back: int) -> None:
    received = Received()
    received.feed(data)
    piece = received.some(limit)
    assert piece == data[:limit]
    kept = max(0, len(piece) - back)
    received.unread(piece[kept:])
    assert received.some(len(data) + 1) == data[kept:]
    assert received.some(1) == b""


def test_a_line_after_a_piece_is_searched_from_its_start() -> None:
    received = Received()
    received.feed(b"a long beginning of a line")
    assert received.line(100) is None
    assert received.some(24) == b"a long beginning of a li"
    received.feed(b"\r\nNOOP\r\n")
    assert lines(received, 100) == [b"ne", b"NOOP"]


def test_an_endless_line_is_not_kept() -> None:
    received = Received()
    for _ in range(1000):
        received.feed(b"A" * 1000)
        assert received.line(100) is None
        assert len(received) <= 1
    received.feed(b"\r\nNOOP\r\n")
    assert lines(received, 100) == [None, b"NOOP"]


def test_clearing_forgets_an_endless_line() -> None:
    received = Received()
    received.feed(b"A" * 1000)
    assert received.line(10) is None
    received.clear()
    received.feed(b"NOOP\r\n")
    assert lines(received, 10) == [b"NOOP"]
