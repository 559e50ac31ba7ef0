"""The PROXY protocol: clients are counted as who they are, not as their proxy."""

from __future__ import annotations

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IProtocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.protocols.haproxy._wrapper import HAProxyWrappingFactory
from twisted.python.failure import Failure

from mailnode.factories import POP3Factory
from mailnode.net.limits import Bounds, Limits
from mailnode.net.rounds import Rounds
from mailnode.testing import MemoryGate, MemoryStore

PROXY = IPv4Address("TCP", "192.0.2.1", 4711)
ANA = b"PROXY TCP4 198.51.100.7 192.0.2.9 5000 110\r\n"
BOB = b"PROXY TCP4 203.0.113.8 192.0.2.9 5000 110\r\n"
HERE = b"PROXY TCP4 127.0.0.1 192.0.2.9 5000 110\r\n"


class Proxied:
    """A server that is reached through a proxy."""

    def __init__(self, plaintext: str = "always") -> None:
        clock = Clock()
        bounds = Bounds(per_address=1, rate=0, burst=5)
        self.rounds = Rounds(clock, Limits(clock.seconds, bounds))
        gate = MemoryGate(
            MemoryStore(), {"ana@example.org": "faminta"}, plaintext=plaintext
        )
        made = POP3Factory(gate, reactor=clock, rounds=self.rounds, proxied=True)
        self.factory = HAProxyWrappingFactory(made)

    def connect(self, header: bytes = b"") -> tuple[IProtocol, StringTransport]:
        wire = StringTransport(peerAddress=PROXY)
        link = self.factory.buildProtocol(PROXY)
        assert link is not None
        link.makeConnection(wire)
        if header:
            link.dataReceived(header + b"CAPA\r\n")
        return link, wire


def gone(link: IProtocol) -> None:
    link.connectionLost(Failure(ConnectionDone()))


def test_a_proxy_brings_many() -> None:
    server = Proxied()
    links = [server.connect()[0] for _ in range(20)]
    assert server.rounds.limits.total == 20
    for link in links:
        gone(link)
    assert server.rounds.limits.total == 0


def test_each_client_counts_on_its_own() -> None:
    server = Proxied()
    first, wire = server.connect(ANA)
    assert b"UIDL" in wire.value()
    other, wire = server.connect(BOB)
    assert b"UIDL" in wire.value()
    second, wire = server.connect(ANA)
    assert b"UIDL" not in wire.value()
    assert wire.disconnected or wire.disconnecting
    for link in (first, other, second):
        gone(link)
    assert server.rounds.limits.total == 0
    assert server.rounds.limits.held == {}
    _, wire = server.connect(ANA)
    assert b"UIDL" in wire.value()


def test_nobody_behind_a_proxy_is_on_this_host() -> None:
    link, wire = Proxied("loopback").connect(HERE)
    link.dataReceived(b"USER ana@example.org\r\n")
    assert wire.value().endswith(b"\r\n")
    assert wire.value().split(b"\r\n")[-2].startswith(b"-ERR")
