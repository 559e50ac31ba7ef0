"""A destination: its hosts in turn, and the connections to them (RFC 5321, 5.1)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from mailnode.errors import Stopping, Unavailable
from mailnode.interfaces.dialing import Call
from mailnode.model.queue import Outcome, Result
from mailnode.queue.connection import Connection
from mailnode.queue.means import Means
from mailnode.queue.route import Privacy, Route
from mailnode.smtp.client.client import (
    Broken,
    Client,
    Declined,
    NoHandshake,
    NotBelieved,
    NotPrivate,
)
from mailnode.smtp.client.login import Secret, login
from mailnode.smtp.client.mail import Mail
from mailnode.smtp.client.opening import greet, start_tls
from mailnode.smtp.client.transaction import Sent

ADDRESSES = 8
"""Addresses called for one message; RFC 5321, 5.1 wants two to be tried at least."""


class Delivery:
    """One message, and what has become of it so far."""

    def __init__(self, mail: Mail) -> None:
        self.mail = mail
        self.outcomes: list[Outcome | None] = [None] * len(mail.targets)
        self.troubles: list[Outcome] = []

    @property
    def open(self) -> list[int]:
        """Targets of which nothing is known yet."""
        return [i for i, outcome in enumerate(self.outcomes) if outcome is None]

    @property
    def rest(self) -> Mail:
        """The message for those targets."""
        targets = tuple(self.mail.targets[index] for index in self.open)
        return replace(self.mail, targets=targets)

    def heard(self, sent: Sent) -> None:
        """What a server made of C{rest}."""
        for index, outcome in zip(self.open, sent.outcomes, strict=True):
            self.outcomes[index] = outcome
        if sent.trouble is not None:
            self.troubles.append(sent.trouble)

    def settled(self) -> list[Outcome]:
        """One outcome for each target: what is open ends as the last host had it,
        or fails if all hosts say that it must."""
        passing = [each for each in self.troubles if each.result is Result.DEFERRED]
        last = (passing or self.troubles or [NOBODY])[-1]
        return [outcome or last for outcome in self.outcomes]


NOBODY = Outcome(Result.DEFERRED, "4.4.4", "there is no address to call")


class Destination:
    """A route, and the connections along it.

    @ivar idle: connections that wait for a message, the last used at the end.
    @ivar active: deliveries that go on.
    @ivar waiting: deliveries that wait for their turn.
    @ivar stopping: no connection is kept for another message.
    @ivar open: all connections, those that are about to close included.
    """

    def __init__(self, route: Route, means: Means) -> None:
        self.route = route
        self.means = means
        self.idle: list[Connection] = []
        self.active = 0
        self.waiting: deque[Deferred[None]] = deque()
        self.open: dict[Connection, Deferred[None]] = {}
        self.stopping = False

    async def carry(self, mail: Mail) -> list[Outcome]:
        """Deliver a message, when it has its turn."""
        if self.active >= self.means.terms.connections:
            turn: Deferred[None] = Deferred()
            self.waiting.append(turn)
            await turn
        else:
            self.active += 1
        try:
            return await self.deliver(mail)
        finally:
            self.pass_on()

    def pass_on(self) -> None:
        """Let the next have its turn; not at once, or the stack would grow."""
        while self.waiting:
            turn = self.waiting.popleft()
            if not turn.called:
                self.means.clock.callLater(0, self.begin, turn)
                return
        self.active -= 1

    def begin(self, turn: Deferred[None]) -> None:
        """Somebody has his turn, unless he was called back meanwhile."""
        if turn.called:
            self.pass_on()
        else:
            turn.callback(None)

    async def deliver(self, mail: Mail) -> list[Outcome]:
        """Try connections that are open, then hosts in their order."""
        delivery = Delivery(mail)
        while self.idle and delivery.open:
            connection = self.idle[-1]
            self.taken(connection)
            if connection.alarm is not None and connection.alarm.active():
                connection.alarm.cancel()
            if connection.usable:
                await self.use(connection, delivery)
        for call in self.calls():
            if not delivery.open:
                break
            known = self.means.absent.why(call)
            if known is not None:
                delivery.troubles.append(known)
                continue
            try:
                connection = await self.opened(call)
            except (Unavailable, Declined, NotPrivate, Broken) as fault:
                delivery.troubles.append(self.trouble(call, fault, mail))
            else:
                await self.use(connection, delivery)
        return delivery.settled()

    def calls(self) -> Iterator[Call]:
        """Whom to call, in order (RFC 5321, 5.1)."""
        route, left = self.route, ADDRESSES
        for host in route.hosts:
            for address in host.addresses[:left]:
                source = route.source6 if ":" in address else route.source4
                yield Call(host.name, address, route.port, source, route.implicit)
                left -= 1

    async def opened(self, call: Call) -> Connection:
        """A new connection on which a message may be sent.

        @raise Unavailable: when nobody answers.
        @raise Declined: when the server wants nothing of us.
        @raise NotPrivate: when it is not as private as it has to be.
        @raise Broken: when the conversation breaks off.
        """
        try:
            return await self.dialled(call)
        except NoHandshake as fault:
            if self.route.privacy is not Privacy.OPPORTUNISTIC:
                raise
            return await self.dialled(call, f"in clear: {fault.text}")  # RFC 7435, 3

    async def dialled(self, call: Call, clear: str = "") -> Connection:
        """The same, by one call.

        @param clear: why it is not to be private.
        """
        means = self.means
        hostname, now, room = means.terms.hostname, means.now, means.room
        connection = Connection(
            call, lambda peer: Client(peer, call.host, hostname, now, room), now
        )
        connection.until = means.clock.seconds() + means.terms.seconds

        async def begin(client: Client) -> None:
            client.note = clear
            await self.introduce(client)

        held = Deferred.fromCoroutine(connection.hold(means.dialer, begin))
        self.open[connection] = held
        _ = held.addBoth(lambda _: self.closed(connection))
        try:
            await connection.opened
        except CancelledError:
            held.cancel()
            raise
        except BaseException:
            connection.retire()
            raise
        return connection

    def closed(self, connection: Connection) -> None:
        """A connection is no more."""
        del self.open[connection]
        self.taken(connection)

    def taken(self, connection: Connection) -> None:
        """A connection waits no more, if it did."""
        self.means.idle.remove(connection)
        if connection in self.idle:
            self.idle.remove(connection)

    async def introduce(self, client: Client) -> None:
        """Say what comes before the first message: EHLO, STARTTLS, AUTH.

        @raise Declined: when the server wants nothing of us.
        @raise NotPrivate: when it is not as private as it has to be.
        @raise Broken: when the conversation breaks off.
        """
        privacy, known = self.route.privacy, self.route.login
        await greet(client)
        if privacy is not Privacy.NONE and not client.peer.secure and not client.note:
            await self.protect(client)
        if privacy is Privacy.VERIFIED and client.peer.doubt:
            raise NotPrivate("4.7.5", f"not to be trusted: {client.peer.doubt}")
        if known is not None:
            await login(client, Secret(known.user, known.password, self.means.chance))

    async def protect(self, client: Client) -> None:
        """Begin TLS, or go on without it where that will do (RFC 7435, 3).

        @raise NotPrivate: when it will not do.
        """
        offered = "STARTTLS" in client.capabilities
        try:
            await start_tls(client)
        except NoHandshake:
            raise
        except NotPrivate as fault:
            if self.route.privacy is not Privacy.OPPORTUNISTIC:
                raise
            if offered:
                client.note = f"in clear: {fault.text}"

    async def use(self, connection: Connection, delivery: Delivery) -> None:
        """Send a message over a connection, and keep it for the next."""
        try:
            delivery.heard(await connection.send(delivery.rest))
        except CancelledError:  # Nobody listens any more to what becomes of it
            self.open[connection].cancel()
            raise
        terms, clock = self.means.terms, self.means.clock
        worn = self.stopping or connection.messages >= terms.messages
        if worn or clock.seconds() >= connection.until or not connection.usable:
            connection.retire()
            return
        self.idle.append(connection)
        connection.alarm = clock.callLater(terms.idle_seconds, self.retire, connection)
        self.means.idle.add(connection, partial(self.retire, connection))

    def stop(self) -> None:
        """Nobody shall wait any more, neither for a turn nor for a message."""
        self.stopping = True
        for turn in self.waiting:
            if not turn.called:
                turn.errback(Failure(Stopping()))
        for connection in list(self.idle):
            self.retire(connection)

    @property
    def unused(self) -> bool:
        """Nothing of it is worth keeping."""
        return not (self.active or self.idle or self.open)

    def retire(self, connection: Connection) -> None:
        """A connection has waited for long enough."""
        self.taken(connection)
        connection.retire()

    def trouble(self, call: Call, fault: Exception, mail: Mail) -> Outcome:
        """What it means that there is no connection."""
        host = f"{call.host} [{call.address}]"
        outcome = Outcome(Result.DEFERRED, "4.4.1", str(fault), host)
        if isinstance(fault, Declined):
            answer = fault.answer
            lasting = answer.final and not isinstance(fault, NotBelieved)
            result = Result.FAILED if lasting else Result.DEFERRED
            status = answer.status if lasting else "4" + answer.status[1:]
            return replace(outcome, result=result, status=status, text=answer.text)
        if isinstance(fault, NotPrivate):
            if mail.sender.require_tls and fault.status == "4.7.4":  # RFC 8689, 4.2.1
                outcome = replace(outcome, result=Result.FAILED)
                return replace(outcome, status="5.7.30", text=fault.text)
            return replace(outcome, status=fault.status, text=fault.text)
        if isinstance(fault, Broken):
            outcome = replace(outcome, status=fault.status, text=fault.text)
        self.means.absent.note(call, outcome)
        return outcome
