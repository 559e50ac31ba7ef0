"""Ports: bound all or none, resting, exchanged, closed."""

from __future__ import annotations

from typing import cast

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure

from mailnode.config import Config, Listen
from mailnode.ports import BACKLOG, Ports, queued
from mailnode.settings import BadConfiguration


def listens(*endpoints: str) -> Config:
    return Config(
        listen=tuple(Listen(protocol="smtp", endpoint=each) for each in endpoints)
    )


def now(work: object) -> object:
    """The result of a coroutine that waits for nobody."""
    results: list[object] = []
    _ = Deferred.fromCoroutine(work).addBoth(results.append)  # type: ignore[arg-type]  # any coroutine
    (result,) = results
    if isinstance(result, Failure):
        result.raiseException()
    return result


SOMEBODY = IPv4Address("TCP", "192.0.2.1", 1)


class Named(Factory):
    """A factory that counts how often it was started and stopped."""

    noisy = False

    def __init__(self, listen: Listen) -> None:
        self.listen = listen
        self.running = 0

    def startFactory(self) -> None:
        self.running += 1

    def stopFactory(self) -> None:
        self.running -= 1

    def buildProtocol(self, addr: object) -> Protocol:
        return Protocol()


@pytest.fixture
def reactor() -> MemoryReactorClock:
    return MemoryReactorClock()


@pytest.fixture
def ports(reactor: MemoryReactorClock) -> Ports:
    return Ports(cast("PosixReactorBase", reactor))


def test_nobody_is_served_before_there_is_something(
    ports: Ports, reactor: MemoryReactorClock
) -> None:
    now(ports.bind(listens("tcp:25", "tcp:110")))
    assert [each[0] for each in reactor.tcpServers] == [25, 110]
    (smtp, pop) = (each[1] for each in reactor.tcpServers)
    assert smtp.buildProtocol(SOMEBODY) is None
    ports.lead(Named)
    assert isinstance(smtp.buildProtocol(SOMEBODY), Protocol)
    assert pop is not smtp


def test_every_port_that_cannot_be_bound_is_named(ports: Ports) -> None:
    with pytest.raises(BadConfiguration) as caught:
        now(ports.bind(listens("tcp:25", "nonsense:1", "tcp:many")))
    first, second = caught.value.complaints
    assert first.startswith(
        'listen[2].endpoint: "nonsense:1": cannot listen for smtp: '
    )
    assert second.startswith('listen[3].endpoint: "tcp:many": ')
    assert ports.doorways == {}


def test_change_keeps_what_stays(ports: Ports, reactor: MemoryReactorClock) -> None:
    now(ports.bind(listens("tcp:25", "tcp:110")))
    made: list[Named] = []

    def factory(listen: Listen) -> Named:
        made.append(Named(listen))
        return made[-1]

    ports.lead(factory)
    assert now(ports.change(listens("tcp:25", "tcp:2525"))) == []
    assert set(ports.doorways) == {"tcp:25", "tcp:2525"}
    assert [each[0] for each in reactor.tcpServers] == [25, 110, 2525]
    ports.lead(factory)
    running = [(each.listen.endpoint, each.running) for each in made]
    assert running == [("tcp:25", 0), ("tcp:110", 1), ("tcp:25", 1), ("tcp:2525", 1)]


def test_change_says_what_it_could_not_do(ports: Ports) -> None:
    now(ports.bind(listens("tcp:25")))
    (complaint,) = cast("list[str]", now(ports.change(listens("tcp:25", "tcp:x"))))
    assert "listen[2].endpoint" in complaint
    assert set(ports.doorways) == {"tcp:25"}


@pytest.mark.parametrize(
    ("endpoint", "longer"),
    [
        ("tcp:25", True),
        ("tcp6:25:interface=\\:\\:1", True),
        ("haproxy:tcp:25", True),
        ("tcp:25:backlog=5", False),
        ("unix:/run/x", False),
        ("systemd:domain=INET:index=0", False),
    ],
)
def test_the_queue_is_longer(endpoint: str, longer: bool) -> None:
    assert queued(endpoint) == endpoint + f":backlog={BACKLOG}" * longer
