"""Routes out of a configuration, and whether a call would reach ourselves."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from mailnode.config import Config
from mailnode.leaving import Relay, Route
from mailnode.queue.route import Login, Privacy, Rule
from mailnode.queue.route import Route as Way
from mailnode.routes import is_local, listening, rules
from mailnode.settings import BadConfiguration


def test_without_a_word_all_mail_goes_by_mx() -> None:
    assert rules(Config()) == [Rule()]


def test_the_rules_stand_in_order_and_the_relay_is_the_last() -> None:
    route = Route(recipients=("example.net",), senders=("a.x",), host="B.x:2525")
    found = rules(Config(route=(route,), relay=Relay(smarthost="[::1]", port=26)))
    assert found == [
        Rule(("example.net",), ("a.x",), "b.x", Way((), 2525)),
        Rule(host="::1", way=Way((), 26)),
    ]


@pytest.mark.parametrize(
    ("said", "privacy", "implicit"),
    [
        (Relay(), Privacy.OPPORTUNISTIC, False),
        (Relay(smarthost="a.x", user="ana"), Privacy.VERIFIED, False),
        (Relay(smarthost="a.x", tls="implicit"), Privacy.VERIFIED, True),
        (Relay(tls="none"), Privacy.NONE, False),
    ],
)
def test_how_private_a_way_is(said: Relay, privacy: Privacy, implicit: bool) -> None:
    (rule,) = rules(Config(relay=said))
    assert (rule.way.privacy, rule.way.implicit) == (privacy, implicit)


def test_a_source_for_each_kind_of_address() -> None:
    (rule,) = rules(Config(relay=Relay(source=("2001:db8::1", "192.0.2.1"))))
    assert (rule.way.source4, rule.way.source6) == ("192.0.2.1", "2001:db8::1")


def test_a_password_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("faminta\n", "utf-8")
    said = Relay(smarthost="a.x", user="ana", password_file=file)
    (rule,) = rules(Config(relay=said))
    assert rule.way.login == Login("ana", "faminta")
    file.unlink()
    with pytest.raises(BadConfiguration) as bad:
        rules(Config(relay=said))
    assert "relay.password_file: cannot be read" in str(bad.value)


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
