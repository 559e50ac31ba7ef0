"""Addresses as people write them (RFC 5321, 4.1.2)."""

from __future__ import annotations

import pytest

from mailnode.errors import SyntaxFault
from mailnode.model.envelope import Address
from mailnode.wire.address import address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ana@Example.ORG", Address("ana", "example.org")),
        ('"a b"@example.org', Address("a b", "example.org")),
        ("jürgen@bücher.example", Address("jürgen", "xn--bcher-kva.example")),
        ("ana@[192.0.2.1]", Address("ana", "[192.0.2.1]")),
    ],
)
def test_reads_an_address(text: str, expected: Address) -> None:
    assert address(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "@example.org",
        "ana@example.org ",
        "<ana@example.org>",
        "a\ud800@b",
        "a@b\n",
    ],
)
def test_refuses_anything_else(text: str) -> None:
    with pytest.raises(SyntaxFault):
        address(text)
