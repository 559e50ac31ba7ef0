"""Group commit: order, isolation of failures, and what happens when a disk fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest
from store.faults import FailAt, Faults, Loop, begun, quiet
from store.keeping import now
from twisted.internet.defer import CancelledError

from mailnode.errors import Damaged, NoSpace, NotFound, Unavailable
from mailnode.store.database import InlineDatabase, ThreadedDatabase
from mailnode.store.writer import BATCH, Writer


def prepare(tx: apsw.Connection) -> None:
    tx.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER, data BLOB)")


def insert(n: int, size: int = 0) -> Callable[[apsw.Connection], int]:
    def work(tx: apsw.Connection) -> int:
        tx.execute("INSERT INTO t VALUES (?, zeroblob(?))", (n, size))
        return n

    return work


def refuse(tx: apsw.Connection) -> None:
    tx.execute("INSERT INTO t VALUES (-1, NULL)")
    raise NotFound("no")


def numbers(tx: apsw.Connection) -> list[int]:
    return [n for (n,) in tx.execute("SELECT n FROM t ORDER BY rowid")]


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def database(tmp_path: Path, loop: Loop) -> Iterator[ThreadedDatabase]:
    opened = ThreadedDatabase(tmp_path / "db", loop.reactor, prepare=prepare)
    yield opened
    loop.wait(opened.close())


class Gate:
    """A work that keeps the writer busy until it is opened."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()

    def __call__(self, tx: apsw.Connection) -> None:
        self.entered.set()
        assert self.opened.wait(20)


def test_the_file_is_ours_alone_and_as_we_want_it(
    tmp_path: Path, loop: Loop, database: ThreadedDatabase
) -> None:
    loop.wait(database.write(insert(1)))
    for file in tmp_path.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600
    pragmas = {"page_size": 8192, "journal_mode": "wal", "synchronous": 2}
    for name, value in pragmas.items():
        assert database.writer.connection.execute(f"PRAGMA {name}").get == value


def test_what_is_written_is_read(loop: Loop, database: ThreadedDatabase) -> None:
    assert loop.wait(database.write(insert(5))) == 5
    assert now(database.read(numbers)) == [5]
    assert loop.wait(database.scan(numbers)) == [5]


def test_readers_cannot_write(loop: Loop, database: ThreadedDatabase) -> None:
    for verb in (database.read, database.scan):
        with pytest.raises(Unavailable):
            loop.wait(verb(insert(1)))
    assert now(database.read(numbers)) == []


def test_order_of_commit_is_order_of_telling(
    loop: Loop, database: ThreadedDatabase
) -> None:
    gate = Gate()
    told: list[tuple[str, object]] = []
    works = [begun(database.write(gate))]
    works += [
        begun(database.write(insert(n), lambda n: told.append(("tell", n))))
        for n in range(BATCH + 50)
    ]
    for n, work in enumerate(works[1:]):
        _ = work.addCallback(lambda n: told.append(("go on", n)))
    gate.opened.set()
    loop.outcomes(works)
    expected = [(what, n) for n in range(BATCH + 50) for what in ("tell", "go on")]
    assert told == expected
    assert now(database.read(numbers)) == list(range(BATCH + 50))


def test_one_batch_is_one_commit(tmp_path: Path, loop: Loop) -> None:
    syncs = []
    faults = Faults("counting")
    database = ThreadedDatabase(
        tmp_path / "db", loop.reactor, prepare=prepare, vfs="counting"
    )
    gate = Gate()
    works = [begun(database.write(gate))]
    loop.once()
    assert gate.entered.wait(20)
    works += [begun(database.write(insert(n))) for n in range(50)]
    faults.fails = lambda operation, file: (
        syncs.append(file) if operation == "sync" else None
    )
    gate.opened.set()
    loop.outcomes(works)
    assert 1 <= len(syncs) <= 3
    loop.wait(database.close())


def test_what_comes_in_one_turn_is_one_commit(tmp_path: Path, loop: Loop) -> None:
    faults, syncs = Faults("turn"), list[str]()
    database = ThreadedDatabase(
        tmp_path / "db", loop.reactor, prepare=prepare, vfs=faults.name
    )
    loop.wait(database.write(insert(100)))  # a new log has its own header to sync
    faults.fails = lambda operation, file: (
        syncs.append(file) if operation == "sync" else None
    )
    loop.outcomes([database.write(insert(n)) for n in range(50)])
    assert len(syncs) == 1
    loop.wait(database.close())


