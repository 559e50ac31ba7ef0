"""Transfer encodings taken off, broken ones too (RFC 2045, 6)."""

from __future__ import annotations

import pytest

from mailnode.message.transfer import decoded


@pytest.mark.parametrize(
    ("octets", "encoding", "expected"),
    [
        (b"a=3D", b"7bit", b"a=3D"),
        (b"\xff\x00", b"binary", b"\xff\x00"),
        (b"YQ==", b"x-unknown", b"YQ=="),
        (b"YWJj\r\nZA==\r\n", b"base64", b"abcd"),
        (b"YWJj\r\nZ", b"base64", b"abc"),
        (b"YWJj!ZGVm", b"base64", b"abcdef"),
        (b"YWJ", b"base64", b"ab"),
        (b"", b"base64", b""),
        (b"=", b"base64", b""),
        (b"a=3Db=\r\nc =\n", b"quoted-printable", b"a=bc "),
        (b"a \t\r\nb=20 \nc= \r\nd  ", b"quoted-printable", b"a\r\nb \ncd"),
        (b" a\r\n \r\n", b"quoted-printable", b" a\r\n\r\n"),
        (b"a \nb\t \r\nc\r \nd \r\re", b"quoted-printable", b"a\nb\r\nc\r\nd \r\re"),
        (b"a=3", b"quoted-printable", b"a=3"),
        (b"a=zz", b"quoted-printable", b"a=zz"),
    ],
)
def test_takes_encodings_off(octets: bytes, encoding: bytes, expected: bytes) -> None:
    assert decoded(octets, encoding) == expected
