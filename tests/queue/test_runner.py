"""The runner: who is tried when, and that nothing is lost, whatever happens."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest
from office import NO_ANSWER, RELAYED, Answer, Office, envelope
from twisted.internet.defer import CancelledError, Deferred

from mailnode.errors import NoSpace, Unavailable
from mailnode.interfaces.content import IOctets
from mailnode.model.queue import Claim, Outcome, Result
from mailnode.model.trail import Event
from mailnode.queue.ledger import LEASE
from mailnode.queue.pace import LOCAL

HOUR = 3600.0
DAY = 24 * HOUR
LAST = (Event.DELIVERED, Event.RELAYED, Event.FAILED)


def events(office: Office, name: str) -> list[Event]:
    return [step.event for step in office.trail.steps if step.id == name]


# How many at a time


def test_so_many_at_a_time_and_so_many_to_each() -> None:
    office = Office(total=10, each=4)
    office.remote.answers["*"] = Deferred()
    office.start()
    for n in range(30):
        office.put(envelope(f"a{n}", "bob@example.net"))
    assert office.remote.going == 4
    for n in range(30):
        office.put(envelope(f"b{n}", f"bob@{n}.example"))
    assert office.remote.going == 10
    assert len(office.runner.errands) == 10, "no more than these are in memory"


def test_all_of_them_in_their_turn() -> None:
    office = Office(total=10, each=4)
    gate: Deferred[Outcome] = Deferred()
    office.remote.answers["*"] = gate
    office.start()
    for n in range(60):
        office.put(envelope(f"m{n}", f"bob@{n % 3}.example"))
    office.remote.answers["*"] = RELAYED
    gate.callback(RELAYED)
    office.pass_time(10)
    assert not office.memory.kept
    assert len(office.remote.tried) == 60
    assert office.remote.most == 10


def test_mailboxes_here_do_not_wait_for_others() -> None:
    office = Office(total=5, each=5)
    office.remote.answers["*"] = Deferred()
    office.start()
    for n in range(100):
        office.put(envelope(f"m{n}", f"bob@{n}.example"))
    assert office.remote.going == 5
    for n in range(3 * LOCAL):
        office.put(envelope(f"here{n}", "ana@example.org"))
    office.pass_time(2)
    assert len(office.store.of("ana@example.org").inbox.kept) == 3 * LOCAL


def test_one_that_hangs_does_not_keep_others() -> None:
    office = Office(total=50, each=5)
    office.remote.answers["slow.example"] = Deferred()
    office.start()
    for n in range(40):
        office.put(envelope(f"s{n}", "bob@slow.example"))
        office.put(envelope(f"m{n}", f"bob@{n}.example"))
    office.pass_time(2)
    assert sum(event is Event.RELAYED for event in map(last(office), range(40))) == 40


def last(office: Office):  # type: ignore[no-untyped-def]  # a shorthand
    return lambda n: events(office, f"m{n}")[-1]


def test_a_dead_domain_costs_one_try_each_time() -> None:
    office = Office()
    office.remote.answers["dead.example"] = NO_ANSWER
    office.start()
    office.put(envelope("m0", "bob@dead.example"))
    for n in range(1, 60):
        office.put(envelope(f"m{n}", "bob@dead.example"))
    office.pass_time(DAY)
    tries = len(office.remote.tried)
    assert tries < 20
    office.pass_time(5 * DAY)
    assert len(office.remote.tried) < tries + 12 * 4 + 10
    assert not office.memory.kept
    assert all(events(office, f"m{n}").count(Event.FAILED) == 1 for n in range(60))
    assert all(events(office, f"m{n}").count(Event.REPORTED) == 2 for n in range(60))


def test_who_comes_back_gets_everything_at_once() -> None:
    office = Office()
    office.remote.answers["dead.example"] = NO_ANSWER
    office.start()
    for n in range(50):
        office.put(envelope(f"m{n}", "bob@dead.example"))
    office.pass_time(DAY)
    office.remote.answers["dead.example"] = RELAYED
    office.pass_time(3 * HOUR)
    assert not office.memory.kept


def test_new_mail_for_a_dead_domain_is_not_tried_apart() -> None:
    office = Office()
    office.remote.answers["dead.example"] = NO_ANSWER
    office.start()
    office.put(envelope("m0", "bob@dead.example"))
    office.pass_time(6 * HOUR)
    tried = len(office.remote.tried)
    for n in range(1, 60):
        office.put(envelope(f"m{n}", "bob@dead.example", received=office.now()))
        office.pass_time(60)
    assert len(office.remote.tried) <= tried + 1


# Leases


def test_a_lease_is_renewed_as_long_as_it_takes() -> None:
    office = Office()
    office.remote.answers["*"] = Deferred()
    office.start()
    office.put(envelope("m", "bob@example.net"))
    office.pass_time(HOUR)
    (errand,) = office.runner.errands.values()
    assert errand.claim.lease > office.now() + LEASE // 3
    assert len(office.remote.tried) == 1


def test_a_lost_lease_ends_the_attempt() -> None:
    office = Office()
    office.remote.answers["*"] = Deferred()
    office.start()
    office.put(envelope("m", "bob@example.net"))
    _ = Deferred.fromCoroutine(office.queue.drop("m"))
    office.pass_time(HOUR)
    assert not office.runner.errands
    assert office.remote.going == 0
    assert events(office, "m") == []


def test_trouble_with_a_lease_is_not_the_end_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = Office()
    office.remote.answers["*"] = Deferred()
    renew, troubles = office.queue.renew, iter([Unavailable("locked")] * 3)

    async def sometimes(claim: Claim, *, lease: int) -> Claim:
        for trouble in troubles:
            raise trouble
        return await renew(claim, lease=lease)

    monkeypatch.setattr(office.queue, "renew", sometimes)
    office.start()
    office.put(envelope("m", "bob@example.net"))
    office.pass_time(HOUR)
    assert len(office.remote.tried) == 1
    assert next(troubles, None) is None


# What cannot be written down


@pytest.mark.parametrize(
    "trouble", [Unavailable("locked"), NoSpace("full"), RuntimeError("a fault")]
)
def test_what_is_delivered_is_not_delivered_again(trouble: Exception) -> None:
    office = Office()
    office.watch.trouble = trouble
    office.start()
    office.put(envelope("m", "bob@example.net", "ana@example.org"))
    office.pass_time(DAY)
    assert [to for _, to in office.remote.tried] == ["bob@example.net"]
    office.watch.trouble = None
    office.pass_time(60)
    assert not office.memory.kept
    assert set(events(office, "m")) == {Event.DELIVERED, Event.RELAYED}
    assert len(events(office, "m")) == 2
    office.pass_time(DAY)
    assert len(office.remote.tried) == 1


def test_a_claim_that_comes_back_is_not_tried_apart() -> None:
    """Its lease ends while nothing can be written, but it is still in hand."""
    office = Office()
    gate: Deferred[Outcome] = Deferred()
    office.remote.answers["*"] = gate
    office.start()
    office.put(envelope("m", "bob@example.net"))
    office.watch.trouble = Unavailable("locked")
    office.pass_time(HOUR)
    gate.callback(RELAYED)
    office.pass_time(HOUR)
    assert len(office.remote.tried) == 1
    office.watch.trouble = None
    office.pass_time(60)
    assert events(office, "m") == [Event.RELAYED]
    assert not office.runner.pace.active


def test_the_queue_cannot_be_read_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()

    async def locked(*_args: object, **_named: object) -> Sequence[Claim]:
        raise Unavailable("locked")

    with monkeypatch.context() as patched:
        patched.setattr(office.queue, "claim", locked)
        office.start()
        office.put(envelope("m", "bob@example.net"))
        office.pass_time(HOUR)
        assert not office.remote.tried
    office.pass_time(60)
    assert events(office, "m") == [Event.RELAYED]


def test_a_message_that_cannot_be_read_is_put_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = Office()
    content = office.queue.content

    async def damaged(name: str) -> IOctets:
        if name == "bad":
            raise Unavailable("its octets are not what they were")
        return await content(name)

    monkeypatch.setattr(office.queue, "content", damaged)
    office.start()
    office.put(envelope("bad", "bob@example.net"))
    office.put(envelope("good", "bob@example.net"))
    assert events(office, "bad") == [Event.DEFERRED]
    assert events(office, "good") == [Event.RELAYED]
    office.pass_time(6 * DAY)
    assert Event.FAILED in events(office, "bad")
    report = office.watch.reports[-1][1]
    assert b"could not be delivered" in report
    assert b"message/rfc822" not in report, "there is nothing to bring back"


def test_a_fault_in_a_report_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    office.remote.answers["*"] = Outcome(Result.FAILED, "5.1.1", "no")
    bounces = office.runner.ledger.bounces
    monkeypatch.setattr(bounces, "chance", lambda _: 1 / 0)
    office.start()
    office.put(envelope("m", "bob@example.net"))
    assert events(office, "m") == [Event.FAILED, Event.DROPPED]
    assert not office.memory.kept


# Carriers


def test_a_carrier_that_cannot_count_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = Office()

    async def carry(_claim: Claim, _content: IOctets) -> Sequence[Outcome]:
        return [RELAYED] * 3

    monkeypatch.setattr(office.remote, "carry", carry)
    office.start()
    office.put(envelope("m", "bob@example.net"))
    assert events(office, "m") == [Event.DEFERRED]
    assert office.trail.steps[-1].text.startswith("something went wrong")


def test_a_carrier_that_is_deaf_is_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = Office()
    told: list[bool] = []

    async def carry(_claim: Claim, _content: IOctets) -> Sequence[Outcome]:
        while True:
            try:
                await Deferred[None]()
            except CancelledError:
                told.append(True)

    monkeypatch.setattr(office.remote, "carry", carry)
    office.start()
    office.put(envelope("m", "bob@example.net"))
    office.pass_time(2 * HOUR)
    assert told == [True]
    assert events(office, "m") == [Event.DEFERRED]


# How it stops


def stopped(office: Office) -> list[bool]:
    """Whether it has stopped, soon."""
    done: list[bool] = []
    _ = office.runner.stopService().addCallback(lambda _: done.append(True))
    return done


def test_stops_at_once_when_there_is_nothing_to_do() -> None:
    office = Office()
    office.start()
    assert stopped(office) == [True]
    assert not office.clock.getDelayedCalls()
    office.put(envelope("m", "bob@example.net"))
    office.pass_time(DAY)
    assert not office.remote.tried


def test_what_is_in_flight_is_finished() -> None:
    office = Office()
    answer: Deferred[Outcome] = Deferred()
    office.remote.answers["*"] = answer
    office.start()
    office.put(envelope("m", "bob@example.net"))
    done = stopped(office)
    office.pass_time(10)
    assert done == []
    answer.callback(RELAYED)
    assert done == [True]
    assert events(office, "m") == [Event.RELAYED]
    assert not office.memory.kept
    assert not office.clock.getDelayedCalls()


def test_what_does_not_end_in_time_is_given_back() -> None:
    office = Office()
    office.remote.answers["*"] = Deferred()
    office.start()
    office.put(envelope("m", "bob@example.net"))
    done = stopped(office)
    office.pass_time(20)
    assert done == [True]
    assert office.remote.going == 0
    (claim,) = now_claimed(office)
    assert claim.waiting[0].attempts == 0
    assert not office.clock.getDelayedCalls()


def now_claimed(office: Office) -> Sequence[Claim]:
    """What is due now."""
    found: list[Sequence[Claim]] = []
    work = Deferred.fromCoroutine(office.queue.claim(10, lease=1000))
    _ = work.addCallback(found.append)
    return found[0]


def test_what_cannot_be_written_down_in_time_is_left_to_its_lease() -> None:
    office = Office()
    office.watch.trouble = Unavailable("locked")
    office.start()
    office.put(envelope("m", "bob@example.net"))
    done = stopped(office)
    office.pass_time(30)
    assert done == [True]
    assert not office.runner.errands
    assert not now_claimed(office)


# Everything at once


class Chaos:
    """Random days of a queue."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.office = Office(total=6, each=2)
        self.office.start()
        self.sent: dict[str, int] = {}
        self.interrupted: set[str] = set()
        self.gates: list[Deferred[Outcome]] = []

    def step(self) -> None:
        """One thing happens."""
        what = self.dice.choices(
            [
                self.arrives,
                self.answers,
                self.waits,
                self.ends,
                self.trouble,
                self.crash,
            ],
            [30, 20, 40, 15, 4, 1],
        )[0]
        what()

    def arrives(self) -> None:
        name = f"m{len(self.sent)}"
        domains = ("example.org", "a.example", "b.example", "c.example")
        to = {
            f"{self.dice.choice(('bob', 'carla', 'dora'))}@{self.dice.choice(domains)}"
            for _ in range(self.dice.randint(1, 4))
        }
        self.sent[name] = len(to)
        received = self.office.now()
        self.office.put(envelope(name, *sorted(to), received=received))

    def answers(self) -> None:
        who = self.dice.choice(("a.example", "b.example", "bob@c.example", "c.example"))
        hang: Deferred[Outcome] = Deferred()
        choices: list[Answer] = [
            RELAYED,
            RELAYED,
            NO_ANSWER,
            Outcome(Result.DEFERRED, "4.2.2", "full", "mx"),
            Outcome(Result.FAILED, "5.1.1", "no", "mx"),
            RuntimeError("a fault"),
            hang,
        ]
        answer = self.dice.choice(choices)
        if answer is hang:
            self.gates.append(hang)
        self.office.remote.answers[who] = answer

    def waits(self) -> None:
        self.office.pass_time(self.dice.choice((1, 30, 300, 1800)))

    def ends(self) -> None:
        if self.gates:
            gate = self.gates.pop()
            for who, answer in list(self.office.remote.answers.items()):
                if answer is gate:
                    self.office.remote.answers[who] = RELAYED
            if not gate.called:
                gate.callback(RELAYED)

    def trouble(self) -> None:
        locked = None if self.office.watch.trouble else Unavailable("locked")
        self.office.watch.trouble = locked

    def crash(self) -> None:
        going = self.office.runner.errands.values()
        self.interrupted |= {errand.claim.envelope.id for errand in going}
        self.office.crash()
        self.gates.clear()

    def settle(self) -> None:
        """All is well again, and everybody has time."""
        self.office.watch.trouble = None
        while self.gates:
            self.ends()
        self.office.remote.answers = {"*": RELAYED}
        self.office.pass_time(2 * DAY)


@pytest.mark.parametrize("seed", [0, 4, random.randrange(10**6)])
def test_nothing_is_lost_and_nothing_is_done_twice(seed: int) -> None:
    chaos = Chaos(seed)
    for _ in range(1000):
        chaos.step()
    chaos.settle()
    office = chaos.office
    assert not office.memory.kept
    assert not office.runner.errands
    assert not office.runner.pace.active
    ends = Counter(step.id for step in office.trail.steps if step.event in LAST)
    assert {name: ends[name] for name in chaos.sent} == chaos.sent
    done = office.remote.done
    twice = {name for (name, _), times in done.items() if times > 1}
    assert twice <= chaos.interrupted, "only what was being done when it crashed"
