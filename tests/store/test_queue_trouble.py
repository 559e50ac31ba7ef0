"""The queue when something is damaged, full, or shared with others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from store.faults import FailAt, Faults, Loop, quiet
from store.keeping import START, Clock, now
from store.queueing import (
    BIG,
    LEASE,
    MAIL,
    SENT,
    Line,
    envelope,
    later,
    said,
)

from mailnode.errors import MailError, NoSpace, NotFound, Unavailable
from mailnode.model.queue import Stage
from mailnode.store import claiming, migrate, turns
from mailnode.store.connection import pen
from mailnode.store.database import ThreadedDatabase
from mailnode.store.queue import Queue
from mailnode.store.reserve import Reserve
from mailnode.testing import MemoryContent

DAMAGE = [
    "UPDATE queue_message SET envelope = 'x' WHERE id = 1",
    "UPDATE queue_message SET envelope = '{}' WHERE id = 1",
    "UPDATE queue_target SET target = '[5]' WHERE message = 1 AND number = 1",
    "UPDATE queue_target SET outcome = '[]' WHERE message = 1 AND number = 0",
    'UPDATE queue_target SET target = \'{"notify":["NO"]}\' WHERE message = 1',
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_message_stops_nobody(line: Line, damage: str) -> None:
    line.put(
        envelope("m", "x@bob.example", "y@bob.example"),
        envelope("n", "x@bob.example"),
    )
    line.execute(damage)
    assert said(now(line.queue.claim(9, lease=LEASE))) == ["n"]
    bad, good = now(line.queue.entries())
    assert bad.envelope.id == "m"
    assert (bad.waiting, bad.envelope.targets) == ((), ())
    assert bad.size == MAIL.size
    assert len(good.waiting) == 1
    assert line.execute("SELECT DISTINCT stage FROM queue_target WHERE message = 1").get
    assert now(line.queue.retry("m")) == now(line.queue.hold("m")) == 0
    assert now(line.queue.drop("m")) == 2
    assert line.names() == ["n"]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE queue_chunk SET data = zeroblob(length(data))",
        "DELETE FROM queue_chunk WHERE n = (SELECT max(n) FROM queue_chunk)",
        "UPDATE queue_chunk SET data = substr(data, 1, length(data) - 1)",
        "UPDATE queue_message SET size = size - 1",
    ],
)
@pytest.mark.parametrize("content", [MAIL, BIG], ids=["small", "large"])
def test_damaged_octets(line: Line, damage: str, content: MemoryContent) -> None:
    now(line.queue.put(envelope("m", "x@bob.example"), content))
    [claim] = now(line.queue.claim(9, lease=LEASE))
    line.execute(damage)
    with pytest.raises(Unavailable):
        now(line.queue.content("m"))
    [waiting] = now(line.queue.entry("m")).waiting
    assert waiting.stage is Stage.CORRUPT
    with pytest.raises(NotFound):
        now(line.queue.settle(claim, [later(START)]))
    assert now(line.queue.next_due()) is None
    assert now(line.queue.drop("m")) == 1


def test_nearly_full(line: Line) -> None:
    line.keeping.store.reserve.least = 2**60
    with pytest.raises(NoSpace):
        line.put(envelope("m", "x@bob.example"))
    assert line.names() == []


def test_what_is_settled_needs_no_room_to_leave(line: Line) -> None:
    line.put(envelope("m", "x@bob.example"))
    line.keeping.store.reserve.least = 2**60
    [claim] = now(line.queue.claim(1, lease=LEASE))
    report = envelope("r", "ana@example.org", sender="")
    now(line.queue.settle(claim, [SENT], [(report, MAIL)]))
    assert line.names() == ["r"]


# Plans: nothing is scanned that is not wanted.


def plans(line: Line, work: Callable[[], None]) -> list[tuple[str, str]]:
    """Every statement that some work does, with SQLite's plan for it."""
    connection = line.keeping.main.connection
    seen: dict[str, str] = {}

    def trace(_cursor: object, statement: str, _values: object) -> bool:
        seen.setdefault(statement, "")
        return True

    connection.exec_trace = trace
    work()
    connection.exec_trace = None
    for statement in seen:
        if statement.split()[0] in ("SELECT", "UPDATE", "DELETE"):
            marks = [None] * statement.count("?")
            rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", marks)
            seen[statement] = "; ".join(row[3] for row in rows)
    return list(seen.items())


