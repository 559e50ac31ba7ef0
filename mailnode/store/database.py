"""A database as three verbs: give a function of a connection, get its result.

C{read} and C{write} are for short works; C{scan} is for long reading, which
must not keep anybody waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import fspath
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import apsw
from twisted.internet.defer import Deferred
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from mailnode.errors import Unavailable
from mailnode.store.connection import Work, passing, pen, reader, transact
from mailnode.store.writer import LOG_PAGES, Job, Writer

T = TypeVar("T")
Prepare = Callable[[apsw.Connection], None]
"""What is done first with a connection that will write: L{mailnode.store.migrate}."""

QUEUE = 4096
"""Works that may wait to be written: beyond, the store is too slow to promise more."""
SCAN_STEPS = 1_000_000
"""Steps of SQLite's machine, some 20 ms, between two looks whether to go on."""


class Reader(Protocol):
    """Whoever can read."""

    async def read(self, work: Work[T]) -> T:
        """Give C{work} a consistent view, at once: it must be short."""


class Database(Protocol):
    """Whoever can carry out a transaction.

    Every verb raises what its work raises, L{Unavailable} when the database
    cannot be used, and L{NoSpace<mailnode.errors.NoSpace>} when the disk is full.
    """

    async def read(self, work: Work[T]) -> T:
        """Give C{work} a consistent view, at once: it must be short."""

    async def write(
        self,
        work: Work[T],
        tell: Callable[[T], None] | None = None,
        *,
        light: bool = False,
        repeatable: bool = False,
    ) -> T:
        """Give C{work} the pen: all it did is kept, or nothing if it raises.

        @param tell: given the result after the commit, in the order of commits
            and before the caller goes on, even if the caller has been cancelled.
        @param light: it may be lost, whole, if the power fails within seconds;
            the disk is not waited for.
        @param repeatable: it does nothing but SQL, with nothing that it uses up,
            so that it may be done again after it was undone; that is faster.
        """

    async def scan(self, work: Work[T]) -> T:
        """Give C{work} a consistent view, as long as it takes."""

    async def close(self) -> None:
        """Finish what was asked for, and refuse everything else from now on."""


def out_of_order() -> Unavailable:
    """What is said when the database may not be used."""
    return Unavailable("the store is out of order")


class InlineDatabase:
    """Everything at once, in the caller's thread: for tests and for tools."""

    def __init__(
        self,
        path: str | Path = ":memory:",
        *,
        prepare: Prepare | None = None,
        vfs: str | None = None,
    ) -> None:
        self.connection = pen(fspath(path), vfs)
        self.connection.wal_autocheckpoint(LOG_PAGES)
        self.usable = True
        if prepare is not None:
            prepare(self.connection)

    async def read(self, work: Work[T]) -> T:
        """Read within a transaction."""
        return self.transact("BEGIN", work)

    async def scan(self, work: Work[T]) -> T:
        """Read within a transaction."""
        return self.transact("BEGIN", work)

    async def write(
        self,
        work: Work[T],
        tell: Callable[[T], None] | None = None,
        *,
        light: bool = False,  # noqa: ARG002 - nobody is waiting
        repeatable: bool = False,  # noqa: ARG002 - nobody else writes
    ) -> T:
        """Write within a transaction, then tell."""
        result = self.transact("BEGIN IMMEDIATE", work)
        if tell is not None:
            tell(result)
        return result

    async def close(self) -> None:
        """Close the connection."""
        self.usable = False
        self.connection.close()

    def transact(self, begin: str, work: Work[T]) -> T:
        """Run C{work}, unless something has gone wrong for good."""
        if not self.usable:
            raise out_of_order()
        try:
            return transact(self.connection, begin, work)
        except Unavailable as error:
            if isinstance(error.__cause__, apsw.Error):
                self.usable = passing(error.__cause__)
            raise


