"""What a conversation asks of the transport below it."""

from __future__ import annotations

from typing import Protocol

from twisted.internet.interfaces import IAddress


class Wire(Protocol):
    """A stream transport of Twisted: TCP, a local socket, TLS over either."""

    def write(self, data: bytes) -> object:
        """Send some octets, soon."""

    def loseConnection(self) -> object:
        """Close when everything has left."""

    def abortConnection(self) -> object:
        """Close at once."""

    def getPeer(self) -> IAddress:
        """Who is at the other end."""

    def registerProducer(self, producer: object, streaming: bool) -> object:
        """Tell C{producer} when too much is waiting to leave."""

    def unregisterProducer(self) -> object:
        """Tell nobody any more."""

    def pauseProducing(self) -> object:
        """Stop reading."""

    def resumeProducing(self) -> object:
        """Read again."""

    def startTLS(self, context: object) -> object:
        """Begin TLS, as the client if the connection is of our making."""
