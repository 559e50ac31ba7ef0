"""Asking servers elsewhere what people want to know, and never one of ours (RFC 9110).

Whoever asks names the server, so he could name one that only we can reach.  Where a name
leads is looked up once, and only there is called; each step of a redirection anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from twisted.internet.defer import CancelledError, Deferred, DeferredSemaphore
from twisted.internet.defer import TimeoutError as TooSlow
from twisted.internet.endpoints import (
    TCP4ClientEndpoint,
    TCP6ClientEndpoint,
    wrapClientTLS,
)
from twisted.internet.interfaces import (
    IProtocol,
    IProtocolFactory,
    IReactorTCP,
    IReactorTime,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from twisted.web.client import URI, Agent, BrowserLikePolicyForHTTPS, ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import (
    IAgentEndpointFactory,
    IBodyProducer,
    IPolicyForHTTPS,
    IResponse,
)
from zope.interface import implementer

from mailnode.errors import MailError, NotFound, NotPermitted, TooLarge, Unavailable
from mailnode.interfaces.resolver import IResolver
from mailnode.wire.network import is_public, plain

SECURE = frozenset({("https", 443)})
PLAIN = frozenset({("https", 443), ("http", 80)})
"""Schemes with the ports where they are spoken; elsewhere something else may be."""
PATIENCE = 10.0
"""Seconds for everything, redirections too."""
AT_ONCE = 64
"""Questions under way; more wait."""
ADDRESSES = 3
"""Of a host, that are tried."""
HEAD_OCTETS = 64 * 2**10
"""Of an answer, besides its content, with TLS taken off."""
ELSEWHERE = frozenset({301, 302, 303, 307, 308})
AGENT = "mailnode"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked.

    @ivar most: octets of the answer's content.
    @ivar redirects: how often GET is asked again where an answer leads.
    @ivar places: schemes and ports that may be called.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    most: int = 64 * 2**10
    redirects: int = 0
    places: frozenset[tuple[str, int]] = SECURE


@dataclass(frozen=True, slots=True)
class Told:
    """What is answered.

    @ivar headers: by their names in lower case; of several the first.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes


class Outgoing:
    """Asks.  No cookies, no compression, nothing kept.

    @param tcp: the reactor, which connects.
    @param clock: the same, for its time.
    @param trust: which certificates are believed; those of the platform if not given.
    @param permits: which addresses may be called.
    @param patience: in seconds.
    """

    def __init__(
        self,
        tcp: IReactorTCP,
        clock: IReactorTime,
        resolver: IResolver,
        *,
        trust: IPolicyForHTTPS | None = None,
        permits: Callable[[str], bool] = is_public,
        patience: float = PATIENCE,
    ) -> None:
        self.tcp = tcp
        self.clock = clock
        self.resolver = resolver
        self.trust = trust or BrowserLikePolicyForHTTPS()
        self.permits = permits
        self.patience = patience
        self.turns = DeferredSemaphore(AT_ONCE)

    async def ask(self, asked: Asked) -> Told:
        """Ask, and hear the answer.

        @raise NotPermitted: when it is a place that we do not call.
        @raise Unavailable: when there is no answer, or none in time.
        @raise TooLarge: when there is more of it than was wanted.
        """
        await self.turns.acquire()
        try:
            asking = Deferred.fromCoroutine(self.followed(asked))
            return await asking.addTimeout(self.patience, self.clock)
        except (MailError, CancelledError):
            raise
        except TooSlow:
            raise Unavailable("no answer in time") from None
        except Exception as error:  # what a server may answer has no bounds
            raise Unavailable(f"no answer: {type(error).__name__}") from error
        finally:
            self.turns.release()

    async def followed(self, asked: Asked) -> Told:
        """The answer at the end of all redirections."""
        for _ in range(asked.redirects + 1):
            told = await self.once(asked)
            if told.status not in ELSEWHERE or asked.method != "GET":
                return told
            if not asked.redirects:
                return told
            asked = replace(asked, url=urljoin(asked.url, told.headers["location"]))
        raise Unavailable("it leads from one place to the next")

    async def once(self, asked: Asked) -> Told:
        """One question, one answer."""
        try:
            url = asked.url.encode("ascii")
        except UnicodeEncodeError:
            raise NotPermitted("not a URL") from None
        door = Door(self, asked)
        agent = Agent.usingEndpointFactory(self.tcp, door)
        said = {"User-Agent": AGENT, "Accept-Encoding": "identity", **asked.headers}
        headers = Headers({name: [value] for name, value in said.items()})
        content = Content(asked.content) if asked.content else None
        try:
            response = await agent.request(asked.method.encode(), url, headers, content)
            return await told(response, asked.most)
        finally:
            door.cut()


async def told(response: IResponse, most: int) -> Told:
    """An answer with its content."""
    if isinstance(response.length, int) and response.length > most:
        raise TooLarge(f"more than {most} octets")
    body = Body(most)
    response.deliverBody(body)
    content = await body.whole
    fields = {
        name.decode("latin-1").lower(): values[0].decode("latin-1")
        for name, values in response.headers.getAllRawHeaders()
    }
    return Told(response.code, fields, content)


