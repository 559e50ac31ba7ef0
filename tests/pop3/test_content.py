"""Messages on their way to the client: dots, surrogates, pieces."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from mailnode.errors import Unavailable
from mailnode.interfaces.content import IOctets
from mailnode.model.message import CHUNK
from mailnode.pop3.content import Stuffing, Torn, send
from mailnode.pop3.surrogate import Surrogate
from mailnode.testing import FakePeer, MemoryContent

ODD = st.lists(
    st.sampled_from(
        [b".", b"..", b"a", b"\r", b"\n", b"\r\n", b"\r\n.", b"\xff", b"\0"]
    )
).map(b"".join)


class Pieces(MemoryContent):
    """A message that is read in tiny pieces.

    @ivar fails: where reading fails, if it does.
    """

    def __init__(self, data: bytes, size: int, fails: int | None = None) -> None:
        super().__init__(data)
        self.step = size
        self.fails = fails

    async def read(self, start: int = 0) -> bytes:
        if self.fails is not None and start >= self.fails:
            raise Unavailable("the disk is gone")
        return self.data[start : start + self.step]


def sent(octets: IOctets, *, utf8: bool = True, lines: int | None = None) -> bytes:
    """What a client is sent."""
    peer = FakePeer()
    sending = send(peer, octets, b"+OK\r\n", utf8=utf8, lines=lines)
    outcome: list[object] = []
    _ = Deferred.fromCoroutine(sending).addBoth(outcome.append)
    if isinstance(outcome[0], Failure):
        outcome[0].raiseException()
    return peer.heard


def strict(heard: bytes) -> bytes:
    """The message to a client that ends lines with CRLF only."""
    assert heard.startswith(b"+OK\r\n")
    body, end, rest = heard[3:].partition(b"\r\n.\r\n")
    assert (end, rest) == (b"\r\n.\r\n", b"")
    message = (body + b"\r\n")[2:].removeprefix(b".")
    return re.sub(rb"(?<=[\r\n])\.", b"", message)


@given(ODD, st.integers(1, 7))
def test_what_is_sent_is_what_is_kept(message: bytes, size: int) -> None:
    heard = sent(Pieces(message, size))
    assert heard == sent(Pieces(message, 1000))
    begun = b"." + message if message.startswith(b".") else message
    begun = begun.replace(b"\n.", b"\n..").replace(b"\r.", b"\r..")
    closing = b"" if not message or message.endswith(b"\r\n") else b"\r\n"
    assert heard == b"+OK\r\n" + begun + closing + b".\r\n"


@given(ODD, st.integers(1, 7))
def test_nothing_in_a_message_ends_it(message: bytes, size: int) -> None:
    """For those who end lines with CRLF, with LF, with either or with a bare CR;
    nor for those who take a CR away where a line begins, as Python's poplib does."""
    heard = sent(Pieces(message, size))
    for ending in (rb"\r\n", rb"\r?\n", rb"\r\n|\r|\n", rb"\n\r|\r?\n"):
        lines = re.split(ending, heard)
        assert lines.index(b".") == len(lines) - 2


@given(ODD)
def test_a_client_that_ends_lines_anywhere_gets_the_octets(message: bytes) -> None:
    heard = sent(MemoryContent(message)).removeprefix(b"+OK\r\n").removesuffix(b".\r\n")
    lines = [line.removeprefix(b".") for line in re.split(rb"(?<=[\r\n])", heard)]
    got = b"".join(lines)
    assert got in (message, message + b"\r\n")


def test_small_messages_leave_in_one_write() -> None:
    class Counting(FakePeer):
        writes = 0

        def write(self, data: bytes) -> None:
            self.writes += 1
            super().write(data)

    peer = Counting()
    message = MemoryContent(b"Subject: small\r\n\r\n" + b"x\r\n" * 1000)
    _ = Deferred.fromCoroutine(send(peer, message, b"+OK\r\n", utf8=False))
    assert peer.writes == 1


