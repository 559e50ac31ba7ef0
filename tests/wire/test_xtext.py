"""xtext, read and written (RFC 3461, 4)."""

from __future__ import annotations

import pytest

from mailnode.errors import SyntaxFault
from mailnode.wire import xtext


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"", b""),
        (b"QQ314159", b"QQ314159"),
        (b"a+b=c", b"a+2Bb+3Dc"),
        (b"a b\r\n", b"a+20b+0D+0A"),
        (b"\x00\x7f\xff", b"+00+7F+FF"),
    ],
)
def test_both_ways(octets: bytes, text: bytes) -> None:
    assert xtext.written(octets) == text
    assert xtext.read(text) == octets


def test_any_octet_may_be_written_in_hexadecimal() -> None:
    assert xtext.read(b"+41+42C") == b"ABC"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (b"a=b", 1),
        (b"a b", 1),
        (b"ab+", 2),
        (b"+4", 0),
        (b"+4g", 0),
        (b"a\x7f", 1),
        (b"\xff", 0),
    ],
)
def test_refuses_anything_else(text: bytes, at: int) -> None:
    with pytest.raises(SyntaxFault) as caught:
        xtext.read(text)
    assert caught.value.at == at
