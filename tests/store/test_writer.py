"""The writer's thread: when it begins, and what it does twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import apsw
import pytest

from mailnode.store.connection import pen
from mailnode.store.writer import Job, Writer


class Desk:
    """A writer that has begun when everything lay on the table.

    @ivar reports: the jobs of each transaction.
    @ivar said: statements that SQLite was given.
    """

    def __init__(self, path: Path) -> None:
        self.connection = pen(str(path))
        self.connection.execute("CREATE TABLE t (x INTEGER PRIMARY KEY)")
        self.reports: list[Sequence[Job]] = []
        self.said: list[str] = []
        self.ended = threading.Event()

        def trace(_cursor: object, statement: str, _bindings: object) -> bool:
            self.said.append(statement)
            return True

        self.connection.exec_trace = trace
        self.writer = Writer(
            self.connection, self.reports.append, lambda _broken: self.ended.set()
        )

    def work(self, jobs: Sequence[Job]) -> list[int]:
        """Do some jobs in one transaction; what the table holds then."""
        self.writer.put(*jobs)
        self.writer.stop()
        self.writer.thread.start()
        assert self.ended.wait(10)
        self.writer.thread.join()
        return [x for (x,) in self.connection.execute("SELECT x FROM t ORDER BY x")]

    def savepoints(self) -> int:
        """How many there were."""
        return sum(each.startswith("SAVEPOINT") for each in self.said)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "db")
    yield desk
    desk.connection.close()


def insert(x: int) -> Callable[[apsw.Connection], object]:
    def work(tx: apsw.Connection) -> object:
        tx.execute("INSERT INTO t VALUES (?)", (x,))
        return x

    return work


def fail(tx: apsw.Connection) -> object:
    tx.execute("INSERT INTO t VALUES (99)")
    raise KeyError("no")


def test_what_can_be_repeated_needs_no_savepoint(desk: Desk) -> None:
    jobs = [Job(insert(x), repeatable=True) for x in (1, 2, 3)]
    assert desk.work(jobs) == [1, 2, 3]
    assert [job.result for job in jobs] == [1, 2, 3]
    assert desk.savepoints() == 0


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_failure_undoes_itself_alone(desk: Desk, place: int) -> None:
    jobs = [Job(insert(x), repeatable=True) for x in (1, 2, 3)]
    jobs.insert(place, failing := Job(fail, repeatable=True))
    assert desk.work(jobs) == [1, 2, 3]
    assert isinstance(failing.error, KeyError)
    assert [job.error for job in jobs if job is not failing] == [None] * 3
    assert len([each for each in desk.reports if each]) == 1, "one transaction"


def test_what_cannot_be_repeated_is_done_once(desk: Desk) -> None:
    times: list[int] = []

    def once(tx: apsw.Connection) -> object:
        times.append(1)
        return insert(2)(tx)

    jobs = [
        Job(insert(1), repeatable=True),
        Job(once),
        failing := Job(fail, repeatable=True),
        Job(insert(3), repeatable=True),
    ]
    assert desk.work(jobs) == [1, 2, 3]
    assert times == [1]
    assert isinstance(failing.error, KeyError)
    assert desk.savepoints() == 3, "all but the first"


def test_sqlite_may_end_the_transaction_itself(desk: Desk) -> None:
    desk.connection.execute("INSERT INTO t VALUES (7)")

    def clash(tx: apsw.Connection) -> object:
        return tx.execute("INSERT OR ROLLBACK INTO t VALUES (7)")

    jobs = [Job(insert(1), repeatable=True), Job(clash, repeatable=True)]
    assert desk.work(jobs) == [7]
    assert all(job.error is not None for job in jobs)
