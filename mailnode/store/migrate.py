"""The schema of a database, brought up to date by numbered files."""

from __future__ import annotations

import os
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import apsw

from mailnode.message.envelope import sent_day
from mailnode.store.connection import Unusable, roll_back

__all__ = [
    "MAIN",
    "SCHEMA",
    "SEARCH",
    "SHARD",
    "TRAIL",
    "Unusable",
    "main",
    "search",
    "shard",
    "trail",
    "upgrade",
]

SCHEMA = files("mailnode.store") / "schema"
MAIN = 0x6D6E6D61
"""The application id in the header of the main database: C{mnma}."""
SHARD = 0x6D6E7368
"""The same for a shard: C{mnsh}."""
SEARCH = 0x6D6E7365
"""The same for the index of a shard: C{mnse}."""
TRAIL = 0x6D6E7472
"""The same for the trail: C{mntr}."""
COPY_PAGES = 1024
"""Pages that are copied at a time."""


def main(connection: apsw.Connection) -> None:
    """Bring the main database up to date.

    @raise Unusable: when it is newer than this code, or something else.
    """
    upgrade(connection, SCHEMA / "main", MAIN)


def shard(connection: apsw.Connection) -> None:
    """Bring a shard up to date.

    @raise Unusable: when it is newer than this code, or something else.
    """
    upgrade(connection, SCHEMA / "shard", SHARD)


def search(connection: apsw.Connection) -> None:
    """Bring the index of a shard up to date.

    @raise Unusable: when it is newer than this code, or something else.
    """
    upgrade(connection, SCHEMA / "search", SEARCH)


def trail(connection: apsw.Connection) -> None:
    """Bring the trail up to date.

    @raise Unusable: when it is newer than this code, or something else.
    """
    upgrade(connection, SCHEMA / "trail", TRAIL)


def upgrade(connection: apsw.Connection, series: Traversable, kind: int) -> None:
    """Apply all steps that a database lacks, in one transaction.

    A copy of an existing file is kept beside it, as C{NAME.vN.bak}.

    @param series: a directory of C{NNNN.sql}, from 1 without a gap.
    @param kind: the application id of such databases.
    """
    steps = sorted(step.name for step in series.iterdir() if step.name.endswith(".sql"))
    if [int(name.removesuffix(".sql")) for name in steps] != [
        *range(1, len(steps) + 1)
    ]:
        raise Unusable(f"the steps in {series} are not numbered 1, 2, 3...")
    version = inspected(connection, len(steps), kind)
    if version == len(steps):
        return
    if version:
        keep_copy(connection, version)
    connection.create_scalar_function("sent_day", day_of, 1, deterministic=True)
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been faster while this one waited.
        version = inspected(connection, len(steps), kind)
        for name in steps[version:]:
            connection.execute((series / name).read_text("utf-8"))
        connection.execute(f"PRAGMA application_id = {kind}")
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise


def day_of(*values: apsw.SQLiteValue) -> int | None:
    """C{sent_day} in SQL."""
    [envelope] = values
    return sent_day(envelope) if isinstance(envelope, bytes) else None


def inspected(connection: apsw.Connection, newest: int, kind: int) -> int:
    """The version of a database that is ours; 0, if there is nothing in it."""
    version = int(connection.execute("PRAGMA user_version").get)
    found = int(connection.execute("PRAGMA application_id").get)
    tables = int(connection.execute("SELECT count(*) FROM sqlite_schema").get)
    name = connection.filename or "the database"
    if found != kind and (version or found or tables):
        raise Unusable(f"{name} is not a database of this kind: is it misplaced?")
    if version > newest:
        raise Unusable(
            f"{name} has version {version} and this program knows {newest}: "
            "install the newer program again, or bring back the copy that ends "
            f"in .v{newest}.bak"
        )
    return version


def keep_copy(connection: apsw.Connection, version: int) -> None:
    """Copy a file before it is changed; the copy is whole, or not there."""
    if not connection.filename:
        return
    path = Path(connection.filename)
    copy = path.with_name(f"{path.name}.v{version}.bak")
    part = path.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    target = apsw.Connection(os.fspath(part))
    with target.backup("main", connection, "main") as backup:
        while not backup.done:
            backup.step(COPY_PAGES)
    target.close()
    part.replace(copy)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
