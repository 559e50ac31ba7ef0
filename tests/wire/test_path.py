"""Paths of MAIL and RCPT, read and written (RFC 5321, 4.1.2; RFC 6531, 3.3)."""

from __future__ import annotations

import pytest

from mailnode.errors import SyntaxFault
from mailnode.model.envelope import Address
from mailnode.wire.path import PathCursor, mailbox, written


def forward(text: bytes) -> Address:
    cursor = PathCursor(text)
    found = cursor.forward_path()
    cursor.end()
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"<ana@example.org>", Address("ana", "example.org")),
        (b"<Ana@Example.ORG>", Address("Ana", "example.org")),
        (b"<a.b+c=d@example.org>", Address("a.b+c=d", "example.org")),
        (
            b"<!#$%&'*+-/=?^_`{|}~@example.org>",
            Address("!#$%&'*+-/=?^_`{|}~", "example.org"),
        ),
        (b'<"ana"@example.org>', Address("ana", "example.org")),
        (b'<"a b"@example.org>', Address("a b", "example.org")),
        (b'<"a\\"\\\\b"@example.org>', Address('a"\\b', "example.org")),
        (b'<"a\\b"@example.org>', Address("ab", "example.org")),
        (b'<"a@b"@example.org>', Address("a@b", "example.org")),
        (b'<""@example.org>', Address("", "example.org")),
        (b"<ana@[192.0.2.1]>", Address("ana", "[192.0.2.1]")),
        (b"<ana@[ipv6:2001:DB8::1]>", Address("ana", "[IPv6:2001:db8::1]")),
        (b"<@one.example:ana@example.org>", Address("ana", "example.org")),
        (b"<@one.example,@[192.0.2.1]:ana@example.org>", Address("ana", "example.org")),
        (b"<postmaster>", Address("postmaster", "")),
        (b"<PostMaster>", Address("postmaster", "")),
        (b"<Postmaster@example.org>", Address("Postmaster", "example.org")),
        (
            "<jürgen@bücher.example>".encode(),
            Address("jürgen", "xn--bcher-kva.example"),
        ),
        ('<"ä b"@example.org>'.encode(), Address("ä b", "example.org")),
        (b"<%b@example.org>" % (b"x" * 256), Address("x" * 256, "example.org")),
    ],
)
def test_reads_forward_paths(text: bytes, expected: Address) -> None:
    assert forward(text) == expected
    assert forward(written(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<>",
        b"ana@example.org",
        b"<ana@example.org",
        b"<ana>",
        b"<ana@>",
        b"<@example.org>",
        b"< ana@example.org>",
        b"<ana@example.org >",
        b"<a..b@example.org>",
        b"<.a@example.org>",
        b"<a.@example.org>",
        b"<a b@example.org>",
        b'<a"b"@example.org>',
        b'<"a@example.org>',
        b'<"a"b@example.org>',
        b"<a@b@example.org>",
        b"<a(comment)@example.org>",
        b"<ana@example_x.org>",
        b"<ana@example.org.>",
        b"<@one.example ana@example.org>",
        b"<@one.example:>",
        b"<one.example:ana@example.org>",
        b"<ana@[192.0.2.1>",
        b"<ana@[IPv6:nothing]>",
        b"<ana@example.org\0>",
        b"<an\0a@example.org>",
        b'<"a\rb"@example.org>',
        b'<"a\\\nb"@example.org>',
        b"<ana\r\n@example.org>",
        b"<ana@example.org\r\n>",
        b"<\xff@example.org>",
        b"<\xed\xa0\x80@example.org>",
        b"<\xc0\x80@example.org>",
        b"<ana@\xff.example>",
        "<a\u2028b@example.org>".encode(),
        '<"a\u0085b"@example.org>'.encode(),
        b"<%b@example.org>" % (b"x" * 257),
        "<{}@example.org>".format("ü" * 129).encode(),
        b"<ana@%b.org>" % (b"x" * 64),
    ],
)
def test_refuses_what_is_no_path(text: bytes) -> None:
    with pytest.raises(SyntaxFault):
        forward(text)


def test_the_reverse_path_may_be_null() -> None:
    assert PathCursor(b"<>").reverse_path() is None
    assert written(None) == b"<>"


def test_the_reverse_path_has_room_for_bookkeeping() -> None:
    local = "bounces+" + "x" * 200
    cursor = PathCursor(f"<{local}@example.net> SIZE=1".encode())
    assert cursor.reverse_path() == Address(local, "example.net")
    assert cursor.rest() == b" SIZE=1"
    with pytest.raises(SyntaxFault, match="at most 256 octets"):
        PathCursor(b"<%b@example.net>" % (b"x" * 257)).reverse_path()


def test_only_a_forward_path_may_lack_its_domain() -> None:
    with pytest.raises(SyntaxFault):
        PathCursor(b"<postmaster>").reverse_path()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"<ana@example.org>", False),
        (b"<ana@xn--bcher-kva.example>", False),
        ("<anä@example.org>".encode(), True),
        ("<ana@bücher.example>".encode(), True),
        ("<@bücher.example:ana@example.org>".encode(), True),
    ],
)
def test_tells_when_smtputf8_is_needed(text: bytes, expected: bool) -> None:
    cursor = PathCursor(text)
    cursor.forward_path()
    assert cursor.international is expected


def test_complaints_say_where() -> None:
    with pytest.raises(SyntaxFault) as caught:
        forward(b"<ana@-x.example>")
    assert (caught.value.wanted, caught.value.at) == ("a domain", 5)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (Address("ana", "example.org"), b"<ana@example.org>"),
        (Address("a b", "example.org"), b'<"a b"@example.org>'),
        (Address('a"\\', "example.org"), b'<"a\\"\\\\"@example.org>'),
        (Address("", "example.org"), b'<""@example.org>'),
        (Address("a.", "example.org"), b'<"a."@example.org>'),
        (Address("postmaster", ""), b"<postmaster>"),
        (
            Address("jürgen", "bücher.example"),
            "<jürgen@xn--bcher-kva.example>".encode(),
        ),
    ],
)
def test_writes_quotes_where_they_are_needed(address: Address, expected: bytes) -> None:
    assert written(address) == expected
    assert mailbox(address) == expected[1:-1]


@pytest.mark.parametrize("local", ["a\r\nb", "a\0", "\x7f", "\x85", "\u2028", "\ud800"])
def test_never_writes_what_it_would_not_read(local: str) -> None:
    with pytest.raises(SyntaxFault):
        written(Address(local, "example.org"))


def test_never_writes_a_domain_that_is_none() -> None:
    with pytest.raises(SyntaxFault):
        written(Address("ana", "example.org>\r\nDATA"))
