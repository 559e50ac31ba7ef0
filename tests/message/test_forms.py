"""The forms of header fields, as RFC 8621, 4.1.2 has them."""

from __future__ import annotations

import time

import pytest

from mailnode.message import forms
from mailnode.message.forms import AddressGroup, EmailAddress, Form

RFC = b"""\
 "  James Smythe" <james@example.com>, Friends:\r
  jane@example.com, =?UTF-8?Q?John_Sm=C3=AEth?=\r
  <john@example.com>;"""
JAMES = EmailAddress("James Smythe", "james@example.com")
JANE = EmailAddress(None, "jane@example.com")
JOHN = EmailAddress("John Smîth", "john@example.com")


def test_the_examples_of_the_rfc() -> None:
    assert forms.addresses(RFC) == (JAMES, JANE, JOHN)
    assert forms.grouped_addresses(RFC) == (
        AddressGroup(None, (JAMES,)),
        AddressGroup("Friends", (JANE, JOHN)),
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"  =?utf-8?q?a?= =?utf-8?q?b?= c", "ab c"),
        (b" one\r\n two", "one two"),
        (b" =?utf-8?q?a?=b", "=?utf-8?q?a?=b"),  # Placed where none may be
        (b" a=?utf-8?q?a?=", "a=?utf-8?q?a?="),
        (b" =?utf-8?q?a b?=", "=?utf-8?q?a b?="),
        (b" =?nonsense?q?a?=", "=?nonsense?q?a?="),
        (b" =?nonsense?q?a?= =?utf-8?q?b?=", "=?nonsense?q?a?= b"),
        (b" =?utf-8*en?b?w6k=?=", "é"),
        (b" =?utf-8?b?w6?=", "\ufffd"),
        (b" =?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),
        (b" =?iso-8859-1?q?=E9?= =?utf-8?q?=C3=A9?=", "éé"),
        (b" =?utf-8?q?a=00=0D=0Ab?=", "ab"),
        (b" e\xcc\x81", "é"),
        (b" \xff\0x", "\ufffdx"),
        (b" =?utf-7?q?+2AA-?=", "\ufffd"),
    ],
)
def test_text(value: bytes, expected: str) -> None:
    assert forms.text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b' "=?utf-8?q?a?=" <a@b>', [("=?utf-8?q?a?=", "a@b")]),
        (b" a@b (=?utf-8?q?=C3=A9?=)", [("é", "a@b")]),
        (b' "a \\" b"@c', [(None, '"a \\" b"@c')]),
        (b" half", [(None, "half")]),
        (b" Two Words", [("Two Words", "")]),
        (b" <@x,@y:a@b>", [(None, "a@b")]),
        (b" undisclosed:;", []),
        (b"", []),
    ],
)
def test_addresses(value: bytes, expected: list[tuple[str | None, str]]) -> None:
    assert list(forms.addresses(value)) == expected


def test_an_empty_group_is_one() -> None:
    assert forms.grouped_addresses(b" undisclosed:;") == (
        AddressGroup("undisclosed", ()),
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b" <a@b>\r\n (c <d@e>) <f@g>", ("a@b", "f@g")),
        (b" Your message of <a@b>", ("a@b",)),
        (b" <a(1)@b>", ("a(1)@b",)),
        (b" < a@\r\n b >", ("a@b",)),
        (b" a@b", None),
        (b" <>", None),
        (b"", None),
    ],
)
def test_message_ids(value: bytes, expected: tuple[str, ...] | None) -> None:
    assert forms.message_ids(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b" <mailto:a@b> (x), <http://c/(d)>", ("mailto:a@b", "http://c/(d)")),
        (b" <http://a/\r\n b>", ("http://a/b",)),
        (b" <http://a>, nonsense, <http://b>", ("http://a",)),
        (b" NO (closed)", None),
        (b" http://a", None),
    ],
)
def test_urls(value: bytes, expected: tuple[str, ...] | None) -> None:
    assert forms.urls(value) == expected


def test_dates() -> None:
    assert forms.date(b" Fri, 13 Jul 2018 01:02:03 -0330") == (1531456323000, -210)
    assert forms.date(b" 13 Jul 2018 01:02 EST") == (1531461720000, -300)
    assert forms.date(b" 13 Jul 2018 01:02 +9999") is not None
    assert forms.date(b" tomorrow") is None


def test_what_is_for_what() -> None:
    assert forms.allowed(Form.TEXT, b"subject")
    assert forms.allowed(Form.TEXT, b"list-id")
    assert forms.allowed(Form.URLS, b"list-id")
    assert forms.allowed(Form.DATE, b"x-anything")
    assert not forms.allowed(Form.DATE, b"from")
    assert not forms.allowed(Form.TEXT, b"received")
    assert forms.allowed(Form.RAW, b"received")


@pytest.mark.parametrize(
    "value",
    [
        *(b"(" * 200_000, b"<" * 200_000, b"<a>," * 50_000, b"a:b;" * 50_000),
        *(b"=?utf-8?q?a?= " * 20_000, b"=?" * 100_000, b'"\\' * 100_000),
        *(
            "a\u0301\u0316".encode() * 50_000,
            "a\u0301\u0316".encode() + b"\xcc\x81" * 50_000,
        ),
        *(b" \r\n" * 60_000 + b"x", b"<a" * 100_000, b"(<" * 100_000),
    ],
    ids=lambda value: repr(value[:8]),
)
def test_hostile_fields_take_no_long_time(value: bytes) -> None:
    began = time.process_time()
    for read in (
        *(forms.raw, forms.text, forms.addresses, forms.grouped_addresses),
        *(forms.message_ids, forms.date, forms.urls, forms.content_id),
    ):
        read(value)
    assert time.process_time() - began < 2
