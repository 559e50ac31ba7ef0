"""What a part says of itself (RFC 2045, 5 and 6; RFC 2183; RFC 2231)."""

from __future__ import annotations

import pytest

from mailnode.message import mime
from mailnode.message.header import Header
from mailnode.message.mime import Content, Disposition, content, parameters_of


def typed(value: bytes) -> tuple[bytes, bytes, mime.Parameters]:
    found = content(Header(b"Content-Type: " + value + b"\r\n"))
    return found.type, found.subtype, found.parameters


US_ASCII = ((b"charset", b"us-ascii"),)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"text/html", (b"text", b"html", ())),
        (b"Text/HTML; Charset=UTF-8", (b"text", b"html", ((b"Charset", b"UTF-8"),))),
        (
            b' text / html ; charset = "utf-8" ',
            (b"text", b"html", ((b"charset", b"utf-8"),)),
        ),
        (
            b"text/plain (a comment); charset=us-ascii (Plain)",
            (b"text", b"plain", US_ASCII),
        ),
        (b'a/b; x="a\\"b;c"; y=d', (b"a", b"b", ((b"x", b'a"b;c'), (b"y", b"d")))),
        (
            b"a/b; name=my file.txt ; y=1",
            (b"a", b"b", ((b"name", b"my file.txt"), (b"y", b"1"))),
        ),
        (b"a/b; name=", (b"a", b"b", ((b"name", b""),))),
        (b'a/b; name="never closed', (b"a", b"b", ((b"name", b"never closed"),))),
        (b"a/b;;; x=1;; nonsense; y=2", (b"a", b"b", ((b"x", b"1"), (b"y", b"2")))),
        (b"a/b;\r\n\tx=1", (b"a", b"b", ((b"x", b"1"),))),
        (b"application/vnd.x+json", (b"application", b"vnd.x+json", ())),
        # Invalid syntax is text/plain (RFC 2045, 5.2)
        (b"", (b"text", b"plain", US_ASCII)),
        (b"text", (b"text", b"plain", US_ASCII)),
        (b"text html", (b"text", b"plain", US_ASCII)),
        (b"text/html charset=utf-8", (b"text", b"plain", US_ASCII)),
        (b"/html", (b"text", b"plain", US_ASCII)),
        (b"text/\xff", (b"text", b"plain", US_ASCII)),
        (b"text/" + b"x" * 128, (b"text", b"plain", US_ASCII)),
    ],
)
def test_content_type(
    value: bytes, expected: tuple[bytes, bytes, mime.Parameters]
) -> None:
    assert typed(value) == expected


def test_nothing_said() -> None:
    assert content(Header(b"Subject: x\r\n")) == Content()
    assert content(Header(b""), mime.DIGESTED) == mime.DIGESTED
    assert content(Header(b"Content-ID: <a>\r\n")) == Content(id=b"<a>")
    assert content(Header(b"Content-ID: <a>\r\n"), mime.DIGESTED) == Content(
        b"message", b"rfc822", (), b"<a>"
    )


def test_everything_said() -> None:
    found = content(
        Header(
            b"Content-Type: text/plain\r\n"
            b"Content-ID: <1@example.org>\r\n"
            b"Content-Description: a\r\n text\r\n"
            b"Content-Transfer-Encoding: Quoted-Printable (really)\r\n"
            b"Content-Disposition: Attachment; filename=a.txt\r\n"
            b"Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\r\n"
            b"Content-Language: en , de (German),\r\n"
            b"Content-Location: http://example.org/a\r\n"
        )
    )
    assert found == Content(
        b"text",
        b"plain",
        (),
        b"<1@example.org>",
        b"a text",
        b"quoted-printable",
        Disposition(b"attachment", ((b"filename", b"a.txt"),)),
        b"Q2hlY2sgSW50ZWdyaXR5IQ==",
        (b"en", b"de"),
        b"http://example.org/a",
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"BASE64", b"base64"),
        (b" 8bit ; x", b"8bit"),
        (b"", b"7bit"),
        (b"\xff", b"7bit"),
        (b"7 bit", b"7bit"),
        (b"8 bit", b"8bit"),
        (b"x-" + b"u" * 100, b"7bit"),
    ],
)
def test_encoding(value: bytes, expected: bytes) -> None:
    header = Header(b"Content-Transfer-Encoding: " + value)
    assert content(header).encoding == expected


def test_an_unreadable_disposition_is_an_attachment() -> None:
    found = content(Header(b'Content-Disposition: ; filename="x"'))
    assert found.disposition == Disposition(b"attachment", ((b"filename", b"x"),))


def test_parameters_are_found_by_name() -> None:
    found = parameters_of(b"x; Name=one; NAME=two")
    assert mime.parameter(found, b"name") == b"one"
    assert mime.parameter(found, b"other") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The examples of RFC 2231, 3 and 4.1
        (
            b'; access-type=URL; URL*0="ftp://"; URL*1="cs.utk.edu/pub/moore/x.tar"',
            ((b"access-type", b"URL"), (b"URL", b"ftp://cs.utk.edu/pub/moore/x.tar")),
        ),
        (
            b"; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
            ((b"title*", b"us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A"),),
        ),
        (
            (
                b"; title*0*=us-ascii'en'This%20is%20even%20more%20"
                b'; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2="isn\'t it!"'
            ),
            (
                (
                    b"title*",
                    (
                        b"us-ascii'en'This%20is%20even%20more%20"
                        b"%2A%2A%2Afun%2A%2A%2A%20isn%27t%20it!"
                    ),
                ),
            ),
        ),
        (b"; a*1=y; a*0=x; b=1", ((b"a", b"xy"), (b"b", b"1"))),
        (b"; a*0=x; a*2=z", ((b"a", b"x"),)),
        (b"; a*0=x; a*0=y", ((b"a", b"x"),)),
        (b"; A*0=x; a*1=y", ((b"A", b"xy"),)),
        (b"; a*0=100%; a*1*=%41", ((b"a*", b"''100%25%41"),)),
        (b"; a*1=y", ((b"a", b""),)),
        (b"; a*01=x; *0=y; a**=z", ((b"a*01", b"x"), (b"*0", b"y"), (b"a**", b"z"))),
    ],
)
def test_joins_long_parameters(text: bytes, expected: mime.Parameters) -> None:
    assert parameters_of(text) == expected


def test_takes_a_bounded_number_of_parameters() -> None:
    many = b"".join(b"; p%d=1" % n for n in range(5000))
    assert len(parameters_of(many)) == mime.PARAMETERS_LIMIT
    pieces = b"".join(b"; p*%d=x" % n for n in range(5000))
    assert parameters_of(pieces) == ((b"p", b"x" * mime.PARAMETERS_LIMIT),)


def test_weighs_what_has_no_limit() -> None:
    heavy = Content(
        parameters=((b"a", b"bc"),),
        id=b"1234",
        description=b"",
        disposition=Disposition(b"inline", ((b"d", b"e"),)),
        language=(b"en", b"de"),
    )
    assert heavy.weight == 3 + 4 + 2 + 4
    assert heavy.bare().weight == 0
    assert heavy.bare().type == b"text"
