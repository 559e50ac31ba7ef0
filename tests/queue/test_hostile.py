"""Clocks that jump, and servers that hold us, as the runner takes them."""

from __future__ import annotations

from office import RELAYED, Office, envelope
from twisted.internet.defer import Deferred

from mailnode.errors import Unavailable
from mailnode.model.queue import Outcome, Result
from mailnode.queue.pace import SLOW

HOUR = 3_600_000
LATER = Outcome(Result.DEFERRED, "4.2.1", "450 4.2.1 later", "mx.example.net")


def test_a_clock_put_forward_sends_nothing_twice() -> None:
    office = Office()
    held: Deferred[Outcome] = Deferred()
    office.remote.answers["bob@example.net"] = held
    office.start()
    office.put(envelope("m1", "bob@example.net"))
    office.pass_time(1)
    office.jump = HOUR
    office.put(envelope("m2", "carla@example.com"))
    office.pass_time(120)
    assert [to for _, to in office.remote.tried] == [
        "bob@example.net",
        "carla@example.com",
    ]
    held.callback(RELAYED)
    office.pass_time(HOUR)
    assert len(office.remote.tried) == 2
    relayed = [step.id for step in office.trail.steps if step.event.value == "relayed"]
    assert sorted(relayed) == ["m1", "m2"]


def test_slow_servers_hold_nobody_else() -> None:
    office = Office(total=2, each=2)
    office.start()
    for n in range(4):
        office.remote.answers[f"slow{n}.example"] = Deferred()
        office.put(envelope(f"m{n}", f"bob@slow{n}.example"))
    office.put(envelope("m9", "carla@example.com"))
    office.pass_time(19)
    assert len(office.remote.tried) == 2
    office.pass_time(2)
    assert len(office.remote.tried) == 4
    office.pass_time(20)
    assert office.remote.tried[-1][1] == "carla@example.com"
    assert office.runner.pace.slow == 4


def test_slow_attempts_have_an_end() -> None:
    office = Office(total=1, each=2)
    office.start()
    held: list[Deferred[Outcome]] = [Deferred() for _ in range(9)]
    for n, each in enumerate(held):
        office.remote.answers[f"slow{n}.example"] = each
        office.put(envelope(f"m{n}", f"bob@slow{n}.example"))
    office.pass_time(300)
    assert len(office.remote.tried) == SLOW + 1
    held[0].callback(RELAYED)
    office.pass_time(40)
    assert len(office.remote.tried) == SLOW + 2
    for each in held[1:]:
        each.callback(RELAYED)
    office.pass_time(1)
    assert len(office.remote.tried) == len(held)
    assert office.runner.pace.slow == 0
    assert not office.runner.pace.active


def test_a_clock_put_back_keeps_nothing_waiting() -> None:
    office = Office()
    office.remote.answers["*"] = LATER
    office.start()
    office.put(envelope("m1", "bob@example.net"))
    office.pass_time(1)
    office.jump = -24 * HOUR
    office.pass_time(200)
    assert len(office.remote.tried) == 2


def test_a_clock_that_is_corrected_changes_nothing() -> None:
    office = Office()
    office.remote.answers["*"] = LATER
    office.start()
    office.put(envelope("m1", "bob@example.net"))
    for _ in range(4):
        office.jump -= 10_000
        office.pass_time(60)
    assert len(office.remote.tried) == 1


def test_a_queue_in_trouble_is_tried_again_in_the_next_round() -> None:
    office = Office()
    office.remote.answers["*"] = LATER
    office.start()
    office.put(envelope("m1", "bob@example.net"))
    office.pass_time(1)
    office.jump = -24 * HOUR
    retry, office.queue.retry = office.queue.retry, broken  # type: ignore[method-assign]  # for a minute
    office.pass_time(100)
    assert len(office.remote.tried) == 1
    office.queue.retry = retry  # type: ignore[method-assign]  # and back
    office.pass_time(60)
    assert len(office.remote.tried) == 2


async def broken(name: str | None = None) -> int:
    raise Unavailable("the database is locked")
