"""A queue with its runner in memory, whose others do as they are told, and a clock.

example.org is here; ana@example.org has a mailbox.  All other domains are elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mailnode.errors import NotFound
from mailnode.interfaces.content import IContent, IOctets
from mailnode.model.envelope import Address, Envelope, Recipient, Sender, Target
from mailnode.model.mailbox import INBOX
from mailnode.model.queue import Claim, Outcome, Result, Settlement
from mailnode.queue.bounce import Bounces
from mailnode.queue.ledger import Ledger
from mailnode.queue.local import LocalCarrier
from mailnode.queue.pace import Pace
from mailnode.queue.runner import Runner
from mailnode.queue.schedule import Schedule
from mailnode.testing import (
    MemoryContent,
    MemoryQueue,
    MemorySpool,
    MemoryStore,
    MemoryTrail,
)
from mailnode.wire.address import address

HOME = "example.org"
RELAYED = Outcome(Result.RELAYED, "2.0.0", "250 2.0.0 ok", "mx.example.net")
NO_ANSWER = Outcome(Result.DEFERRED, "4.4.1", "no answer")
MESSAGE = b"Received: from there\r\nSubject: Lunch on Friday\r\n\r\nAt noon?\r\n"

Answer = Outcome | BaseException | Deferred[Outcome]


class WatchedQueue(MemoryQueue):
    """A queue in memory that can be in trouble, and keeps copies of reports.

    @ivar trouble: what C{settle} raises, if anything.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        super().__init__(clock)
        self.trouble: Exception | None = None
        self.reports: list[tuple[Envelope, bytes]] = []
        self.claimed = 0

    async def claim(self, *args, **named) -> Sequence[Claim]:  # type: ignore[no-untyped-def]  # as it is there
        claims = await super().claim(*args, **named)
        self.claimed += len(claims)
        return claims

    async def settle(
        self,
        claim: Claim,
        settlements: Sequence[Settlement],
        reports: Sequence[tuple[Envelope, IContent]] = (),
    ) -> None:
        if self.trouble is not None:
            raise self.trouble
        await super().settle(claim, settlements, reports)
        self.reports += [(envelope, b"".join(c.chunks())) for envelope, c in reports]


class ScriptedCarrier:
    """Carries messages as it is told.

    @ivar answers: by address, domain or C{*}.
    @ivar tried: when, in ms, and the address.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self.clock = clock
        self.answers: dict[str, Answer] = {"*": RELAYED}
        self.tried: list[tuple[int, str]] = []
        self.going = 0
        self.most = 0

    async def carry(self, claim: Claim, content: IOctets) -> Sequence[Outcome]:
        targets = [each.target.address for each in claim.waiting]
        self.tried += [(self.clock(), each.key) for each in targets]
        self.going += 1
        self.most = max(self.most, self.going)
        assert await content.read()
        try:
            return [await self.answer(each) for each in targets]
        finally:
            self.going -= 1

    async def answer(self, to: Address) -> Outcome:
        keys = (to.key, to.domain, "*")
        said = next(self.answers[key] for key in keys if key in self.answers)
        if isinstance(said, BaseException):
            raise said
        if isinstance(said, Deferred):
            return await said
        return said


class Office:
    """All of it.

    @ivar chance: what the jitter gets.
    @ivar jump: how far the clock of the wall was put forward or back, in ms.
    """

    def __init__(
        self,
        *,
        schedule: Schedule = Schedule(),  # noqa: B008 - it is frozen
        total: int = 100,
        each: int = 20,
    ) -> None:
        self.clock = Clock()
        self.clock.advance(1_795_000_000)  # Nov 2026
        self.queue = WatchedQueue(self.now)
        self.trail = MemoryTrail()
        self.store = MemoryStore()
        self.remote = ScriptedCarrier(self.now)
        self.schedule = schedule
        self.limits = (total, each)
        self.chance = 0.5
        self.jump = 0
        self.made = 0
        self.runner = self.hired()

    def now(self) -> int:
        """Milliseconds since 1970."""
        return round(self.clock.seconds() * 1000) + self.jump

    def hired(self) -> Runner:
        """A new runner over the same queue."""
        bounces = Bounces(
            hostname="mail.example.org",
            spool=MemorySpool,
            targets=self.targets,
            chance=self.octets,
        )
        ledger = Ledger(
            self.queue,
            self.trail,
            bounces,
            self.schedule,
            clock=self.now,
            chance=lambda: self.chance,
        )
        return Runner(
            ledger,
            Pace(*self.limits),
            self.clock,
            here=LocalCarrier(self.store, self.lives),
            elsewhere=self.remote,
        )

    def octets(self, n: int) -> bytes:
        """So many octets that nobody has had before."""
        self.made += 1
        return self.made.to_bytes(n, "big")

    async def lives(self, name: str) -> bool:
        return not name.startswith("nobody@")

    async def targets(self, to: Address) -> Sequence[Target]:
        if to.key == f"nobody@{HOME}":
            raise NotFound("nobody here has this address")
        return [target(to.key, None)]

    def start(self) -> None:
        """Let the runner run."""
        self.runner.startService()

    def crash(self) -> None:
        """The process is gone, and another one begins; what was tried has a lease."""
        for call in self.clock.getDelayedCalls():
            call.cancel()
        self.queue.listeners.clear()
        self.runner.running = 0
        self.runner.errands.clear()
        self.remote = ScriptedCarrier(self.now)
        self.runner = self.hired()
        self.start()

    def put(self, envelope: Envelope, message: bytes = MESSAGE) -> None:
        """Put a message in the queue."""
        _ = Deferred.fromCoroutine(self.queue.put(envelope, MemoryContent(message)))

    def pass_time(self, seconds: float) -> None:
        """Let everything happen in its time."""
        end = self.clock.seconds() + seconds
        while calls := self.clock.getDelayedCalls():
            first = min(call.getTime() for call in calls)
            if first > end:
                break
            self.clock.advance(max(0, first - self.clock.seconds()))
        self.clock.advance(max(0, end - self.clock.seconds()))


def target(
    to: str, sender: Address | None, recipient: Recipient | None = None
) -> Target:
    """Where a message goes for an address."""
    whom = address(to)
    return Target(
        recipient or Recipient(whom),
        whom,
        INBOX if whom.domain == HOME else None,
        sender,
    )


def envelope(
    name: str,
    *to: str,
    sender: str = "ana@example.org",
    received: int = 1_795_000_000_000,
    **said: object,
) -> Envelope:
    """An envelope for some addresses; C{said} is what MAIL said besides."""
    whom = address(sender) if sender else None
    mail = replace(Sender(whom), **said)  # type: ignore[arg-type]  # as each test has it
    return Envelope(name, mail, tuple(target(each, whom) for each in to), received)
