"""Messages of text in the frames of a WebSocket, both ways (RFC 6455)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from h11 import LocalProtocolError as BadHead
from wsproto import ConnectionType
from wsproto.connection import Connection, ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    TextMessage,
)
from wsproto.handshake import H11Handshake
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from mailnode.web.answer import Refused

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall

    from mailnode.web.request import Request

VERSION = "13"
AWAY, UNSUPPORTED, POLICY, TOO_BIG, TROUBLE = 1001, 1003, 1008, 1009, 1011
"""Why a connection is closed (RFC 6455, 7.4.1)."""


def handshake(request: Request, subprotocol: str) -> tuple[bytes, Connection]:
    """The answer that begins a WebSocket, and its connection (RFC 6455, 4.2).

    @raise Refused: when the client has not asked for that.
    """
    shake = H11Handshake(ConnectionType.SERVER)
    raw = request.requestHeaders.getAllRawHeaders()
    fields = [(name, value) for name, values in raw for value in values]
    try:
        shake.initiate_upgrade_connection(fields, b"/")
        said = shake.send(AcceptConnection(subprotocol=subprotocol))
    except (RemoteProtocolError, LocalProtocolError, BadHead, ValueError) as error:
        wanted = {"Upgrade": "websocket", "Sec-WebSocket-Version": VERSION}
        status = 400 if request.asked("Upgrade") else 426  # RFC 9110, 15.5.22
        raise Refused(status, f"no handshake: {error}", wanted) from None
    assert shake.connection is not None
    return said, shake.connection


class Ears(Protocol):
    """What hears messages."""

    def heard(self, message: bytes) -> None:
        """A whole message of text, as UTF-8."""

    def too_long(self) -> None:
        """A message that is longer than it may be."""

    def closed(self) -> None:
        """There will be none any more."""


class Nobody:
    """Hears nothing, as long as nobody listens."""

    def heard(self, message: bytes) -> None:
        """Nothing."""

    def too_long(self) -> None:
        """Nothing."""

    def closed(self) -> None:
        """Nothing."""


class Frames:
    """One connection.

    @ivar limit: octets of a message.
    @ivar message: what has come of one that is not whole yet.
    @ivar silent: nothing was heard since the client was asked whether it is there.
    """

    def __init__(self, request: Request, connection: Connection, limit: int) -> None:
        self.request = request
        self.channel = request.visitor
        self.connection = connection
        self.limit = limit
        self.ears: Ears = Nobody()
        self.message = bytearray()
        self.silent = False
        self.timer: IDelayedCall | None = None

    def begin(self, ears: Ears, ping: float) -> None:
        """Let somebody hear what comes, and see every so often who is there."""
        self.ears = ears
        self.channel.keep_alive()
        self.look_later(ping)

    def look_later(self, ping: float) -> None:
        """See after some seconds whether somebody is there."""
        clock = self.channel.site.clock
        self.timer = clock.callLater(ping, self.look, ping)

    def look(self, ping: float) -> None:
        """See whether somebody is there."""
        self.timer = None
        if self.silent:
            self.channel.cut()
        else:
            self.silent = True
            self.ping()
            self.look_later(ping)

    def end(self) -> None:
        """Nobody hears it any more."""
        self.ears = Nobody()
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    @property
    def open(self) -> bool:
        """Messages may be sent."""
        return self.connection.state is ConnectionState.OPEN

    def received(self, data: bytes) -> None:
        """Some octets have come."""
        self.silent = False
        if not self.open:
            return
        self.connection.receive_data(data)
        for event in self.connection.events():
            self.event(event)
            if not self.open:
                break

    def event(self, event: Event) -> None:
        """What stands in them."""
        if isinstance(event, TextMessage):
            self.piece(event)
        elif isinstance(event, BytesMessage):
            self.close(UNSUPPORTED)  # RFC 8887, 4.3.1
        elif isinstance(event, Ping):
            self.channel.transport.write(self.connection.send(event.response()))
        elif isinstance(event, CloseConnection):
            self.answer(event)

    def piece(self, event: TextMessage) -> None:
        """A piece of a message."""
        self.message += event.data.encode()
        if len(self.message) > self.limit:
            self.ears.too_long()
        elif event.message_finished:
            message, self.message = bytes(self.message), bytearray()
            self.ears.heard(message)

    def say(self, message: bytes) -> None:
        """Send a message."""
        if self.open:
            event = TextMessage(message.decode())
            self.channel.transport.write(self.connection.send(event))

    def ping(self) -> None:
        """See whether somebody is still there."""
        if self.open:
            self.channel.transport.write(self.connection.send(Ping()))

    def answer(self, event: CloseConnection) -> None:
        """The client closes, or has said what cannot be understood."""
        if self.connection.state is ConnectionState.REMOTE_CLOSING:
            said = self.connection.send(event.response())
        else:
            said = self.connection.send(CloseConnection(event.code))
        self.channel.transport.write(said)
        self.over()

    def close(self, code: int) -> None:
        """Close; harmless when done twice."""
        if self.open:
            self.channel.transport.write(self.connection.send(CloseConnection(code)))
            self.over()

    def over(self) -> None:
        """Nothing more is said."""
        self.message.clear()
        self.channel.leave()
        self.ears.closed()
