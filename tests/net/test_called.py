"""Calls over real sockets, with real TLS, and without a reactor (RFC 3207; RFC 8314)."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from net.link import ROUNDS, Descriptors, pair
from OpenSSL import SSL
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTCP
from twisted.internet.tcp import Connector
from twisted.python.failure import Failure

from mailnode.errors import PeerGone, Unavailable
from mailnode.interfaces.dialing import Call, IServerPeer
from mailnode.net.dialing import Dialer
from mailnode.net.tls import Pair, context
from mailnode.net.trust import Trust

PATIENCE = 10.0
"""Seconds until a call must have come."""


class Exchange(Descriptors):
    """Connects, and lets what is connected do its work."""

    def connectTCP(
        self, host: str, port: int, factory: Any, timeout: float, **_: Any
    ) -> Connector:
        connector = Connector(host, port, factory, timeout, None, self)
        connector.connect()
        return connector

    def work(self) -> None:
        """Read and write what there is."""
        self.advance(0)
        readers: list[Any] = list(self.readers)
        for each in readers:
            self.done(each, each.doRead())
        writers: list[Any] = list(self.writers)
        for each in writers:
            self.done(each, each.doWrite())

    def done(self, transport: Any, reason: Exception | None) -> None:
        """A transport may have come to its end."""
        if reason is not None:
            self.readers.discard(transport)
            self.writers.discard(transport)
            transport.connectionLost(Failure(reason))


class Server:
    """The other side: a socket, and TLS over it when it is asked for."""

    def __init__(self, exchange: Exchange, theirs: Pair) -> None:
        self.exchange = exchange
        self.theirs = theirs
        self.port = socket.create_server(("127.0.0.1", 0))
        self.socket: socket.socket | None = None
        self.tls: SSL.Connection | None = None
        self.heard = b""
        self.ended: list[object] = []

    def call(
        self,
        trust: Trust,
        talk: Callable[[IServerPeer], Awaitable[None]],
        host: str = "mx.example.net",
        *,
        implicit: bool = False,
    ) -> None:
        """Be called."""
        dialer = Dialer(cast("IReactorTCP", self.exchange), self.exchange, trust)
        address, port = self.port.getsockname()
        called = dialer.call(Call(host, address, port, implicit=implicit), talk)
        held: Deferred[None] = Deferred.fromCoroutine(called)
        _ = held.addBoth(self.ended.append)
        self.exchange.work()
        self.port.settimeout(PATIENCE)  # A call that failed is no reason to hang
        self.socket, _ = self.port.accept()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.settle()

    def say(self, data: bytes) -> bytes:
        """Say something; what is answered."""
        assert self.socket is not None
        if self.tls is None:
            self.socket.sendall(data)
        else:
            self.tls.sendall(data)
        self.heard = b""
        self.settle()
        return self.heard

    def begin_tls(self) -> None:
        """Shake hands, with what has been heard already."""
        self.tls = SSL.Connection(context(self.theirs)[1])
        self.tls.set_accept_state()
        if self.heard:
            self.tls.bio_write(self.heard)
        self.heard = b""
        if self.socket is not None:
            self.settle()

    def settle(self) -> None:
        """Let both sides do what they can."""
        assert self.socket is not None
        for _ in range(ROUNDS):
            self.exchange.work()
            with contextlib.suppress(BlockingIOError, ConnectionResetError):
                data = self.socket.recv(2**16)
                if self.tls is None:
                    self.heard += data
                elif data:
                    self.tls.bio_write(data)
            if self.tls is not None:
                with contextlib.suppress(SSL.Error):
                    self.heard += self.tls.recv(2**16)
                with contextlib.suppress(SSL.WantReadError, OSError):
                    self.socket.sendall(self.tls.bio_read(2**16))

    def close(self) -> None:
        """Hang up, and let the other side see it."""
        for each in (self.socket, self.port):
            if each is not None:
                each.close()
        for _ in range(ROUNDS):
            self.exchange.work()

    @property
    def fault(self) -> BaseException | None:
        """How the call ended."""
        (ended,) = self.ended
        return ended.value if isinstance(ended, Failure) else None


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """A server with a certificate for mx.example.net."""
    exchange = Exchange()
    monkeypatch.setattr("twisted.protocols.tls._get_default_clock", lambda: exchange)
    made = Server(exchange, pair(tmp_path, "mx.example.net"))
    yield made
    made.close()


async def secretly(peer: IServerPeer) -> None:
    """Begin TLS after a line, and say what is to be thought of it."""
    _ = await peer.line(100)
    peer.write(b"STARTTLS\r\n")
    _ = await peer.line(100)
    await peer.start_tls()
    peer.write(f"{peer.tls}: {peer.doubt}\r\n".encode())
    _ = await peer.line(100)


def test_starttls_with_a_stranger(server: Server) -> None:
    server.call(Trust(), secretly)
    assert server.say(b"220 hello\r\n") == b"STARTTLS\r\n"
    assert server.say(b"220 go on\r\n").startswith(b"\x16\x03")
    server.begin_tls()
    assert server.heard.startswith(b"TLSv1.3 ")
    assert server.heard.endswith(b": self-signed certificate\r\n")
    _ = server.say(b"221 bye\r\n")
    assert server.fault is None


def test_implicit_tls_with_a_friend(server: Server) -> None:
    async def talk(peer: IServerPeer) -> None:
        peer.write(f"{peer.secure} {peer.doubt}".encode() + await peer.line(100))

    server.begin_tls()
    server.call(Trust([server.theirs.certificate]), talk, implicit=True)
    assert server.say(b"220 hello\r\n") == b"True 220 hello"
    assert server.fault is None


def test_what_is_slipped_in_ends_the_call(server: Server) -> None:
    server.call(Trust(), secretly)
    _ = server.say(b"220 hello\r\n")
    assert server.say(b"220 go on\r\n250 injected\r\n") == b""
    assert isinstance(server.fault, PeerGone)
    assert str(server.fault) == "something was slipped in before TLS"


def test_a_handshake_that_fails_says_why(server: Server) -> None:
    server.call(Trust(), secretly)
    _ = server.say(b"220 hello\r\n")
    _ = server.say(b"220 go on\r\n")
    _ = server.say(b"this is no TLS at all\r\n")
    assert isinstance(server.fault, PeerGone)
    assert str(server.fault).startswith("TLS failed: ")


def test_no_tls_where_it_comes_first(server: Server) -> None:
    server.call(Trust(), secretly, implicit=True)
    _ = server.say(b"220 this is no TLS at all\r\n")
    assert isinstance(server.fault, Unavailable)
    assert str(server.fault).startswith("TLS failed: ")


def test_nobody_is_there(server: Server) -> None:
    exchange = server.exchange
    server.port.close()
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    dialer = Dialer(cast("IReactorTCP", exchange), exchange, Trust())
    called = dialer.call(Call("mx.example.net", "127.0.0.1", port), secretly)
    held: Deferred[None] = Deferred.fromCoroutine(called)
    _ = held.addBoth(server.ended.append)
    exchange.work()
    exchange.work()
    assert isinstance(server.fault, Unavailable)
    assert str(server.fault) == "connection refused"
