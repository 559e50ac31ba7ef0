"""Fields of a header, orderly or not (RFC 5322, 2.2 and 4.5)."""

from __future__ import annotations

import pytest

from mailnode.message.header import FIELDS_LIMIT, Field, Header, message_id, unfolded

HEADER = Header(
    b"Subject: one\r\n"
    b"To: ana@example.org,\r\n"
    b"\tbob@example.org\r\n"
    b"SUBJECT : two\r\n"
    b"Empty:\r\n"
    b"this is no field\r\n"
    b" nor is this\r\n"
    b"X-Long:\r\n"
    b" a\r\n"
    b"  b \r\n"
)


def test_finds_fields_by_name() -> None:
    assert HEADER.first(b"subject") == b"one"
    assert HEADER.every(b"subject") == [b"one", b"two"]
    assert HEADER.first(b"empty") == b""
    assert HEADER.first(b"cc") is None
    assert HEADER.every(b"cc") == []


def test_unfolds() -> None:
    assert HEADER.first(b"to") == b"ana@example.org,\tbob@example.org"
    assert HEADER.first(b"x-long") == b"a  b"


def test_knows_where_fields_are() -> None:
    fields = list(HEADER.fields())
    assert [field.name for field in fields] == [
        b"Subject",
        b"To",
        b"SUBJECT",
        b"Empty",
        b"X-Long",
    ]
    assert fields[0] == Field(b"Subject", 0, 8, 14)
    octets = HEADER.octets
    assert octets[fields[1].start : fields[1].end] == (
        b"To: ana@example.org,\r\n\tbob@example.org\r\n"
    )
    assert octets[fields[4].value : fields[4].end] == b"\r\n a\r\n  b \r\n"


def test_keeps_only_some_fields() -> None:
    assert HEADER.only(frozenset((b"to", b"empty"))).octets == (
        b"To: ana@example.org,\r\n\tbob@example.org\r\nEmpty:\r\n"
    )


def test_lines_may_end_with_lf() -> None:
    header = Header(b"Subject: one\n two\nTo: x\n")
    assert header.first(b"subject") == b"one two"
    assert header.first(b"to") == b"x"


def test_the_last_line_may_lack_its_end() -> None:
    assert Header(b"Subject: one").first(b"subject") == b"one"
    assert list(Header(b"Subject: one").fields()) == [Field(b"Subject", 0, 8, 12)]


def test_a_header_may_begin_with_a_folded_line() -> None:
    assert Header(b" x: y\r\nSubject: one\r\n").first(b"subject") == b"one"


@pytest.mark.parametrize(
    "octets", [b"", b":", b"\n", b"\r", b": x\n", b"a\0:b", b"\xff: \xff"]
)
def test_anything_is_a_header(octets: bytes) -> None:
    assert Header(octets).first(b"subject") is None
    assert len(list(Header(octets).fields())) <= 1


def test_looks_at_a_bounded_number_of_fields() -> None:
    header = Header(b"a:1\n" * FIELDS_LIMIT + b"b:2\n")
    assert len(header.every(b"a")) == FIELDS_LIMIT
    assert header.first(b"b") is None
    assert len(header.only(frozenset((b"a",))).octets) == 4 * FIELDS_LIMIT


@pytest.mark.parametrize("padding", [0, FIELDS_LIMIT])
def test_a_long_header_is_read_like_a_short_one(padding: int) -> None:
    header = Header(b"A: 1\r\nno field\r\na:\r\n 2\r\nB: \r\nC: %b" % (b"x" * padding))
    assert header.every(b"a") == [b"1", b"2"]
    assert header.first(b"b") == b""
    assert header.first(b"c") == b"x" * padding
    assert header.first(b"no field") is header.first(b"") is None


def test_unfolding_leaves_bare_cr() -> None:
    assert unfolded(b" a\r b\r\n\tc\r") == b"a\r b\tc"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"Message-ID: <1@x>\r\n", "<1@x>"),
        (b"A: a\r\nMessage-Id:\r\n <1@x>\r\n", "<1@x>"),
        (b"A: a\nmessage-id : <1@x>\nB: b\n", "<1@x>"),
        (b"Message-ID: <1@x>\r\nMessage-ID: <2@x>\r\n", "<1@x>"),
        (b"A: a\r\n", ""),
        (b"A: Message-ID: <1@x>\r\n", ""),
        (b"Message-ID:\r\n", ""),
        (b"Message-ID: <\xff>\r\n", ""),
        (b"Message-ID: <1\0@x>\r\n", ""),
        (b"Message-ID: <1@x>\r2\r\n", ""),
        (b"Message-ID: <" + b"1" * 1000 + b"@x>\r\n", ""),
        (b"Message-ID: <1\x1b[2J@x>\r\n", ""),
        (b'Message-ID: <"a\\b"@x>\r\n', '<"a\\b"@x>'),
    ],
)
def test_the_name_of_a_message(header: bytes, name: str) -> None:
    assert message_id(header) == name
