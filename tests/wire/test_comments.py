"""Comments are found and taken out (RFC 5322, 3.2.2)."""

from __future__ import annotations

import pytest

from mailnode.wire.comments import comment_end, without_comments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"plain", b"plain"),
        (b"a(b)c", b"a c"),
        (b"a(b(c)d)e", b"a e"),
        (b"a(b\\)c)d", b"a d"),
        (b"a((((b))))c", b"a c"),
        (b"a(b", b"a "),
        (b"a)b(c)", b"a)b "),
        (b'"(kept)" (gone)', b'"(kept)"  '),
        (b'"a\\"(kept)"(b)', b'"a\\"(kept)" '),
        (b'"open (kept)', b'"open (kept)'),
        (b"a\\(b(c)", b"a\\(b "),
        (b"(a)\\", b" \\"),
        (b"(a\\", b" "),
    ],
)
def test_takes_comments_out(text: bytes, expected: bytes) -> None:
    assert without_comments(text) == expected


def test_finds_the_end_of_a_comment() -> None:
    assert comment_end(b"x (a (b)) y", 2) == 9
    assert comment_end(b"(a))) y", 0) == 3
    assert comment_end(b"(never closed", 0) == 13


def test_a_million_parentheses_take_one_look() -> None:
    assert comment_end(b"(" * 10**6 + b")" * 10**6 + b"x", 0) == 2 * 10**6
    assert without_comments(b"(" * 10**6) == b" "
