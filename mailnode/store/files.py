"""The files of a store: a main database and its shards in one directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mailnode.store import changes, migrate
from mailnode.store.database import Database, Prepare
from mailnode.store.reserve import MIN_FREE
from mailnode.store.store import NO_LIMITS, Limits, Store

Connect = Callable[[Path, Prepare], Database]
"""Opens one file: a ThreadedDatabase in the server, an InlineDatabase in a tool."""

MAIN = "main.db"
SHARD = "shard-{}.db"


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
    main = connect(directory / MAIN, migrate.main)
    return Store(
        main,
        [
            connect(directory / SHARD.format(n), migrate.shard)
            for n in range(max(1, shards))
        ],
        directory_path=directory,
        clock=clock,
        default_quota=default_quota,
        min_free=min_free,
        complain=complain,
    )
