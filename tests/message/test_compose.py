"""Messages written part by part (RFC 2045, RFC 2046)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smtp.coroutine import finish

from mailnode.errors import TooLarge
from mailnode.message import compose
from mailnode.message.compose import Frame, Leaf, Octets, Survey, encoded, text
from mailnode.message.scan import Part, Scanner
from mailnode.message.transfer import decoded
from mailnode.testing.content import MemorySpool


def octets(*pieces: bytes) -> Octets:
    async def again() -> AsyncIterator[bytes]:
        for each in pieces:
            yield each

    return again


def written(root: compose.Part) -> bytes:
    spool = MemorySpool()
    numbers = count()

    def boundary() -> str:
        return f"=_{next(numbers)}"

    finish(compose.compose(spool, [b"Subject: a\r\n"], root, boundary))
    return bytes(spool.data)


def scanned(message: bytes) -> Part:
    scanner = Scanner()
    scanner.feed(message)
    return scanner.close().root


def leaf(kind: str, *pieces: bytes, subtype: str = "x") -> Leaf:
    field = f"Content-Type: {kind}/{subtype}\r\n".encode()
    return Leaf(kind, field, octets(*pieces))


def gathered(octets: AsyncIterator[bytes]) -> bytes:
    async def gather() -> bytes:
        return b"".join([each async for each in octets])

    return finish(gather())


def cut(whole: bytes, size: int) -> list[bytes]:
    return [whole[n : n + size] for n in range(0, len(whole), size)]


texts = st.binary() | st.text("a =.\r\n\té\0", max_size=300).map(str.encode)
sizes = st.integers(1, 80)


@given(texts, sizes, st.sampled_from(["base64", "quoted-printable"]))
def test_what_is_encoded_is_decoded(whole: bytes, size: int, encoding: str) -> None:
    found = gathered(encoded(octets(*cut(whole, size))(), encoding))
    assert decoded(found, encoding.encode()) == whole
    lines = found.split(b"\r\n")
    assert max(map(len, lines)) <= 76
    assert b"\n" not in b"".join(lines)
    assert found.isascii()
    assert all(line[-1:] not in (b" ", b"\t") for line in lines)


@given(texts, sizes)
def test_a_survey_does_not_depend_on_the_pieces(whole: bytes, size: int) -> None:
    one, other = Survey(), Survey()
    one.look(whole)
    for each in cut(whole, size):
        other.look(each)
    assert (one.size, one.high, one.longest) == (other.size, other.high, other.longest)
    assert (one.mail, one.encoding("text")) == (other.mail, other.encoding("text"))
    assert one.high == sum(each > 127 for each in whole)


@pytest.mark.parametrize(
    ("whole", "kind", "expected"),
    [
        (b"one\r\ntwo", "text", "7bit"),
        (b"", "text", "7bit"),
        ("olá, mundo inteiro".encode(), "text", "quoted-printable"),
        ("привет".encode(), "text", "base64"),
        (b"a" * 999, "text", "quoted-printable"),
        (b"a" * 998, "text", "7bit"),
        (b"one\ntwo", "text", "base64"),
        (b"one\r", "text", "quoted-printable"),
        (b"a\0b", "text", "base64"),
        (b"one", "image", "base64"),
        (b"A: b\r\n\r\nc", "message", "7bit"),
        ("A: b\r\n\r\né".encode(), "message", "8bit"),
        (b"A: b\r\n\r\n" + b"c" * 999, "message", ""),
        (b"A: b\n\nc", "message", ""),
    ],
)
def test_encodings(whole: bytes, kind: str, expected: str) -> None:
    survey = Survey()
    survey.look(whole)
    assert survey.encoding(kind) == expected


def test_a_tree_is_read_as_it_was_written() -> None:
    inner = b"Subject: in\r\n\r\nside"
    root = Frame(
        "mixed",
        (
            Frame("alternative", (leaf("text", b"one"), leaf("text", b"\xc3\xa9"))),
            leaf("image", b"\x89PNG" * 100),
            leaf("message", inner, subtype="rfc822"),
        ),
    )
    message = written(root)
    found = scanned(message)
    kinds = [each.content.subtype for each in found.children]
    assert kinds == [b"alternative", b"x", b"rfc822"]
    one, two = found.children[0].children
    assert message[one.body : one.end] == b"one"
    assert two.content.encoding == b"base64"
    picture, nested = found.children[1:]
    assert message[nested.body : nested.end] == inner
    assert decoded(message[picture.body : picture.end], b"base64") == b"\x89PNG" * 100
    assert max(map(len, message.split(b"\r\n"))) <= 78


def test_a_message_that_nobody_carries_is_kept_whole() -> None:
    inner = b"Subject: in\r\n\r\n" + b"a" * 1000
    found = scanned(written(leaf("message", inner, subtype="rfc822")))
    assert found.content.type == b"application"
    assert found.content.encoding == b"base64"


def test_what_is_around_eight_bits_says_so() -> None:
    """RFC 2045, 6.4."""
    inner = leaf("message", "Subject: é\r\n\r\n".encode(), subtype="rfc822")
    other = Frame("mixed", (leaf("text", b"a"),))
    found = scanned(written(Frame("mixed", (Frame("mixed", (inner,)), other))))
    assert found.content.encoding == b"8bit"
    assert [each.content.encoding for each in found.children] == [b"8bit", b"7bit"]


def test_text_has_the_line_ends_of_mail() -> None:
    assert gathered(text("a\nb\r\nc\rd")()) == b"a\r\nb\r\nc\r\nd"
    assert gathered(text("")()) == b""


def test_too_large() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(2**18)

    class Nowhere(MemorySpool):
        written = 0
        size = property(lambda self: self.written)

        def write(self, data: bytes) -> None:
            self.written += len(data)

    root = Leaf("image", b"Content-Type: image/x\r\n", endless)
    with pytest.raises(TooLarge):
        finish(compose.compose(Nowhere(), [], root, lambda: "x"))
