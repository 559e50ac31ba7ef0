"""Whether something is attached (RFC 8621, 4.1.4)."""

from __future__ import annotations

import pytest

from mailnode.message.attached import attached
from mailnode.message.scan import Scanner
from mailnode.message.structure import body_structure

PLAIN = "Content-Type: text/plain\r\n\r\ntext\r\n"
HTML = "Content-Type: text/html\r\n\r\n<p>\r\n"
IMAGE = "Content-Type: image/png\r\n{0}\r\nimage\r\n"
PDF = 'Content-Type: application/pdf; name="a.pdf"\r\n{0}\r\npdf\r\n'
ATTACHMENT = "Content-Disposition: attachment; filename=a\r\n"
INLINE = "Content-Disposition: inline\r\n"
CID = "Content-ID: <a@x>\r\n"


def multipart(subtype: str, *parts: str, mark: str = "a") -> str:
    """Some parts."""
    body = "".join(f"--{mark}\r\n{part}\r\n" for part in parts)
    return f"Content-Type: multipart/{subtype}; boundary={mark}\r\n\r\n{body}--{mark}--\r\n"


def structure(message: str) -> bytes:
    """BODYSTRUCTURE."""
    scanner = Scanner()
    scanner.feed(message.encode())
    return body_structure(scanner.close())


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (PLAIN, False),
        ("Subject: no type\r\n\r\ntext\r\n", False),
        (f"{ATTACHMENT}{PLAIN}", True),
        (f"{INLINE}{PLAIN}", False),
        (IMAGE.format(""), False),
        (PDF.format(""), True),
        (PDF.format(INLINE), False),
        (multipart("alternative", PLAIN, HTML), False),
        (multipart("alternative", PLAIN, HTML, PDF.format("")), True),
        (multipart("alternative", PLAIN, IMAGE.format("")), True),
        (multipart("mixed", PLAIN, PDF.format("")), True),
        (multipart("mixed", PLAIN, PDF.format(INLINE)), False),
        (multipart("mixed", PLAIN, IMAGE.format("")), False),
        (multipart("mixed", PLAIN, IMAGE.format(ATTACHMENT)), True),
        (multipart("mixed", PLAIN, PLAIN), False),
        (
            multipart("mixed", PLAIN, PLAIN.replace("plain", 'plain; name="a.txt"')),
            True,
        ),
        (multipart("related", HTML, IMAGE.format(CID)), False),
        (multipart("related", HTML, IMAGE.format("")), True),
        (multipart("related", HTML, PLAIN), True),
        (
            multipart("mixed", multipart("alternative", PLAIN, HTML, mark="b"), PLAIN),
            False,
        ),
        (
            multipart(
                "mixed", multipart("related", HTML, PDF.format(""), mark="b"), PLAIN
            ),
            True,
        ),
        (
            multipart("mixed", PLAIN, f"Content-Type: message/rfc822\r\n\r\n{PLAIN}"),
            True,
        ),
        (
            multipart(
                "mixed", PLAIN, f"Content-Type: message/rfc822\r\n{INLINE}\r\n{PLAIN}"
            ),
            False,
        ),
        (multipart("mixed"), False),
    ],
)
def test_attached(message: str, expected: bool) -> None:
    assert attached(structure(message)) is expected


@pytest.mark.parametrize("octets", [b"", b"(", b")", b"()", b"((()", b"NIL", b'("a'])
def test_what_is_no_structure(octets: bytes) -> None:
    assert isinstance(attached(octets), bool)


def test_strings_of_all_kinds() -> None:
    odd = f"{PDF.format('')}".replace("a.pdf", 'a\\"(\\\\').replace(
        "name=", f'name="{"x" * 2000}"; more='
    )
    assert attached(structure(multipart("mixed", PLAIN, odd)))
