"""What waits to leave, and what became of an attempt to deliver it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mailnode.model.envelope import Envelope, Target


class Stage(Enum):
    """Where a target of a message in the queue stands.

    INCOMING has not been tried, ACTIVE is being tried under a lease, DEFERRED
    waits for its next try, HOLD waits for the operator, CORRUPT cannot be read.
    """

    INCOMING = "incoming"
    ACTIVE = "active"
    DEFERRED = "deferred"
    HOLD = "hold"
    CORRUPT = "corrupt"


class Result(Enum):
    """What became of an attempt (the actions of RFC 3464, 2.3.3).

    DELIVERED is in a mailbox, RELAYED is another server's business now, which
    promised to report (or not: L{Outcome.dsn}); DEFERRED is tried again, FAILED
    never.
    """

    DELIVERED = "delivered"
    RELAYED = "relayed"
    DEFERRED = "deferred"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one target in one attempt.

    @ivar status: an enhanced status code (RFC 3463), such as C{4.4.1}.
    @ivar text: why, in one presentable line: the words of the remote server,
        with its reply code, or ours.
    @ivar host: who said so: C{mx.example.net [192.0.2.1]}; empty: we did.
    @ivar tls: how the way there was protected, for people; empty: not at all.
    @ivar dsn: the other server will send the reports that were asked for.
    """

    result: Result
    status: str
    text: str
    host: str = ""
    tls: str = ""
    dsn: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """One target of one message in the queue.

    @ivar number: its place in the message, from 0.
    @ivar due: when it is tried next, in ms; for ACTIVE, when the lease ends.
    @ivar attempts: how often it has been tried.
    @ivar warned: the sender has been told of the delay.
    @ivar last: what became of the last attempt.
    """

    number: int
    target: Target
    stage: Stage
    due: int
    attempts: int
    warned: bool = False
    last: Outcome | None = None

    @property
    def pending(self) -> bool:
        """It is tried when it is due, and nobody is trying it."""
        return self.stage in (Stage.INCOMING, Stage.DEFERRED)


@dataclass(frozen=True, slots=True)
class Claim:
    """Some targets of one message that are ours to try until the lease ends.

    All have the same destination and the same reverse-path, so that one
    transaction will do.

    @ivar envelope: with these targets only.
    @ivar size: octets of the content.
    @ivar lease: when it ends, in ms since 1970 in UTC.
    """

    envelope: Envelope
    waiting: tuple[Waiting, ...]
    destination: str
    size: int
    lease: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is written down after an attempt, for one target of a claim.

    @ivar due: when it is tried again, in ms; C{None}: it leaves the queue.
    @ivar warned: the sender has been told of the delay by now.
    """

    outcome: Outcome
    due: int | None = None
    warned: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A message in the queue, as operators see it."""

    envelope: Envelope
    size: int
    waiting: tuple[Waiting, ...]