def test_what_may_be_lost_does_not_wait_for_the_disk(
    loop: Loop, database: ThreadedDatabase
) -> None:
    """And what must be kept never shares a commit with it that does not wait."""
    full, normal = 2, 1

    def synchronous(tx: apsw.Connection) -> int:
        return int(tx.execute("PRAGMA synchronous").get)

    def queued(*light: bool) -> list[object]:
        gate = Gate()
        waiting = [begun(database.write(gate))]
        waiting += [begun(database.write(synchronous, light=each)) for each in light]
        loop.once()
        assert gate.entered.wait(20)
        gate.opened.set()
        outcomes = loop.outcomes(waiting)
        return outcomes[1:]

    assert loop.wait(database.write(synchronous)) == full
    assert loop.wait(database.write(synchronous, light=True)) == normal
    assert loop.wait(database.write(synchronous)) == full
    for light in ((True, False), (False, True), (True, True, False, True)):
        for answer, may_be_lost in zip(queued(*light), light, strict=True):
            assert answer == full or may_be_lost


def test_a_failure_is_its_callers_alone(loop: Loop, database: ThreadedDatabase) -> None:
    gate = Gate()
    works = [begun(database.write(gate))]
    works += [
        begun(database.write(refuse if n % 3 == 1 else insert(n))) for n in range(9)
    ]
    gate.opened.set()
    outcomes = loop.outcomes(works)[1:]
    for n, outcome in enumerate(outcomes):
        assert isinstance(outcome, NotFound) if n % 3 == 1 else outcome == n
    assert now(database.read(numbers)) == [0, 2, 3, 5, 6, 8]


def test_a_telling_that_fails_is_its_callers(
    loop: Loop, database: ThreadedDatabase
) -> None:
    def tell(_: int) -> None:
        raise ValueError("told")

    first, second = loop.outcomes(
        [database.write(insert(1), tell), database.write(insert(2))]
    )
    assert isinstance(first, ValueError)
    assert second == 2
    assert now(database.read(numbers)) == [1, 2]


def test_who_is_cancelled_hangs_nobody(loop: Loop, database: ThreadedDatabase) -> None:
    told: list[int] = []
    gate = Gate()
    busy = begun(database.write(gate))
    loop.once()
    assert gate.entered.wait(20)
    waiting = begun(database.write(insert(1), told.append))
    other = begun(database.write(insert(2), told.append))
    waiting.cancel()
    assert isinstance(loop.outcomes([waiting])[0], CancelledError)
    busy.cancel()  # it has begun, and is finished all the same
    gate.opened.set()
    assert loop.outcomes([other]) == [2]
    assert told == [2]
    assert isinstance(loop.outcomes([busy])[0], CancelledError)
    assert now(database.read(numbers)) == [2]


def test_who_is_cancelled_too_late_has_committed_and_told(
    loop: Loop, database: ThreadedDatabase
) -> None:
    told: list[int] = []
    done = threading.Event()

    def work(tx: apsw.Connection) -> int:
        done.set()
        return insert(1)(tx)

    going = begun(database.write(work, told.append))
    loop.once()
    assert done.wait(20)
    going.cancel()
    assert isinstance(loop.outcomes([going])[0], CancelledError)
    loop.wait(database.write(insert(2)))
    assert told == [1]
    assert now(database.read(numbers)) == [1, 2]


def test_only_so_many_may_wait(tmp_path: Path, loop: Loop) -> None:
    database = ThreadedDatabase(tmp_path / "db", loop.reactor, prepare=prepare, queue=3)
    gate = Gate()
    works = [begun(database.write(gate))]
    loop.once()
    assert gate.entered.wait(20)
    works += [begun(database.write(insert(n))) for n in range(3)]
    with pytest.raises(Unavailable):
        loop.wait(database.write(insert(4)))
    gate.opened.set()
    loop.outcomes(works)
    loop.wait(database.write(insert(5)))
    loop.wait(database.close())


