"""The thread that holds the pen, and commits in one go what came in together."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Condition, Thread

import apsw

from mailnode.errors import Unavailable
from mailnode.store.connection import (
    LOST,
    Work,
    in_terms_of_mail,
    passing,
    roll_back,
)

BATCH = 256
"""Works in one transaction at most."""
BATCH_SECONDS = 0.05
"""After this long no further work joins a transaction: somebody waits for it."""
IDLE = 1.0
"""Seconds without work, after which the log is written back to the database."""
LOG_PAGES = 4000
"""Pages in the log, above which it is written back between two transactions."""


class RolledBack(Exception):
    """SQLite has ended the whole transaction because of one of its works."""


@dataclass(slots=True, eq=False)
class Job:
    """Some work and what became of it.

    @ivar light: the disk need not be waited for.
    @ivar repeatable: done twice it does the same, if the first time was undone.
    @ivar cancelled: nobody waits any more; it is left out if not yet begun.
    """

    work: Work[object]
    light: bool = False
    repeatable: bool = False
    result: object = None
    error: BaseException | None = None
    cancelled: bool = False


class News(Condition):
    """Wakes the one thread that rests; it costs little when none does.

    @ivar awaited: there is one, and nobody has told it anything yet.
    """

    def __init__(self) -> None:
        super().__init__()
        self.awaited = False

    def rest(self, seconds: float | None) -> None:
        """Wait to be told, so long at most; with the lock held."""
        self.awaited = True
        self.wait(seconds)
        self.awaited = False

    def tell(self) -> None:
        """There is news; with the lock held."""
        if self.awaited:
            self.awaited = False
            self.notify()


class Writer:
    """Takes works in order.  C{put} and C{stop} are for one other thread.

    @ivar broken: a commit has failed: nothing is written any more, for after a
        failed fsync nobody knows what the disk has, and no retry can tell.
    """

    def __init__(
        self,
        connection: apsw.Connection,
        report: Callable[[Sequence[Job]], None],
        ended: Callable[[bool], None],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin.

        @param report: told in this thread of works that are done, in order.
        @param ended: told last of all, with whether the database is broken.
        """
        self.connection = connection
        self.report = report
        self.ended = ended
        self.monotonic = monotonic
        self.jobs: deque[Job] = deque()
        self.news = News()
        self.stopping = False
        self.broken = False
        self.logged = 0
        connection.set_wal_hook(self.log_grew)
        self.thread = Thread(target=self.run, name="mailnode-writer", daemon=True)

    def put(self, *jobs: Job) -> None:
        """Add works to the queue.

        @raise Unavailable: when nothing is written any more.
        """
        with self.news:
            if self.broken or self.stopping:
                raise Unavailable("the store is out of order")
            self.jobs.extend(jobs)
            self.news.tell()

    def stop(self) -> None:
        """End when the queue is empty."""
        with self.news:
            self.stopping = True
            self.news.tell()

    def run(self) -> None:
        """The life of the thread; whatever ends it, nobody is left waiting."""
        try:
            self.serve()
        except BaseException:
            self.broken = True
            raise
        finally:
            self.refuse()
            self.ended(self.broken)

    def serve(self) -> None:
        """Commit what comes, and write the log back when nothing does."""
        while not self.broken:
            with self.news:
                if not self.jobs and not self.stopping:
                    self.news.rest(IDLE if self.logged else None)
            if self.jobs:
                self.commit()
            elif self.logged:
                self.write_back()
            elif self.stopping:
                break
            if self.logged >= LOG_PAGES:
                self.write_back()

    def commit(self) -> None:
        """One transaction with as many works as are there."""
        done: list[Job] = []
        light = all(job.light for job in list(self.jobs))
        try:
            if light:
                self.connection.execute("PRAGMA synchronous = NORMAL")
            self.connection.execute("BEGIN IMMEDIATE")
            self.attempt_all(done, light=light)
            self.connection.execute("COMMIT")
        except (apsw.Error, RolledBack) as error:
            self.fail(done, error)
        if light:
            self.connection.execute("PRAGMA synchronous = FULL")
        self.report(done)

    def attempt_all(self, done: list[Job], *, light: bool) -> None:
        """Do one work after another; those that come meanwhile may join.

        @param light: only those that need not wait for the disk either.
        """
        latest = self.monotonic() + BATCH_SECONDS
        careful = False
        while self.jobs and len(done) < BATCH and self.jobs[0].light >= light:
            job = self.jobs.popleft()
            if not job.cancelled:
                done.append(job)
                careful = careful or not job.repeatable
                if careful:
                    self.attempt(job)
                elif not self.dared(job):
                    careful = True
                    self.repeat(done)
            if self.monotonic() > latest:
                break

    def dared(self, job: Job) -> bool:
        """Do one work; if it fails, all that was done before has to be repeated.

        A savepoint is what would undo it alone, and costs a fourth of a delivery,
        of which hardly any fails.
        """
        try:
            job.result = job.work(self.connection)
        except LOST:
            raise
        except BaseException:  # noqa: BLE001 - it will fail again, and be told
            return False
        return True

    def repeat(self, done: list[Job]) -> None:
        """Begin again, and do with care what has been done, all of it repeatable."""
        roll_back(self.connection)
        self.connection.execute("BEGIN IMMEDIATE")
        for job in done:
            self.attempt(job)

    def attempt(self, job: Job) -> None:
        """Do one work so that its failure undoes it alone."""
        execute = self.connection.execute
        execute("SAVEPOINT work")
        try:
            job.result = job.work(self.connection)
        except LOST:
            raise
        except BaseException as error:
            job.error = error
            if not self.connection.in_transaction:
                raise RolledBack from error
            execute("ROLLBACK TO work")
        execute("RELEASE work")

    def fail(self, done: list[Job], error: apsw.Error | RolledBack) -> None:
        """Nothing of this transaction was kept: say so, and to whom."""
        if not done:  # it could not even begin
            while self.jobs and len(done) < BATCH:
                done.append(self.jobs.popleft())
        if isinstance(error, apsw.Error):
            self.broken = not passing(error)
        if isinstance(error, apsw.FullError):
            self.logged = LOG_PAGES  # a log that is written back makes room
        with suppress(apsw.Error):
            roll_back(self.connection)
        for job in done:
            if job.error is None:
                job.result = None
                job.error = (
                    in_terms_of_mail(error)
                    if isinstance(error, apsw.Error)
                    else Unavailable("the store could not finish")
                )
                job.error.__cause__ = error

    def refuse(self) -> None:
        """Turn away whatever still waits when the thread ends."""
        with self.news:
            self.stopping = True
            waiting = list(self.jobs)
            self.jobs.clear()
        for job in waiting:
            job.error = Unavailable("the store is out of order")
        self.report(waiting)

    def log_grew(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        """SQLite says how long the log has become with a commit."""
        self.logged = pages
        return apsw.SQLITE_OK

    def write_back(self) -> None:
        """Bring the log into the database, as far as readers let us."""
        self.logged = 0
        try:
            self.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.Error as error:
            self.broken = not passing(error)