class Body(Protocol):
    """Gathers the content of an answer."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.octets = bytearray()
        self.whole: Deferred[bytes] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.octets += data
        if len(self.octets) > self.most and not self.whole.called:
            self.whole.errback(Failure(TooLarge(f"more than {self.most} octets")))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.whole.called:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            self.whole.callback(bytes(self.octets))
        else:
            self.whole.errback(reason)


@implementer(IBodyProducer)
class Content:
    """What is sent with a question, in one piece."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.length = len(content)

    async def written(self, consumer: object) -> None:
        """Write it."""
        consumer.write(self.content)  # type: ignore[attr-defined]  # an IConsumer

    def startProducing(self, consumer: object) -> Deferred[None]:
        """Send all of it."""
        return Deferred.fromCoroutine(self.written(consumer))

    def pauseProducing(self) -> None:
        """Nothing: it has been sent."""

    def resumeProducing(self) -> None:
        """Nothing: it has been sent."""

    def stopProducing(self) -> None:
        """Nothing: it has been sent."""


class Metered(ProtocolWrapper):
    """A connection over which no more than so many octets come."""

    def __init__(
        self, factory: Metering, wrapped: IProtocol, most: int, door: Door
    ) -> None:
        ProtocolWrapper.__init__(self, factory, wrapped)
        self.left = most
        door.open = self

    def dataReceived(self, data: bytes) -> None:
        self.left -= len(data)
        if self.left < 0:
            self.abortConnection()
        else:
            ProtocolWrapper.dataReceived(self, data)


class Metering(WrappingFactory["Metered"]):
    """Makes such connections."""

    noisy = False

    def __init__(self, wrapped: IProtocolFactory, most: int, door: Door) -> None:
        super().__init__(wrapped)  # type: ignore[no-untyped-call]  # Twisted's
        self.most = most
        self.door = door

    def buildProtocol(self, addr: object) -> Metered:
        """A connection."""
        inner = self.wrappedFactory.buildProtocol(addr)
        return Metered(self, inner, self.most, self.door)


@implementer(IAgentEndpointFactory)
class Door:
    """The way out of one question: whatever it is that is called is looked at here.

    @ivar open: the connection, once there is one.
    """

    def __init__(self, outgoing: Outgoing, asked: Asked) -> None:
        self.outgoing = outgoing
        self.asked = asked
        self.open: Metered | None = None

    def endpointForURI(self, uri: URI) -> Way:
        """The way to a server.

        @raise NotPermitted: when there shall be none.
        """
        if (
            uri.scheme.decode(),
            uri.port,
        ) not in self.asked.places or b"@" in uri.netloc:
            raise NotPermitted("not a place to ask at")
        return Way(self, uri)

    def cut(self) -> None:
        """Leave no connection behind."""
        if self.open is not None:
            self.open.abortConnection()


@implementer(IStreamClientEndpoint)
class Way:
    """The way to one server, by an address that may be called."""

    def __init__(self, door: Door, uri: URI) -> None:
        self.door = door
        self.uri = uri

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect."""
        return Deferred.fromCoroutine(self.connected(factory))

    async def connected(self, factory: IProtocolFactory) -> IProtocol:
        """Call one address after the other, until there is a connection."""
        most = self.door.asked.most + HEAD_OCTETS
        trouble: Exception = Unavailable("it has no address")
        for each in (await self.addresses())[:ADDRESSES]:
            metering = Metering(factory, most, self.door)
            try:
                made = await self.endpoint(each).connect(metering)
            except CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - the next may do
                trouble = error
            else:
                assert isinstance(made, Metered)
                return made.wrappedProtocol
        raise trouble

    async def addresses(self) -> list[str]:
        """Those addresses of the server that may be called.

        @raise NotPermitted: when there are only others.
        """
        outgoing = self.door.outgoing
        host = self.uri.host.decode("ascii").strip("[]")
        literal = plain(host)
        try:
            known = outgoing.resolver.addresses
            found = [str(literal)] if literal else await known(host.lower())
        except NotFound:
            raise Unavailable("there is no such host") from None
        allowed = [each for each in found if outgoing.permits(each)]
        if found and not allowed:
            raise NotPermitted("not a place to ask at")
        return allowed

    def endpoint(self, address: str) -> IStreamClientEndpoint:
        """The way to one address, in TLS if it shall be."""
        outgoing = self.door.outgoing
        kind = TCP6ClientEndpoint if ":" in address else TCP4ClientEndpoint
        tcp = kind(outgoing.tcp, address, self.uri.port, outgoing.patience)
        if self.uri.scheme != b"https":
            return tcp
        creator = outgoing.trust.creatorForNetloc(self.uri.host, self.uri.port)
        return wrapClientTLS(creator, tcp)
