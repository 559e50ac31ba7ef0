"""The one place where octets meet a transport, for every line protocol."""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from dataclasses import dataclass
from typing import cast

from OpenSSL import SSL
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IHandshakeListener,
    IOpenSSLClientConnectionCreator,
    IOpenSSLServerConnectionCreator,
    IPushProducer,
    IReactorTime,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from mailnode.errors import Parting, PeerGone, Stopping, TimedOut
from mailnode.interfaces.peer import IPeer
from mailnode.net import tls
from mailnode.net.limits import UNIX, host, is_local
from mailnode.net.local import user_of
from mailnode.net.outgoing import Outgoing
from mailnode.net.received import Received
from mailnode.net.rounds import Rounds
from mailnode.net.transcript import Transcript
from mailnode.net.wait import FOR_INPUT, FOR_PEER, Wait
from mailnode.net.wire import Wire

PATIENCE = 300.0
"""Seconds, until the session says how long its protocol waits."""
HANDSHAKE_PATIENCE = 30.0
"""Seconds that a TLS handshake may take."""
LINGER = 30.0
"""Seconds that the last words may take to leave before we cut the line."""
ENOUGH = 128 * 2**10
"""Octets received and not read, beyond which we stop reading the socket."""
UNSENT = 2**20
"""Octets waiting to leave, beyond which no further command is taken."""
TURN = 64
"""Lines served without waiting, after which others have their turn."""
LONG = 4
"""Lines that a piece of a long answer counts for."""

