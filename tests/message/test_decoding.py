"""Encodings taken off a stream as off a whole (RFC 2045, 6.7 and 6.8)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smtp.coroutine import finish

from mailnode.message.decoding import LINE, base64_size, groups, lines
from mailnode.message.transfer import decoded
from mailnode.testing.content import MemoryContent

Cut = Callable[[bytes], tuple[bytes, bytes]]


def streamed(text: bytes, size: int, cut: Cut, encoding: bytes) -> bytes:
    """A text decoded in pieces of some octets."""
    out, left = [], b""
    for start in range(0, len(text), size):
        ready, left = cut(left + text[start : start + size])
        out.append(decoded(ready, encoding))
    return b"".join(out) + decoded(left, encoding)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"SGFs\r\nbG8g\r\nV2VsdA==\r\n", b"Hallo Welt"),
        (b"SGFsbG8=\r\nV2VsdA==\r\n", b"HalloWelt"),
        (b"SGFs *bG8=-V2Vs==\r\ndA", b"HalloWelt"),
        (b"====", b""),
    ],
)
@pytest.mark.parametrize("size", range(1, 12))
def test_base64(text: bytes, expected: bytes, size: int) -> None:
    assert decoded(text, b"base64") == expected
    assert streamed(text, size, groups, b"base64") == expected


@pytest.mark.parametrize("size", range(1, 12))
def test_quoted_printable(size: int) -> None:
    text = b"one =C3=A9 \t\r\ntwo=20 \r\nthree= \r\nfour  five=\r\n end  "
    expected = b"one \xc3\xa9\r\ntwo \r\nthreefour  five end"
    assert decoded(text, b"quoted-printable") == expected
    assert streamed(text, size, lines, b"quoted-printable") == expected


@given(st.text("AbZ9+/=\r\n *-", max_size=40).map(str.encode), st.integers(1, 9))
def test_base64_is_counted_as_it_is_decoded(text: bytes, size: int) -> None:
    class Pieces(MemoryContent):
        async def read(self, start: int = 0) -> bytes:
            return self.data[start : start + size]

    counted = finish(base64_size(Pieces(text), 0, len(text)))
    again = re.search(rb"=.*[A-Za-z0-9+/]", text, re.DOTALL)
    assert counted == (None if again else len(decoded(text, b"base64")))


def test_a_line_that_never_ends() -> None:
    text = b"one =C3=A9  " * (LINE // 6)
    expected = decoded(text + b".", b"quoted-printable")
    for size in (1000, 1001, 1002):
        found = streamed(text + b".", size, lines, b"quoted-printable")
        assert found == expected


def test_white_space_takes_no_longer() -> None:
    began = time.process_time()
    decoded(b" " * 1_000_000 + b".", b"quoted-printable")
    decoded(b" \t." * 300_000, b"quoted-printable")
    assert time.process_time() - began < 1
