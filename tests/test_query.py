"""Texts are compared whatever their case and composition, and however they are made."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from mailnode.query import MARKS, PIECE, fold, pieces

WILD = "aéE\u0301\u0323ßﬁÅ㎏ΐ日𝔘 "


@given(st.text(WILD, max_size=40), st.integers(0, 3))
def test_a_long_text_is_folded_as_a_short_one(text: str, times: int) -> None:
    """Where marks are as many as people write them."""
    runs = [run for run in text.split("\u0301") if run]
    long = "".join(f"{run}\u0301\u0323" for run in runs) * (50 * times)
    whole = unicodedata.normalize("NFKD", long).casefold()
    assert fold(long) == unicodedata.normalize("NFKD", whole)


@given(st.text(WILD, max_size=20))
def test_a_text_contains_what_it_contained(text: str) -> None:
    padded = "x" * (PIECE - 10) + text + "y" * PIECE
    assert fold(text) in fold(padded) or unicodedata.combining(text[:1] or "a")


def test_marks_without_end_are_cut_into_pieces() -> None:
    found = list(pieces("a" + "\u0301" * 10_000))
    assert "".join(found) == "a" + "\u0301" * 10_000
    assert max(map(len, found)) <= PIECE + MARKS
