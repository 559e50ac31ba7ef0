"""A connection to SQLite as the store wants it, and what its failures mean."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import apsw

from mailnode.errors import Damaged, MailError, NoSpace, Unavailable

T = TypeVar("T")
Work = Callable[[apsw.Connection], T]
"""A transaction: SQL and nothing else, for it may run in another thread."""

PAGE = 8192
"""Octets of a page: fewest wasted for messages near 10 KB."""
CACHE = 8192
"""KiB of pages that one connection keeps in memory."""
PATIENCE = 5000
"""Milliseconds to wait for a lock that another process holds."""
READER_PATIENCE = 250
"""The same where the reactor waits; a reader in WAL meets a lock hardly ever."""
STATEMENTS = 256
"""Prepared statements that are kept."""
LOG_SIZE = 64 * 2**20
"""Octets of write-ahead log that are kept on disk when it starts afresh."""

LOST = (
    apsw.CantOpenError,
    apsw.CorruptError,
    apsw.FullError,
    apsw.IOError,
    apsw.NoMemError,
    apsw.NotADBError,
    apsw.ReadOnlyError,
)
"""What concerns the whole transaction and not the statement that met it."""
PASSING = (apsw.FullError, apsw.BusyError, apsw.LockedError, apsw.NoMemError)
"""What leaves the database as it was, and sound."""


class Unusable(Exception):
    """We cannot use a file; the text is for whoever runs the server."""


def in_terms_of_mail(error: apsw.Error) -> MailError:
    """What a caller is told when SQLite could not."""
    if isinstance(error, apsw.FullError) or shared_memory_is_full(error):
        return NoSpace("the disk is full")
    if isinstance(error, apsw.CorruptError | apsw.NotADBError):
        return Damaged("the store is damaged")
    return Unavailable("the store does not answer")


def passing(error: apsw.Error) -> bool:
    """Whether the database may be used again after this."""
    return isinstance(error, PASSING) or shared_memory_is_full(error)


def shared_memory_is_full(error: apsw.Error) -> bool:
    """Whether the index of the log could not grow, which is a full disk too."""
    return getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_SHMSIZE


def pen(path: str, vfs: str | None = None) -> apsw.Connection:
    """The connection that writes; the file is made if it is new.

    @raise Unusable: when it cannot be opened, or is no database.
    @raise OSError: when it cannot be made.
    """
    if path != ":memory:" and not Path(path).exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    try:
        connection = apsw.Connection(path, vfs=vfs, statementcachesize=STATEMENTS)
        connection.set_busy_timeout(PATIENCE)
        stable(connection)
        for pragma in (
            f"page_size = {PAGE}",
            "journal_mode = WAL",
            "synchronous = FULL",  # a commit is on stable storage when it returns
            "foreign_keys = OFF",  # check.py verifies references, off the hot path
            "temp_store = MEMORY",
            f"cache_size = -{CACHE}",
            f"journal_size_limit = {LOG_SIZE}",
            "trusted_schema = OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")
    except apsw.Error as error:
        raise Unusable(f"{path} cannot be opened: {error}") from error
    return connection


def stable(connection: apsw.Connection) -> None:
    """Let SQLite plan a statement once, whatever values it is given later.

    Otherwise a range of UIDs is planned anew each time it is asked for, in case
    another way were better for these (STAT4), and that takes longer than to read
    a few messages.
    """
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)


def reader(path: str, vfs: str | None = None) -> apsw.Connection:
    """A connection that only reads, for a database that exists."""
    connection = apsw.Connection(
        path,
        flags=apsw.SQLITE_OPEN_READONLY,
        vfs=vfs,
        statementcachesize=STATEMENTS,
    )
    connection.set_busy_timeout(READER_PATIENCE)
    stable(connection)
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    for pragma in ("temp_store = MEMORY", f"cache_size = -{CACHE}"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def transact(connection: apsw.Connection, begin: str, work: Work[T]) -> T:
    """Run C{work} in a transaction of its own.

    @raise NoSpace: when the disk is full.
    @raise Damaged: when the file is not what was written.
    @raise Unavailable: when the database cannot be read or written.

    and whatever C{work} raises; nothing is changed then.
    """
    try:
        connection.execute(begin)
        try:
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            roll_back(connection)
            raise
    except (*LOST, apsw.BusyError, apsw.InterruptError) as error:
        raise in_terms_of_mail(error) from error
    return result


def roll_back(connection: apsw.Connection) -> None:
    """End the transaction, unless SQLite has already done so by itself."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")
