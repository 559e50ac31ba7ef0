"""Transports that write at once: in order, to the end, and whatever happens."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import cast

import pytest
from net.link import Descriptors, Port
from twisted.internet import tcp, unix
from twisted.internet.interfaces import IListeningPort, IReactorFDSet
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface.verify import verifyClass

from mailnode.net import transport
from mailnode.net.transport import DIRECT, DirectServer, DirectUNIXServer, direct

MUCH = bytes(range(256)) * 2**15
"""8 MiB: more than a socket takes at a time."""


class Noting(Protocol):
    """Notes what it is told.

    @ivar echo: it says again what it hears.
    """

    def __init__(self) -> None:
        self.told: list[str] = []
        self.echo = False

    def dataReceived(self, data: bytes) -> None:
        self.told.append(f"heard {data.decode()}")
        if self.echo:
            assert self.transport is not None
            self.transport.write(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.told.append(f"lost: {reason.type.__name__}")  # type: ignore[union-attr]  # there is one

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


class Ends:
    """Both ends of a connection, and what happens between them.

    @ivar server: our end.
    @ivar client: the other, which is read only when asked.
    """

    def __init__(self, kind: type[tcp.Server]) -> None:
        self.reactor = Descriptors()
        ours, self.client = socket.socketpair()
        self.client.setblocking(False)
        self.protocol = Noting()
        self.server = kind(
            ours,
            self.protocol,
            ("127.0.0.1", 40000),
            Port(),  # type: ignore[arg-type]  # a port is only shown
            0,
            cast("IReactorFDSet", self.reactor),
        )
        self.protocol.makeConnection(self.server)  # type: ignore[no-untyped-call]  # Twisted's

    @property
    def waiting(self) -> bool:
        """The transport wants to be told when the socket takes more."""
        return self.server in self.reactor.writers

    def turn(self) -> None:
        """What a turn of the reactor does, if the socket is ready."""
        self.reactor.advance(0)
        for ready, do in (
            (self.reactor.readers, "doRead"),
            (self.reactor.writers, "doWrite"),
        ):
            if self.server in ready and self.server.connected:
                why = getattr(self.server, do)()
                if why is not None:
                    self.server.connectionLost(Failure(why))

    def read(self) -> bytes:
        """What has come to the client."""
        found = b""
        while True:
            try:
                data = self.client.recv(2**20)
            except (BlockingIOError, ConnectionResetError):
                return found
            if not data:
                return found
            found += data

    def read_all(self) -> bytes:
        """What comes to the client until there is nothing left."""
        found = self.read()
        while self.waiting:
            self.turn()
            found += self.read()
        return found


@pytest.fixture(params=[DirectServer, DirectUNIXServer])
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    ends = Ends(request.param)
    yield ends
    ends.client.close()
    if ends.server.connected:
        ends.server.connectionLost(Failure(ConnectionError()))


def test_what_the_socket_takes_leaves_at_once(ends: Ends) -> None:
    ends.server.write(b"one")
    ends.server.write(b"")
    ends.server.writeSequence([b"two", b"three"])
    ends.server.write(b"four")
    assert ends.read() == b"one"
    assert ends.read_all() == b"twothreefour"
    ends.server.write(b"five")
    assert not ends.waiting
    assert ends.read() == b"five"


def test_the_rest_follows_in_order(ends: Ends) -> None:
    ends.server.write(MUCH)
    assert ends.waiting
    ends.server.write(b"the end")
    assert ends.read_all() == MUCH + b"the end"
    assert not ends.waiting


def test_only_octets_are_written(ends: Ends) -> None:
    with pytest.raises(TypeError):
        ends.server.write("text")


def test_a_protocol_may_write_while_it_reads(ends: Ends) -> None:
    ends.protocol.echo = True
    ends.client.send(b"ping")
    ends.turn()
    assert ends.read() == b"ping"


def test_a_producer_pauses_while_too_much_is_queued(ends: Ends) -> None:
    ends.server.registerProducer(ends.protocol, True)
    ends.server.write(b"little")
    assert ends.protocol.told == []
    ends.server.write(MUCH)
    assert ends.protocol.told == ["pause"]
    assert ends.read_all() == b"little" + MUCH
    assert ends.protocol.told == ["pause", "resume"]


def test_a_producer_that_is_pulled_is_asked_for_more(ends: Ends) -> None:
    ends.server.registerProducer(ends.protocol, False)
    for _ in range(3):
        ends.server.write(b"some")
        ends.turn()
    assert ends.protocol.told == ["resume"] * 4


def test_closing_waits_for_what_is_queued(ends: Ends) -> None:
    ends.server.write(MUCH)
    ends.server.loseConnection()
    assert ends.read_all() == MUCH
    assert ends.protocol.told == ["lost: ConnectionDone"]


def test_closing_with_nothing_queued(ends: Ends) -> None:
    ends.server.write(b"goodbye")
    ends.server.loseConnection()
    assert ends.protocol.told == [], "never before the next turn"
    ends.turn()
    assert ends.protocol.told == ["lost: ConnectionDone"]
    assert ends.read() == b"goodbye"


def test_what_is_written_after_the_end_goes_nowhere(ends: Ends) -> None:
    ends.server.loseConnection()
    ends.turn()
    ends.server.write(b"too late")
    assert ends.read() == b""
    assert not ends.waiting


def test_aborting_forgets_what_is_queued(ends: Ends) -> None:
    ends.server.abortConnection()
    ends.server.write(b"too late")
    ends.turn()
    assert ends.protocol.told == ["lost: ConnectionAborted"]
    assert ends.read() == b""


def test_a_writer_is_never_told_of_a_loss(ends: Ends) -> None:
    ends.client.close()
    ends.server.write(b"first")
    ends.server.write(b"second")
    assert ends.protocol.told == []
    assert ends.waiting
    ends.server.stopReading()
    ends.turn()
    assert ends.protocol.told == ["lost: ConnectionLost"]


def test_one_side_may_end_first(ends: Ends) -> None:
    ends.server.write(MUCH)
    ends.server.loseWriteConnection()
    assert ends.read_all() == MUCH
    ends.server.write(b"more")
    assert ends.read() == b""
    ends.client.send(b"hello")
    ends.turn()
    assert ends.protocol.told == ["heard hello"]


def test_a_half_closed_client_is_answered(ends: Ends) -> None:
    ends.client.shutdown(socket.SHUT_WR)
    ends.server.stopReading()
    ends.server.write(b"an answer")
    assert ends.read() == b"an answer"


def test_no_descriptor_is_sent() -> None:
    ends = Ends(DirectUNIXServer)
    with pytest.raises(NotImplementedError):
        cast("DirectUNIXServer", ends.server).sendFileDescriptor(0)
    ends.client.close()
    ends.server.connectionLost(Failure(ConnectionError()))


@pytest.mark.parametrize("kind", [tcp.Port, unix.Port])
def test_a_port_of_twisted_is_told(kind: type[tcp.Port]) -> None:
    port = object.__new__(kind)
    assert direct(cast("IListeningPort", port))
    assert port.transport is DIRECT[kind]
    assert kind.transport is not DIRECT[kind], "this port and no other"
    assert verifyClass(IListeningPort, kind)


def test_any_other_port_is_left_alone() -> None:
    class Own(tcp.Port):
        pass

    port = object.__new__(Own)
    assert not direct(cast("IListeningPort", port))
    assert port.transport is tcp.Server


@pytest.mark.parametrize("name", ["_aborting", "TLS", "_writeDisconnected"])
def test_a_twisted_that_differs_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    class Other:
        TLS = _writeDisconnected = _aborting = False

    setattr(Other, name, None)
    monkeypatch.setattr(transport, "STOCK", (tcp.Server, Other))
    port = object.__new__(tcp.Port)
    assert not direct(cast("IListeningPort", port))
    assert port.transport is tcp.Server
