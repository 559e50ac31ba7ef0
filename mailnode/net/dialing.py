"""Calls to other servers: TCP, from the address of our choice, with TLS if need be."""

from __future__ import annotations

from OpenSSL import SSL
from twisted.internet import error
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import (
    IAddress,
    IConnector,
    IReactorTCP,
    IReactorTime,
)
from twisted.internet.protocol import ClientFactory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from mailnode.errors import PeerGone, Unavailable
from mailnode.interfaces.dialing import Call, IDialer, IServerPeer, Talk
from mailnode.net import transport
from mailnode.net.conversation import Conversation, Ground
from mailnode.net.rounds import Rounds
from mailnode.net.trust import Trust

CONNECT_PATIENCE = 30.0
"""Seconds until a host must have taken a call.  RFC 5321, 4.5.3.2.1 grants five
minutes to the greeting; a host that does not even answer is tried again later."""

REASONS: tuple[tuple[type[Exception], str], ...] = (
    (error.ConnectionRefusedError, "connection refused"),
    (error.NoRouteError, "no route to the host"),
    (error.TCPTimedOutError, "no answer"),
    (error.TimeoutError, "no answer"),
    (error.ConnectBindError, "our own address cannot be used"),
    (error.ConnectionAborted, "no answer in time"),
    (error.ConnectionLost, "connection lost"),
    (error.ConnectionDone, "connection closed"),
)
"""What went wrong with a connection, for people; the first that fits."""


def told(failure: Failure) -> str:
    """Why there is no connection, or none any more, in a few words."""
    fault = failure.value
    for kind, words in REASONS:
        if isinstance(fault, kind):
            return words
    if isinstance(fault, SSL.Error):
        found = fault.args[0] if fault.args else ()
        told = "; ".join(str(each[-1]) for each in found) or "no agreement"
        return f"TLS failed: {told}"
    number = getattr(fault, "osError", None)
    return str(getattr(number, "strerror", "") or "connection failed").lower()


@implementer(IServerPeer)
class Called(Conversation):
    """A server that we have called.

    It is not told to stop: whoever talks with it knows when it is time to.

    @ivar end: takes what became of the call, once.
    @ivar why: how the connection was lost.
    """

    __slots__ = ("call", "end", "trust", "why")

    def __init__(self, talk: Talk, ground: Ground, call: Call, trust: Trust) -> None:
        super().__init__(self.talked, ground)
        self.call = (call, talk)
        self.trust = trust
        self.end: Deferred[None] = Deferred()
        self.why = ""

    async def talked(self, _peer: object) -> None:
        """Talk, and tell whoever called how it went."""
        try:
            await self.call[1](self)
        except Exception:  # noqa: BLE001 - whatever it is, the caller hears of it
            self.end.errback(Failure())
        else:
            self.end.callback(None)

    def connectionMade(self) -> None:
        super().connectionMade()
        if self.ground.implicit:
            self.transport.startTLS(self.ground.context)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.why = told(reason)
        super().connectionLost(reason)
        if self.course is None and not self.end.called:
            self.end.errback(Failure(Unavailable(self.why)))

    def stop(self) -> None:
        """Nothing: see above."""

    def forget(self) -> None:
        """Octets that came before the handshake are no server's (RFC 3207, 6)."""
        if len(self.received):
            raise PeerGone("something was slipped in before TLS")

    async def start_tls(self) -> None:
        try:
            await super().start_tls()
        except PeerGone as gone:
            raise PeerGone(str(gone) or self.why) from None

    @property
    def early(self) -> bool:
        """Something was said that nobody has listened to."""
        return len(self.received) > 0

    @property
    def doubt(self) -> str:
        """What is wrong with the certificate, if anything is."""
        channel = self.channel
        if channel is None:
            return "no TLS"
        return self.trust.doubt(channel, self.call[0].host)


class Calling(ClientFactory):
    """A call that nobody has taken yet."""

    noisy = False

    def __init__(self, called: Called) -> None:
        self.called = called

    def buildProtocol(self, addr: IAddress | None) -> Protocol:  # noqa: ARG002 - there is one
        return self.called

    def clientConnectionFailed(
        self,
        connector: IConnector,  # noqa: ARG002 - there is one
        reason: Failure,
    ) -> None:
        self.called.end.errback(Failure(Unavailable(told(reason))))


@implementer(IDialer)
class Dialer:
    """Makes calls over TCP.

    @param tcp: the reactor, which connects.
    @param clock: the same, for its time.
    """

    def __init__(self, tcp: IReactorTCP, clock: IReactorTime, trust: Trust) -> None:
        self.tcp = tcp
        self.clock = clock
        self.trust = trust
        self.rounds = Rounds(clock)
        self.ringing: set[IConnector] = set()

    async def call(self, call: Call, talk: Talk) -> None:
        context = self.trust.towards(call.host)
        ground = Ground(self.clock, self.rounds, context, call.implicit)
        called = Called(talk, ground, call, self.trust)
        connector = transport.call(
            self.tcp,
            (call.address, call.port),
            Calling(called),
            CONNECT_PATIENCE,
            (call.source, 0) if call.source else None,
        )
        self.ringing.add(connector)
        try:
            await called.end
        except CancelledError:
            connector.disconnect()
            if called.connected:
                called.cut()
            raise
        finally:
            self.ringing.discard(connector)

    def cut(self) -> None:
        for connector in list(self.ringing):
            connector.disconnect()
        self.rounds.cut()
