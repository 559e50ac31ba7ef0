"""DATA against a reader simple enough to be right (RFC 5321, 4.5.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from smtp.coroutine import finish

from mailnode.errors import Malformed, TimedOut, TooLarge
from mailnode.smtp.data import DataReader, Pace
from mailnode.smtp.options import SMTPOptions
from mailnode.testing import FakePeer

NEXT = b"MAIL FROM:<>\r\n"


class PiecemealPeer(FakePeer):
    """A peer whose octets come in given pieces."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        super().__init__()
        self.pieces = [piece for piece in pieces if piece]

    async def some(self, limit: int) -> bytes:
        if not self.sent and self.pieces:
            self.sent = self.pieces.pop(0)
        return await super().some(limit)

    @property
    def left(self) -> bytes:
        return self.sent + b"".join(self.pieces)


async def gathered(reader: DataReader) -> bytes:
    return b"".join([piece async for piece in reader])


def reference(octets: bytes) -> tuple[bytes, bytes]:
    """Line by line: the content, dots unstuffed, and what follows it."""
    content = b""
    while True:
        line, crlf, octets = octets.partition(b"\r\n")
        assert crlf, "there is an end"
        if line == b".":
            return content, octets
        content += line.removeprefix(b".") + b"\r\n"


def strays(content: bytes) -> bool:
    return re.search(rb"(?<!\r)\n|\r(?!\n)", content) is not None


def check(pieces: Sequence[bytes], limit: int = 1000) -> None:
    content, rest = reference(b"".join(pieces))
    peer = PiecemealPeer(pieces)
    reader = DataReader(peer, SMTPOptions(hostname="mx", message_size=limit))
    if strays(content):
        with pytest.raises(Malformed):
            finish(gathered(reader))
        assert reader.parting
    else:
        assert finish(gathered(reader)) == content
    assert reader.size == len(content)
    assert peer.left == rest


ANYTHING = st.lists(
    st.sampled_from([b"\r\n", b".", b"\r", b"\n", b"x", b"\0", b"\xff"]), max_size=12
).map(b"".join)


def split(octets: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(octets) + 1) for cut in cuts), len(octets)]
    return [octets[a:b] for a, b in pairwise(edges)]


@given(ANYTHING, ANYTHING, st.lists(st.integers(0, 99), max_size=8))
@example(b"", b"", [])
@example(b"\r\n", b".\r\n", [1, 2, 3, 4, 5])
def test_reads_what_the_reference_reads(
    before: bytes, after: bytes, cuts: list[int]
) -> None:
    check(split(before + b"\r\n.\r\n" + after, cuts))


@pytest.mark.parametrize("body", [b"", b"a\r\n", b"..\r\n", b".a\r\n..b\r\n", b"\r\n"])
def test_every_two_splits(body: bytes) -> None:
    octets = body + b".\r\n" + NEXT
    for first in range(len(octets) + 1):
        for second in range(first, len(octets) + 1):
            check([octets[:first], octets[first:second], octets[second:]])


VARIANTS = [
    b"\n.\n",
    b"\n.\r",
    b"\n.\r\n",
    b"\r.\r",
    b"\r.\n",
    b"\r.\r\n",
    b"\r\n.\n",
    b"\r\n.\r",
    b"\r\n.\r\r\n",
    b"\r\r\n.\r\r\n",
    b"\n\n.\r\n",
    b"\r\n\0.\r\n",
    b"\r\n.\0\r\n",
    b"\r\n. \r\n",
    b"\r\n.\t\r\n",
    b"\r\n.\x0b\r\n",
    b"\r\n\x1a.\r\n",
    b"\xc2\x85.\xc2\x85",
    b"\xe2\x80\xa8.\xe2\x80\xa8",
    b"\x0b.\x0b",
    b"\x0c.\x0c",
]
"""What is not the end of data, whatever others make of it."""


@pytest.mark.parametrize("variant", VARIANTS, ids=repr)
def test_nothing_else_ends_it_wherever_it_is_split(variant: bytes) -> None:
    octets = b"hello" + variant + NEXT + b"\r\n.\r\n" + b"QUIT\r\n"
    assert reference(octets)[1] == b"QUIT\r\n"
    for first in range(len(octets) + 1):
        check([octets[:first], octets[first:]])
    check([octets[n : n + 1] for n in range(len(octets))])


def test_a_bare_cr_before_the_end_is_refused_but_it_is_the_end() -> None:
    check([b"hello\r\r\n.\r\n", NEXT])


def test_too_large_with_a_stray_is_the_last_thing_heard() -> None:
    peer = PiecemealPeer([b"x" * 20, b"\n.\r\n" + NEXT, b"\r\n.\r\n"])
    reader = DataReader(peer, SMTPOptions(hostname="mx", message_size=16))
    with pytest.raises(TooLarge):
        finish(gathered(reader))
    assert reader.parting


def test_too_large_is_read_to_its_end() -> None:
    peer = PiecemealPeer([b"x" * 15, b"\r\n.\r\n" + NEXT])
    reader = DataReader(peer, SMTPOptions(hostname="mx", message_size=16))
    with pytest.raises(TooLarge):
        finish(gathered(reader))
    assert peer.left == NEXT
    assert not reader.parting


def test_exactly_the_limit_is_not_too_large() -> None:
    check([b"x" * 14 + b"\r\n.\r\n"], limit=16)


def test_dots_that_are_taken_away_do_not_count() -> None:
    check([b"..\r\n" * 4 + b".\r\n"], limit=12)


def test_far_too_large_is_cut() -> None:
    peer = PiecemealPeer([b"x" * 20] * 100)
    reader = DataReader(peer, SMTPOptions(hostname="mx", message_size=16))
    with pytest.raises(TooLarge):
        finish(gathered(reader))
    assert reader.parting
    assert len(peer.left) > 1800


def test_nothing_is_kept_of_what_is_refused() -> None:
    pieces: list[bytes] = []

    async def gather(reader: DataReader) -> None:
        pieces.extend([await anext(reader)])
        await anext(reader)

    peer = PiecemealPeer([b"fine\r\n", b"bare\nlf", b"and more", b"\r\n.\r\n"])
    with pytest.raises(Malformed):
        finish(gather(DataReader(peer, SMTPOptions(hostname="mx"))))
    assert b"".join(pieces) == b"fine"


def test_what_nobody_wants_is_read_all_the_same() -> None:
    peer = PiecemealPeer([b"a", b"b\r\n.\r\n", NEXT])
    reader = DataReader(peer, SMTPOptions(hostname="mx"))
    finish(reader.finish())
    assert peer.left == NEXT


class Hands:
    """A clock that one turns."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


def test_a_slow_peer_is_not_waited_for() -> None:
    hands = Hands()
    pace = Pace(SMTPOptions(hostname="mx", clock=hands))
    assert pace.patience(0) == 180
    hands.now = 100_000
    assert pace.patience(0) == 80
    assert pace.patience(500 * 100) == 180
    hands.now = 181_000
    with pytest.raises(TimedOut):
        pace.patience(500)


def test_no_message_takes_for_ever() -> None:
    hands = Hands()
    pace = Pace(SMTPOptions(hostname="mx", clock=hands))
    hands.now = 7_190_000
    assert pace.patience(2**40) == 10
    hands.now = 7_200_000
    with pytest.raises(TimedOut):
        pace.patience(2**40)
