"""The first words of a message (RFC 8970)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailnode.message.preview import MOSTLY_ENOUGH, PREVIEW_LIMIT, preview
from mailnode.message.scan import Scanner


def previewed(message: bytes) -> str:
    scanner = Scanner()
    scanner.feed(message)
    return preview(scanner.close())


def plain(body: str, extra: bytes = b"") -> str:
    header = b"Content-Type: text/plain; charset=utf-8\r\n" + extra + b"\r\n"
    return previewed(header + body.encode())


def html(body: str) -> str:
    return previewed(b"Content-Type: text/html; charset=utf-8\r\n\r\n" + body.encode())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", ""),
        ("Hello  world,\r\n\r\n\thow are you?\r\n", "Hello world, how are you?"),
        ("Grüße \0\x07\u2028 !", "Grüße !"),
        ("zero\u200b\u200c\ufeff width", "zero width"),
        ("Hello\r\n-- \r\nBob, of Bob's\r\n", "Hello"),
        (
            "On Monday Ana wrote:\r\n> one\r\n> two\r\n\r\nYes.\r\n> three\r\nNo.",
            "Yes. No.",
        ),
        ("> one\r\n>> two\r\nYes.", "Yes."),
        ("> only\r\n> quoted\r\n", "> only > quoted"),
        ("a > b\r\n c: d", "a > b c: d"),
    ],
)
def test_of_plain_text(body: str, expected: str) -> None:
    assert plain(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "<p>Hello <b>wor</b>ld</p><p>How&nbsp;are you?</p>",
            "Hello world How are you?",
        ),
        ("<style>p {a:b}</style><script>x<y</script><title>t</title>Hi", "Hi"),
        ("<STYLE type='a'>p</STYLE\n>Hi<br>there", "Hi there"),
        ("<!-- <p>no</p> -->Hi", "Hi"),
        ("1 &lt; 2 &amp; &#228; &bogus;", "1 < 2 & ä &bogus;"),
        ("<p>never <closed", "never"),
        ("<style>never closed", ""),
        ("<!-- never closed", ""),
        ("<body><styled>Hi</styled>", "Hi"),
    ],
)
def test_of_html(body: str, expected: str) -> None:
    assert html(body) == expected


@pytest.mark.parametrize(
    ("encoding", "body", "expected"),
    [
        (b"base64", b"SGVsbG8gd29ybGQ=", "Hello world"),
        (b"base64", b"SGVsbG8gd29ybG", "Hello worl"),
        (b"quoted-printable", b"Gr=E4n=\r\nze", "Gränze"),
        (b"x-unknown", b"Hello", "Hello"),
    ],
)
def test_takes_encodings_off(encoding: bytes, body: bytes, expected: str) -> None:
    message = (
        b"Content-Type: text/plain; charset=iso-8859-1\r\n"
        b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body
    )
    assert previewed(message) == expected


def test_is_of_bounded_length() -> None:
    assert plain("word " * 100_000) == ("word " * 40).strip()
    assert plain("x" * 100_000) == "x" * PREVIEW_LIMIT
    assert plain("ä" * 100_000) == "ä" * PREVIEW_LIMIT
    assert html("<p>" * 100_000) == ""
    assert html("<" * 100_000) == ""


@pytest.mark.parametrize("odd", ["\u200b", "\0", "ä", "\u2028"])
@pytest.mark.parametrize("before", [0, 1, 150, 199, 200, 201])
def test_one_odd_character_changes_nothing_else(odd: str, before: int) -> None:
    shown = {"\u200b": "", "ä": "ä"}.get(odd, " ")
    start, end = "ab " * (before // 3) + "c" * (before % 3), "d " * 500
    expected = " ".join((start + shown + end).split())[:PREVIEW_LIMIT].rstrip()
    assert plain(start + odd + end) == expected


def test_passes_over_much_white_space() -> None:
    assert plain("a" + " " * 1000 + "b") == "a b"
    assert plain("ab" * 99 + "\r\n" * 200 + "c d") == "ab" * 99 + " c"


def test_does_not_show_a_character_cut_in_two() -> None:
    assert plain("x" + "ä" * 2_100 + " end")[-1] == "ä"
    assert plain(" " * 4_095 + "ä") == ""


TWO = (
    b"Content-Type: multipart/alternative; boundary=x\r\n\r\n"
    b"--x\r\n\r\n%b\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>marked up</p>\r\n--x--\r\n"
)


def test_prefers_plain_text() -> None:
    assert previewed(TWO % b"plain") == "plain"
    assert previewed(TWO % b"") == "marked up"
    assert previewed(TWO % b"\xe2\x80\x8b") == "marked up"


def test_of_a_message_without_text() -> None:
    assert previewed(b"Content-Type: image/png\r\n\r\nPNG") == ""


PIECES = (
    "words here ",
    "grün ",
    "<b>bold</b>ly ",
    "<p title='a > b'>",
    "<!-- hidden -->",
    "<style>a {b: c}</style>",
    "&amp; ",
    "\r\n",
    "\r\nOn Monday Ana wrote:\r\n> hello\r\n",
    "\r\n> hello\r\n",
    "\r\n-- \r\n",
    " " * 50,
    "\u200b" * 20,
    "x" * 120,
)


@settings(max_examples=50)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=300))
def test_is_the_same_however_little_is_read(pieces: list[str]) -> None:
    body = "".join(pieces)
    for shown in (plain, html):
        read = shown(body)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("mailnode.message.preview.MOSTLY_ENOUGH", 2**20)
            assert read == shown(body)


def test_a_tag_may_be_cut_in_two() -> None:
    words = "<p " + "i" * MOSTLY_ENOUGH + ">" + "<b>word</b> " * 100
    assert html(words) == ("word " * 100)[:PREVIEW_LIMIT].rstrip()
