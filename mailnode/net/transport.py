"""Transports that send at once what a socket takes, instead of in the next turn.

Twisted's own keep what is written, ask the reactor to tell when the socket takes
it, and are told so at once, nearly always: three system calls and a turn of the
reactor for each reply.  Whatever else a transport does is left to Twisted's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from twisted.internet import tcp, unix
from twisted.internet.abstract import FileDescriptor
from twisted.internet.interfaces import (
    IConnector,
    IListeningPort,
    IReactorFDSet,
    IReactorTCP,
)
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.protocol import ClientFactory

if TYPE_CHECKING:
    Stock = tcp.Connection
else:
    Stock = object


class Direct(Stock):
    """What is added to a transport for it to write directly."""

    def write(self, data: bytes) -> None:
        """Send some octets now; those that the socket does not take, soon.

        They queue up behind others that wait, below TLS, and for a producer
        that is asked for more whenever the queue is empty.  Whether the
        connection is lost is for the reactor to find, never for whoever writes:
        so after a failure they queue up, too, and the reactor meets it again.
        """
        if (
            self._tempDataLen
            or self.dataBuffer
            or self.TLS
            or self._writeDisconnected
            or not self.connected
            or not (self.producer is None or self.streamingProducer)
        ):
            super().write(data)  # type: ignore[no-untyped-call]  # Twisted's
            return
        if self._aborting:
            return
        try:
            sent = self.socket.send(data)
        except OSError:
            sent = 0
        if sent < len(data):
            super().write(data[sent:])  # type: ignore[no-untyped-call]  # Twisted's


class DirectServer(Direct, tcp.Server):
    """A connection over TCP."""


class DirectUNIXServer(Direct, unix.Server):
    """A connection over a local socket."""

    def sendFileDescriptor(self, fileno: int) -> None:
        """Not done here: what is written directly would overtake it.

        @raise NotImplementedError: always.
        """
        raise NotImplementedError("only octets are sent here")


class DirectClient(Direct, tcp.Client):
    """A connection over TCP to somebody we have called."""


class DirectConnector(tcp.Connector):
    """A call over TCP."""

    def _makeTransport(self) -> tcp.Client:
        ours = cast("type[tcp.Client]", DirectClient)
        return ours(self.host, self.port, self.bindAddress, self, self.reactor)


STOCK = (tcp.Server, tcp.Client, unix.Server)
DIRECT = {tcp.Port: DirectServer, unix.Port: DirectUNIXServer}
"""What Twisted's own ports make for those who come, by the kind of port."""


def direct(port: IListeningPort) -> bool:
    """Let a port write directly to whoever comes from now on.

    @return: whether it will; any other than Twisted's own stays as it is, and
        so do those of a Twisted whose transports are made differently.
    """
    ours = DIRECT.get(type(port))
    if ours is None or not as_expected():
        return False
    port.transport = ours  # type: ignore[attr-defined]  # documented to be replaceable
    return True


def call(
    reactor: IReactorTCP,
    address: tuple[str, int],
    factory: ClientFactory,
    timeout: float,
    source: tuple[str, int] | None,
) -> IConnector:
    """Call somebody, and write directly to him, if that is possible."""
    if not (isinstance(reactor, PosixReactorBase) and as_expected()):
        return reactor.connectTCP(
            *address, factory, timeout=timeout, bindAddress=source
        )
    connector = DirectConnector(*address, factory, timeout, source, reactor)
    connector.connect()
    return connector


def as_expected() -> bool:
    """Whether Twisted's transports keep what is queued as we think they do."""
    empty = FileDescriptor(reactor=cast("IReactorFDSet", object()))  # never asked
    kept = [getattr(empty, name, None) for name in ("_tempDataLen", "dataBuffer")]
    states = ("TLS", "_writeDisconnected", "_aborting")
    return kept == [0, b""] and all(
        getattr(kind, name, None) is False for kind in STOCK for name in states
    )
