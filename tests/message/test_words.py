"""Text of headers beyond ASCII (RFC 2047; RFC 2231)."""

from __future__ import annotations

import pytest

from mailnode.message import charset, words
from mailnode.message.mime import parameters_of


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"plain", "plain"),
        (b"", ""),
        # The examples of RFC 2047, 8
        (b"=?US-ASCII?Q?Keith_Moore?=", "Keith Moore"),
        (b"=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <k@x>", "Keld Jørn Simonsen <k@x>"),
        (
            b"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=",
            "If you can read this yo",
        ),
        (b"=?ISO-8859-1?Q?a?=", "a"),
        (b"=?ISO-8859-1?Q?a?= b", "a b"),
        (b"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
        (b"=?ISO-8859-1?Q?a?=  \t =?ISO-8859-1?Q?b?=", "ab"),
        (b"=?ISO-8859-1?Q?a_b?=", "a b"),
        (b"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"),
        (b"x =?utf-8?q?=c3=a4?=", "x ä"),
        # A character cut in two
        (b"=?utf-8?B?w6Q=?= =?utf-8?Q?=C3?= =?UTF-8?Q?=A4?=", "ää"),
        (b"=?utf-8*de?Q?=C3=A4?=", "ä"),
        # Broken
        (b"=?utf-8?Q?never closed", "=?utf-8?Q?never closed"),
        (b"=?utf-8?X?a?=", "=?utf-8?X?a?="),
        (b"=?utf-8?B?w6Q?=", "ä"),
        (b"=?utf-8?B?w6Q=w6Q=?=", "ää"),
        (b"=?utf-8?B?w?=", ""),
        (b"=?utf-8?Q?a b?=", "a b"),
        (b"=?utf-8?Q?=C3?= x", "\ufffd x"),
        (b"=?utf-8?Q?=0D=0ABcc:_x=00?=", "  Bcc: x "),
        (b"=?x-unknown?Q?caf=C3=A9?=", "café"),
        (b"=?base64_codec?Q?YQ?=", "YQ"),
        (b"=?utf-7?Q?+2AA-?=", "\ufffd"),
        # Raw octets
        ("grün".encode(), "grün"),
        (b"gr\xfcn", "gr\ufffdn"),
        ("ä =?utf-8?Q?=C3=B6?= ü".encode(), "ä ö ü"),
    ],
)
def test_reads_encoded_words(value: bytes, expected: str) -> None:
    assert words.decoded(value) == expected


def test_a_million_octets_of_words_take_one_look() -> None:
    value = b"=?utf-8?Q?=C3=A4?= " * 50_000
    assert words.decoded(value) == "ä" * 50_000 + " "
    assert words.decoded(b"=?" * 500_000) == "=?" * 500_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"; filename=plain.txt", "plain.txt"),
        (b"; filename*=utf-8''%e2%82%ac%20rates", "€ rates"),
        (b"; filename*=iso-8859-1'en'%A3%20rates", "£ rates"),
        (b"; filename*0*=utf-8''%e2%82; filename*1*=%ac; filename*2=.txt", "€.txt"),
        (b"; filename*=%e2%82%ac", "€"),
        (b"; filename=x; filename*=utf-8''y", "y"),
        (b'; filename="=?utf-8?Q?=C3=A4.txt?="', "ä.txt"),
        (b"; filename*=utf-8''a%0D%0Ab%00", "a  b "),
        (b"; filename*=utf-8''100%", "100%"),
        (b"; name=x", None),
    ],
)
def test_reads_parameters(text: bytes, expected: str | None) -> None:
    assert words.parameter(parameters_of(text), b"filename") == expected


@pytest.mark.parametrize(
    ("octets", "name", "expected"),
    [
        (b"\xe4", b"ISO-8859-1", "ä"),
        (b"\x93x\x94", b"iso-8859-1", "“x”"),
        (b"\xe4", b"latin1", "ä"),
        (b"\xb1", b"ISO-8859-2", "ą"),
        (b"\xd0\xd2", b"KOI8-R", "пр"),
        (b"\x1b$B$3\x1b(B", b"ISO-2022-JP", "こ"),
        (b"\x82\xb1", b"Shift_JIS", "こ"),
        (b"\xc4\xe3", b"GB2312", "你"),
        (b"\xb0\xa1", b"ks_c_5601-1987", "가"),
        (b"\xe0", b"ISO-8859-8-I", "א"),
        ("ä".encode(), b"", "ä"),
        ("ä".encode(), b"no such thing", "ä"),
        ("ä".encode(), b"unicode_escape", "ä"),
        (b"\xff\xfe", b"UTF-16", ""),
        (b"a", b"utf-16", "\ufffd"),
    ],
)
def test_charsets(octets: bytes, name: bytes, expected: str) -> None:
    assert charset.text(octets, name) == expected


def test_every_charset_of_the_list_is_one() -> None:
    for name in charset.NAMES:
        assert isinstance(charset.text(b"\xff\x00\x80abc", name.encode()), str)
    assert set(charset.NAMES.values()) <= charset.CODECS


def test_presentable_text_is_one_line_of_unicode() -> None:
    assert charset.presentable("a\r\nb\x00\x85\u2028c\ud800") == "a  b   c\ufffd"
    assert charset.presentable("ä\u00a0😀") == "ä\u00a0😀"
