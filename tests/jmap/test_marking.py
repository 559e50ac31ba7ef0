"""What was looked for, marked (RFC 8621, 5)."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailnode.jmap.mail.marking import MARGIN, STRIDE, around, marked
from mailnode.query import fold


def shown(text: str, *words: str) -> str | None:
    """A text with some words marked."""
    found = marked(text, [fold(word) for word in words])
    return None if found is None else found.html()


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ("The Foosball", ["foo"], "The <mark>Foo</mark>sball"),
        ("a b a", ["A"], "<mark>a</mark> b <mark>a</mark>"),
        ("one two", ["two", "one"], "<mark>one</mark> <mark>two</mark>"),
        ("aaa", ["aa"], "<mark>aa</mark>a"),
        ("abcd", ["abc", "bcd"], "<mark>abcd</mark>"),
        ("abcd", ["ab", "cd"], "<mark>abcd</mark>"),
        ("a<b>&amp;", ["b"], "a&lt;<mark>b</mark>&gt;&amp;amp;"),
        ("<script>", ["<script>"], "<mark>&lt;script&gt;</mark>"),
        # What is the same however it is written.
        ("Straße", ["STRASSE"], "<mark>Straße</mark>"),
        ("Straße", ["s"], "<mark>S</mark>tra<mark>ß</mark>e"),
        ("caf\u00e9 x", ["cafe\u0301"], "<mark>caf\u00e9</mark> x"),
        ("cafe\u0301 x", ["caf\u00e9"], "<mark>cafe\u0301</mark> x"),
        ("\ufb01ne", ["fine"], "<mark>\ufb01ne</mark>"),
        ("İstanbul", ["stan"], "İ<mark>stan</mark>bul"),
        ("nothing", ["else"], None),
        ("", ["else"], None),
        ("nothing", [], None),
    ],
)
def test_marks(text: str, words: list[str], told: str | None) -> None:
    assert shown(text, *words) == told


def excerpt(text: str, *words: str, octets: int = 255) -> str | None:
    """An excerpt of a text, around some words."""
    found = around(text, [fold(word) for word in words])
    return None if found is None else found.excerpt(octets)


def test_an_excerpt_begins_at_a_word_and_says_what_is_left_out() -> None:
    text = "word " * 100 + "needle " + "more " * 100
    told = excerpt(text, "needle")
    assert told is not None
    assert re.fullmatch(r"…(word )+<mark>needle</mark> (more )+\w*…", told), told
    assert 230 < len(told.encode()) <= 255
    assert excerpt("needle", "needle") == "<mark>needle</mark>"
    assert excerpt("a needle b", "needle") == "a <mark>needle</mark> b"


def test_an_excerpt_shows_all_that_was_found_near() -> None:
    assert (
        excerpt("one & two", "one", "two") == "<mark>one</mark> &amp; <mark>two</mark>"
    )


def test_nothing_is_found_in_another_text() -> None:
    assert excerpt("abc" * 3000, "abd") is None
    assert excerpt("", "a") is None
    assert excerpt("abc") is None


@pytest.mark.parametrize("at", range(STRIDE - 8, STRIDE + 8))
def test_it_is_found_where_the_strides_meet(at: int) -> None:
    told = excerpt("." * at + "needle" + "." * at, "needle")
    assert told is not None
    assert "<mark>needle</mark>" in told


hostile = st.text(st.sampled_from("ab &<>\"'é\u0301ßİ😀\u0300 "), max_size=300)


@given(hostile, st.lists(hostile.filter(str.strip), min_size=1, max_size=3), hostile)
def test_excerpts_are_html_of_the_text_and_never_too_long(
    before: str, words: list[str], behind: str
) -> None:
    text = before + words[0] + behind
    needles = [each for each in map(fold, words) if each]
    found = around(text, needles)
    whole = marked(text, needles)
    if found is None or whole is None:
        assert found is whole is None
        return
    told = found.excerpt(255)
    assert len(told.encode()) <= 255
    plain = re.sub("</?mark>", "", told)
    assert not re.search(r"<|>|&(?!amp;|lt;|gt;)", plain)
    assert html.unescape(plain).strip("…") in text
    assert told.count("<mark>") == told.count("</mark>") >= 1
    assert html.unescape(re.sub("</?mark>", "", whole.html())) == text


def test_the_margin_holds_an_excerpt() -> None:
    assert MARGIN >= 255
