"""What emails are sorted by (RFC 8621, 4.4.2)."""

from __future__ import annotations

import pytest

from mailnode.message.sorting import LENGTH, first_name, sortable


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"", ""),
        (b"Bob <bob@x>, Ann <ann@x>", "bob"),
        (b'"O. Strange" <o@x>', "o. strange"),
        (b"Bob@X", "bob@x"),
        (b"=?utf-8?q?=C3=84nne?= <a@x>", sortable("\u00c4nne")),
        (b"Friends: Ann <ann@x>, bob@x;", "ann"),
        (b"Nobody:;", ""),
        (b"somebody", "somebody"),
        (b"Name" * 100 + b" <a@x>", ("name" * 100)[:LENGTH]),
    ],
)
def test_first_name(value: bytes, expected: str) -> None:
    assert first_name(value) == expected


def test_case_and_space_are_set_aside() -> None:
    assert sortable(" A\t b\0C ") == "a b c"