def test_close_finishes_what_is_queued(tmp_path: Path, loop: Loop) -> None:
    database = ThreadedDatabase(tmp_path / "db", loop.reactor, prepare=prepare)
    works = [begun(database.write(insert(n))) for n in range(100)]
    closing = begun(database.close())
    for verb in (database.read, database.write, database.scan):
        with pytest.raises(Unavailable):
            loop.wait(verb(numbers))
    outcomes = loop.outcomes([*works, closing])
    assert outcomes == [*range(100), None]
    loop.wait(database.close())
    assert not database.writer.thread.is_alive()
    assert [file.name for file in tmp_path.iterdir()] == ["db"]
    assert now(InlineDatabase(tmp_path / "db").read(numbers)) == list(range(100))


def test_close_does_not_wait_for_a_scan(tmp_path: Path, loop: Loop) -> None:
    database = ThreadedDatabase(tmp_path / "db", loop.reactor, prepare=prepare)
    entered = threading.Event()

    def count(tx: apsw.Connection) -> object:
        entered.set()
        return tx.execute(
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
            " SELECT max(n) FROM c"
        ).get

    scanning = begun(database.scan(count))
    assert entered.wait(20)
    loop.outcomes([database.close()])
    assert isinstance(loop.outcomes([scanning])[0], Unavailable)


