"""The queue keeps what it was given, in order, whatever happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest
from store.faults import FailAt, Faults, Loop, quiet
from store.keeping import START, Clock, Keeping, mail, now, whole
from store.queueing import BUSY, SENT, address, envelope, later, said, target

from mailnode.errors import MailError, NoSpace, NotFound, Unavailable
from mailnode.interfaces.queue import IQueue
from mailnode.model.envelope import (
    Body,
    Deadline,
    Envelope,
    Notify,
    OriginalRecipient,
    Recipient,
    Return,
    Sender,
    Target,
)
from mailnode.model.message import CHUNK
from mailnode.model.queue import Stage
from mailnode.store import claiming, migrate, turns
from mailnode.store.connection import pen
from mailnode.store.content import LARGE
from mailnode.store.database import ThreadedDatabase
from mailnode.store.journal import STALE
from mailnode.store.queue import Queue
from mailnode.store.reserve import Reserve
from mailnode.testing import MemoryContent, MemoryQueue

LEASE = 60_000
MAIL = MemoryContent(mail())
BIG = MemoryContent(mail("big", LARGE + 5 * CHUNK + 7))


class Line:
    """A queue over a store."""

    def __init__(self, keeping: Keeping, owner: str = "one") -> None:
        self.keeping = keeping
        self.clock = keeping.clock
        self.execute = keeping.main.connection.execute
        self.queue = Queue(keeping.main, keeping.store.reserve, keeping.clock, owner)

    def put(self, *envelopes: Envelope) -> None:
        for each in envelopes:
            now(self.queue.put(each, MAIL))

    def names(self) -> list[str]:
        return [each.envelope.id for each in now(self.queue.entries())]


@pytest.fixture
def line(keeping: Keeping) -> Line:
    return Line(keeping)


@pytest.fixture(params=["memory", "stored"])
def queue(request: pytest.FixtureRequest, keeping: Keeping) -> IQueue:
    """Both of them: what is promised is promised by both."""
    if request.param == "memory":
        return MemoryQueue(keeping.clock)
    return Line(keeping).queue


def test_an_envelope_comes_back_as_it_was(line: Line) -> None:
    wished = Sender(
        address("Ana@example.org"),
        Body.BINARY,
        4000,
        utf8=True,
        ret=Return.HEADERS,
        envid="\x00\ud800é",
        priority=-9,
        hold_until=START - 1,
        deadline=Deadline(START + 5, returned=True, traced=True),
        require_tls=True,
    )
    to = Recipient(
        address("bób@bob.example"),
        frozenset({Notify.DELAY, Notify.FAILURE}),
        OriginalRecipient("utf-8", "bób+x@example.net"),
    )
    targets = (
        Target(to, address("x y@bob.example"), None, address("a@b@example.org")),
        Target(
            Recipient(address("carla@example.org")), address("c@[IPv6:::1]"), None, None
        ),
        Target(
            Recipient(address("postmaster@"), frozenset()), address("d@e"), "In/a", None
        ),
    )
    whole_one = Envelope("m", wished, targets, START - 7, "ana@example.org")
    line.put(whole_one)
    entry = now(line.queue.entry("m"))
    assert entry.envelope == whole_one
    assert entry.size == MAIL.size
    claims = now(line.queue.claim(9, lease=LEASE))
    found = {claim.waiting[0].number: claim.envelope.targets for claim in claims}
    assert found == {n: (each,) for n, each in enumerate(targets)}


def test_the_same_put_again_changes_nothing(line: Line) -> None:
    line.put(envelope("m", "bob@bob.example"))
    told: list[None] = []
    stop = line.queue.watch(lambda: told.append(None))
    line.put(envelope("m", "carla@carla.example"))
    now(line.queue.put(envelope("m", "carla@carla.example"), BIG))
    assert told == []
    [entry] = now(line.queue.entries())
    assert entry.envelope == envelope("m", "bob@bob.example")
    line.put(envelope("n", "bob@bob.example"))
    assert told == [None]
    stop()
    stop()
    line.put(envelope("o", "bob@bob.example"))
    assert told == [None]


def test_a_listener_that_fails_harms_nobody(keeping: Keeping) -> None:
    complaints: list[Exception] = []
    queue = Queue(
        keeping.main, keeping.store.reserve, keeping.clock, "one", complaints.append
    )
    told: list[None] = []

    def fail() -> None:
        raise ZeroDivisionError

    queue.watch(fail)
    queue.watch(lambda: told.append(None))
    now(queue.put(envelope("m", "bob@bob.example"), MAIL))
    assert told == [None]
    assert [type(each) for each in complaints] == [ZeroDivisionError]


def test_what_cannot_be_removed_yet_is_settled(keeping: Keeping) -> None:
    complaints: list[Exception] = []
    queue = Queue(
        keeping.main, keeping.store.reserve, keeping.clock, "one", complaints.append
    )
    huge = MemoryContent(mail("huge", 20 * CHUNK))
    now(queue.put(envelope("m", "bob@bob.example"), huge))
    [claim] = now(queue.claim(1, lease=LEASE))

    async def full(message: int) -> None:
        raise NoSpace(str(message))

    queue.strike, strike = full, queue.strike  # type: ignore[method-assign]  # the disk is full
    now(queue.settle(claim, [SENT]))
    assert [type(each) for each in complaints] == [NoSpace]
    assert now(queue.entries()) == []
    now(queue.put(envelope("m", "bob@bob.example"), MAIL))
    queue.strike = strike  # type: ignore[method-assign]  # and has room again
    keeping.clock.moment += STALE
    now(queue.sweep())
    assert whole(now(queue.content("m"))) == MAIL.data
    chunks = "SELECT count(*) FROM queue_chunk"
    assert keeping.main.connection.execute(chunks).get == 1


def test_large_contents(line: Line) -> None:
    now(line.queue.put(envelope("m", "bob@bob.example"), BIG))
    octets = now(line.queue.content("m"))
    assert (octets.size, octets.header_size) == (BIG.size, BIG.header_size)
    assert whole(octets) == BIG.data
    assert now(octets.read(CHUNK + 5)) == BIG.data[CHUNK + 5 : 2 * CHUNK]
    [claim] = now(line.queue.claim(1, lease=LEASE))
    report = envelope("r", "ana@example.org", sender="")
    now(line.queue.settle(claim, [SENT], [(report, BIG)]))
    assert line.names() == ["r"]
    assert whole(now(line.queue.content("r"))) == BIG.data
    assert now(line.queue.drop("r")) == 1
    assert line.execute("SELECT count(*) FROM queue_chunk").get == 0
    with pytest.raises(Unavailable):
        now(octets.read(CHUNK))


def test_what_was_not_finished_is_swept_away(line: Line) -> None:
    class Cut(MemoryContent):
        def chunks(self) -> Iterator[bytes]:
            yield from list(super().chunks())[:3]
            raise NoSpace("no more")

    for _ in range(2):
        with pytest.raises(NoSpace):
            now(line.queue.put(envelope("m", "bob@bob.example"), Cut(BIG.data)))
    assert line.names() == []
    assert now(line.queue.next_due()) is None
    count = "SELECT count(*) FROM queue_message"
    now(line.queue.sweep())
    assert line.execute(count).get == 2
    line.clock.moment += STALE
    now(line.queue.sweep())
    assert line.execute(count).get == 0
    now(line.queue.put(envelope("m", "bob@bob.example"), BIG))
    assert line.names() == ["m"]


def test_who_waits_too_long_while_writing_is_told(line: Line) -> None:
    swept: list[None] = []

    class Slow(MemoryContent):
        def chunks(self) -> Iterator[bytes]:
            yield from super().chunks()
            if not swept:
                swept.append(None)
                line.execute("DELETE FROM queue_message")
                line.execute("DELETE FROM queue_chunk")

    with pytest.raises(Unavailable):
        now(line.queue.put(envelope("m", "bob@bob.example"), Slow(BIG.data)))
    line.execute("DELETE FROM queue_chunk")
    assert line.names() == []


def test_held_for_later(queue: IQueue, keeping: Keeping) -> None:
    """RFC 4865: not before its time."""
    release = START + 5000
    held = envelope("m", "bob@bob.example", hold_until=release)
    now(queue.put(held, MAIL))
    assert now(queue.claim(1, lease=LEASE)) == []
    assert now(queue.next_due()) == release
    keeping.clock.moment = release
    assert said(now(queue.claim(1, lease=LEASE))) == ["m"]


def test_a_lease_that_ended_is_none(queue: IQueue, keeping: Keeping) -> None:
    now(queue.put(envelope("m", "bob@bob.example"), MAIL))
    [first] = now(queue.claim(5, lease=LEASE))
    assert now(queue.claim(5, lease=LEASE)) == []
    assert now(queue.next_due()) == START + LEASE
    keeping.clock.moment += LEASE
    [second] = now(queue.claim(5, lease=LEASE))
    with pytest.raises(NotFound):
        now(queue.settle(first, [SENT]))
    with pytest.raises(NotFound):
        now(queue.renew(first, lease=LEASE))
    now(queue.give_back([first]))
    assert now(queue.claim(5, lease=LEASE)) == []
    second = now(queue.renew(second, lease=2 * LEASE))
    keeping.clock.moment += LEASE
    assert now(queue.claim(5, lease=LEASE)) == []
    now(queue.settle(second, [SENT]))
    assert now(queue.entries()) == []
    assert now(queue.next_due()) is None


def test_a_refused_settlement_does_nothing(queue: IQueue) -> None:
    now(queue.put(envelope("m", "bob@b.example", "carla@b.example"), MAIL))
    [claim] = now(queue.claim(5, lease=LEASE))
    now(queue.drop("m"))
    report = envelope("r", "ana@example.org", sender="")
    with pytest.raises(NotFound):
        now(queue.settle(claim, [SENT, SENT], [(report, MAIL)]))
    assert now(queue.entries()) == []


def test_one_claim_goes_one_way(queue: IQueue) -> None:
    """RFC 5321, 4.5.3.1.8: a server takes a hundred recipients."""
    many = tuple(
        target(f"p{n}@bob.example", address("ana@example.org")) for n in range(230)
    )
    forwarded = target("q@bob.example", address("srs0=x@example.org"))
    elsewhere = target("q@carla.example", address("ana@example.org"))
    sender = Sender(address("ana@example.org"))
    all_of_them = (*many, forwarded, elsewhere)
    now(queue.put(Envelope("m", sender, all_of_them, START), MAIL))
    claims = now(queue.claim(50, lease=LEASE))
    sizes = sorted(len(claim.waiting) for claim in claims)
    assert sizes == [1, 1, 30, 100, 100]
    for claim in claims:
        assert len({(t.destination, t.sender) for t in claim.envelope.targets}) == 1
    numbers = [w.number for claim in claims for w in claim.waiting]
    assert sorted(numbers) == list(range(232))


def test_priority_goes_first(queue: IQueue) -> None:
    """RFC 6710."""
    for priority in (0, -9, 9, 4):
        wished = envelope(f"p{priority}", "bob@bob.example", priority=priority)
        now(queue.put(wished, MAIL))
    assert said(now(queue.claim(9, lease=LEASE))) == ["p9", "p4", "p0", "p-9"]


def test_senders_take_turns(queue: IQueue, keeping: Keeping) -> None:
    """Whoever sends a thousand does not keep one waiting who sends two."""
    for n in range(60):
        now(queue.put(envelope(f"a{n:02}", "x@bob.example"), MAIL))
    assert said(now(queue.claim(10, lease=LEASE))) == [f"a{n:02}" for n in range(10)]
    for name in ("b0", "b1", "b2"):
        bobs = envelope(name, "x@bob.example", sender="bob@example.org")
        now(queue.put(bobs, MAIL))
    served = said(now(queue.claim(8, lease=LEASE)))
    assert [name for name in served if name.startswith("b")] == ["b0", "b1", "b2"]
    assert "".join(name[0] for name in served[:6]) in {"ababab", "bababa"}
    keeping.clock.moment += LEASE


def test_destinations_take_turns(queue: IQueue) -> None:
    for n in range(20):
        now(queue.put(envelope(f"d{n:02}", "x@big.example"), MAIL))
    now(queue.put(envelope("s1", "x@small.example"), MAIL))
    now(queue.put(envelope("t1", "x@tiny.example"), MAIL))
    one_by_one = [said(now(queue.claim(1, lease=LEASE)))[0] for _ in range(4)]
    assert {"s1", "t1"} < set(one_by_one)
    assert said(now(queue.claim(9, ["big.example"], lease=LEASE))) == []


def test_a_retried_message_stands_behind_nobody_who_came_later(
    line: Line,
) -> None:
    """Mail that comes while others wait does not keep them from their turn."""
    line.put(*(envelope(f"a{n}", "x@bob.example") for n in range(3)))
    claims = now(line.queue.claim(3, lease=LEASE))
    for claim in claims:
        now(line.queue.settle(claim, [later(START + 100)]))
    line.put(
        *(
            envelope(f"b{n}", "x@bob.example", sender="bob@example.org")
            for n in range(30)
        )
    )
    line.clock.moment += 100
    served = said(now(line.queue.claim(6, lease=LEASE)))
    assert Counter(name[0] for name in served) == {"a": 3, "b": 3}


def test_put_off(queue: IQueue, keeping: Keeping) -> None:
    now(queue.put_off("bob.example", START + 500))
    assert now(queue.next_due()) is None
    now(queue.put(envelope("m", "x@bob.example", "y@carla.example"), MAIL))
    [claim] = now(queue.claim(9, lease=LEASE))
    assert claim.destination == "carla.example"
    assert now(queue.next_due()) == START + 500
    assert now(queue.retry("m")) == 0
    assert now(queue.next_due()) == START
    now(queue.put_off("bob.example", START + 500))
    keeping.clock.moment += 500
    assert said(now(queue.claim(9, lease=LEASE))) == ["m"]


def test_a_destination_is_forgotten_with_its_last_target(line: Line) -> None:
    count = "SELECT count(*) FROM queue_destination"
    line.put(envelope("m", "x@bob.example"))
    [claim] = now(line.queue.claim(9, lease=LEASE))
    now(line.queue.put_off("bob.example", START + 500))
    now(line.queue.settle(claim, [SENT]))
    assert line.execute(count).get == 1  # the next message waits as well
    line.clock.moment += 500
    now(line.queue.sweep())
    assert line.execute(count).get == 0


def test_hold_and_release(queue: IQueue) -> None:
    now(queue.put(envelope("m", "x@bob.example", "y@carla.example"), MAIL))
    [claim] = now(queue.claim(1, lease=LEASE))
    assert now(queue.hold("m")) == 1
    assert now(queue.claim(9, lease=LEASE)) == []
    now(queue.settle(claim, [later(START + 9000)]))
    stages = [each.stage for each in now(queue.entry("m")).waiting]
    assert sorted(each.value for each in stages) == ["deferred", "hold"]
    assert now(queue.retry()) == 1
    assert len(now(queue.claim(9, lease=LEASE))) == 1
    assert now(queue.release("m")) == 1
    assert len(now(queue.claim(9, lease=LEASE))) == 1


def test_what_nobody_tries_any_more_can_be_held(
    queue: IQueue, keeping: Keeping
) -> None:
    now(queue.put(envelope("m", "x@bob.example"), MAIL))
    [claim] = now(queue.claim(1, lease=LEASE))
    keeping.clock.moment += LEASE - 1
    assert now(queue.hold("m")) == 0
    keeping.clock.moment += 1
    assert now(queue.hold("m")) == 1
    assert now(queue.next_due()) is None
    with pytest.raises(NotFound):
        now(queue.settle(claim, [SENT]))


def test_whoever_waits_is_put_off_too(queue: IQueue, keeping: Keeping) -> None:
    now(queue.put(envelope("m", "x@bob.example"), MAIL))
    [claim] = now(queue.claim(1, lease=LEASE))
    now(queue.settle(claim, [later(START + 100)]))
    now(queue.put_off("bob.example", START + 500))
    assert now(queue.next_due()) == START + 500
    [waiting] = now(queue.entry("m")).waiting
    assert waiting.due == START + 500
    assert waiting.last == BUSY
    keeping.clock.moment += 100
    assert now(queue.claim(1, lease=LEASE)) == []
    now(queue.put_off("bob.example", 0))
    assert said(now(queue.claim(1, lease=LEASE))) == ["m"]


def test_retry_of_very_many(line: Line) -> None:
    """More than one transaction looks at."""
    to = [f"p{n}@bob.example" for n in range(700)]
    line.put(envelope("m", *to), envelope("n", *to))
    for claim in now(line.queue.claim(50, lease=LEASE)):
        now(line.queue.settle(claim, [later(START + LEASE)] * len(claim.waiting)))
    assert now(line.queue.claim(50, lease=LEASE)) == []
    assert now(line.queue.retry("m")) == 700
    assert now(line.queue.retry()) == 1400
    total = 0
    for _ in range(20):
        claims = now(line.queue.claim(50, lease=LEASE))
        total += sum(len(claim.waiting) for claim in claims)
    assert total == 1400


def test_another_run_takes_over(keeping: Keeping) -> None:
    line = Line(keeping)
    line.put(*(envelope(f"m{n}", f"x@h{n}.example") for n in range(5)))
    claims = now(line.queue.claim(3, lease=LEASE))
    after = Line(keeping, "two")
    assert len(now(after.queue.claim(9, lease=LEASE))) == 2
    now(after.queue.recover())
    assert len(now(after.queue.claim(9, lease=LEASE))) == 3
    with pytest.raises(NotFound):
        now(line.queue.settle(claims[0], [SENT]))


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
            if (
                step.startswith("SCAN") and step != "SCAN CONSTANT ROW"
            ):  # as far as its limit, and by this index
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
    ]
    fresh = pen(":memory:")
    migrate.main(fresh)
    schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY name"
    assert list(connection.execute(schema)) == list(fresh.execute(schema))
    connection.close()
