"""What all deliveries to other servers have in common: limits, and who is not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from twisted.internet.interfaces import IReactorTime

from mailnode.interfaces.dialing import Call, IDialer
from mailnode.model.queue import Outcome
from mailnode.smtp.client.room import Room

REMEMBERED = 10_000
"""Hosts of which we know that they did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the relay permits itself.

    @ivar hostname: how we call ourselves (RFC 5321, 4.1.1.1).
    @ivar connections: to one destination at a time.
    @ivar idle_seconds: a connection without a message is closed after.
    @ivar messages: that go over one connection.
    @ivar seconds: a connection is used for.
    @ivar idle: connections without a message, to all destinations together.
    @ivar absent_seconds: until a host that did not answer is called again.
    """

    hostname: str
    connections: int = 4
    idle_seconds: float = 30.0
    messages: int = 100
    seconds: float = 300.0
    idle: int = 200
    absent_seconds: float = 60.0


class Idle:
    """Connections that wait for a message, those that wait longest in front.

    @ivar kept: each with what closes it.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.kept: dict[object, Callable[[], None]] = {}

    def add(self, connection: object, close: Callable[[], None]) -> None:
        """Keep a connection, and close another if there are too many."""
        self.kept[connection] = close
        if len(self.kept) > self.limit:
            next(iter(self.kept.values()))()

    def remove(self, connection: object) -> None:
        """A connection waits no more; harmless when it did not."""
        self.kept.pop(connection, None)


class Absent:
    """Who did not answer of late, and why."""

    def __init__(self, clock: IReactorTime, seconds: float) -> None:
        self.clock = clock
        self.seconds = seconds
        self.known: dict[tuple[str, int], tuple[float, Outcome]] = {}

    def note(self, call: Call, outcome: Outcome) -> None:
        """Remember that nobody answered."""
        key = (call.address, call.port)
        self.known.pop(key, None)
        if len(self.known) >= REMEMBERED:
            del self.known[next(iter(self.known))]
        self.known[key] = (self.clock.seconds() + self.seconds, outcome)

    def why(self, call: Call) -> Outcome | None:
        """What came of the last call, if it is not to be repeated yet."""
        until, outcome = self.known.get((call.address, call.port), (0.0, None))
        return outcome if self.clock.seconds() < until else None


@dataclass(frozen=True, slots=True)
class Means:
    """What all deliveries to other servers are done with.

    @ivar now: milliseconds since 1970 in UTC.
    @ivar chance: makes so many octets of chance.
    @ivar room: for messages that are converted.
    """

    dialer: IDialer
    clock: IReactorTime
    now: Callable[[], int]
    chance: Callable[[int], bytes]
    terms: Terms
    absent: Absent
    idle: Idle
    room: Room = field(default_factory=Room)
