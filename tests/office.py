"""A queue with its runner, in memory or in a store, whose others do as they are told, and a clock.

example.org is here; ana@example.org has a mailbox.  All other domains are elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from store.keeping import Keeping
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
from mailnode.store.queue import Queue
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


class Watch:
    """Looks over the shoulder of a queue, and can bring it into trouble.

    @ivar trouble: what C{settle} and C{renew} raise, if anything.
    @ivar reports: copies of those that were queued.
    """

    def __init__(self, queue: MemoryQueue | Queue) -> None:
        self.settle_really, self.renew_really = queue.settle, queue.renew
        self.trouble: Exception | None = None
        self.reports: list[tuple[Envelope, bytes]] = []
        vars(queue).update(settle=self.settle, renew=self.renew)

    async def settle(
        self,
        claim: Claim,
        settlements: Sequence[Settlement],
        reports: Sequence[tuple[Envelope, IContent]] = (),
    ) -> None:
        """What the queue does, unless there is trouble."""
        self.check()
        await self.settle_really(claim, settlements, reports)
        self.reports += [(envelope, b"".join(c.chunks())) for envelope, c in reports]

    async def renew(self, claim: Claim, *, lease: int) -> Claim:
        """Likewise."""
        self.check()
        return await self.renew_really(claim, lease=lease)

    def check(self) -> None:
        """Raise what there is to raise."""
        if self.trouble is not None:
            raise type(self.trouble)(*self.trouble.args)


class ScriptedCarrier:
    """Carries messages as it is told.

    @ivar answers: by address, domain or C{*}.
    @ivar tried: when, in ms, and the address.
    @ivar done: how often it was carried, by message and address.
    @ivar going: how many at the moment; C{most}: how many at most.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self.clock = clock
        self.answers: dict[str, Answer] = {"*": RELAYED}
        self.tried: list[tuple[int, str]] = []
        self.done: Counter[tuple[str, str]] = Counter()
        self.going = 0
        self.most = 0

    async def carry(self, claim: Claim, content: IOctets) -> Sequence[Outcome]:
        targets = [each.target.address for each in claim.waiting]
        self.tried += [(self.clock(), each.key) for each in targets]
        self.going += 1
        self.most = max(self.most, self.going)
        assert await content.read()
        try:
            said = [await self.answer(each) for each in targets]
        finally:
            self.going -= 1
        for to, outcome in zip(targets, said, strict=True):
            self.done[claim.envelope.id, to.key] += outcome.result is Result.RELAYED
        return said

    async def answer(self, to: Address) -> Outcome:
        keys = (to.key, to.domain, "*")
        said = next(self.answers[key] for key in keys if key in self.answers)
        if isinstance(said, BaseException):
            raise type(said)(*said.args)
        if isinstance(said, Deferred):
            return await followed(said)
        return said


def followed(gate: Deferred[Outcome]) -> Deferred[Outcome]:
    """What comes of a gate, for one of many who wait at it."""
    waiting: Deferred[Outcome] = Deferred()

    def passed(outcome: Outcome) -> Outcome:
        if not waiting.called:
            waiting.callback(outcome)
        return outcome

    _ = gate.addCallback(passed)
    return waiting


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
        keeping: Keeping | None = None,
    ) -> None:
        self.clock = Clock()
        self.clock.advance(1_795_000_000)  # Nov 2026
        self.queue = self.kept_in(keeping)
        self.watch = Watch(self.queue)
        self.trail = MemoryTrail()
        self.store = MemoryStore()
        self.remote = ScriptedCarrier(self.now)
        self.schedule = schedule
        self.limits = (total, each)
        self.chance = 0.5
        self.jump = 0
        self.made = 0
        self.runner = self.hired()

    def kept_in(self, keeping: Keeping | None) -> MemoryQueue | Queue:
        """The queue: in memory, or in a store."""
        if keeping is None:
            return MemoryQueue(self.now)
        store = keeping.store
        return Queue(store.main, store.reserve, self.now, "office")

    def now(self) -> int:
        """Milliseconds since 1970."""
        return round(self.clock.seconds() * 1000) + self.jump

    @property
    def memory(self) -> MemoryQueue:
        """The queue, that is in memory."""
        assert isinstance(self.queue, MemoryQueue)
        return self.queue

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
            breath=0.0,
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
        for call in list(self.clock.getDelayedCalls()):
            call.cancel()
        self.queue.listeners.clear()
        self.runner.running = 0
        done, self.remote = self.remote.done, ScriptedCarrier(self.now)
        self.remote.done = done
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
