"""No message makes the scanner fail, go deep or keep much (RFC 2049, 2)."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable, Iterator
from itertools import islice, repeat

import pytest

from mailnode.message.boundaries import LINE_LIMIT
from mailnode.message.mime import Content
from mailnode.message.projection import project
from mailnode.message.sample import HTML_LIMIT, PLAIN_LIMIT
from mailnode.message.scan import (
    DEPTH_LIMIT,
    HEADER_LIMIT,
    KEPT_LIMIT,
    PARTS_LIMIT,
    Part,
    Scan,
    Scanner,
)

PIECE = 64 * 2**10
MEGABYTE = 2**20
MULTIPART = b"Content-Type: multipart/mixed; boundary=%b\r\n\r\n--%b\r\n"
OPEN_X = MULTIPART % (b"x", b"x")


def scan(pieces: Iterable[bytes]) -> Scan:
    scanner = Scanner()
    for piece in pieces:
        scanner.feed(piece)
    return scanner.close()


def filled(unit: bytes, size: int) -> Iterator[bytes]:
    """C{size} octets or more of C{unit} again and again, in pieces."""
    block = unit * (PIECE // len(unit) + 1)
    return repeat(block, size // len(block) + 1)


def parts(scan: Scan) -> Iterator[tuple[int, Part]]:
    """All parts with their depth."""
    waiting = [(0, scan.root)]
    while waiting:
        depth, part = waiting.pop()
        yield depth, part
        waiting += ((depth + 1, child) for child in part.children)


def held(scanner: Scanner) -> int:
    """Octets of the message that a scanner holds between two pieces."""
    header = scanner._header
    kept = scanner._sampler.kept.values()
    return (
        len(scanner._waiting)
        + (len(header.getvalue()) if header else 0)
        + len(scanner._sampler._octets)
        + sum(len(sample.octets) for sample in kept)
    )


HUGE = {
    "an attachment": (OPEN_X + b"\r\n", b"QUJD" * 19 + b"\r\n"),
    "a flat body": (b"\r\n", b"QUJD" * 19 + b"\r\n"),
    "one long line": (OPEN_X + b"\r\n", b"x"),
    "one long header line": (b"Subject: ", b"x"),
    "many folded lines": (b"To: ", b"a@example.org,\r\n "),
    "many fields": (b"", b"To: a@b\n"),
    "many lines that are no field": (b"", b"a\n"),
    "many parameters": (b"Content-Type: text/plain", b"; a*1=b"),
    "CR": (b"", b"\r"),
    "LF": (OPEN_X, b"\n"),
    "NUL": (OPEN_X + b"\r\n", b"\0"),
    "what looks like delimiters": (
        OPEN_X + MULTIPART % (b"y", b"y") + b"\r\n",
        b"--\n--xx\n",
    ),
    "a delimiter with endless space": (OPEN_X + b"\r\n\r\n--x", b" "),
}


@pytest.mark.parametrize("case", HUGE)
def test_holds_a_bounded_few_octets(case: str) -> None:
    start, unit = HUGE[case]
    scanner = Scanner()
    scanner.feed(start)
    most = size = 0
    for piece in filled(unit, 3 * MEGABYTE):
        scanner.feed(piece)
        most = max(most, held(scanner))
        size += len(piece)
    assert most <= HEADER_LIMIT + LINE_LIMIT + PLAIN_LIMIT + HTML_LIMIT
    found = scanner.close()
    assert found.size == len(start) + size
    assert len(found.header.octets) <= HEADER_LIMIT
    assert project(found).header_size <= found.size


def test_a_large_message_takes_less_than_two_megabytes() -> None:
    scanner = Scanner()
    scanner.feed(OPEN_X + b"Content-Transfer-Encoding: base64\r\n\r\n")
    piece = next(filled(b"QUJD" * 19 + b"\r\n", PIECE))
    tracemalloc.start()
    for _ in range(MEGABYTE * 100 // len(piece)):
        scanner.feed(piece)
    found = scanner.close()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.size > 99 * MEGABYTE
    assert peak < 2 * MEGABYTE


def nested(number: int) -> bytes:
    return b"".join(MULTIPART % (b"b%d" % n, b"b%d" % n) for n in range(number))


@pytest.mark.parametrize(
    "message",
    [
        nested(100_000),
        b"Content-Type: message/rfc822\r\n\r\n" * 100_000,
        (b"Content-Type: message/rfc822\r\n\r\n" + OPEN_X) * 100_000,
        b"Content-Type: multipart/digest; boundary=x\n\n--x\n" * 100_000,
    ],
    ids=["multiparts", "messages", "both", "digests"],
)
def test_what_lies_too_deep_is_opaque(message: bytes) -> None:
    found = scan([message])
    deepest, part = max(parts(found), key=lambda each: each[0])
    assert deepest == DEPTH_LIMIT
    assert (part.content.type, part.content.subtype) == (
        b"application",
        b"octet-stream",
    )
    assert part.end == found.size == len(message)
    assert len(project(found).structure) < 200 * PARTS_LIMIT


@pytest.mark.parametrize(
    "unit",
    [
        b"Content-Type: text/plain; name=a\r\n\r\nhi\r\n--x\r\n",
        b"\r\n--x\r\n",
        b"--x\r\n",
        b"Content-Type: message/rfc822\r\n\r\n\r\nhi\r\n--x\r\n",
        MULTIPART % (b"y", b"y") + b"\r\n\r\n--x\r\n",
    ],
)
def test_what_lies_behind_too_many_parts_is_opaque(unit: bytes) -> None:
    message = OPEN_X + unit * 100_000 + b"\r\nend\r\n--x--\r\n"
    found = scan([message])
    every = list(parts(found))
    assert len(every) == PARTS_LIMIT
    last = max((part for _, part in every), key=lambda part: (part.start, part.body))
    assert (last.content.type, last.content.subtype) == (
        b"application",
        b"octet-stream",
    )
    assert last.end == len(message)
    assert project(found).structure.count(b"octet-stream") == 1


def test_boundaries_without_end() -> None:
    boundary = b"y" * PIECE
    message = MULTIPART % (boundary, boundary) + b"\r\nhi\r\n--" + boundary + b"--\r\n"
    found = scan([message])
    assert not found.root.children
    assert found.root.content.type == b"text"


def test_all_boundaries_open_at_once() -> None:
    message = nested(DEPTH_LIMIT - 1) + b"\r\n" + b"--b\n--b1\n--b\n" * 1000
    found = scan([message])
    assert len(list(parts(found))) == DEPTH_LIMIT + 1000


def kept(content: Content) -> int:
    return content.weight


@pytest.mark.parametrize(
    "unit",
    [
        b"Content-Description: " + b"d" * 100_000 + b"\r\n\r\nx\r\n--x\r\n",
        b"Content-Type: a/b; c=" + b"d" * 100_000 + b"\r\n\r\nx\r\n--x\r\n",
        b"Content-Type: message/rfc822\r\n\r\nTo: "
        + b"d@x, " * 20_000
        + b"\r\n\r\nx\r\n--x\r\n",
    ],
    ids=["descriptions", "parameters", "envelopes"],
)
def test_parts_together_keep_a_bounded_number_of_octets(unit: bytes) -> None:
    found = scan(islice(repeat(OPEN_X + unit), 1))
    assert sum(kept(part.content) for _, part in parts(found)) < 2 * len(unit)
    found = scan([OPEN_X, *repeat(unit, 100)])
    every = [part for _, part in parts(found)]
    assert len(every) > 100
    total = sum(kept(part.content) for part in every)
    total += sum(len(part.header.octets) for part in every if part.header)
    assert KEPT_LIMIT - 2 * len(unit) < total <= KEPT_LIMIT + len(OPEN_X)


def test_the_boundary_is_known_even_when_its_parameter_is_not_kept() -> None:
    heavy = b"Content-Description: " + b"d" * (MEGABYTE - 500) + b"\r\n"
    parts_ = MULTIPART % (b"y", b"y") + b"\r\na\r\n--y\r\n\r\nb\r\n--y--\r\n--x--\r\n"
    inner = b"Content-ID: <" + b"i" * 1000 + b">\r\n" + parts_
    found = scan([heavy + OPEN_X + inner])
    child = found.root.children[0]
    assert child.content.parameters == ()
    assert child.content.id is None
    assert len(child.children) == 2
