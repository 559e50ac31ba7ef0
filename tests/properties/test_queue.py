"""A queue does what a few dictionaries do, whatever is asked of it in any order."""

from __future__ import annotations

import dataclasses
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from store.keeping import Clock, Keeping, mail, now, whole
from store.queueing import BUSY, SENT, later

from mailnode.errors import NotFound
from mailnode.interfaces.queue import IQueue
from mailnode.model.envelope import Address, Envelope, Recipient, Sender, Target
from mailnode.model.queue import Claim, Entry, Stage, Waiting
from mailnode.store.queue import Queue
from mailnode.testing import MemoryContent, MemoryQueue

PLACES = ("a.example", "b.example", "")
SENDERS = (Address("ana", "example.org"), Address("bob", "example.org"), None)
TRIED = (Stage.INCOMING, Stage.DEFERRED, Stage.ACTIVE)
LEASE = 1000

names = st.sampled_from([f"m{n}" for n in range(6)])
places = st.sampled_from(PLACES)
some_places = st.lists(places, max_size=2, unique=True)


@st.composite
def envelopes(draw: st.DrawFn, name: st.SearchStrategy[str] = names) -> Envelope:
    """A message to a few people."""
    chosen = draw(st.lists(st.tuples(places, st.sampled_from(SENDERS)), max_size=4))
    targets = []
    for n, (place, path) in enumerate(chosen):
        to = Address(f"p{n}", place or "example.org")
        mailbox = None if place else "INBOX"
        targets.append(Target(Recipient(to), to, mailbox, path))
    hold = draw(st.sampled_from([None, 500, 5000]))
    sender = Sender(
        draw(st.sampled_from(SENDERS)),
        priority=draw(st.integers(-1, 1)),
        hold_until=None if hold is None else 1_700_000_000_000 + hold,
    )
    return Envelope(draw(name), sender, tuple(targets), 1_700_000_000_000)


