"""Letters we answer for that have not reached all their shards yet.

A letter for accounts of several shards cannot be delivered in one transaction.
It is written here first, which is when it is accepted; then every shard takes
it, at most once thanks to its delivery id, and it is struck off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import apsw

from mailnode.errors import NotFound, Unavailable
from mailnode.interfaces.content import IContent
from mailnode.model.envelope import Letter
from mailnode.model.message import CHUNK
from mailnode.store.database import Database
from mailnode.store.pieces import Pieces
from mailnode.store.spool import Content, Spool

OCTETS = Pieces("incoming_chunk", "incoming")
STALE = 3_600_000
"""Milliseconds after which a letter that nobody finished writing is removed."""


class Journal:
    """The tables C{incoming...} of the main database."""

    def __init__(
        self, main: Database, clock: Callable[[], int], spool: Callable[[], Spool]
    ) -> None:
        self.main = main
        self.clock = clock
        self.spool = spool

    async def write(self, letter: Letter, content: IContent) -> int:
        """Keep a letter durably; returns its number.

        A large one is written in several transactions, and counts with the last.
        """
        now = self.clock()

        def first(tx: apsw.Connection) -> int:
            return begin(tx, letter, content, now)

        staged = await OCTETS.ahead(self.main, content, first)

        def last(tx: apsw.Connection) -> int:
            number = staged
            if number is None:
                number = first(tx)
                OCTETS.add(tx, number, enumerate(content.chunks()))
            finish(tx, number)
            return number

        return await self.main.write(last, repeatable=True)

    async def pending(self, before: int) -> Sequence[int]:
        """The letters that were accepted before a moment and are still here."""
        return await self.main.read(
            lambda tx: [
                number
                for (number,) in tx.execute(
                    "SELECT id FROM incoming WHERE complete = 1 AND touched <= ?"
                    " ORDER BY id",
                    (before,),
                )
            ]
        )

    async def read(self, number: int) -> tuple[Letter, Content]:
        """A letter as it was accepted.

        @raise NotFound: when it has been struck off meanwhile.
        @raise Unavailable: when its octets are not what they were.
        """

        def select(tx: apsw.Connection) -> tuple[Letter, bytes, int]:
            row = tx.execute(
                "SELECT delivery_id, received, hash, size FROM incoming"
                " WHERE id = ? AND complete = 1",
                (number,),
            ).get
            if row is None:
                raise NotFound("the letter has been delivered")
            delivery_id, received, digest, size = row
            destinations = list(
                tx.execute(
                    "SELECT account, mailbox FROM incoming_destination WHERE incoming = ?",
                    (number,),
                )
            )
            return Letter(delivery_id, tuple(destinations), received), digest, size

        letter, digest, size = await self.main.read(select)
        spool = self.spool()
        try:
            for n in range(-(-size // CHUNK)):
                spool.write(await self.main.read(OCTETS.chunk(number, n)))
            content = spool.seal()
        finally:
            spool.discard()
        if (content.hash, content.size) != (digest, size):
            content.discard()
            raise Unavailable(f"letter {number} in the journal is damaged")
        return letter, content

    async def strike(self, number: int) -> None:
        """Remove a letter, a few chunks at a time."""

        def delete(tx: apsw.Connection) -> bool:
            tx.execute("UPDATE incoming SET complete = 0 WHERE id = ?", (number,))
            if OCTETS.remove(tx, number):
                return True
            tx.execute("DELETE FROM incoming_destination WHERE incoming = ?", (number,))
            tx.execute("DELETE FROM incoming WHERE id = ?", (number,))
            return False

        while await self.main.write(delete):
            pass

    async def sweep(self) -> None:
        """Remove letters that were never accepted, or not quite struck off."""
        latest = self.clock() - STALE
        unfinished = await self.main.read(
            lambda tx: list(
                tx.execute(
                    "SELECT id FROM incoming WHERE complete = 0 AND touched <= ?",
                    (latest,),
                )
            )
        )
        for (number,) in unfinished:
            await self.strike(number)


def begin(tx: apsw.Connection, letter: Letter, content: IContent, moment: int) -> int:
    """Begin to write a letter, which does not count yet; returns its number."""
    number = tx.execute(
        "UPDATE counter SET value = value + 1 WHERE name = 'incoming' RETURNING value"
    ).get
    tx.execute(
        "INSERT INTO incoming (id, delivery_id, received, size, hash, complete,"
        " touched) VALUES (?, ?, ?, ?, ?, 0, ?)",
        (
            number,
            letter.delivery_id,
            letter.received,
            content.size,
            content.hash,
            moment,
        ),
    )
    tx.executemany(
        "INSERT INTO incoming_destination (incoming, account, mailbox)"
        " VALUES (?, ?, ?) ON CONFLICT (incoming, account) DO NOTHING",
        [(number, *destination) for destination in letter.destinations],
    )
    return int(number)


def finish(tx: apsw.Connection, number: int) -> None:
    """From now on a letter counts: we answer for it."""
    tx.execute("UPDATE incoming SET complete = 1 WHERE id = ?", (number,))
