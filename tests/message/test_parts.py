"""Sections are found from the table alone (RFC 9051, 6.4.5)."""

from __future__ import annotations

import pytest

from mailnode.message.parts import OTHER, Place, Step, packed, place, walk
from mailnode.message.scan import Scanner

# The example of RFC 9051, 6.4.5.1, filled in
INNERMOST = (
    b"Content-Type: multipart/alternative; boundary=a\r\n\r\n"
    b"--a\r\n\r\n[4.2.2.1]\r\n--a\r\nContent-Type: text/richtext\r\n\r\n[4.2.2.2]\r\n--a--\r\n"
)
INNER = (
    b"Subject: inner\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
    b"--m\r\n\r\n[4.1]\r\n--m\r\n"
    b"Content-Type: message/rfc822\r\n\r\n"
    b"Subject: innermost\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n"
    b"--i\r\n\r\n[4.2.1]\r\n--i\r\n" + INNERMOST + b"--i--\r\n"
    b"--m--\r\n"
)
MESSAGE = (
    b"Subject: outer\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n"
    b"--o\r\n\r\n[1]\r\n"
    b"--o\r\nContent-Transfer-Encoding: base64\r\n\r\nWzJd\r\n"
    b"--o\r\nContent-Type: message/rfc822\r\n\r\nSubject: single\r\n\r\n[3.1]\r\n"
    b"--o\r\nContent-Type: message/rfc822\r\n\r\n" + INNER + b"--o--\r\n"
)


def table(message: bytes) -> bytes:
    scanner = Scanner()
    scanner.feed(message)
    return packed(scanner.close().root)


TABLE = table(MESSAGE)


def at(*section: int) -> Place:
    found = place(TABLE, section)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ((1,), b"[1]"),
        ((2,), b"WzJd"),
        ((3,), b"Subject: single\r\n\r\n[3.1]"),
        ((3, 1), b"[3.1]"),
        ((4,), INNER[:-2]),
        ((4, 1), b"[4.1]"),
        ((4, 2, 1), b"[4.2.1]"),
        ((4, 2, 2), INNERMOST[INNERMOST.index(b"--a") : -2]),
        ((4, 2, 2, 1), b"[4.2.2.1]"),
        ((4, 2, 2, 2), b"[4.2.2.2]"),
    ],
)
def test_finds_the_body_of_a_part(section: tuple[int, ...], expected: bytes) -> None:
    found = at(*section)
    assert MESSAGE[found.body : found.end] == expected


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ((1,), b"\r\n"),
        ((2,), b"Content-Transfer-Encoding: base64\r\n\r\n"),
        ((4, 2), b"Content-Type: message/rfc822\r\n\r\n"),
        ((4, 2, 2, 2), b"Content-Type: text/richtext\r\n\r\n"),
        ((3, 1), b"Subject: single\r\n\r\n"),
    ],
)
def test_finds_the_mime_header_of_a_part(
    section: tuple[int, ...], expected: bytes
) -> None:
    found = at(*section)
    assert MESSAGE[found.start : found.body] == expected


@pytest.mark.parametrize(
    ("section", "header", "text"),
    [
        ((), MESSAGE[: MESSAGE.index(b"--o")], MESSAGE[MESSAGE.index(b"--o") :]),
        ((3,), b"Subject: single\r\n\r\n", b"[3.1]"),
        ((4,), INNER[: INNER.index(b"--m")], INNER[INNER.index(b"--m") : -2]),
    ],
)
def test_finds_header_and_text_of_a_message(
    section: tuple[int, ...], header: bytes, text: bytes
) -> None:
    found = at(*section)
    assert found.text is not None
    assert MESSAGE[found.body : found.text] == header
    assert MESSAGE[found.text : found.end] == text


@pytest.mark.parametrize(
    "section", [(1,), (2,), (4, 1), (4, 2, 2), (4, 2, 2, 1), (3, 1)]
)
def test_other_parts_have_no_header_and_text(section: tuple[int, ...]) -> None:
    assert at(*section).text is None


@pytest.mark.parametrize(
    "section",
    [(0,), (5,), (1, 1), (3, 2), (3, 1, 1), (4, 3), (4, 2, 3), (4, 2, 2, 1, 1)],
)
def test_there_is_no_other_part(section: tuple[int, ...]) -> None:
    assert place(TABLE, section) is None


def test_knows_the_encodings() -> None:
    assert at(2).encoding == b"base64"
    assert at(1).encoding == b"7bit"
    odd = table(b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin\r\n")
    assert place(odd, (1,)) == Place(0, 41, 48, OTHER)


def test_only_leaves_are_encoded() -> None:
    fields = b"Content-Transfer-Encoding: base64\r\n"
    inner = b"Content-Type: multipart/mixed; boundary=i\r\n" + fields
    inner += b"\r\n--i\r\n" + fields + b"\r\nYQ==\r\n--i--\r\n"
    message = b"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n" + inner
    message += b"\r\n--o--\r\n"
    encodings = [place(table(message), section) for section in ((1,), (1, 1))]
    assert [each and each.encoding for each in encodings] == [b"7bit", b"base64"]


def test_walks_through_all_parts() -> None:
    steps = list(walk(TABLE))
    assert [(step.leaf, step.message) for step in steps] == [
        (False, True),
        (True, False),  # 1
        (True, False),  # 2
        (False, False),  # 3
        (True, True),  # 3.1
        (False, False),  # 4
        (False, True),
        (True, False),  # 4.1
        (False, False),  # 4.2
        (False, True),
        (True, False),  # 4.2.1
        (False, False),  # 4.2.2
        (True, False),  # 4.2.2.1
        (True, False),  # 4.2.2.2
    ]
    second = at(2)
    assert steps[2] == Step(
        second.start, second.body, second.end, b"base64", leaf=True, message=False
    )


def test_a_message_without_parts_is_its_own_first() -> None:
    plain = table(b"A: b\r\n\r\nbody")
    assert place(plain) == Place(0, 0, 12, b"7bit", 8)
    assert place(plain, (1,)) == Place(0, 8, 12, b"7bit")
    assert place(plain, (2,)) is None
    assert place(plain, (1, 1)) is None


def test_a_message_that_is_a_message() -> None:
    message = b"Content-Type: message/rfc822\n\nA: b\n\nbody"
    found = table(message)
    assert place(found, (1,)) == Place(0, 30, 40, b"7bit", 36)
    assert place(found, (1, 1)) == Place(30, 36, 40, b"7bit")


def test_the_table_is_small() -> None:
    assert len(TABLE) < 100
    assert len(table(b"A: b\r\n\r\nbody")) == 5


@pytest.mark.parametrize("damaged", [b"", b"\x02\0\0\0\0"])
def test_knows_its_own_tables(damaged: bytes) -> None:
    with pytest.raises(ValueError, match="unknown table"):
        place(damaged)
