"""The header of a message that is handed in: what is added, what is taken away."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smtp.coroutine import finish

from mailnode.errors import Malformed, TooLarge
from mailnode.message.submitted import HEADER_LIMIT, authors, completed, opened

DEFAULTS = {"Date": b"now", "From": b"ana@example.org", "Message-ID": b"<1@x>"}
WHOLE = b"Date: d\r\nFrom: f\r\nMessage-ID: m\r\n"

NAMES = st.sampled_from(
    [b"Bcc", b"bCC", b"Resent-Bcc", b"Return-Path", b"To", b"Date", b"X-Bcc", b"Bccx"]
)
BODIES = st.lists(
    st.binary(max_size=20).map(lambda b: re.sub(rb"[\r\n]", b"", b)), max_size=3
).map(lambda lines: b"\r\n\t".join([b"", *lines])[2:] if lines else b"")
FIELDS = st.builds(
    lambda name, space, body: name + space + b":" + body.lstrip(b"\r\n") + b"\r\n",
    NAMES,
    st.sampled_from([b"", b" ", b"\t"]),
    BODIES,
)
PRIVATE = re.compile(rb"(?:bcc|resent-bcc|return-path)[ \t]*:", re.IGNORECASE)


async def pieces(octets: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(octets), size):
        yield octets[start : start + size]


@given(st.lists(FIELDS, max_size=8))
def test_all_but_what_is_private_stays_octet_for_octet(fields: list[bytes]) -> None:
    rest = b"".join(each for each in fields if not PRIVATE.match(each))
    found = completed(b"".join(fields), DEFAULTS)
    assert found.endswith(rest)
    added = found.removesuffix(rest)
    assert all(
        each.partition(b":")[0].decode() in DEFAULTS for each in added.splitlines()
    )


@given(st.lists(FIELDS, max_size=8))
def test_to_complete_it_again_changes_nothing(fields: list[bytes]) -> None:
    once = completed(b"".join(fields), DEFAULTS)
    assert completed(once, DEFAULTS) == once


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (WHOLE, WHOLE),
        (b"DATE : d\r\nfrom:f\r\nmessage-id:m\r\n", None),
        (WHOLE + b"Bcc: a\r\n b\r\n\tc\r\nTo: x\r\n", WHOLE + b"To: x\r\n"),
        (WHOLE + b"bcc:\r\n \r\n a@x\r\nTo: x\r\n", WHOLE + b"To: x\r\n"),
        (b"Bcc: first\r\n" + WHOLE, WHOLE),
        (WHOLE + b"Bcc: no end", WHOLE),
        (WHOLE + b"Bcc :a\nTo: x\n", WHOLE + b"To: x\n"),
        (WHOLE + b"To: x\r\n Bcc: folded\r\n", None),
        (WHOLE + b"no field Bcc: a\r\n", None),
        (WHOLE + b"Subject: \xff\0\r\n", None),
    ],
)
def test_what_becomes_of_it(header: bytes, wanted: bytes | None) -> None:
    assert completed(header, DEFAULTS) == (header if wanted is None else wanted)


def test_what_is_missing_comes_first() -> None:
    assert completed(b"Subject: s\r\n", DEFAULTS) == (
        b"Date: now\r\nFrom: ana@example.org\r\nMessage-ID: <1@x>\r\nSubject: s\r\n"
    )
    assert completed(b"", {"Date": b"now"}) == b"Date: now\r\n"
    assert completed(b"X-Date: d\r\n Date: d\r\n", {"Date": b"now"}).startswith(b"Date")


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("octets", "header"),
    [
        (b"A: a\r\nB: b\r\n\r\nbody\r\n\r\n", b"A: a\r\nB: b\r\n"),
        (b"A: a\n\nbody\r\n\r\n", b"A: a\n"),
        (b"\r\nbody\r\n\r\n", b""),
        (b"\nbody\r\n\r\n", b""),
        (b"A: a\r\n", b"A: a\r\n"),
        (b"A: a", b"A: a"),
        (b"", b""),
        (b"A: a\r\n\t\r\nB: b\r\n\r\n", b"A: a\r\n\t\r\nB: b\r\n"),
    ],
)
def test_where_it_ends(octets: bytes, header: bytes, size: int) -> None:
    async def read() -> tuple[bytes, bytes]:
        coming = pieces(octets, size)
        found, rest = await opened(coming)
        return found, rest + b"".join([each async for each in coming])

    assert finish(read()) == (header, octets.removeprefix(header))


def test_it_is_bounded() -> None:
    field = b"A: 0123456789\r\n"
    for octets in (field * (HEADER_LIMIT // 15 + 2), b"A" * (HEADER_LIMIT + 1)):
        with pytest.raises(TooLarge):
            finish(opened(pieces(octets, 2**16)))
        with pytest.raises(TooLarge):
            finish(opened(pieces(octets + b"\r\n\r\n", len(octets) + 4)))
    fits = b"A" * (HEADER_LIMIT - 2) + b"\r\n"
    assert finish(opened(pieces(fits + b"\r\nx", 2**16)))[0] == fits


def test_the_second_half_of_a_field_is_no_beginning() -> None:
    with pytest.raises(Malformed):
        finish(opened(pieces(b" x\r\nA: a\r\n\r\n", 100)))


def test_all_authors() -> None:
    header = (
        b"From: Ana <ana@example.org>, friends: b@x.example;\r\n"
        b"X-From: c@x.example\r\nfrom : nobody\r\nSubject: s\r\n From: d@x.example\r\n"
    )
    assert authors(header) == [
        ("ana", "example.org"),
        ("b", "x.example"),
        ("nobody", ""),
    ]
