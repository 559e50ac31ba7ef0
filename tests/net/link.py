"""A real transport of Twisted over a socket pair, and a client with TLS, no reactor."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import cast

from OpenSSL import SSL
from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IReactorFDSet
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.internet.tcp import Server
from twisted.python.failure import Failure

from mailnode.certificate import self_signed
from mailnode.net.tls import Pair

ADDRESS = IPv4Address("TCP", "127.0.0.1", 40000)
ROUNDS = 50
"""How often either side may act until everything must have settled."""


def pair(directory: Path, hostname: str) -> Pair:
    """A self-signed certificate and its key."""
    made = Pair(directory / f"{hostname}.pem", directory / f"{hostname}.key")
    self_signed(made, hostname)
    return made


class Descriptors(Clock):
    """What a transport asks of a reactor: to be called when there is work."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: set[object] = set()
        self.writers: set[object] = set()
        self.addReader = self.readers.add
        self.removeReader = self.readers.discard
        self.addWriter = self.writers.add
        self.removeWriter = self.writers.discard


class Link:
    """A client, and a server on a real transport, in one thread.

    @cvar kind: the transport.
    @ivar heard: what the client has heard, decrypted if there is TLS.
    @ivar tls: the client's side of TLS.
    """

    kind = Server

    def __init__(
        self, reactor: Descriptors, build: Callable[[IPv4Address], Protocol | None]
    ) -> None:
        self.reactor = reactor
        with socket.create_server(("127.0.0.1", 0)) as port:
            self.socket = socket.create_connection(port.getsockname())
            ours, _ = port.accept()
        self.socket.setblocking(False)
        protocol = build(ADDRESS)
        assert protocol is not None
        client = ("127.0.0.1", 40000)
        watched = cast("IReactorFDSet", reactor)
        self.server = self.kind(ours, protocol, client, Port(), 0, watched)  # type: ignore[arg-type]  # a port is only shown
        self.heard = b""
        self.tls: SSL.Connection | None = None
        self.closed = False
        protocol.makeConnection(self.server)
        self.server.startReading()
        self.settle()

    def settle(self) -> None:
        """Let both sides do what they can."""
        for _ in range(ROUNDS):
            self.reactor.advance(0)
            if self.server in self.reactor.readers:
                self.done(self.server.doRead())
            if self.server in self.reactor.writers:
                self.done(self.server.doWrite())
            self.hear()

    def done(self, reason: Exception | None) -> None:
        """The server's transport has come to its end."""
        if reason is not None and self.server.connected:
            self.server.readConnectionLost(Failure(reason))

    def hear(self) -> None:
        """Take what came, and send what TLS has to say to it."""
        with contextlib.suppress(BlockingIOError):
            try:
                data = self.socket.recv(2**20)
            except ConnectionResetError:
                data = b""
            self.closed = self.closed or not data
            if self.tls is None:
                self.heard += data
            elif data:
                self.tls.bio_write(data)
        if self.tls is not None:
            with contextlib.suppress(SSL.WantReadError, SSL.ZeroReturnError):
                self.heard += self.tls.recv(2**20)
            self.flush()

    def flush(self) -> None:
        """Send what TLS has to say."""
        assert self.tls is not None
        with contextlib.suppress(SSL.WantReadError):
            self.socket.sendall(self.tls.bio_read(2**20))

    def say(self, data: bytes) -> bytes:
        """Send something; what comes back."""
        if self.tls is None:
            self.socket.sendall(data)
        else:
            self.tls.sendall(data)
            self.flush()
        self.heard = b""
        self.settle()
        return self.heard

    def shake_hands(
        self, context: SSL.Context | None = None, name: bytes | None = None
    ) -> SSL.Connection:
        """Begin TLS as the client.

        @raise SSL.Error: when the server does not want to.
        """
        self.tls = SSL.Connection(context or SSL.Context(SSL.TLS_METHOD))
        self.tls.set_connect_state()
        if name is not None:
            self.tls.set_tlsext_host_name(name)
        for _ in range(4):
            with contextlib.suppress(SSL.WantReadError):
                self.tls.do_handshake()
            self.flush()
            self.settle()
        self.tls.do_handshake()
        return self.tls

    def leave(self) -> None:
        """Close the client's side."""
        self.socket.close()
        if self.server.connected:
            self.server.abortConnection()
            self.reactor.advance(0)


class Port:
    """What a transport calls the port it came from."""

    _realPortNumber = 110
