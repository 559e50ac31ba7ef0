"""The files of a store: a main database, its shards and the trail, in one directory."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from mailnode.store import changes, migrate
from mailnode.store.database import Database, Prepare
from mailnode.store.reserve import MIN_FREE
from mailnode.store.store import NO_LIMITS, Limits, Store
from mailnode.store.trail import Trail

Connect = Callable[[Path, Prepare], Database]
"""Opens one file: a ThreadedDatabase in the server, an InlineDatabase in a tool."""

MAIN = "main.db"
SHARD = "shard-{}.db"
SEARCH = "search-{}.db"
"""The index of a shard; whoever removes it loses nothing but time."""
TRAIL = "trail.db"
"""What was decided about messages; whoever removes it loses no mail."""


def open_store(
    directory: Path,
    connect: Connect,
    *,
    clock: Callable[[], int],
    shards: int = 1,
    default_quota: Limits = NO_LIMITS,
    min_free: int = MIN_FREE,
    complain: Callable[[Exception], None] = changes.complain,
) -> Store:
    """Open the store in a directory, which is made if it is not there.

    Await C{recover} before anything else.

    @param shards: how many there are to be; more than that are opened if more
        are there.
    @raise Unusable: when a file is newer than this program, or is not ours.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    while (directory / SHARD.format(shards)).exists():
        shards += 1
    numbers = range(max(1, shards))
    main = connect(directory / MAIN, migrate.main)
    store = Store(
        main,
        [connect(directory / SHARD.format(n), migrate.shard) for n in numbers],
        directory_path=directory,
        clock=clock,
        default_quota=default_quota,
        min_free=min_free,
        complain=complain,
        indexes=[open_index(directory / SEARCH.format(n), connect) for n in numbers],
    )
    for number, catalogue in enumerate(store.catalogues):
        catalogue.discard = partial(remove, directory / SEARCH.format(number))
    return store


def open_trail(directory: Path, connect: Connect, clock: Callable[[], int]) -> Trail:
    """Open the trail of a store that has been opened.

    @raise Unusable: when the file is newer than this program, or is not ours.
    """
    return Trail(connect(directory / TRAIL, migrate.trail), clock)


def open_index(path: Path, connect: Connect) -> Database:
    """Open an index; one that cannot be used is made anew."""
    try:
        return connect(path, migrate.search)
    except migrate.Unusable:
        remove(path)
        return connect(path, migrate.search)


def remove(path: Path) -> None:
    """Remove a database."""
    for each in (path, *path.parent.glob(f"{path.name}[-.]*")):
        each.unlink(missing_ok=True)
