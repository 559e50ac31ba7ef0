"""Equal domains are equal strings (RFC 5321, 4.1.2 and 4.1.3; RFC 5891)."""

from __future__ import annotations

import pytest

from mailnode.errors import SyntaxFault
from mailnode.wire.domain import canonical, literal


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("example.org", "example.org"),
        ("Mail.Example.ORG", "mail.example.org"),
        ("localhost", "localhost"),
        ("3com.example", "3com.example"),
        ("a-b.example", "a-b.example"),
        ("x" * 63 + ".example", "x" * 63 + ".example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.Example", "xn--bcher-kva.example"),
        ("XN--bcher-kva.example", "xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("[192.0.2.1]", "[192.0.2.1]"),
        ("[IPv6:2001:DB8:0:0:0:0:0:1]", "[IPv6:2001:db8::1]"),
        ("[ipv6:::1]", "[IPv6:::1]"),
        ("[IPv6:::ffff:192.0.2.1]", "[IPv6:::ffff:192.0.2.1]"),
    ],
)
def test_has_one_form(written: str, expected: str) -> None:
    assert canonical(written) == expected
    assert canonical(expected) == expected


@pytest.mark.parametrize(
    "written",
    [
        "",
        ".",
        "example.org.",
        ".example.org",
        "a..b",
        "-a.example",
        "a-.example",
        "a_b.example",
        "a b.example",
        "a\r\nb.example",
        "a\0.example",
        "x" * 64 + ".example",
        ".".join(["a" * 50] * 6),
        "ü" * 300,
        "ü" * 60 + ".example",
        "a_ü.example",
        "\u200d.example",
        "\ud800.example",
        "user@example",
        "[192.0.2.1",
        "[192.0.2.256]",
        "[192.0.2.01]",
        "[192.0.2]",
        "[]",
        "[IPv6:192.0.2.1]",
        "[IPv6:fe80::1%eth0]",
        "[2001:db8::1]",
        "[x-tag:what]",
        "[192.0.2.1]x",
    ],
)
def test_refuses_what_is_no_domain(written: str) -> None:
    with pytest.raises(SyntaxFault):
        canonical(written)


def test_a_literal_is_nothing_but_one() -> None:
    assert literal("[192.0.2.1]") == "[192.0.2.1]"
    with pytest.raises(SyntaxFault, match="an address literal"):
        literal("example.org")
