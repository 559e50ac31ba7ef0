"""Words and phrases that a user has typed (RFC 8621, 4.4.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailnode.jmap.mail.terms import LONG, TooLong, terms


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" \t\r\n", []),
        ("one", ["one"]),
        (" one  two\nthree ", ["one", "two", "three"]),
        ('"one two" three', ["one two", "three"]),
        ("'one two' three", ["one two", "three"]),
        ('"one" "two three"', ["one", "two three"]),
        ("one 'two three'", ["one", "two three"]),
        # White space in a phrase divides words, however much of it.
        ('"one \n two"', ["one two"]),
        # Quotes in words, and quotes that have no other.
        ("don't worry", ["don't", "worry"]),
        ("'tis the season's", ["'tis", "the", "season's"]),
        ("'it's fine'", ["it's fine"]),
        ('5" 6"', ['5"', '6"']),
        ('"one two', ['"one', "two"]),
        ("'one two", ["'one", "two"]),
        ("\"one two'", ['"one', "two'"]),
        ('"one"two three"', ['"one"two', 'three"']),
        # In a phrase, backslashes before quotes and themselves.
        (r'"say \"hi\" now"', ['say "hi" now']),
        (r"'it\'s \\ fine'", ["it's \\ fine"]),
        (r'"a\b"', [r"a\b"]),
        (r'"one two\"', [r'"one', r"two\""]),
        (r"a\"b", [r"a\"b"]),
        # Phrases of nothing.
        ('"" one', ["one"]),
        ("' '", []),
        ('"', ['"']),
    ],
)
def test_words_and_phrases(text: str, found: list[str]) -> None:
    assert list(terms(text)) == found


@pytest.mark.parametrize("piece", ['"', "'", "'a ", '"a ', '"\\', "\\", "a", " '"])
def test_the_worst_texts_are_read_at_once(piece: str) -> None:
    terms((piece * LONG)[:LONG])


def test_nobody_types_so_much() -> None:
    with pytest.raises(TooLong):
        terms("a" * (LONG + 1))


words = st.text("abÄ'\"\\", min_size=1, max_size=6)


@given(st.lists(st.lists(words, min_size=1, max_size=3).map(" ".join), max_size=5))
def test_quoted_phrases_are_what_was_quoted(phrases: list[str]) -> None:
    def quoted(phrase: str) -> str:
        for each in ("\\", '"', "'"):
            phrase = phrase.replace(each, "\\" + each)
        return f'"{phrase}"'

    assert list(terms(" ".join(map(quoted, phrases)))) == phrases
