"""Octets of messages in the main database: written, read and removed in pieces."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice

import apsw

from mailnode.interfaces.content import IContent
from mailnode.model.message import CHUNK
from mailnode.store.connection import Work
from mailnode.store.content import LARGE, PIECE
from mailnode.store.database import Database


class Pieces:
    """A table with the chunks of messages that another table has.

    Nobody waits long for the writer: whatever is large takes several
    transactions, a few milliseconds each.
    """

    def __init__(self, table: str, owner: str) -> None:
        """Begin.

        @param owner: the column that says of which message a chunk is.
        """
        self.insert = f"INSERT INTO {table} ({owner}, n, data) VALUES (?, ?, ?)"  # noqa: S608 - our own words
        self.select = f"SELECT data FROM {table} WHERE {owner} = ? AND n = ?"  # noqa: S608 - the same
        self.delete = (
            f"DELETE FROM {table} WHERE {owner} = ? AND n IN"  # noqa: S608 - the same
            f" (SELECT n FROM {table} WHERE {owner} = ? LIMIT ?) RETURNING n"
        )

    async def ahead(
        self, database: Database, content: IContent, begin: Work[int]
    ) -> int | None:
        """Write a large content, which does not count yet.

        @param begin: makes what it belongs to; its number.
        @return: that number; C{None} for a small content, of which nothing is
            written.
        """
        if content.size <= LARGE:
            return None
        number = await database.write(begin)
        chunks = enumerate(content.chunks())
        while await database.write(lambda tx: self.add(tx, number, chunks)):
            pass
        return number

    def add(
        self, tx: apsw.Connection, number: int, chunks: Iterator[tuple[int, bytes]]
    ) -> bool:
        """Write the next few chunks of a message; whether there were any."""
        more = False
        for n, data in islice(chunks, PIECE):
            tx.execute(self.insert, (number, n, data))
            more = True
        return more

    def chunk(self, number: int, n: int) -> Work[bytes]:
        """A transaction that reads one chunk; nothing, if it is not there."""

        def select(tx: apsw.Connection) -> bytes:
            data: bytes | None = tx.execute(self.select, (number, n)).get
            return data or b""

        return select

    def verified(
        self, tx: apsw.Connection, number: int, size: int, digest: bytes
    ) -> bytes | None:
        """The first chunk of a message that is what it was; C{None}: it is damaged."""
        first, octets, found = b"", 0, hashlib.sha256()
        for n in range(-(-size // CHUNK)):
            data = self.chunk(number, n)(tx)
            first = first or data
            octets += len(data)
            found.update(data)
        return first if (octets, found.digest()) == (size, digest) else None

    def remove(self, tx: apsw.Connection, number: int) -> bool:
        """Remove a few chunks of a message; whether there may be more."""
        gone = list(tx.execute(self.delete, (number, number, PIECE)))
        return len(gone) == PIECE
