"""One shard, and what all the accounts on it share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import apsw

from mailnode.model.change import Change
from mailnode.store import departure
from mailnode.store.catalogue import Catalogue
from mailnode.store.changes import Changes
from mailnode.store.database import Database
from mailnode.store.reserve import Reserve
from mailnode.store.spool import Spool
from mailnode.store.whole.remembering import Remembered

T = TypeVar("T")
Changing = Callable[[apsw.Connection], tuple[T, Sequence[Change]]]
"""A transaction that also says what it changed."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where accounts keep their mail.

    @ivar clock: now, in milliseconds since 1970 in UTC.
    @ivar spool: makes a place to gather a message.
    @ivar catalogue: an index of the words in the mail, if there is one.
    @ivar remembered: what was found in the mail of accounts a moment ago.
    """

    database: Database
    changes: Changes
    reserve: Reserve
    clock: Callable[[], int]
    spool: Callable[[], Spool]
    catalogue: Catalogue | None = None
    remembered: Remembered = field(default_factory=Remembered)

    async def change(
        self,
        account: int,
        work: Changing[T],
        *,
        light: bool = False,
        repeatable: bool = False,
    ) -> T:
        """Change something in an account, and tell who watches it.

        @param light: it changes flags and nothing else.
        @param repeatable: as L{Database.write} has it.
        """

        def tell(outcome: tuple[T, Sequence[Change]]) -> None:
            self.changes.publish(account, outcome[1])

        result, _ = await self.database.write(
            work, tell, light=light, repeatable=repeatable
        )
        return result

    async def clear(self, account: int, mailbox: int) -> None:
        """Remove what a deleted mailbox still has, a thousand messages at a time."""
        now = self.clock()
        while await self.database.write(
            lambda tx: departure.clear(tx, account, mailbox, now)
        ):
            pass
