"""IP addresses, plain, and the networks they are counted by."""

from __future__ import annotations

import pytest

from mailnode.errors import SyntaxFault
from mailnode.wire.network import host_and_port, is_host, is_public, network_of, plain


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


@pytest.mark.parametrize(
    "text",
    [
        *("0.0.0.0", "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1"),
        *("192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
        *("240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1"),
        *("::ffff:10.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1"),
        *("64:ff9b:1::1", "100::1", "2001::1", "2001:10::1", "2001:db8::1", "3fff::1"),
        *("2002:7f00:1::", "2002:0a00:1::1", "fc00::1", "fd12:3456::1", "fe80::1"),
        *("fe80::1%eth0", "fec0::1", "ff02::1", "4000::1", "5f00::1"),
        *("", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "017700000001"),
    ],
)
def test_addresses_that_nobody_is_called_at(text: str) -> None:
    assert not is_public(text)


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "1.1.1.1", "::ffff:8.8.8.8", "2606:4700::1111", "100.128.0.1"]
)
def test_addresses_that_anybody_can_reach(text: str) -> None:
    assert is_public(text)