class QueueMachine(RuleBasedStateMachine):
    """A queue, and dictionaries that say what it should have.

    @ivar known: what every message is.
    @ivar waiting: its targets by their numbers.
    """

    lasting = False

    def made(self) -> IQueue:
        """A queue in memory."""
        return MemoryQueue(self.clock)

    @initialize()
    def open(self) -> None:
        self.clock = Clock()
        self.queue = self.made()
        self.known: dict[str, Envelope] = {}
        self.waiting: dict[str, dict[int, Waiting]] = {}
        self.until: dict[str, int] = {}
        self.claims: list[Claim] = []
        self.heard = 0
        self.queue.watch(self.listen)

    def listen(self) -> None:
        self.heard += 1

    def octets(self, name: str) -> bytes:
        return mail(name, 600_000 if name == "m5" else 0)

    def keep(self, envelope: Envelope) -> bool:
        """What a put should do; whether that is anything."""
        if envelope.id in self.waiting or not envelope.targets:
            return False
        due = max(self.clock(), envelope.sender.hold_until or 0)
        self.known[envelope.id] = envelope
        self.waiting[envelope.id] = {
            n: Waiting(n, target, Stage.INCOMING, due, 0)
            for n, target in enumerate(envelope.targets)
        }
        return True

    def every(self) -> Iterator[tuple[str, Waiting]]:
        for name, targets in self.waiting.items():
            for each in targets.values():
                yield name, each

    def time(self, each: Waiting) -> int:
        return max(each.due, self.until.get(each.target.destination, 0))

    def due(self, busy: list[str]) -> list[tuple[str, Waiting]]:
        return [
            (name, each)
            for name, each in self.every()
            if each.stage in TRIED
            and self.time(each) <= self.clock()
            and each.target.destination not in busy
        ]

    def ours(self, claim: Claim) -> bool:
        there = self.waiting.get(claim.envelope.id, {})
        return all(there.get(each.number) == each for each in claim.waiting)

    def refused(self, work: Any) -> None:
        try:
            now(work)
        except NotFound:
            return
        raise AssertionError("it should have raised NotFound")

    @rule(envelope=envelopes())
    def put(self, envelope: Envelope) -> None:
        heard = self.heard
        content = MemoryContent(self.octets(envelope.id))
        now(self.queue.put(envelope, content))
        if self.keep(envelope):
            assert self.heard > heard

    @rule(limit=st.integers(1, 4), busy=some_places)
    def claim(self, limit: int, busy: list[str]) -> None:
        claims = now(self.queue.claim(limit, busy, lease=LEASE))
        served: Counter[str] = Counter()
        for claim in claims:
            due = self.due(busy)
            for _, other in due:
                rival = other.target.destination
                assert served[claim.destination] <= served[rival]
            served[claim.destination] += 1
            self.take(claim, due)
        assert len(claims) <= limit
        assert len(claims) == limit or not self.due(busy)
        self.claims.extend(claims)

    @rule(limit=st.integers(1, 4), there=places)
    def claim_only(self, limit: int, there: str) -> None:
        claims = now(self.queue.claim(limit, lease=LEASE, only=there))
        assert {each.destination for each in claims} <= {there}
        for claim in claims:
            self.take(claim, self.due([]))
        left = [each for _, each in self.due([]) if each.target.destination == there]
        assert len(claims) == limit or not left
        self.claims.extend(claims)

    def take(self, claim: Claim, due: list[tuple[str, Waiting]]) -> None:
        """A claim is of what is due, goes one way, and nothing better is due."""
        name = claim.envelope.id
        known = self.known[name]
        assert claim.envelope == dataclasses.replace(
            known, targets=tuple(each.target for each in claim.waiting)
        )
        assert claim.size == len(self.octets(name))
        assert claim.lease == self.clock() + LEASE
        assert claim.waiting
        ways = {(w.target.destination, w.target.sender) for w in claim.waiting}
        assert len(ways) == 1
        assert ways.pop()[0] == claim.destination
        for each in claim.waiting:
            was = self.waiting[name][each.number]
            assert (name, was) in due
            taken = dataclasses.replace(was, stage=Stage.ACTIVE, due=claim.lease)
            assert each == taken
            self.waiting[name][each.number] = taken
        for other, each in due:
            if each.target.destination == claim.destination:
                assert self.known[other].sender.priority <= known.sender.priority

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), report=envelopes(st.sampled_from(["r0", "r1"])))
    def settle(self, data: st.DataObject, report: Envelope) -> None:
        claim = self.claims.pop(data.draw(st.integers(0, len(self.claims) - 1)))
        delays = st.sampled_from([None, 0, 700, 3000])
        settlements = []
        for _ in claim.waiting:
            delay = data.draw(delays)
            settlements.append(SENT if delay is None else later(self.clock() + delay))
        reports = [(report, MemoryContent(self.octets(report.id)))]
        reports = reports if data.draw(st.booleans()) else []
        work = self.queue.settle(claim, settlements, reports)
        if not self.ours(claim):
            self.refused(work)
            return
        now(work)
        there = self.waiting[claim.envelope.id]
        for each, settlement in zip(claim.waiting, settlements, strict=True):
            if settlement.due is None:
                del there[each.number]
                continue
            there[each.number] = dataclasses.replace(
                each,
                stage=Stage.DEFERRED,
                due=settlement.due,
                attempts=each.attempts + 1,
                last=BUSY,
            )
        if not there:
            del self.waiting[claim.envelope.id]
        if reports:
            self.keep(report)

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(self.claims) - 1))
        claim = self.claims[at]
        work = self.queue.renew(claim, lease=2 * LEASE)
        if not self.ours(claim):
            self.refused(work)
            return
        self.claims[at] = now(work)
        until = self.clock() + 2 * LEASE
        assert self.claims[at].lease == until
        for each in claim.waiting:
            self.waiting[claim.envelope.id][each.number] = dataclasses.replace(
                each, due=until
            )
        assert self.ours(self.claims[at])

    def untried(self, each: Waiting) -> Waiting:
        stage = Stage.DEFERRED if each.attempts else Stage.INCOMING
        return dataclasses.replace(each, stage=stage, due=self.clock())

    @rule(number=st.integers(0, 2))
    def give_back(self, number: int) -> None:
        back, self.claims = self.claims[:number], self.claims[number:]
        now(self.queue.give_back(back))
        for claim in back:
            there = self.waiting.get(claim.envelope.id, {})
            for each in claim.waiting:
                if there.get(each.number) == each:
                    there[each.number] = self.untried(each)

    @rule(place=places, delay=st.sampled_from([0, 800, 4000]))
    def put_off(self, place: str, delay: int) -> None:
        self.until[place] = self.clock() + delay
        now(self.queue.put_off(place, self.until[place]))

    @rule(name=st.none() | names)
    def retry(self, name: str | None) -> None:
        if name is not None and name not in self.waiting:
            self.refused(self.queue.retry(name))
            return
        asked = list(self.waiting) if name is None else [name]
        total = 0
        for each in asked:
            for n, waiting in self.waiting[each].items():
                if waiting.stage in (Stage.INCOMING, Stage.DEFERRED):
                    self.until.pop(waiting.target.destination, None)
                if waiting.stage is Stage.DEFERRED:
                    self.waiting[each][n] = self.untried(waiting)
                    total += 1
        assert now(self.queue.retry(name)) == total

    @rule(name=names)
    def hold(self, name: str) -> None:
        if name not in self.waiting:
            self.refused(self.queue.hold(name))
            return
        idle = [
            each
            for each in self.waiting[name].values()
            if each.stage in (Stage.INCOMING, Stage.DEFERRED)
            or (each.stage is Stage.ACTIVE and each.due <= self.clock())
        ]
        for each in idle:
            held = dataclasses.replace(each, stage=Stage.HOLD)
            self.waiting[name][each.number] = held
        assert now(self.queue.hold(name)) == len(idle)

    @rule(name=names)
    def release(self, name: str) -> None:
        if name not in self.waiting:
            self.refused(self.queue.release(name))
            return
        held = [e for e in self.waiting[name].values() if e.stage is Stage.HOLD]
        for each in held:
            self.waiting[name][each.number] = self.untried(each)
        assert now(self.queue.release(name)) == len(held)

    @rule(name=names)
    def drop(self, name: str) -> None:
        if name not in self.waiting:
            self.refused(self.queue.drop(name))
            return
        assert now(self.queue.drop(name)) == len(self.waiting.pop(name))
        self.refused(self.queue.content(name))

    @rule(ms=st.sampled_from([1, 400, 600, 1000]))
    def time_passes(self, ms: int) -> None:
        self.clock.moment += ms

    @precondition(lambda self: self.lasting)
    @rule()
    def crash(self) -> None:
        self.queue = self.made()
        self.queue.watch(self.listen)
        assert isinstance(self.queue, Queue)
        now(self.queue.recover())
        for name, each in list(self.every()):
            if each.stage is Stage.ACTIVE:
                self.waiting[name][each.number] = self.untried(each)

    @rule(name=names)
    def read(self, name: str) -> None:
        if name in self.waiting:
            content = now(self.queue.content(name))
            assert whole(content) == self.octets(name)
            assert content.header_size == MemoryContent(self.octets(name)).header_size
        else:
            self.refused(self.queue.content(name))

    def entry(self, name: str) -> Entry:
        waiting = tuple(
            dataclasses.replace(each, due=self.time(each))
            if each.stage in (Stage.INCOMING, Stage.DEFERRED)
            else each
            for _, each in sorted(self.waiting[name].items())
        )
        targets = tuple(each.target for each in waiting)
        envelope = dataclasses.replace(self.known[name], targets=targets)
        return Entry(envelope, len(self.octets(name)), waiting)

    @invariant()
    def says_what_it_has(self) -> None:
        if not hasattr(self, "queue"):
            return
        expected = [self.entry(name) for name in sorted(self.waiting)]
        assert list(now(self.queue.entries())) == expected
        assert (
            list(now(self.queue.entries("m2", 2)))
            == [each for each in expected if each.envelope.id > "m2"][:2]
        )
        times = [self.time(e) for _, e in self.every() if e.stage in TRIED]
        due = max(self.clock(), min(times)) if times else None
        assert now(self.queue.next_due()) == due


class StoredQueueMachine(QueueMachine):
    """The same over the one in the main database, which outlives a crash."""

    lasting = True

    def made(self) -> IQueue:
        """The queue of one more run."""
        if not hasattr(self, "directory"):
            self.directory = tempfile.TemporaryDirectory()
            self.keeping = Keeping(Path(self.directory.name))
            self.runs = 0
        self.runs += 1
        main, reserve = self.keeping.main, self.keeping.store.reserve
        return Queue(main, reserve, self.clock, f"run {self.runs}")

    def teardown(self) -> None:
        if hasattr(self, "directory"):
            self.keeping.sound()
            self.keeping.close()
            self.directory.cleanup()


LIMITS = settings(
    max_examples=30,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestMemoryQueue = QueueMachine.TestCase
TestMemoryQueue.settings = LIMITS
TestQueue = StoredQueueMachine.TestCase
TestQueue.settings = LIMITS