@pytest.mark.parametrize("known", [0, 3, 300])
def test_no_statement_looks_at_more_than_it_needs(line: Line, known: int) -> None:
    """Whatever SQLite has been told of the sizes of the tables, long ago."""
    for n in range(known):
        line.put(envelope(f"k{n}", f"x@h{n % 7}.example"))
    line.execute("ANALYZE")
    for n in range(known):
        now(line.queue.drop(f"k{n}"))

    def everything() -> None:
        queue = line.queue
        line.put(envelope("m", "x@bob.example", "y@carla.example"))
        line.put(envelope("n", "x@bob.example"), envelope("o", "x@bob.example"))
        now(queue.put(envelope("p", "x@bob.example"), BIG))
        now(queue.hold("p"))
        now(queue.release("p"))
        now(queue.claim(1, lease=LEASE))
        line.clock.moment += LEASE
        claims = list(now(queue.claim(3, ["carla.example"], lease=LEASE)))
        claims[0] = now(queue.renew(claims[0], lease=LEASE))
        report = envelope("r", "ana@example.org", sender="")
        now(queue.settle(claims[0], [SENT], [(report, MAIL)]))
        now(queue.settle(claims[1], [later(line.clock() + 5)]))
        now(queue.give_back(claims[2:]))
        now(queue.put_off("bob.example", line.clock() + 5))
        now(queue.next_due())
        now(queue.content("p"))
        now(queue.entry("p"))
        now(queue.entries())
        now(queue.retry())
        now(queue.drop("p"))
        now(queue.recover())
        now(queue.sweep())

    found = plans(line, everything)
    assert len(found) > 30
    wanted = [
        (turns.DRAW, "line (destination=? AND priority=? AND turn>?)"),
        (turns.DRAW, "whose (destination=? AND priority=? AND whose=? AND turn>?)"),
        (turns.DUE, "waiting (destination=? AND due<?)"),
        (turns.HEAD, "line (destination=?)"),
        (turns.LOOK, "waiting (destination=?)"),
        (turns.ROUSED, "ready (ready>? AND ready<?)"),
        (turns.READY, "ready (ready=?)"),
        (turns.EMPTY, "empty (put_off<?)"),
        (claiming.TAKE, "line (destination=? AND priority=? AND turn=?)"),
    ]
    for statement, index in wanted:
        assert f"_{index}" in dict(found)[statement], dict(found)[statement]
    for statement, plan in found:
        assert "TEMP B-TREE" not in plan, (statement, plan)
        for step in plan.split("; "):
            if step == "SCAN CONSTANT ROW":
                continue
            if step.startswith("SCAN"):  # as far as its limit, and by this index
                assert "USING" in step, (statement, plan)
                assert "queue_target_owner" in step, (statement, plan)


# The disk, and threads.


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    faults = Faults("queue-full")
    loop, clock = Loop(), Clock()
    main = ThreadedDatabase(
        tmp_path / "db", loop.reactor, prepare=migrate.main, vfs="queue-full"
    )
    reserve = Reserve(tmp_path, clock, 0)
    queue = Queue(main, reserve, clock, "one")
    kept, gone = set(), set()
    with quiet():
        for k in (*range(1, 40), *range(100, 400, 40), 10**6):
            faults.fails = FailAt(k, apsw.FullError, lasting=k % 3 == 0)
            name = f"m{k:07}"
            try:
                loop.wait(queue.put(envelope(name, "x@bob.example"), MAIL))
                kept.add(name)
            except NoSpace:
                pass
            faults.fails = lambda operation, file: None
        assert kept
        assert len(kept) < 40
        for k, name in enumerate(sorted(kept)):
            [claim] = loop.wait(queue.claim(1, lease=LEASE))
            assert claim.envelope.id == name
            faults.fails = FailAt(k % 3 + 1, apsw.FullError, lasting=True)
            try:
                loop.wait(queue.settle(claim, [SENT]))
                gone.add(name)
            except NoSpace:
                pass
            faults.fails = lambda operation, file: None
    there = {entry.envelope.id for entry in loop.wait(queue.entries())}
    assert there == kept - gone
    clock.moment += LEASE
    again = loop.wait(queue.claim(50, lease=LEASE))
    assert sorted(said(again)) == sorted(there)
    loop.wait(main.close())


def test_side_by_side(tmp_path: Path) -> None:
    """In threads: nothing is claimed twice, and what fails fails alone."""
    loop, clock = Loop(), Clock()
    main = ThreadedDatabase(tmp_path / "db", loop.reactor, prepare=migrate.main)
    queue = Queue(main, Reserve(tmp_path, clock, 0), clock, "one")
    told: list[None] = []
    queue.watch(lambda: told.append(None))
    names = [f"m{n:03}" for n in range(90)]
    loop.outcomes(
        [
            queue.put(envelope(name, f"x@h{n % 7}.example"), BIG if n == 5 else MAIL)
            for n, name in enumerate(names)
        ]
    )
    assert len(told) == 90
    batches = loop.outcomes([queue.claim(8, lease=LEASE) for _ in range(15)])
    claims = [claim for batch in batches if isinstance(batch, list) for claim in batch]
    assert sorted(said(claims)) == names
    twice = [*claims, *claims[::9]]
    outcomes = loop.outcomes([queue.settle(claim, [SENT]) for claim in twice])
    refused = [each for each in outcomes if isinstance(each, MailError)]
    assert outcomes.count(None) == 90
    assert len(refused) == 10
    assert loop.wait(queue.entries()) == []
    loop.wait(main.close())


def test_the_queue_comes_to_a_store_that_has_mail(tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.mkdir()
    (first / "0001.sql").write_text((migrate.SCHEMA / "main/0001.sql").read_text())
    connection = pen(str(tmp_path / "db"))
    migrate.upgrade(connection, first, migrate.MAIN)
    connection.execute("INSERT INTO domain VALUES ('example.org', 1)")
    connection.execute("UPDATE counter SET value = 7 WHERE name = 'incoming'")
    connection.close()
    connection = pen(str(tmp_path / "db"))
    migrate.main(connection)
    assert connection.execute("SELECT name FROM domain").get == "example.org"
    counters = connection.execute("SELECT name, value FROM counter ORDER BY name")
    assert counters.fetchall() == [
        ("account", 0),
        ("incoming", 7),
        ("queue_message", 0),
        ("queue_turn", 0),
        ("token", 0),
    ]
    fresh = pen(":memory:")
    migrate.main(fresh)
    schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY name"
    assert list(connection.execute(schema)) == list(fresh.execute(schema))
    connection.close()
