"""A cursor steps over what it knows, and says what it wanted where."""

from __future__ import annotations

import re

import pytest

from mailnode.errors import SyntaxFault
from mailnode.wire.cursor import Cursor

ATOM = re.compile(rb"[a-z]+")


def test_matches_only_what_is_next() -> None:
    cursor = Cursor(b"abc 12")
    assert cursor.match(ATOM) == b"abc"
    assert cursor.match(ATOM) is None
    assert cursor.at == 3


def test_takes_words_in_any_case() -> None:
    cursor = Cursor(b"FROM:<a>")
    assert not cursor.take(b"to:")
    assert cursor.take(b"from:")
    assert cursor.rest() == b"<a>"
    cursor.end()


def test_expects_and_complains() -> None:
    cursor = Cursor(b"abc 12")
    assert cursor.expect(ATOM, "an atom") == b"abc"
    with pytest.raises(SyntaxFault, match="expected an atom at octet 3"):
        cursor.expect(ATOM, "an atom")


def test_needs_and_complains() -> None:
    cursor = Cursor(b"ab", 1)
    with pytest.raises(SyntaxFault, match="expected ' ' at octet 1"):
        cursor.need(b" ")
    cursor.need(b"B")


def test_does_not_take_a_word_cut_short() -> None:
    assert not Cursor(b"FRO").take(b"from")


def test_end_means_that_nothing_is_left() -> None:
    cursor = Cursor(b"ab", 1)
    with pytest.raises(SyntaxFault) as caught:
        cursor.end()
    assert caught.value.at == 1
    assert cursor.rest() == b"b"
    assert cursor.rest() == b""
    cursor.end()