Talk = Callable[[IPeer], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Ground:
    """What the conversations of one server share, or those with one.

    @ivar clock: the reactor, for its time and its next turn.
    @ivar rounds: keeps the deadlines.
    @ivar context: makes TLS connections; C{None} when there is no TLS.
    @ivar implicit: TLS comes before the first word (RFC 8314, 3).
    @ivar transcript: where to note what is said; C{None} to note nothing.
    @ivar protocol: what is spoken, as listeners are called.
    """

    clock: IReactorTime
    rounds: Rounds
    context: (
        IOpenSSLServerConnectionCreator | IOpenSSLClientConnectionCreator | None
    ) = None
    implicit: bool = False
    transcript: Transcript | None = None
    protocol: str = ""


@implementer(IPeer, IHalfCloseableProtocol, IHandshakeListener, IPushProducer)
class Conversation(Protocol):
    """A peer on a transport, and the coroutine that talks with it.

    The coroutine is driven from here without a Deferred per wait: C{rest}
    suspends it, whoever brings what it waits for takes the next C{step}.

    @ivar course: the coroutine while it lasts.
    @ivar deadline: when the rounds shall say that it takes too long.
    @ivar gone: the peer has left, or we have hung up.
    @ivar outgoing: what the coroutine says until it waits, for one write.
    @ivar known_as: who the client really is, if a proxy said so.
    """

    log = Logger()
    transport: Wire  # type: ignore[assignment]  # from connectionMade on there is one
    __slots__ = (
        "course",
        "deadline",
        "gone",
        "ground",
        "known_as",
        "outgoing",
        "patience",
        "received",
        "talk",
        "waits",
    )

    def __init__(self, talk: Talk, ground: Ground) -> None:
        self.talk = talk
        self.ground = ground
        self.course: Coroutine[object, None, None] | None = None
        self.received = Received()
        self.patience = PATIENCE
        self.deadline = 0.0
        self.waits = Wait.NOTHING
        self.gone = False
        self.outgoing = Outgoing()
        self.known_as: str | None = None

    # What Twisted tells us.

    def connectionMade(self) -> None:
        transport = self.transport
        where = host(transport.getPeer())
        self.ground.rounds.join(self, where)
        for name in ("setTcpNoDelay", "setTcpKeepAlive") if where != UNIX else ():
            getattr(transport, name, lambda _: None)(True)
        transport.registerProducer(self, True)
        if self.ground.implicit:
            self.expect(Wait.HANDSHAKE, HANDSHAKE_PATIENCE)
        else:
            self.begin()

    def handshakeCompleted(self) -> None:
        if self.course is None and not self.gone:
            self.begin()
        else:
            self.wake(Wait.HANDSHAKE)

    def dataReceived(self, data: bytes) -> None:
        received = self.received
        if self.gone:
            return
        received.feed(data)
        if self.waits in FOR_INPUT:
            self.step()
        if len(received) > ENOUGH and not received.held and self.waits not in FOR_INPUT:
            received.held = True
            self.transport.pauseProducing()

    def readConnectionLost(self) -> None:
        """The peer will say no more but still hears: answer what it said."""
        self.received.ended = True
        if self.waits in FOR_INPUT:
            self.step()

    def writeConnectionLost(self) -> None:
        """We never close one side alone."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002 - all reasons are one
        self.gone = True
        self.deadline = 0.0
        self.received.clear()  # Nobody is there to hear the answers.
        self.ground.rounds.leave(self)
        if self.waits in FOR_PEER:
            self.step(PeerGone())

    def pauseProducing(self) -> None:
        self.outgoing.unsent = max(self.outgoing.unsent, 0)

    def resumeProducing(self) -> None:
        self.outgoing.unsent = -1
        self.wake(Wait.ROOM)

    def stopProducing(self) -> None:
        """The transport is about to tell us that the connection is lost."""

    # What the rounds tell us.

    def expire(self) -> None:
        """The deadline has passed."""
        self.deadline = 0.0
        if self.course is None or self.waits in (Wait.HANDSHAKE, Wait.END):
            self.cut()
        else:
            self.step(TimedOut())

    def stop(self) -> None:
        """Say goodbye now, if the peer is idle."""
        if self.course is None:
            self.cut()
        elif self.waits is Wait.LINE:
            self.step(Stopping())

    def cut(self) -> None:
        """Close without another word."""
        self.transport.abortConnection()

    # The coroutine.

    def begin(self) -> None:
        """Start talking."""
        self.deadline = 0.0
        self.waits = Wait.NOTHING
        self.course = cast("Coroutine[object, None, None]", self.talk(self))
        self.step()

    def step(self, error: BaseException | None = None) -> None:
        """Let the coroutine go on until it waits again."""
        course = self.course
        if course is None:
            return
        self.outgoing.held = True
        try:
            awaited = course.send(None) if error is None else course.throw(error)
        except (StopIteration, Parting):
            self.over()
        except Exception:  # noqa: BLE001 - whatever it is, it is logged and ends here
            self.log.failure(
                "the conversation with {peer} broke off", peer=self.address
            )
            self.over()
        else:
            self.outgoing.held = False
            self.flush()
            if awaited is not self:
                _ = cast("Deferred[object]", awaited).addBoth(self.resume)
        finally:
            del error  # Its traceback holds this frame, and so everything.

    def resume(self, result: object) -> None:
        """What the coroutine awaited from elsewhere is there."""
        self.step(result.value if isinstance(result, Failure) else None)

    def over(self) -> None:
        """The coroutine has ended, in whichever way."""
        self.course = None
        self.waits = Wait.NOTHING
        self.hang_up()

    def wake(self, wait: Wait) -> None:
        """Go on, if this is what we wait for."""
        if self.waits is wait:
            self.step()

    def expect(self, wait: Wait, patience: float) -> None:
        """Note what we wait for and how long."""
        self.waits = wait
        self.deadline = self.ground.clock.seconds() + patience

    @types.coroutine
    def rest(self, wait: Wait, deadline: float) -> Generator[object, object, None]:
        """Suspend the coroutine until C{wait} is over; never behind a Deferred."""
        if self.gone:
            raise PeerGone
        received = self.received
        received.served = 0
        if wait in FOR_INPUT:
            if received.ended:
                raise PeerGone
            if received.held:
                received.held = False
                self.transport.resumeProducing()
        self.waits = wait
        self.deadline = deadline
        try:
            if (yield self) is self:  # A Deferred's coroutine has it back at once.
                raise RuntimeError("a peer is awaited by its own conversation alone")
        finally:
            self.waits = Wait.NOTHING
            self.deadline = 0.0

    # IPeer.

    @property
    def address(self) -> str:
        """The client's IP address, or C{unix}; a PROXY header may change it."""
        return self.known_as or host(self.transport.getPeer())

    @property
    def local(self) -> bool:
        """The client is on this host, as far as we can see ourselves."""
        return self.known_as is None and is_local(self.address)

    @property
    def user(self) -> str | None:
        """Who on this host is behind a local socket; nobody that a proxy speaks for."""
        return user_of(self.transport) if self.known_as is None else None

    @property
    def protocol(self) -> str:
        """What it speaks."""
        return self.ground.protocol

    @property
    def secure(self) -> bool:
        """TLS is on."""
        return self.channel is not None

    @property
    def tls(self) -> str:
        """Version and cipher for people, or an empty string."""
        return "" if self.channel is None else tls.described(self.channel)

    @property
    def channel(self) -> SSL.Connection | None:
        """The TLS connection, if there is one."""
        return tls.channel(self.transport)

    async def line(self, limit: int) -> bytes:
        received = self.received
        deadline = 0.0
        if self.outgoing.unsent > UNSENT:
            deadline = self.ground.clock.seconds() + self.patience
            await self.rest(Wait.ROOM, deadline)
        if received.served >= TURN:
            await self.turn()
        while (line := received.line(limit)) is None:
            if self.ground.rounds.stopping:
                raise Stopping
            deadline = deadline or self.ground.clock.seconds() + self.patience
            await self.rest(Wait.LINE, deadline)
        received.served += 1
        if self.ground.transcript is not None:
            self.ground.transcript.heard(self, line)
        return line

    async def some(self, limit: int) -> bytes:
        received = self.received
        if not received.octets:
            deadline = self.ground.clock.seconds() + self.patience
            while not received.octets:
                await self.rest(Wait.PIECE, deadline)
        return received.some(limit)

    async def turn(self) -> None:
        """Let the others have theirs."""
        self.ground.clock.callLater(0, self.wake, Wait.TURN)
        await self.rest(Wait.TURN, 0.0)
        if self.gone:
            raise PeerGone

    def unread(self, data: bytes) -> None:
        self.received.unread(data)

    def write(self, data: bytes) -> None:
        if self.gone:
            return
        if self.outgoing.add(data):
            self.flush()
        if self.ground.transcript is not None:
            self.ground.transcript.said(self, data)

    def flush(self) -> None:
        """Write what was gathered, unless nobody is there any more."""
        if (data := self.outgoing.taken()) and not self.gone:
            self.transport.write(data)

    async def drain(self) -> None:
        if self.gone:
            raise PeerGone
        if self.outgoing.unsent >= 0:
            deadline = self.ground.clock.seconds() + self.patience
            await self.rest(Wait.ROOM, deadline)
            return
        self.received.served += LONG
        if self.received.served >= TURN:
            await self.turn()

    def can_start_tls(self) -> bool:
        return self.ground.context is not None and self.channel is None

    async def start_tls(self) -> None:
        await self.drain()
        self.flush()
        self.forget()
        tls.pass_on(self.transport, self)
        self.transport.startTLS(self.ground.context)
        await self.rest(
            Wait.HANDSHAKE, self.ground.clock.seconds() + HANDSHAKE_PATIENCE
        )

    def forget(self) -> None:
        """Throw away what came before TLS: it was said in clear (RFC 3207, 4.2)."""
        self.received.clear()

    def channel_binding(self, kind: str) -> bytes | None:
        return None if self.channel is None else tls.binding(self.channel, kind)

    def became(self, address: str) -> None:
        self.known_as = address

    def hang_up(self) -> None:
        if self.gone:
            return
        self.expect(Wait.END, LINGER)
        self.received.clear()
        self.flush()
        self.transport.unregisterProducer()
        self.transport.loseConnection()
        self.gone = True
