"""Whether a call would reach ourselves."""

from __future__ import annotations

import socket

import pytest

from mailnode.routes import is_local, listening


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"]
)
def test_loopback_is_this_machine(address: str) -> None:
    assert is_local(address)


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "no address", ""])
def test_what_is_not_this_machine(address: str) -> None:
    assert not is_local(address)


def test_an_address_that_can_be_bound_need_not_be_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As it is where an address moves from one machine to another."""
    monkeypatch.setattr(socket.socket, "bind", lambda _self, _place: None)
    assert not is_local("192.0.2.1")


@pytest.mark.parametrize(
    ("place", "address", "port", "us"),
    [
        (("127.0.0.1", 2525), "127.0.0.1", 2525, True),
        (("127.0.0.1", 2525), "127.0.0.2", 2525, False),
        (("127.0.0.1", 2525), "127.0.0.1", 25, False),
        (("", 25), "127.0.0.2", 25, True),
        (("0.0.0.0", 25), "127.0.0.1", 25, True),
        (("::", 25), "::1", 25, True),
        (("::", 25), "192.0.2.1", 25, False),
        (("::", 25), "no address", 25, False),
    ],
)
def test_our_address_and_our_port(
    place: tuple[str, int], address: str, port: int, us: bool
) -> None:
    assert listening(lambda: [place])(address, port) is us


def test_who_listens_nowhere_is_nobody() -> None:
    assert not listening(list)("127.0.0.1", 25)
