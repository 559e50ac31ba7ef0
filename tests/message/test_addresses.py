"""Address lists, as they should be and as they are (RFC 5322, 3.4, 4.4, appendix A)."""

from __future__ import annotations

import time

import pytest

from mailnode.message.addresses import ADDRESSES_LIMIT, GROUP_END, Listed, address_list


def one(
    name: bytes | None, mailbox: bytes, host: bytes, route: bytes | None = None
) -> Listed:
    return Listed(name, route, mailbox, host)


def group(name: bytes) -> Listed:
    return Listed(None, None, name, None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"", []),
        (b"john.q.public@example.com", [one(None, b"john.q.public", b"example.com")]),
        (b"<boss@nil.test>", [one(None, b"boss", b"nil.test")]),
        (
            b"John Doe <jdoe@machine.example>",
            [one(b"John Doe", b"jdoe", b"machine.example")],
        ),
        (
            b'"Joe Q. Public" <j@example.com>',
            [one(b"Joe Q. Public", b"j", b"example.com")],
        ),
        (
            b"Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
            [
                one(b"Mary Smith", b"mary", b"x.test"),
                one(None, b"jdoe", b"example.org"),
                one(b"Who?", b"one", b"y.test"),
            ],
        ),
        (
            b'"Giant; \\"Big\\" Box" <sysservices@example.net>',
            [one(b'Giant; "Big" Box', b"sysservices", b"example.net")],
        ),
        (
            b"A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
            [
                group(b"A Group"),
                one(b"Ed Jones", b"c", b"a.test"),
                one(None, b"joe", b"where.test"),
                one(b"John", b"jdoe", b"one.test"),
                GROUP_END,
            ],
        ),
        (
            b'"\\\\\\"a\\\\" <a@b.test>',
            [one(b'\\"a\\', b"a", b"b.test")],
        ),
        (b"Undisclosed recipients:;", [group(b"Undisclosed recipients"), GROUP_END]),
        (
            b"a: b@c; d@e, f: g@h",
            [
                group(b"a"),
                one(None, b"b", b"c"),
                GROUP_END,
                one(None, b"d", b"e"),
                group(b"f"),
                one(None, b"g", b"h"),
                GROUP_END,
            ],
        ),
        # Comments and folding (A.5)
        (
            b"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
            [one(b"Pete", b"pete", b"silly.test")],
        ),
        (
            (
                b"A Group(Some people)\r\n :Chris Jones <c@(Chris's host.)public.example>"
                b",\r\n joe@example.org,\r\n John <jdoe@one.test> (my friend); (the end)"
            ),
            [
                group(b"A Group"),
                one(b"Chris Jones", b"c", b"public.example"),
                one(None, b"joe", b"example.org"),
                one(b"John", b"jdoe", b"one.test"),
                GROUP_END,
            ],
        ),
        (
            b"bob@example.com (Bob (nested) Real)",
            [one(b"Bob (nested) Real", b"bob", b"example.com")],
        ),
        # Obsolete forms (A.6)
        (
            b"Mary Smith <@node.test,@b.test:mary@example.net>, , jdoe@test  . example",
            [
                one(b"Mary Smith", b"mary", b"example.net", b"@node.test,@b.test"),
                one(None, b"jdoe", b"test.example"),
            ],
        ),
        (
            b"Joe Q. Public <j@example.com>",
            [one(b"Joe Q. Public", b"j", b"example.com")],
        ),
        (b'"a"."b c"@x.test', [one(None, b"a.b c", b"x.test")]),
        (b'"a@b"@x.test', [one(None, b"a@b", b"x.test")]),
        (b'"a\\"b" <"c\\\\d"@x.test>', [one(b'a"b', b"c\\d", b"x.test")]),
        (
            b"x@[IPv6:::1], y@[192.0.2.1]",
            [one(None, b"x", b"[IPv6:::1]"), one(None, b"y", b"[192.0.2.1]")],
        ),
        # Not decoded here (RFC 9051, 7.5.2)
        (b"=?utf-8?Q?Ana?= <a@x.test>", [one(b"=?utf-8?Q?Ana?=", b"a", b"x.test")]),
        ("Zoë <zoë@x.test>".encode(), [one("Zoë".encode(), "zoë".encode(), b"x.test")]),
        # Broken
        (b"root", [one(None, b"root", b"")]),
        (b"<root>", [one(None, b"root", b"")]),
        (b"Ana Maria", [one(b"Ana Maria", b"", b"")]),
        (b"<a@b> <c@d>", [one(None, b"a", b"b")]),
        (b"Ana <a@b> and more, c@d", [one(b"Ana", b"a", b"b"), one(None, b"c", b"d")]),
        (b"<>", []),
        (b"Somebody <>", [one(b"Somebody", b"", b"")]),
        (b",,;;,", []),
        (b"a@b; c@d", [one(None, b"a", b"b"), one(None, b"c", b"d")]),
        (b"a@b,", [one(None, b"a", b"b")]),
        (b"(only a comment", []),
        (b'"never closed <a@b>', [one(None, b"never closed <a", b"b>")]),
        (b"x <a@b", [one(b"x", b"a", b"b")]),
        (b"@", [one(None, b"", b"")]),
        (b"\\", [one(None, b"\\", b"")]),
        (b":", [group(b""), GROUP_END]),
    ],
)
def test_reads_lists(value: bytes, expected: list[Listed]) -> None:
    assert list(address_list(value)) == expected


@pytest.mark.parametrize(
    "value", [b"a@b,", b"a <a@b>,", b'"a" <"a"@b>,', b"a:b@c;", b":"]
)
def test_takes_a_bounded_number(value: bytes) -> None:
    listed = address_list(value * 3 * ADDRESSES_LIMIT)
    assert ADDRESSES_LIMIT <= len(listed) <= ADDRESSES_LIMIT + 2
    assert listed[0] is not GROUP_END


@pytest.mark.parametrize(
    "unit",
    [
        b"(",
        b"()",
        b"<",
        b'"',
        b'"a"',
        b";",
        b"[",
        b"\\",
        b'\\"',
        b"a ",
        b"<(",
        b'<"',
        b"@",
        b" ",
    ],
)
def test_a_million_octets_take_one_look(unit: bytes) -> None:
    assert len(address_list(unit * (10**6 // len(unit)))) <= ADDRESSES_LIMIT


def test_a_megabyte_of_quoted_pairs() -> None:
    """It is read on the way in, while others wait."""
    began = time.process_time()
    address_list(b'"' + b'\\"' * 2**19)
    assert time.process_time() - began < 0.2