def test_the_log_is_written_back(
    tmp_path: Path, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailnode.store.writer.IDLE", 0.01)
    monkeypatch.setattr("mailnode.store.writer.LOG_PAGES", 50)
    reached = threading.Event()
    write_back = Writer.write_back

    def seen(self: Writer) -> None:
        write_back(self)
        reached.set()

    monkeypatch.setattr(Writer, "write_back", seen)
    database = ThreadedDatabase(tmp_path / "db", loop.reactor, prepare=prepare)
    loop.wait(database.write(insert(1)))
    assert reached.wait(20)  # idle
    for _ in range(5):
        loop.wait(database.write(insert(2, 10**6)))
    assert (tmp_path / "db").stat().st_size > 4 * 10**6
    assert (tmp_path / "db-wal").stat().st_size < 4 * 10**6
    loop.wait(database.close())


def test_a_full_disk_passes(tmp_path: Path, loop: Loop) -> None:
    database = ThreadedDatabase(tmp_path / "db", loop.reactor, prepare=prepare)
    loop.wait(database.write(insert(1)))
    limit = "PRAGMA max_page_count = {}".format
    before = loop.wait(database.write(lambda tx: tx.execute(limit(10)).get))
    assert before == 10
    gate = Gate()
    works = [begun(database.write(gate))]
    works += [
        begun(database.write(work)) for work in (insert(2), insert(3, 10**6), refuse)
    ]
    gate.opened.set()
    for outcome in loop.outcomes(works)[2:3]:
        assert isinstance(outcome, NoSpace)
    assert 3 not in now(database.read(numbers))
    loop.wait(database.write(lambda tx: tx.execute(limit(10**6)).get))
    assert loop.wait(database.write(insert(4, 10**6))) == 4
    loop.wait(database.close())


@pytest.mark.parametrize("inline", [True, False])
def test_a_full_disk_at_the_commit(tmp_path: Path, loop: Loop, inline: bool) -> None:
    faults = Faults(f"full-{inline}")
    database = (
        InlineDatabase(tmp_path / "db", prepare=prepare, vfs=faults.name)
        if inline
        else ThreadedDatabase(
            tmp_path / "db", loop.reactor, prepare=prepare, vfs=faults.name
        )
    )
    loop.wait(database.write(insert(1)))
    with quiet():
        faults.fails = FailAt(1, apsw.FullError, lasting=True)
        with pytest.raises(NoSpace):
            loop.wait(database.write(insert(2)))
        faults.fails = lambda operation, file: None
    assert now(database.read(numbers)) == [1]
    loop.wait(database.write(insert(3)))
    assert now(database.read(numbers)) == [1, 3]
    loop.wait(database.close())


@pytest.mark.parametrize("lasting", [True, False])
@pytest.mark.parametrize("k", range(1, 40, 3))
def test_a_disk_that_fails_loses_nothing_that_was_promised(
    tmp_path: Path, loop: Loop, monkeypatch: pytest.MonkeyPatch, k: int, lasting: bool
) -> None:
    monkeypatch.setattr("mailnode.store.writer.LOG_PAGES", 8)
    faults = Faults(f"failing-{k}-{lasting}")
    broken: list[bool] = []
    database = ThreadedDatabase(
        tmp_path / "db",
        loop.reactor,
        prepare=prepare,
        vfs=faults.name,
        on_broken=lambda: broken.append(True),
    )
    fault = FailAt(k, apsw.IOError, lasting=lasting)
    with quiet():
        faults.fails = fault
        promised, n = [], 0
        while not broken:
            n += 10
            outcomes = loop.outcomes(
                [database.write(insert(m, 3000)) for m in range(n, n + 10)]
            )
            promised += [m for m in outcomes if isinstance(m, int)]
            for outcome in outcomes:
                assert isinstance(outcome, int | Unavailable)
            while fault.failed and not broken:
                loop.once()
        faults.fails = lambda operation, file: None
        for verb in (database.read, database.write, database.scan):
            with pytest.raises(Unavailable):
                loop.wait(verb(numbers))
        loop.wait(database.close())
        assert broken == [True]
    again = InlineDatabase(tmp_path / "db", prepare=prepare)
    kept = now(again.read(numbers))
    assert set(promised) <= set(kept)
    assert len(kept) == len(set(kept))
    assert again.connection.execute("PRAGMA integrity_check").get == "ok"
    now(again.close())


def test_a_broken_database_refuses_who_waits(tmp_path: Path, loop: Loop) -> None:
    faults = Faults("broken-queue")
    database = ThreadedDatabase(
        tmp_path / "db", loop.reactor, prepare=prepare, vfs=faults.name
    )
    gate = Gate()
    works = [begun(database.write(gate))]
    loop.once()
    assert gate.entered.wait(20)
    works += [begun(database.write(insert(n))) for n in range(3 * BATCH)]
    with quiet():
        faults.fails = FailAt(1, apsw.IOError, lasting=True)
        gate.opened.set()
        outcomes = loop.outcomes(works)[1:]
        assert all(isinstance(outcome, Unavailable) for outcome in outcomes)
        loop.wait(database.close())


def test_a_writer_that_stumbles_leaves_nobody_waiting(
    tmp_path: Path, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(self: Writer) -> None:
        raise ValueError("a fault of ours")

    said: list[object] = []
    monkeypatch.setattr(threading, "excepthook", said.append)
    monkeypatch.setattr(Writer, "commit", stumble)
    broken: list[bool] = []
    database = ThreadedDatabase(
        tmp_path / "db",
        loop.reactor,
        prepare=prepare,
        on_broken=lambda: broken.append(True),
    )
    with pytest.raises(Unavailable):
        loop.wait(database.write(insert(1)))
    loop.wait(database.close())
    assert (len(said), broken) == (1, [True])


def test_inline_is_broken_for_good_too(tmp_path: Path) -> None:
    faults = Faults("broken-inline")
    database = InlineDatabase(tmp_path / "db", prepare=prepare, vfs=faults.name)
    with quiet():
        faults.fails = FailAt(1, apsw.IOError, lasting=False)
        with pytest.raises(Unavailable):
            now(database.write(insert(1)))
    with pytest.raises(Unavailable):
        now(database.write(insert(2)))
    with pytest.raises(Unavailable):
        now(database.read(numbers))
    now(database.close())


def test_inline_undoes_what_fails() -> None:
    database = InlineDatabase(prepare=prepare)
    told: list[int] = []
    with pytest.raises(NotFound):
        now(database.write(refuse))
    assert now(database.write(insert(1), told.append)) == 1
    assert now(database.scan(numbers)) == told == [1]
    now(database.close())
    with pytest.raises(Unavailable):
        now(database.read(numbers))


def test_another_process_may_hold_the_pen_for_a_while(
    tmp_path: Path, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailnode.store.connection.PATIENCE", 10)
    database = ThreadedDatabase(tmp_path / "db", loop.reactor, prepare=prepare)
    other = apsw.Connection(str(tmp_path / "db"))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        loop.wait(database.write(insert(1)))
    other.execute("ROLLBACK")
    other.close()
    assert loop.wait(database.write(insert(2))) == 2
    loop.wait(database.close())


@pytest.mark.parametrize("error", [apsw.CorruptError, apsw.NotADBError])
def test_a_damaged_file_is_said_to_be_damaged(error: type[apsw.Error]) -> None:
    database = InlineDatabase()

    def fail(_: apsw.Connection) -> None:
        raise error("malformed")

    with pytest.raises(Damaged):
        now(database.write(fail))
    with pytest.raises(Unavailable):
        now(database.read(lambda tx: tx.execute("SELECT 1").get))
    now(database.close())
