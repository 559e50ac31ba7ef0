"""The wildcards of LIST."""

from __future__ import annotations

import re
import time

from hypothesis import given
from hypothesis import strategies as st

from mailnode.imap.pattern import Pattern

PATTERNS = st.text("ab/%*", max_size=12)
NAMES = st.text("ab/", min_size=1, max_size=12)


@given(PATTERNS, NAMES)
def test_matches_what_an_expression_would(text: str, name: str) -> None:
    meaning = "".join(
        {"*": ".*", "%": "[^/]*"}.get(char, re.escape(char)) for char in text
    )
    assert Pattern(text).matches(name) == bool(re.fullmatch(meaning, name, re.DOTALL))


def test_inbox_has_no_case() -> None:
    for text in ("inbox", "InBox", "inbox*", "inbox%", "*"):
        assert Pattern(text).matches("INBOX")
    assert Pattern("inbox/%").matches("INBOX/Lists")
    assert not Pattern("inboxes").matches("INBOXES")
    assert not Pattern("lists").matches("Lists")


def test_normal_forms_match() -> None:
    assert Pattern("u\u0308*").matches("\u00fcber")


def test_no_pattern_makes_us_go_back() -> None:
    name = "a" * 1000
    started = time.process_time()
    for text in ("*a" * 900 + "b", "%a" * 900 + "b", "*%a" * 600 + "b", "*" * 60_000):
        Pattern(text).matches(name)
    assert time.process_time() - started < 0.5


def test_a_pattern_longer_than_any_name_matches_none() -> None:
    assert not Pattern("a" * 3000 + "*").matches("a" * 1000)
