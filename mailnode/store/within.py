"""A mailbox as it looks within a transaction, for what asks it with C{await}."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import apsw

from mailnode.interfaces.content import IOctets
from mailnode.model.message import Message, Projections
from mailnode.store import reading
from mailnode.store.connection import Work
from mailnode.store.content import Octets

T = TypeVar("T")


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine comes to that has nothing to wait for."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    raise RuntimeError("nothing may be waited for in a transaction")


class Within:
    """What a search asks of a mailbox; every answer is there at once."""

    def __init__(self, tx: apsw.Connection, place: reading.Place) -> None:
        self.tx = tx
        self.place = place

    async def messages(self, after: int = 0, limit: int = 500) -> Sequence[Message]:
        """Some messages in order."""
        return reading.messages(
            self.tx, self.place, "AND uid > ? ORDER BY uid LIMIT ?", after, limit
        )

    async def projected(self, uids: Sequence[int]) -> Sequence[tuple[int, Projections]]:
        """What was computed of some."""
        return reading.projected(self.tx, self.place, uids)

    async def opened(self, uids: Sequence[int]) -> Sequence[tuple[int, IOctets]]:
        """The octets of some."""
        account, standing = self.place[0], Standing(self.tx)
        return [
            (uid, Octets(standing, (account, content), (size, header_size), first))
            for uid, content, size, header_size, first in reading.opened(
                self.tx, self.place, uids
            )
        ]


class Standing:
    """Reads where we stand: in a transaction that has begun."""

    def __init__(self, tx: apsw.Connection) -> None:
        self.tx = tx

    async def read(self, work: Work[T]) -> T:
        """Do the work now."""
        return work(self.tx)
