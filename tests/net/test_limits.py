"""How many connections are admitted."""

from __future__ import annotations

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.internet.task import Clock

from mailnode.net import limits
from mailnode.net.limits import Bounds, Limits, host, is_local

STRANGER = "192.0.2.1"


def test_per_address() -> None:
    bounds = Limits(Clock().seconds, Bounds(per_address=2))
    assert [bounds.admit(STRANGER) for _ in range(3)] == [True, True, False]
    assert bounds.admit("192.0.2.2")
    bounds.release(STRANGER)
    assert bounds.admit(STRANGER)


def test_in_all() -> None:
    bounds = Limits(Clock().seconds, Bounds(total=2))
    assert [bounds.admit(f"192.0.2.{n}") for n in range(3)] == [True, True, False]
    assert not bounds.admit("127.0.0.1")
    bounds.release("192.0.2.0")
    assert bounds.admit("127.0.0.1")


def test_rate() -> None:
    clock = Clock()
    bounds = Limits(clock.seconds, Bounds(rate=1, burst=3))
    came = [bounds.admit(STRANGER) for _ in range(4)]
    assert came == [True, True, True, False]
    bounds.release(STRANGER)
    assert not bounds.admit(STRANGER)
    clock.advance(1)
    assert bounds.admit(STRANGER)
    assert not bounds.admit(STRANGER)
    clock.advance(1000)
    came = [bounds.admit(STRANGER) for _ in range(4)]
    assert came == [True, True, True, False]


def test_this_host_is_bounded_in_all_only_unless_told_otherwise() -> None:
    bounds = Limits(Clock().seconds, Bounds(per_address=1, burst=1))
    assert all(bounds.admit("127.0.0.1") for _ in range(100))
    assert all(bounds.admit("unix") for _ in range(100))
    bounds = Limits(Clock().seconds, Bounds(per_local_address=1))
    assert [bounds.admit("::1") for _ in range(2)] == [True, False]


def test_a_network_of_ipv6_counts_as_one() -> None:
    bounds = Limits(Clock().seconds, Bounds(per_address=2))
    came = [bounds.admit(f"2001:db8::{n}") for n in range(3)]
    assert came == [True, True, False]
    assert bounds.admit("2001:db8:0:1::1")
    bounds.release("2001:db8::ffff")
    assert bounds.admit("2001:db8::4")


def test_nothing_is_kept_of_those_who_left() -> None:
    bounds = Limits(Clock().seconds)
    for n in range(100):
        bounds.admit(f"192.0.2.{n}")
        bounds.release(f"192.0.2.{n}")
    assert bounds.total == 0
    assert not bounds.held
    bounds.release("192.0.2.1")
    assert bounds.total == 0


def test_memory_for_rates_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REMEMBERED", 10)
    bounds = Limits(Clock().seconds)
    for n in range(100):
        bounds.admit(f"192.0.2.{n}")
    assert len(bounds.buckets) == 10


@pytest.mark.parametrize(
    ("address", "shown", "local"),
    [
        (IPv4Address("TCP", "127.0.0.1", 1), "127.0.0.1", True),
        (IPv4Address("TCP", "127.8.9.1", 1), "127.8.9.1", True),
        (IPv4Address("TCP", "192.0.2.1", 1), "192.0.2.1", False),
        (IPv6Address("TCP", "::1", 1), "::1", True),
        (IPv6Address("TCP", "::ffff:192.0.2.1", 1), "192.0.2.1", False),
        (IPv6Address("TCP", "::ffff:127.0.0.1", 1), "127.0.0.1", True),
        (IPv6Address("TCP", "fe80::1%eth0", 1), "fe80::1%eth0", False),
        (UNIXAddress(b"/run/socket"), "unix", True),
        (UNIXAddress(None), "unix", True),
        (None, "unknown", False),
    ],
)
def test_who_it_is(address: IAddress | None, shown: str, local: bool) -> None:
    assert host(address) == shown
    assert is_local(shown) == local
