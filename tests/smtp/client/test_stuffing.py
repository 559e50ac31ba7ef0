"""Octets as DATA carries them, however they are cut (RFC 5321, 4.5.2)."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mailnode.smtp.client.stuffing import Stuffing

LINES = st.lists(st.sampled_from([b".", b"..", b"a", b"\r\n", b"\r", b".a"])).map(
    b"".join
)


def stuffed(data: bytes, cuts: list[int]) -> bytes:
    """What is sent when it comes in pieces."""
    stuffing = Stuffing()
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(edges)]
    return b"".join(map(stuffing.stuffed, pieces)) + stuffing.end()


@given(LINES, st.lists(st.integers(0, 100), max_size=5))
def test_the_cuts_do_not_matter(data: bytes, cuts: list[int]) -> None:
    assert stuffed(data, cuts) == stuffed(data, [])


@given(LINES, st.lists(st.integers(0, 100), max_size=5))
def test_it_ends_once(data: bytes, cuts: list[int]) -> None:
    sent = b"\r\n" + stuffed(data, cuts)
    assert sent.find(b"\r\n.\r\n") == len(sent) - 5


@given(LINES)
def test_a_server_reads_what_was_meant(data: bytes) -> None:
    body = (b"\r\n" + stuffed(data, []))[2:-3]
    read = re.sub(rb"(\A|\r\n)\.", rb"\1", body)
    assert read == (data if data.endswith(b"\r\n") or not data else data + b"\r\n")
