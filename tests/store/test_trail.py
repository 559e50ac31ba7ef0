"""The trail tells what became of a message, whoever asks and however."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from store.faults import FailAt, Faults, Loop, quiet
from store.keeping import START, Clock, now
from twisted.internet.task import Clock as Reactor
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from zope.interface import provider

from mailnode.errors import NoSpace, Unavailable
from mailnode.interfaces.trail import ITrail
from mailnode.model.trail import Event, Step
from mailnode.store import migrate
from mailnode.store.database import InlineDatabase, ThreadedDatabase
from mailnode.store.scribe import INTERVAL, Scribe
from mailnode.store.trail import KEEP, MANY, MOST, OLD, Trail
from mailnode.testing import MemoryTrail

ANA, BOB, CARLA = "ana@example.org", "Bob@example.net", "carla@example.com"
STORY = (
    Step(START, "m1", Event.RECEIVED, ANA, "", "<1@example.org>", "from 192.0.2.1"),
    Step(START + 1, "m1", Event.QUEUED, ANA, BOB),
    Step(START + 1, "m1", Event.QUEUED, ANA, CARLA),
    Step(START + 2, "m2", Event.RECEIVED, "", "", "<2@example.org>"),
    Step(START + 3, "m2", Event.DELIVERED, "", ANA, text="in INBOX"),
    Step(START + 9, "m1", Event.RELAYED, "", BOB, text="mx.example.net: 250 ok é"),
    Step(START + 5, "m3", Event.REFUSED, "x@example.com", "y@example.org"),
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stored(clock: Clock) -> Iterator[Trail]:
    trail = Trail(InlineDatabase(prepare=migrate.trail), clock)
    yield trail
    now(trail.close())


@pytest.fixture(params=["memory", "stored"])
def trail(request: pytest.FixtureRequest, stored: Trail) -> ITrail:
    """Both of them."""
    trail: ITrail = MemoryTrail() if request.param == "memory" else stored
    for step in STORY:
        trail.note(step)
    return trail


M1 = [STORY[0], STORY[1], STORY[2], STORY[5]]
M2 = [STORY[3], STORY[4]]


@pytest.mark.parametrize(
    ("asked", "steps"),
    [
        ("m1", M1),
        ("m2", M2),
        ("<1@example.org>", M1),
        ("1@example.org", M1),
        ("bob@EXAMPLE.net", M1),
        (CARLA, M1),
        (ANA, [*M1[:3], *M2, STORY[5]]),
        ("y@example.org", [STORY[6]]),
        ("nobody@example.org", []),
        ("<3@example.org>", []),
        ("", []),
        ("%", []),
        ("\x00\ud800", []),
    ],
)
def test_whoever_asks_is_told_all(trail: ITrail, asked: str, steps: list[Step]) -> None:
    assert list(now(trail.about(asked))) == steps


def test_the_latest_are_kept(trail: ITrail) -> None:
    assert list(now(trail.about("m1", 2))) == [STORY[2], STORY[5]]
    assert list(now(trail.about(ANA, 2))) == [STORY[4], STORY[5]]


def test_what_no_database_takes(stored: Trail) -> None:
    stored.note(Step(START, "m", Event.FAILED, "\x00@x", "\ud800@x", text="a\x00b"))
    [step] = now(stored.about("m"))
    assert (step.sender, step.recipient, step.text) == ("\ufffd@x", "?@x", "a\ufffdb")


def test_every_question_has_an_index(stored: Trail) -> None:
    connection = stored.database.connection  # type: ignore[attr-defined]  # it is an InlineDatabase
    seen = set()

    def trace(_cursor: object, statement: str, _values: object) -> bool:
        seen.add(statement)
        return True

    connection.exec_trace = trace
    stored.note(STORY[0])
    now(stored.about("m1"))
    now(stored.forget())
    connection.exec_trace = None
    for statement in seen - {"BEGIN", "BEGIN IMMEDIATE", "COMMIT"}:
        marks = [None] * statement.count("?")
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", marks)
        steps = [row[3] for row in plan]
        assert not [each for each in steps if "TEMP B-TREE" in each], statement
        scans = [each for each in steps if each.startswith("SCAN")]
        ends = "ORDER BY id LIMIT" in statement or "max(id)" in statement
        assert not scans or ends, (statement, steps)


def count(trail: Trail, table: str = "step") -> int:
    counted = f"SELECT count(*) FROM {table}"
    return now(trail.database.read(lambda tx: int(tx.execute(counted).get)))


def test_steps_go_after_their_time(stored: Trail, clock: Clock) -> None:
    for n in range(2 * OLD + 5):
        stored.note(Step(START + n // OLD, f"m{n}", Event.QUEUED, ANA, BOB))
    stored.note(Step(START + 9, "m3", Event.RELAYED, "", BOB, "<3@example.org>"))
    now(stored.flush())
    clock.moment += KEEP - 1
    now(stored.forget())
    assert count(stored) == 2 * OLD + 6
    clock.moment += 2
    now(stored.forget())
    assert count(stored) == 5 + 2
    assert [step.id for step in now(stored.about(BOB))].count("m3") == 2
    stored.keep = -10
    now(stored.forget())
    assert count(stored) == 0
    for table in ("message", "clue"):
        assert count(stored, table) == 0
    stored.note(STORY[0])
    assert now(stored.about("m1")) == [STORY[0]]


def test_a_disk_that_does_not_follow(stored: Trail) -> None:
    asked: list[None] = []
    stored.hurry = lambda: asked.append(None)
    for n in range(MOST + 7):
        stored.note(Step(START, f"m{n}", Event.QUEUED))
    assert (len(stored.waiting), stored.dropped) == (MOST, 7)
    assert len(asked) >= MOST // MANY
    now(stored.flush())
    assert count(stored) == MOST
    assert now(stored.about("m6")) == []
    assert len(now(stored.about("m7"))) == 1


def test_what_could_not_be_written_waits(tmp_path: Path, clock: Clock) -> None:
    faults, loop = Faults("trail-full"), Loop()
    trail = Trail(
        ThreadedDatabase(
            tmp_path / "trail.db",
            loop.reactor,
            prepare=migrate.trail,
            vfs="trail-full",
        ),
        clock,
    )
    with quiet():
        faults.fails = FailAt(1, apsw.FullError, lasting=True)
        for step in STORY[:3]:
            trail.note(step)
        with pytest.raises(NoSpace):
            loop.wait(trail.flush())
        trail.note(STORY[3])
        assert loop.wait(trail.about("m1")) == []
        faults.fails = lambda operation, file: None
    assert list(trail.waiting) == [*STORY[:4]]
    loop.wait(trail.flush())
    assert loop.wait(trail.about("m1")) == [*STORY[:3]]
    outcomes = loop.outcomes(
        [trail.about("m3"), *(flushed(trail, n) for n in range(50)), trail.about("x")]
    )
    assert len(outcomes[-1]) == 50  # type: ignore[arg-type]  # they are steps
    loop.wait(trail.close())
    assert trail.dropped == 0


async def flushed(trail: Trail, n: int) -> None:
    trail.note(Step(START + n, "x", Event.DEFERRED))
    await trail.flush()


def test_steps_that_find_no_room_again(stored: Trail) -> None:
    stored.waiting.extend(STORY[:2])
    stored.put_back([Step(START, f"m{n}", Event.QUEUED) for n in range(MOST)])
    assert (len(stored.waiting), stored.dropped) == (MOST, 2)
    assert stored.waiting[0].id == "m2"
    assert stored.waiting[-1] == STORY[1]


# The scribe.


@pytest.fixture
def complaints() -> Iterator[list[LogEvent]]:
    seen: list[LogEvent] = []

    @provider(ILogObserver)
    def observe(event: LogEvent) -> None:
        if isinstance(event.get("log_source"), Scribe):
            seen.append(event)

    globalLogPublisher.addObserver(observe)
    yield seen
    globalLogPublisher.removeObserver(observe)


Scribing = Callable[[], tuple[Scribe, Reactor]]


@pytest.fixture
def scribing(stored: Trail) -> tuple[Scribe, Reactor]:
    reactor = Reactor()
    scribe = Scribe(stored, reactor)
    scribe.startService()
    return scribe, reactor


def test_the_scribe_writes_twice_a_second(
    stored: Trail, scribing: tuple[Scribe, Reactor], complaints: list[LogEvent]
) -> None:
    scribe, reactor = scribing
    stored.note(STORY[0])
    assert count(stored) == 0
    reactor.advance(INTERVAL)
    assert count(stored) == 1
    for n in range(MANY):
        stored.note(Step(START, f"m{n}", Event.QUEUED))
    assert count(stored) == 1 + MANY
    stored.note(STORY[1])
    _ = scribe.stopService()
    assert count(stored) == 2 + MANY
    assert complaints == []
    assert not reactor.getDelayedCalls()


def test_the_scribe_goes_on_whatever_happens(
    stored: Trail, scribing: tuple[Scribe, Reactor], complaints: list[LogEvent]
) -> None:
    _, reactor = scribing
    good = stored.database
    stored.note(STORY[0])

    class Broken(InlineDatabase):
        error: Exception = Unavailable("not now")

        async def write(self, *args: Any, **more: Any) -> Any:
            raise self.error

    broken = Broken()
    stored.database = broken
    reactor.advance(INTERVAL)
    stored.dropped = 3
    broken.error = ZeroDivisionError("a fault")
    reactor.advance(INTERVAL)
    stored.database = good
    stored.note(STORY[1])
    reactor.advance(INTERVAL)
    assert count(stored) == 1
    said = [str(each["log_format"]) for each in complaints]
    assert said[:2] == [
        "The trail could not be written; later again",
        "The scribe stumbled",
    ]
    assert said[2:] == ["{lost} steps of the trail are lost"]
    now(broken.close())
