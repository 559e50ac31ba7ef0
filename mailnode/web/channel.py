"""One connection of HTTP/1.1: what may come in, how much and how slowly (RFC 9112)."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol

from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from zope.interface import implementer

from mailnode.interfaces.peer import IVisitor
from mailnode.net import tls
from mailnode.net.limits import UNIX, host, is_local
from mailnode.net.wire import Wire
from mailnode.web.answer import Answer, Refused, problem
from mailnode.web.framing import HEADER_OCTETS, HEADERS, BadRequest, Head
from mailnode.web.request import Request, told
from mailnode.web.site import Site


class Wait(Enum):
    """What we wait for."""

    REQUEST = "the first octet of a request"
    HEADER = "the rest of a header"
    CONTENT = "the rest of some content"
    ANSWER = "our own answer"
    READER = "what we have said to be read"
    END = "the end of the connection"


class Upgraded(Protocol):
    """What a connection can become."""

    def received(self, data: bytes) -> None:
        """Some octets have come."""


@implementer(IVisitor)
class Channel(HTTPChannel):
    """Looks at every line before C{HTTPChannel} does, and keeps the time.

    @ivar deadline: when the rounds shall say that it takes too long.
    @ivar head: of the request that comes in.
    @ivar served: requests that were answered.
    @ivar known_as: who the client is, as a PROXY header has it.
    @ivar held: nothing more is read for now.
    @ivar upgraded: what the connection has become, if it is HTTP no longer.
    @ivar living: ends an answer that would go on, when the server stops.
    """

    # Twisted's own fill what instances of a class can share the names of.
    __slots__ = (
        *("deadline", "head", "held", "known_as", "living"),
        *("served", "site", "upgraded", "waits"),
    )

    transport: Wire  # type: ignore[assignment]  # from connectionMade on there is one
    requestFactory = Request  # type: ignore[assignment]  # ours is made alike
    factory = None
    protocol = "http"
    timeOut = None  # The rounds keep the time.
    totalHeadersSize = 2 * HEADER_OCTETS  # Beyond what C{Head} lets pass.
    maxHeaders = 2 * HEADERS

    def __init__(self, site: Site) -> None:
        HTTPChannel.__init__(self)
        self.site = site
        self.deadline = 0.0
        self.waits = Wait.REQUEST
        self.head = Head()
        self.served = 0
        self.known_as: str | None = None
        self.held = False
        self.living: Callable[[], None] | None = None
        self.upgraded: Upgraded | None = None

    # Who is there.

    @property
    def address(self) -> str:
        """The client's IP address, or C{unix}."""
        return self.known_as or host(self.transport.getPeer())

    @property
    def local(self) -> bool:
        """The client is on this host, as far as we can see ourselves."""
        return self.known_as is None and is_local(self.address)

    @property
    def secure(self) -> bool:
        """TLS is on."""
        return tls.channel(self.transport) is not None

    @property
    def tls(self) -> str:
        """Version and cipher for people, or an empty string."""
        channel = tls.channel(self.transport)
        return "" if channel is None else tls.described(channel)

    # What comes in.

    def connectionMade(self) -> None:
        rounds = self.site.rounds
        rounds.join(self, UNIX if self.site.proxied else host(self.transport.getPeer()))
        HTTPChannel.connectionMade(self)
        self.expect(Wait.REQUEST, self.site.patience.header)

    def dataReceived(self, data: bytes) -> None:
        if self.waits is Wait.END or not self.introduced():
            return
        if self.upgraded is not None:
            self.upgraded.received(data)
            return
        if self.waits is Wait.REQUEST:
            self.expect(Wait.HEADER, self.site.patience.header)
        HTTPChannel.dataReceived(self, data)

    def introduced(self) -> bool:
        """Count a client under its own address, once a proxy has told it."""
        if not self.site.proxied or self.known_as is not None:
            return True
        self.known_as = host(self.transport.getPeer())
        if self.site.rounds.recount(self, self.known_as):
            return True
        self.cut()
        return False

    def lineReceived(self, line: bytes) -> None:
        if self.waits is Wait.END:
            return
        if self.waits is Wait.REQUEST:  # Behind another, in one piece.
            self.expect(Wait.HEADER, self.site.patience.header)
        try:
            passed = self.head.line(line)
        except BadRequest as bad:
            self.refuse(problem(bad.status, str(bad)))
            return
        HTTPChannel.lineReceived(self, passed)

    def lineLengthExceeded(self, _line: bytes) -> None:
        self.refuse(problem(431 if self.head.begun else 414, "the line is too long"))

    def rawDataReceived(self, data: bytes) -> None:
        if self.waits is not Wait.END:
            HTTPChannel.rawDataReceived(self, data)

    def allHeadersReceived(self) -> None:
        """The header is whole: see what becomes of the content before it comes."""
        request = self.requests[-1]
        request.find(self._command, self._path)
        length = self.head.length
        refusal = None if length == 0 else request.refusal(self._command, length)
        if refusal is not None:
            self.refuse(refusal)
            return
        self.expect(Wait.CONTENT, self.site.patience.content)
        HTTPChannel.allHeadersReceived(self)

    def _send100Continue(self) -> None:
        request: Request = self.requests[-1]
        if request.admission is None:
            HTTPChannel._send100Continue(self)  # noqa: SLF001 - there is no other hook

    def welcome(self) -> None:
        """A client that waits to be told so may send its content (RFC 9110, 10.1.1)."""
        if self.head.expects:
            HTTPChannel._send100Continue(self)  # noqa: SLF001 - as above

    def hold(self, held: bool) -> None:
        """Read nothing more for now, or go on."""
        self.held = held
        if held:
            self.transport.pauseProducing()
        elif not getattr(self.transport, "disconnecting", False):
            self.transport.resumeProducing()

    def resumeProducing(self) -> None:
        HTTPChannel.resumeProducing(self)
        if self.held:
            self.transport.pauseProducing()

    def took(self, octets: int) -> None:
        """So much content has come: it may go on for as long as that is worth."""
        self.deadline += octets / self.site.patience.rate

    def checkPersistence(self, request: Request, version: bytes) -> bool:
        """Whether another request may follow (RFC 9112, 9.3)."""
        said = request.asked("Connection").split(",")
        close = "close" in {each.strip().lower() for each in said}
        enough = self.served + 1 >= self.site.requests or self.site.rounds.stopping
        return version == b"HTTP/1.1" and not close and not enough

    def allContentReceived(self) -> None:
        """The request is whole: it is our turn."""
        if self.waits is Wait.END:
            return
        self.waits = Wait.ANSWER
        self.deadline = 0.0
        self.head = Head()
        HTTPChannel.allContentReceived(self)

    def requestDone(self, request: Request) -> None:
        """It is answered: whoever came in by it leaves, and the next may come."""
        self.served += 1
        self.living = None
        self.site.rounds.log_out(self)
        patience = self.site.patience
        unheard = request.sentLength / patience.rate
        if self.site.rounds.stopping:
            self.persistent = False
        if self.persistent:
            self.expect(Wait.REQUEST, patience.idle + unheard)
        else:
            self.expect(Wait.END, patience.linger + unheard)
        HTTPChannel.requestDone(self, request)

    # What else it may become.

    def upgrade(self, upgraded: Upgraded) -> None:
        """Be HTTP no longer (RFC 9110, 7.8).

        @raise Refused: when the client has not waited for that.
        """
        if self._dataBuffer:
            raise Refused(400, "wait for the answer before you go on")
        self.persistent = False
        self.upgraded = upgraded

    # What goes out, if it takes long.

    def keep_alive(self) -> None:
        """Let the system find out when a client that says nothing is gone."""
        keep = getattr(self.transport, "setTcpKeepAlive", None)
        if keep is not None:
            keep(1)

    def stalled(self) -> None:
        """The client has yet to read what was said, before more can be."""
        self.expect(Wait.READER, self.site.patience.stall)

    def flowing(self) -> None:
        """It has read it."""
        if self.waits is Wait.READER:
            self.waits, self.deadline = Wait.ANSWER, 0.0

    # How it ends.

    def expect(self, wait: Wait, patience: float) -> None:
        """Note what we wait for, and how many seconds."""
        self.waits = wait
        self.deadline = self.site.clock.seconds() + patience

    def refuse(self, answer: Answer) -> None:
        """Say what is wrong with the request, and hear nothing more.

        What the client still sends is thrown away until it has heard that:
        a connection that is closed while octets wait to be read takes our last
        words with it.
        """
        if self.waits is Wait.END:
            return  # It has been said.
        self.persistent = False
        HTTPChannel.clearLineBuffer(self)
        self.expect(Wait.END, self.site.patience.linger)
        self.transport.write(told(answer))
        half = getattr(self.transport, "loseWriteConnection", None)
        if half is None or self.secure:
            HTTPChannel.loseConnection(self)
        else:
            half()

    def _respondToBadRequestAndDisconnect(self) -> None:
        self.refuse(problem(400, "not a request"))

    def expire(self) -> None:
        """The deadline has passed."""
        self.deadline = 0.0
        if self.waits in (Wait.END, Wait.READER):
            self.cut()
        elif self.waits is Wait.REQUEST:
            self.leave()
        else:
            self.refuse(problem(408, "the request took too long"))

    def stop(self) -> None:
        """Hang up now, if nobody is asking anything."""
        if self.waits is Wait.REQUEST:
            self.leave()
        elif self.living is not None:
            self.living()

    def leave(self) -> None:
        """Hang up once everything that was said has left."""
        self.expect(Wait.END, self.site.patience.linger)
        HTTPChannel.loseConnection(self)

    def cut(self) -> None:
        """Close without another word."""
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.waits = Wait.END
        self.deadline = 0.0
        HTTPChannel.connectionLost(self, reason)
        self.site.rounds.leave(self)
