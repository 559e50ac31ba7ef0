"""A client of any line protocol, as a coroutine would like to have it."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    ITCPTransport,
    ITLSTransport,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.ssl import CertificateOptions
from twisted.python.failure import Failure
from zope.interface import implementer

BOUND = 30.0
"""Seconds to wait for anything."""


class Gone(Exception):
    """The server has closed the connection."""


@implementer(IHalfCloseableProtocol)
class Talk(Protocol):
    """A connection to a server.

    @ivar received: what has come and was not taken yet.
    """

    def __init__(self) -> None:
        self.received = bytearray()
        self.gone = False
        self.waiting: Deferred[None] | None = None

    def connectionMade(self) -> None:
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        self._wake()

    def readConnectionLost(self) -> None:
        """The server will say no more: so be it."""
        self.close()

    def writeConnectionLost(self) -> None:
        """It knows that we will say no more."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.gone = True
        self._wake()

    def _wake(self) -> None:
        if self.waiting is not None:
            waiting, self.waiting = self.waiting, None
            waiting.callback(None)

    async def _take(self, size: Callable[[], int]) -> bytes:
        while not (end := size()):
            if self.gone:
                raise Gone(bytes(self.received[:200]))
            self.waiting = Deferred()
            await self.waiting.addTimeout(BOUND, reactor)
        taken = bytes(self.received[:end])
        del self.received[:end]
        return taken

    async def until(self, end: bytes) -> bytes:
        """All up to C{end}, which is included."""
        looked = 0

        def size() -> int:
            nonlocal looked
            at = self.received.find(end, max(0, looked - len(end)))
            looked = len(self.received)
            return at + len(end) if at >= 0 else 0

        return await self._take(size)

    async def exactly(self, count: int) -> bytes:
        """So many octets."""
        return await self._take(lambda: count if len(self.received) >= count else 0)

    async def line(self) -> bytes:
        """One line with its end."""
        return await self.until(b"\n")

    async def rest(self) -> bytes:
        """All that comes until the server closes."""
        return await self._take(lambda: len(self.received) + 1 if self.gone else 0)

    async def reply(self) -> bytes:
        """One SMTP reply with all its lines (RFC 5321, 4.2.1)."""
        lines = [await self.line()]
        while lines[-1][3:4] == b"-":
            lines.append(await self.line())
        return b"".join(lines)

    async def listing(self) -> bytes:
        """One multi-line POP3 response without its first line and the last dot."""
        first = await self.line()
        assert first.startswith(b"+OK"), first
        self.received[:0] = b"\r\n"  # So that a dot alone is found as well.
        return (await self.until(b"\r\n.\r\n"))[2:-3]

    def say(self, data: bytes) -> None:
        """Send some octets."""
        assert self.transport is not None
        self.transport.write(data)

    async def smtp(self, command: bytes, code: bytes = b"250") -> bytes:
        """Say a command and see that its reply is as wanted."""
        self.say(command + b"\r\n")
        reply = await self.reply()
        assert reply.startswith(code), (command, reply)
        return reply

    async def pop3(self, command: bytes, mark: bytes = b"+OK") -> bytes:
        """Say a command and see that the first line of its response is as wanted."""
        self.say(command + b"\r\n")
        response = await self.line()
        assert response.startswith(mark), (command, response)
        return response

    async def pop3_lines(self, command: bytes) -> bytes:
        """Say a command that has a multi-line response."""
        self.say(command + b"\r\n")
        return await self.listing()

    async def imap(self, command: bytes, mark: bytes = b"OK") -> bytes:
        """Say a command and see how it is answered; all that was said meanwhile."""
        self.say(b"t " + command + b"\r\n")
        said = b""
        while not said.rpartition(b"\r\n")[2].startswith(b"t "):
            said = said and said + b"\r\n"
            said += (await self.line()).removesuffix(b"\r\n")
        assert said.rpartition(b"\r\n")[2].startswith(b"t " + mark), (command, said)
        return said

    def start_tls(self) -> None:
        """Begin TLS as a client who trusts everybody; the handshake follows."""
        assert ITLSTransport.providedBy(self.transport)
        self.transport.startTLS(CertificateOptions())

    def close(self) -> None:
        """Close decently."""
        if self.transport is not None:
            self.transport.loseConnection()

    def vanish(self) -> None:
        """Be gone without a word: the server gets a reset."""
        assert ITCPTransport.providedBy(self.transport)
        self.transport.abortConnection()

    def half_close(self) -> None:
        """Say no more, but listen."""
        assert ITCPTransport.providedBy(self.transport)
        self.transport.loseWriteConnection()


async def connect(
    port: int, source: str = "127.0.0.1", host: str = "127.0.0.1"
) -> Talk:
    """Connect to a port of the loopback interface, from one of its addresses."""
    endpoint = TCP4ClientEndpoint(
        reactor, host, port, timeout=30, bindAddress=(source, 0)
    )
    talk = Talk()
    await connectProtocol(endpoint, talk)
    return talk


async def mailbox(port: int, user: str, password: str) -> Talk:
    """A POP3 session that is logged in, and shown mail as it is (RFC 6856, 2)."""
    talk = await connect(port)
    assert (await talk.line()).startswith(b"+OK")
    await talk.pop3(b"UTF8")
    await talk.pop3(b"USER " + user.encode())
    await talk.pop3(b"PASS " + password.encode())
    return talk
