"""The text of parts, whatever they claim (RFC 8621, 4.1.4 and 4.2)."""

from __future__ import annotations

import time

import pytest
from smtp.coroutine import finish

from mailnode.message.outline import outline
from mailnode.message.values import BodyValue, cut, value
from mailnode.testing.content import MemoryContent

UTF_16 = "é\r\nb".encode("utf-16-be")


def read(fields: bytes, body: bytes, most: int = 10_000_000) -> BodyValue:
    content = MemoryContent(fields + b"\r\n\r\n" + body)
    part = finish(outline(content, content.projections.parts))
    return finish(value(content, part, most))


@pytest.mark.parametrize(
    ("charset", "body", "text", "problem"),
    [
        (b"utf-8", "olá\r\n".encode(), "olá\n", False),
        (b"us-ascii", "olá".encode(), "olá", False),
        (b"utf-8", b"a\xffb", "a\ufffdb", True),
        (b"iso-8859-1", b"\xe9\r\x85", "é\r…", False),
        (b"nonsense", b"abc", "abc", True),
        (b"idna", b"abc", "abc", True),
        (b"utf-16", UTF_16, "é\nb", False),
        (b"utf-16", b"\xff\xfe" + "é".encode("utf-16-le"), "é", False),
        (b"utf-16", b"\xd8\x00\x00", "\ufffd", True),
        (b"utf-32", "é".encode("utf-32-be"), "é", False),
        (b"utf-7", b"+2AA-x", "\ufffdx", False),
        (b"iso-2022-jp", b"\x1b$B$\x22\x1b(B", "あ", False),
        (b"koi8-r", b"\xd0", "п", False),
    ],
)
def test_charsets(charset: bytes, body: bytes, text: str, problem: bool) -> None:
    found = read(b"Content-Type: text/plain; charset=" + charset, body)
    assert (found.text, found.problem, found.truncated) == (text, problem, False)


@pytest.mark.parametrize(
    ("encoding", "body", "text", "problem"),
    [
        (b"base64", b"b2zDoQ", "olá", False),  # Truncated, and whole all the same
        (b"base64", b"b2z*Do\r\nQ==", "olá", False),
        (b"quoted-printable", b"ol=C3=A1=", "olá", False),
        (b"x-none", b"=41", "=41", True),
    ],
)
def test_encodings(encoding: bytes, body: bytes, text: str, problem: bool) -> None:
    found = read(b"Content-Transfer-Encoding: " + encoding, body)
    assert (found.text, found.problem) == (text, problem)


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("<p>one</p>", 6, "<p>one"[:6]),
        ("<p>one</p>", 7, "<p>one"),
        ("<p>one</p>", 8, "<p>one"),
        ('<a href="x>y">z', 12, ""),
        ('<a href="x>y">z', 14, '<a href="x>y">'),
        ("a < b and c > d", 7, "a < b a"),
        ("<!-- <p> -->x", 10, ""),
        ("<!-- <p> -->xy", 13, "<!-- <p> -->x"),
        ("<p '>é", 6, "<p '>"),
        ("<a b=''>é", 9, "<a b=''>"),
        ("éé", 3, "é"),
    ],
)
def test_no_tag_and_no_character_is_cut_in_two(
    text: str, most: int, expected: str
) -> None:
    assert cut(text, most, html=True) == expected


def test_text_may_be_cut_anywhere() -> None:
    assert cut("a <b", 3, html=False) == "a <"
    found = read(b"Content-Type: text/plain", b"a\r\n" * 1000, most=5)
    assert (found.text, found.truncated) == ("a\na\na", True)


def test_what_is_not_wanted_is_not_read() -> None:
    content = MemoryContent(b"A: b\r\n\r\n" + b"x" * 3_000_000)
    part = finish(outline(content, content.projections.parts))
    content.data = content.data[:600_000]  # There is nothing to be read behind it
    assert finish(value(content, part, 100)).text == "x" * 100


@pytest.mark.parametrize("piece", ["<a ", "<a b='", "<!--", "= ", "<a =", "<", "'>"])
def test_hostile_html(piece: str) -> None:
    began = time.process_time()
    cut("<a" + piece * 100_000, 150_000, html=True)
    assert time.process_time() - began < 1


def test_much_html_is_cut_in_no_time() -> None:
    text = "<p>how <b>are</b> you</p>" * 700_000
    begun = time.process_time()
    assert len(cut(text, 2**24, html=True)) > 2**24 - 10
    assert time.process_time() - begun < 1
