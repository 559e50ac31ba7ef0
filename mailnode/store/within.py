"""A mailbox as it looks within a transaction, for what asks it with C{await}."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import apsw
from zope.interface import implementer

from mailnode.errors import NotFound
from mailnode.interfaces.content import IOctets
from mailnode.model.message import CHUNK, Message, Projections
from mailnode.store import reading

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
        return [
            (uid, Held(self.tx, (self.place[0], content), sizes, first))
            for uid, content, *sizes, first in reading.opened(self.tx, self.place, uids)
        ]


@implementer(IOctets)
class Held:
    """The octets of a message, within a transaction."""

    def __init__(
        self,
        tx: apsw.Connection,
        place: tuple[int, int],
        sizes: Sequence[int],
        first: bytes | None = None,
    ) -> None:
        """Begin.

        @param place: account and content.
        @param sizes: of the whole and of its header.
        """
        self.tx = tx
        self.place = place
        self.size, self.header_size = sizes
        self.first = first

    async def read(self, start: int = 0) -> bytes:
        """The octets from C{start} to the end of the chunk that holds it."""
        if start >= self.size:
            return b""
        n, offset = divmod(start, CHUNK)
        data = self.first if n == 0 else None
        if data is None:
            data = self.tx.execute(
                "SELECT data FROM chunk WHERE account = ? AND content = ? AND n = ?",
                (*self.place, n),
            ).get
        if data is None:
            raise NotFound("the message has been gone for too long")
        return bytes(data[offset:])
