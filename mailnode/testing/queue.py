"""A queue in memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from zope.interface import implementer

from mailnode.errors import NotFound
from mailnode.interfaces.content import IContent, IOctets
from mailnode.interfaces.queue import IQueue
from mailnode.model.envelope import Envelope, Target
from mailnode.model.queue import Claim, Entry, Settlement, Stage, Waiting
from mailnode.testing.content import MemoryContent

TRIED = (Stage.INCOMING, Stage.ACTIVE, Stage.DEFERRED)
"""What is tried when its time comes; an ACTIVE target when its lease has ended."""
TOGETHER = 100
"""Targets in one claim at most (RFC 5321, 4.5.3.1.8)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A message in the queue.

    @ivar waiting: its targets by number; those that are settled are gone.
    """

    envelope: Envelope
    content: MemoryContent
    waiting: dict[int, Waiting]


@implementer(IQueue)
class MemoryQueue:
    """Messages on their way to somebody, until the process ends.

    @ivar kept: messages by id.
    @ivar until: when a destination that was put off may be tried again.
    @ivar served: when it was whose turn last, counted; by destination, and by
        destination and sender.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self.clock = clock
        self.kept: dict[str, Kept] = {}
        self.until: dict[str, int] = {}
        self.served: dict[tuple[str, ...], int] = {}
        self.turns = count(1)
        self.listeners: dict[object, Callable[[], None]] = {}

    async def put(self, envelope: Envelope, content: IContent) -> None:
        self.keep(envelope, content)
        self.tell()

    def keep(self, envelope: Envelope, content: IContent) -> None:
        """Keep a message, unless it is here or for nobody."""
        if envelope.id in self.kept or not envelope.targets:
            return
        due = max(self.clock(), envelope.sender.hold_until or 0)
        self.kept[envelope.id] = Kept(
            envelope,
            MemoryContent(b"".join(content.chunks())),
            {
                number: Waiting(number, target, Stage.INCOMING, due, 0)
                for number, target in enumerate(envelope.targets)
            },
        )

    def tell(self) -> None:
        """Let the listeners know."""
        for listener in list(self.listeners.values()):
            listener()

    def tried(self) -> Iterator[tuple[Kept, Waiting]]:
        """All targets that are tried when their time comes."""
        for kept in self.kept.values():
            for waiting in kept.waiting.values():
                if waiting.stage in TRIED:
                    yield kept, waiting

    async def claim(
        self,
        limit: int,
        busy: Collection[str] = (),
        *,
        lease: int,
        only: str | None = None,
    ) -> Sequence[Claim]:
        claims: list[Claim] = []
        while len(claims) < limit:
            due = [
                (kept, waiting)
                for kept, waiting in self.tried()
                if self.time(waiting) <= self.clock()
                and waiting.target.destination not in busy
                and only in (None, waiting.target.destination)
            ]
            if not due:
                break
            kept, first = min(due, key=lambda pair: self.place(*pair))
            claims.append(self.taken(kept, first, self.clock() + lease))
        return claims

    def time(self, waiting: Waiting) -> int:
        """When a target is tried next."""
        return max(waiting.due, self.until.get(waiting.target.destination, 0))

    def place(self, kept: Kept, waiting: Waiting) -> tuple[int, int, int]:
        """Who is served before whom."""
        there = waiting.target.destination
        return (
            self.served.get((there,), 0),
            -kept.envelope.sender.priority,
            self.served.get((there, kept.envelope.whose), 0),
        )

    def taken(self, kept: Kept, first: Waiting, until: int) -> Claim:
        """Take what goes the same way as a target that is due."""
        there, now = first.target.destination, self.clock()
        together = [
            dataclasses.replace(each, stage=Stage.ACTIVE, due=until)
            for each in kept.waiting.values()
            if each.stage in TRIED
            and each.due <= now
            and way(each.target) == way(first.target)
        ][:TOGETHER]
        kept.waiting.update({each.number: each for each in together})
        self.served[there,] = self.served[there, kept.envelope.whose] = next(self.turns)
        envelope = dataclasses.replace(
            kept.envelope, targets=tuple(each.target for each in together)
        )
        return Claim(envelope, tuple(together), there, kept.content.size, until)

    def ours(self, claim: Claim) -> Kept:
        """The message of a claim that nobody else has made meanwhile."""
        kept = self.kept.get(claim.envelope.id)
        if kept is None or any(
            kept.waiting.get(each.number) != each for each in claim.waiting
        ):
            raise NotFound("the claim is ours no longer")
        return kept

    async def renew(self, claim: Claim, *, lease: int) -> Claim:
        kept, until = self.ours(claim), self.clock() + lease
        waiting = tuple(dataclasses.replace(w, due=until) for w in claim.waiting)
        kept.waiting.update({each.number: each for each in waiting})
        return dataclasses.replace(claim, waiting=waiting, lease=until)

    async def settle(
        self,
        claim: Claim,
        settlements: Sequence[Settlement],
        reports: Sequence[tuple[Envelope, IContent]] = (),
    ) -> None:
        kept = self.ours(claim)
        for waiting, settlement in zip(claim.waiting, settlements, strict=True):
            if settlement.due is None:
                del kept.waiting[waiting.number]
                continue
            kept.waiting[waiting.number] = dataclasses.replace(
                waiting,
                stage=Stage.DEFERRED,
                due=settlement.due,
                attempts=waiting.attempts + 1,
                warned=settlement.warned,
                last=settlement.outcome,
            )
        if not kept.waiting:
            del self.kept[claim.envelope.id]
        for envelope, content in reports:
            self.keep(envelope, content)
        if reports:
            self.tell()

    async def give_back(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            kept = self.kept.get(claim.envelope.id)
            for each in claim.waiting:
                if kept is not None and kept.waiting.get(each.number) == each:
                    kept.waiting[each.number] = self.due_now(each)

    def due_now(self, waiting: Waiting) -> Waiting:
        """A target that may be tried at once."""
        stage = Stage.DEFERRED if waiting.attempts else Stage.INCOMING
        return dataclasses.replace(waiting, stage=stage, due=self.clock())

    async def put_off(self, destination: str, until: int) -> None:
        self.until[destination] = until

    async def content(self, name: str) -> IOctets:
        return self.found(name).content

    async def recall(self, name: str) -> bool:
        kept = self.kept.get(name)
        if kept is None or not all(map(self.untouched, kept.waiting.values())):
            return False
        del self.kept[name]
        return True

    def untouched(self, waiting: Waiting) -> bool:
        """Nobody has ever taken it, as it was not due."""
        never = waiting.stage is Stage.INCOMING and not waiting.attempts
        return never and waiting.due > self.clock()

    async def next_due(self) -> int | None:
        times = [self.time(waiting) for _, waiting in self.tried()]
        return max(self.clock(), min(times)) if times else None

    def watch(self, listener: Callable[[], None]) -> Callable[[], None]:
        key = object()
        self.listeners[key] = listener

        def stop() -> None:
            self.listeners.pop(key, None)

        return stop

    async def entries(self, after: str = "", limit: int = 1000) -> Sequence[Entry]:
        names = sorted(name for name in self.kept if name > after)
        return [await self.entry(name) for name in names[:limit]]

    def found(self, name: str) -> Kept:
        """A message by its id."""
        if name not in self.kept:
            raise NotFound("there is no such message in the queue")
        return self.kept[name]

    async def entry(self, name: str) -> Entry:
        kept = self.found(name)
        waiting = tuple(map(self.seen, kept.waiting.values()))
        envelope = dataclasses.replace(
            kept.envelope, targets=tuple(each.target for each in waiting)
        )
        return Entry(envelope, kept.content.size, waiting)

    def seen(self, waiting: Waiting) -> Waiting:
        """A target as operators see it: not tried before its destination is."""
        if not waiting.pending:
            return waiting
        return dataclasses.replace(waiting, due=self.time(waiting))

    async def retry(self, name: str | None = None) -> int:
        asked = list(self.kept.values()) if name is None else [self.found(name)]
        total = 0
        for kept in asked:
            for each in list(kept.waiting.values()):
                if each.pending:
                    self.until.pop(each.target.destination, None)
                if each.stage is Stage.DEFERRED:
                    kept.waiting[each.number] = self.due_now(each)
                    total += 1
        self.tell()
        return total

    async def hold(self, name: str) -> int:
        kept, now = self.found(name), self.clock()
        idle = [
            each
            for each in kept.waiting.values()
            if each.pending or (each.stage is Stage.ACTIVE and each.due <= now)
        ]
        for each in idle:
            kept.waiting[each.number] = dataclasses.replace(each, stage=Stage.HOLD)
        return len(idle)

    async def release(self, name: str) -> int:
        kept = self.found(name)
        held = [each for each in kept.waiting.values() if each.stage is Stage.HOLD]
        for each in held:
            kept.waiting[each.number] = self.due_now(each)
        self.tell()
        return len(held)

    async def drop(self, name: str) -> int:
        total = len(self.found(name).waiting)
        del self.kept[name]
        return total


def way(target: Target) -> tuple[object, ...]:
    """What targets of one transaction have in common."""
    return target.destination, target.sender
