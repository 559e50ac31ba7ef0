"""The base subject, by which messages are sorted and threaded (RFC 5256, 2.1)."""

from __future__ import annotations

import re

from mailnode.message import words

SUBJECT_LIMIT = 4096
"""Octets of a Subject that are looked at."""

BLOB = re.compile(r"\[[^\[\]]*+\]\s*+")
"""C{subj-blob}"""
REFWD = re.compile(r"(?:re|fwd?)\s*+(?:\[[^\[\]]*+\]\s*+)?:", re.IGNORECASE)
"""C{subj-refwd}"""
FORWARDED = "[fwd:"
"""C{subj-fwd-hdr}"""
TRAILER = "(fwd)"
"""C{subj-trailer}"""


def base_subject(subject: bytes) -> str:
    """The base subject of a Subject field, its case kept.

    @param subject: unfolded; encoded words are decoded here.
    """
    text = " ".join(words.decoded(subject[:SUBJECT_LIMIT]).split())  # Step 1
    start, end = 0, len(text)
    while True:
        end = _without_trailers(text, start, end)
        start = _without_leaders(text, start, end)
        opening = text[start : start + len(FORWARDED)].lower()
        if opening != FORWARDED or text[end - 1] != "]":
            return text[start:end]
        start, end = start + len(FORWARDED), end - 1  # Step 6
        while start < end and text[start] == " ":
            start += 1


def _without_trailers(text: str, start: int, end: int) -> int:
    """Where the text ends without C{*subj-trailer} (step 2)."""
    while True:
        while start < end and text[end - 1] == " ":
            end -= 1
        if text[max(start, end - len(TRAILER)) : end].lower() != TRAILER:
            return end
        end -= len(TRAILER)


def _without_leaders(text: str, start: int, end: int) -> int:
    """Where the text begins without C{*subj-leader} and blobs (steps 3 to 5).

    A run of blobs is read once: it goes if C{Re:} or the like follows, or
    else as far as something is left.
    """
    while True:
        run = start
        ends: list[int] = []
        while found := BLOB.match(text, run, end):
            run = found.end()
            ends.append(run)
        refwd = REFWD.match(text, run, end)
        if refwd is None:
            return next((each for each in reversed(ends) if each < end), start)
        start = refwd.end()
        while start < end and text[start] == " ":
            start += 1