def test_large_messages_wait_for_the_client() -> None:
    """Never more than two pieces are on their way."""

    class Slow(FakePeer):
        most = 0
        waiting = 0

        def write(self, data: bytes) -> None:
            self.waiting += len(data)
            self.most = max(self.most, self.waiting)

        async def drain(self) -> None:
            self.waiting = 0

    peer = Slow()
    message = MemoryContent(b"Subject: large\r\n\r\n" + b".\r\n" * 2**20)
    _ = Deferred.fromCoroutine(send(peer, message, b"+OK\r\n", utf8=False))
    assert peer.waiting
    assert peer.most < 3 * CHUNK


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(Unavailable):
        sent(Pieces(b"message", 3, fails=0))


def test_what_breaks_off_is_not_ended() -> None:
    peer = FakePeer()
    sending = send(peer, Pieces(b"a message", 3, fails=6), b"+OK\r\n", utf8=True)
    outcome: list[object] = []
    _ = Deferred.fromCoroutine(sending).addBoth(outcome.append)
    assert isinstance(outcome[0], Failure)
    assert outcome[0].check(Torn)
    assert peer.heard == b"+OK\r\na m"


@given(ODD, st.integers(0, 20), st.integers(1, 7))
def test_top(body: bytes, lines: int, size: int) -> None:
    header = b"Subject: top\r\n\r\n"
    wanted = header + b"".join(re.findall(rb"[^\n]*\n|[^\n]+\Z", body)[:lines])
    heard = sent(Pieces(header + body, size), lines=lines)
    assert heard == sent(MemoryContent(wanted))


async def cut(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def surrogate(message: bytes, header_size: int, size: int) -> bytes:
    """What a client sees that has not said UTF8."""
    found: list[bytes] = []

    async def gather() -> None:
        pieces = Surrogate(header_size).pieces(cut(message, size))
        found.extend([piece async for piece in pieces])

    assert Deferred.fromCoroutine(gather()).called
    return b"".join(found)


@given(st.binary(max_size=60), st.binary(max_size=60), st.integers(1, 50))
def test_surrogates_have_a_header_in_ascii(
    header: bytes, body: bytes, size: int
) -> None:
    header = header.replace(b"\n", b"") + b"\r\n\r\n"
    seen = surrogate(header + body, len(header), size)
    assert seen.endswith(b"\r\n\r\n" + body)
    assert seen.removesuffix(body).isascii()
    if header.isascii():
        assert seen == header + body


@given(st.text(st.characters(categories=["L"]), min_size=1, max_size=200))
def test_surrogates_can_be_read(words: str) -> None:
    header = b"Subject: " + words.encode() + b"\r\n\r\n"
    seen = surrogate(header, len(header), 1000)
    subject = seen.removeprefix(b"Subject: ").removesuffix(b"\r\n\r\n").decode("ascii")
    assert str(make_header(decode_header(subject))) == words
    assert all(len(word) <= 75 for word in subject.split(" ") if word.startswith("=?"))


@pytest.mark.parametrize(
    "hostile",
    [b"\xff", b"a", b"a ", b"\xff ", b"\xff\t", b" ", b"\n", b"a\xff@", b"\xc3\xa4\n"],
)
def test_surrogates_cost_little(hostile: bytes) -> None:
    """Neither memory nor time grows with the square of what a stranger sent."""
    size = 2**20
    made = Surrogate(size)
    header = b"X: \xff\n" + hostile * (size // len(hostile))
    longest = 0

    async def flood() -> None:
        nonlocal longest
        async for _ in made.pieces(cut(header[:size], CHUNK)):
            longest = max(longest, len(made.begun))

    began = time.process_time()
    assert Deferred.fromCoroutine(flood()).called
    assert longest <= CHUNK
    assert time.process_time() - began < 3


def test_words_too_long_for_a_line_are_given_up() -> None:
    header = b"Subject: " + b"\xc3\xa4" * 500 + b"\r\n\r\n"
    assert surrogate(header, len(header), 10_000) == b"Subject: %s\r\n\r\n" % (
        b"?" * 1000
    )


def test_stuffing_knows_where_a_line_begins() -> None:
    stuffing = Stuffing()
    pieces = [b".", b".\r", b"\n", b".", b"", b"\r\n.", b"."]
    stuffed = b"".join(map(stuffing.stuffed, pieces)) + stuffing.end()
    assert stuffed == b"...\r\n..\r\n...\r\n.\r\n"
