"""IP addresses, plain, and the networks they are counted by."""

from __future__ import annotations

import pytest

from mailnode.errors import SyntaxFault
from mailnode.wire.network import host_and_port, is_host, network_of, plain


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
        ("a:b", "a:b"),
        ("", ""),
    ],
)
def test_whom_an_address_stands_for(address: str, counted: str) -> None:
    assert network_of(address) == counted
    assert network_of(network_of(address).partition("/")[0]) == counted


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("192.0.2", "None"),
        ("unix", "None"),
        ("", "None"),
    ],
)
def test_plain(text: str, address: str) -> None:
    assert str(plain(text)) == address


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mx.Example.net", ("mx.example.net", 25)),
        ("mx.example.net:2525", ("mx.example.net", 2525)),
        ("192.0.2.1:53", ("192.0.2.1", 53)),
        ("[2001:DB8::1]", ("2001:db8::1", 25)),
        ("[::1]:65535", ("::1", 65535)),
    ],
)
def test_servers(text: str, found: tuple[str, int]) -> None:
    assert host_and_port(text, 25) == found


@pytest.mark.parametrize("text", ["", "a b", "::1", "a:", "a:65536", "[::1", "a:b:1"])
def test_what_is_no_server(text: str) -> None:
    with pytest.raises(SyntaxFault):
        host_and_port(text, 25)


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("192.0.2.1", True),
        ("127.0.0.1", True),
        ("2001:db8::1", True),
        ("::1", True),
        ("::ffff:192.0.2.1", True),
        ("0.0.0.0", False),
        ("0.1.2.3", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("169.254.169.254", False),
        ("::", False),
        ("::ffff:0.0.0.0", False),
        ("ff02::1", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("mail.example.net", False),
    ],
)
def test_what_can_be_one_host_elsewhere(address: str, is_one: bool) -> None:
    assert is_host(address) is is_one
