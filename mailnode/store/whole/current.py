"""Reading the whole of an account as it is now: it is caught up first."""

from __future__ import annotations

from typing import TypeVar

import apsw

from mailnode.store.connection import Work
from mailnode.store.shelf import Shelf
from mailnode.store.whole import catching

T = TypeVar("T")


async def catch_up(shelf: Shelf, account: int) -> None:
    """Catch up with everything, a step at a time.

    @raise NotFound: when there is no such account (any more).
    """

    now = shelf.clock()

    def step(tx: apsw.Connection) -> bool:
        return catching.catch_up(tx, account, now, catching.STEP)

    while await shelf.database.write(step, light=True):
        pass


async def read(shelf: Shelf, account: int, work: Work[T], *, long: bool = False) -> T:
    """Read what is true of all that was committed before.

    If others write all the time, that may be older than what they write meanwhile,
    but it is all of one moment.

    @param long: it takes time, and must keep nobody waiting.
    """
    database = shelf.database
    wanted = -1

    def attempt(tx: apsw.Connection) -> tuple[T] | None:
        nonlocal wanted
        modseq, upto = catching.target(tx, account)
        wanted = modseq if wanted < 0 else wanted
        return (work(tx),) if upto >= wanted else None

    while True:
        found = await (database.scan if long else database.read)(attempt)
        if found is not None:
            return found[0]
        await catch_up(shelf, account)