class ThreadedDatabase:
    """One thread writes, the reactor reads, and one more thread scans.

    After a write error nothing is read or written any more, C{on_broken} is
    called once in the reactor's thread, and the process had better end.

    @ivar gathered: works that came in this turn of the reactor.
    """

    def __init__(
        self,
        path: str | Path,
        reactor: PosixReactorBase,
        *,
        prepare: Prepare | None = None,
        on_broken: Callable[[], None] = lambda: None,
        vfs: str | None = None,
        queue: int = QUEUE,
    ) -> None:
        """Open a database; this may upgrade the file, and blocks while it does.

        @param queue: works that may wait to be written.
        """
        self.reactor = reactor
        self.on_broken = on_broken
        self.queue = queue
        self.usable = True
        self.gathered: list[Waited] = []
        self.ended: Deferred[None] = Deferred()
        written = pen(fspath(path), vfs)
        if prepare is not None:
            prepare(written)
        self.reader = reader(fspath(path), vfs)
        self.scanner = reader(fspath(path), vfs)
        # Whoever scans when we close is interrupted, even between two statements.
        self.scanner.set_progress_handler(lambda: not self.usable, SCAN_STEPS)
        self.scans = ThreadPool(0, 1, "mailnode-scan")
        self.scans.start()
        self.writer = Writer(written, self.from_writer, self.from_dead_writer)
        self.writer.thread.start()

    async def read(self, work: Work[T]) -> T:
        """Read in the reactor's thread, now."""
        if not self.usable or self.writer.broken:
            raise out_of_order()
        return transact(self.reader, "BEGIN", work)

    async def scan(self, work: Work[T]) -> T:
        """Read in a thread of its own, one scan after another."""
        if not self.usable or self.writer.broken:
            raise out_of_order()
        done: Deferred[T] = deferToThreadPool(
            self.reactor,
            self.scans,
            transact,
            self.scanner,
            "BEGIN",
            work,
        )
        return await done

    async def write(
        self,
        work: Work[T],
        tell: Callable[[T], None] | None = None,
        *,
        light: bool = False,
        repeatable: bool = False,
    ) -> T:
        """Write in the writer's thread, together with whoever else does."""
        if not self.usable or self.writer.broken:
            raise out_of_order()
        if len(self.writer.jobs) + len(self.gathered) >= self.queue:
            raise Unavailable("the store has too much to write")
        job = Waited(work, light=light, repeatable=repeatable)
        job.tell = cast("Callable[[object], None] | None", tell)
        if not self.gathered:
            self.reactor.callLater(0, self.hand_over)
        self.gathered.append(job)
        return cast("T", await job.done)

    def hand_over(self) -> None:
        """Give the writer what has come in this turn of the reactor, together.

        One by one, the first of a crowd would have the disk for itself, time
        and again, and the two threads would be in each other's way all the time.
        """
        jobs, self.gathered = self.gathered, []
        try:
            self.writer.put(*jobs)
        except Unavailable as error:
            for job in jobs:
                job.error = error
                job.settle()

    async def close(self) -> None:
        """Commit what is queued, stop the threads, close the file."""
        if not self.usable:
            return
        self.usable = False  # which is also what makes a scan give up
        self.hand_over()
        self.scans.stop()
        self.writer.stop()
        await self.ended
        self.writer.thread.join()
        self.reader.close()
        self.scanner.close()
        self.writer.connection.close()

    def from_writer(self, jobs: Sequence[Job]) -> None:
        """Told in the writer's thread: works are done."""
        self.reactor.callFromThread(self.settle, jobs)

    def from_dead_writer(self, broken: bool) -> None:
        """Told in the writer's thread, last of all."""
        if broken:
            # Closing must not touch the file: what it has is what is kept.
            self.writer.connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        self.reactor.callFromThread(self.settle_end, broken)

    def settle(self, jobs: Sequence[Job]) -> None:
        """Tell everyone what became of their work, in the order of commits."""
        for job in jobs:
            cast("Waited", job).settle()

    def settle_end(self, broken: bool) -> None:
        """The writer has ended."""
        self.ended.callback(None)
        if broken:
            self.on_broken()


class Waited(Job):
    """A work that somebody awaits."""

    __slots__ = ("done", "tell")

    def __init__(self, work: Work[Any], *, light: bool, repeatable: bool) -> None:
        super().__init__(work, light, repeatable)
        self.tell: Callable[[object], None] | None = None
        self.done: Deferred[object] = Deferred(self.cancel)

    def cancel(self, _done: Deferred[object]) -> None:
        """Nobody waits any more; a work that has begun is finished all the same."""
        self.cancelled = True

    def settle(self) -> None:
        """Tell of a commit, and go on with whoever asked for it."""
        if self.error is None and self.tell is not None:
            try:
                self.tell(self.result)
            except Exception as error:  # noqa: BLE001 - the caller's, not the others'
                self.error = error
        if self.done.called:
            return
        if self.error is None:
            self.done.callback(self.result)
        else:
            self.done.errback(Failure(self.error))
