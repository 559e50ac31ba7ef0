"""Calls to other servers, and what becomes of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from OpenSSL import SSL
from twisted.internet import error
from twisted.internet.address import IPv4Address
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTCP
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure

from mailnode.errors import PeerGone, TimedOut, Unavailable
from mailnode.interfaces.dialing import Call, IServerPeer
from mailnode.net.dialing import CONNECT_PATIENCE, Dialer, told
from mailnode.net.trust import Trust

CALL = Call("mx.example.net", "192.0.2.1", 25, "192.0.2.9")
PEER = IPv4Address("TCP", "192.0.2.1", 25)


class Telephone:
    """A dialer, and a reactor in memory."""

    def __init__(self) -> None:
        self.reactor = MemoryReactorClock()
        tcp = cast("IReactorTCP", self.reactor)
        self.dialer = Dialer(tcp, self.reactor, Trust())
        self.ended: list[object] = []

    def call(self, talk: Callable[[IServerPeer], Awaitable[None]]) -> Deferred[None]:
        """Make a call; what becomes of it is noted."""
        call: Deferred[None] = Deferred.fromCoroutine(self.dialer.call(CALL, talk))
        _ = call.addBoth(self.ended.append)
        return call

    @property
    def factory(self) -> Any:
        """What waits for the connection."""
        return self.reactor.tcpClients[-1][2]

    def answer(self) -> tuple[Any, StringTransport]:
        """The server answers."""
        protocol = self.factory.buildProtocol(PEER)
        transport = StringTransport(peerAddress=PEER)
        protocol.makeConnection(transport)
        return protocol, transport

    def came_of_it(self) -> BaseException | None:
        """How the call ended."""
        (ended,) = self.ended
        return ended.value if isinstance(ended, Failure) else None


async def greeting(peer: IServerPeer) -> None:
    """Hear one line and answer."""
    peer.write(b"heard " + await peer.line(100))


def test_a_call() -> None:
    telephone = Telephone()
    _ = telephone.call(greeting)
    host, port, _, timeout, source = telephone.reactor.tcpClients[0]
    assert (host, port, timeout) == ("192.0.2.1", 25, CONNECT_PATIENCE)
    assert cast("object", source) == ("192.0.2.9", 0)
    protocol, transport = telephone.answer()
    assert not protocol.early
    protocol.dataReceived(b"220 hello\r\n250 more\r\n")
    assert transport.value() == b"heard 220 hello"
    assert transport.disconnecting
    assert telephone.came_of_it() is None


def test_what_came_early_is_seen() -> None:
    telephone = Telephone()
    seen = []

    async def talk(peer: IServerPeer) -> None:
        _ = await peer.line(100)
        seen.append(peer.early)

    _ = telephone.call(talk)
    telephone.answer()[0].dataReceived(b"220 hello\r\n2")
    assert seen == [True]


def test_nobody_answers() -> None:
    telephone = Telephone()
    _ = telephone.call(greeting)
    telephone.factory.clientConnectionFailed(None, Failure(error.TimeoutError()))
    fault = telephone.came_of_it()
    assert isinstance(fault, Unavailable)
    assert str(fault) == "no answer"


def test_the_server_hangs_up() -> None:
    telephone = Telephone()
    _ = telephone.call(greeting)
    telephone.answer()[0].connectionLost(Failure(error.ConnectionLost()))
    assert isinstance(telephone.came_of_it(), PeerGone)


def test_the_server_is_slow() -> None:
    telephone = Telephone()
    _ = telephone.call(greeting)
    telephone.answer()
    telephone.reactor.pump([1] * 302)
    assert isinstance(telephone.came_of_it(), TimedOut)


def test_a_fault_of_ours_is_handed_on() -> None:
    telephone = Telephone()

    async def talk(peer: IServerPeer) -> None:
        raise ZeroDivisionError

    _ = telephone.call(talk)
    _, transport = telephone.answer()
    assert isinstance(telephone.came_of_it(), ZeroDivisionError)
    assert transport.disconnecting


def test_a_call_that_is_cancelled_is_cut() -> None:
    telephone = Telephone()
    held = telephone.call(greeting)
    _, transport = telephone.answer()
    held.cancel()
    assert transport.disconnected
    assert isinstance(telephone.came_of_it(), CancelledError)
    assert not telephone.dialer.ringing


def test_nobody_stops_a_call_but_who_talks() -> None:
    telephone = Telephone()
    _ = telephone.call(greeting)
    protocol, transport = telephone.answer()
    protocol.stop()
    assert not transport.disconnecting
    telephone.dialer.cut()
    assert transport.disconnected


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (error.ConnectionRefusedError(), "connection refused"),
        (error.NoRouteError(), "no route to the host"),
        (error.TCPTimedOutError(), "no answer"),
        (error.ConnectBindError(), "our own address cannot be used"),
        (error.ConnectionAborted(), "no answer in time"),
        (error.ConnectionDone(), "connection closed"),
        (error.ConnectError(osError=OSError(101, "Odd Thing")), "odd thing"),
        (error.ConnectError(), "connection failed"),
        (SSL.Error([("a", "b", "wrong version")]), "TLS failed: wrong version"),
        (SSL.Error(), "TLS failed: no agreement"),
    ],
    ids=range(10),
)
def test_why(fault: Exception, words: str) -> None:
    assert told(Failure(fault)) == words
