"""The octets of messages: by hash inside an account, in chunks, byte for byte.

Messages of the same octets share one content, which counts the emails that have
it.  Contents without any stay readable for a while, those that were uploaded for
longer, and then the janitor comes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice

import apsw
from zope.interface import implementer

from mailnode.errors import NotFound, Unavailable
from mailnode.interfaces.content import IContent, IOctets
from mailnode.model.message import CHUNK
from mailnode.store.database import Database, Reader
from mailnode.store.rows import admit

LARGE = 4 * CHUNK
"""Octets above which a content is written ahead, in several transactions."""
PIECE = 16
"""Chunks in one of them: 4 MiB, a few milliseconds of the writer's time."""

INSERT_CHUNK = "INSERT INTO chunk (account, content, n, data) VALUES (?, ?, ?, ?)"


def keep(
    tx: apsw.Connection,
    account: int,
    new: int,
    content: IContent,
    staged: int | None = None,
) -> int:
    """Refer to a content once more, which is written if it is not there.

    @param new: the id it gets then.
    @param staged: where its octets have been written ahead, if they have.
    @return: the id it has.
    """
    if staged is not None:
        return keep_staged(tx, account, staged, content)
    kept = tx.execute(
        "INSERT INTO content (account, id, hash, size, refs) VALUES (?, ?, ?, ?, 1)"
        " ON CONFLICT (account, hash) DO UPDATE"
        " SET refs = content.refs + 1, freed_at = NULL RETURNING id",
        (account, new, content.hash, content.size),
    ).get
    if kept == new:
        for n, data in enumerate(content.chunks()):
            tx.execute(INSERT_CHUNK, (account, new, n, data))
    return int(kept)


def keep_staged(
    tx: apsw.Connection, account: int, staged: int, content: IContent
) -> int:
    """Refer to a content that has been written ahead."""
    kept = tx.execute(
        "UPDATE content SET refs = refs + 1, freed_at = NULL"
        " WHERE account = ? AND hash = ? RETURNING id",
        (account, content.hash),
    ).get
    if kept is None:
        kept = tx.execute(
            "UPDATE content SET hash = ?, refs = 1, freed_at = NULL"
            " WHERE account = ? AND id = ? AND hash IS NULL RETURNING id",
            (content.hash, account, staged),
        ).get
    if kept is None:
        raise Unavailable("the message has waited too long to be kept")
    return int(kept)


def release(
    tx: apsw.Connection, account: int, contents: Sequence[int], moment: int
) -> None:
    """Some emails are gone, and with each of them a reference to its content."""
    if not contents:
        return
    tx.execute(
        "UPDATE content SET refs = refs - gone.times,"
        " freed_at = CASE WHEN refs = gone.times"
        " THEN max(?, coalesce(kept_until, 0)) END"
        " FROM (SELECT value AS id, count(*) AS times FROM json_each(?) GROUP BY value)"
        " AS gone WHERE content.account = ? AND content.id = gone.id",
        (moment, json.dumps(contents), account),
    )


async def stage(
    database: Database,
    account: int,
    content: IContent,
    moment: int,
    *,
    accepted: bool = False,
) -> int | None:
    """Write a large content ahead, a piece at a time, so that nobody waits long.

    Nothing refers to it until C{keep}, so the janitor will take it away if that
    does not come within the hour.

    @param accepted: no quota refuses it.
    @return: what C{keep} needs; C{None} for a small content.
    @raise OverQuota: when the account has no room, before anything is written.
    """
    if content.size <= LARGE:
        return None

    staged = await database.write(
        lambda tx: begin(tx, account, content, moment, accepted=accepted)
    )
    if staged < 0:
        return -staged
    chunks = enumerate(content.chunks())

    def piece(tx: apsw.Connection) -> bool:
        if (
            tx.execute(
                "SELECT id FROM content WHERE account = ? AND id = ?", (account, staged)
            ).get
            is None
        ):
            raise NotFound("the account has been removed meanwhile")
        more = False
        for n, data in islice(chunks, PIECE):
            tx.execute(INSERT_CHUNK, (account, staged, n, data))
            more = True
        return more

    while await database.write(piece):
        pass
    return staged


def begin(
    tx: apsw.Connection,
    account: int,
    content: IContent,
    moment: int,
    *,
    accepted: bool,
) -> int:
    """Make a content that has no chunks yet; minus its id if it is there, whole."""
    if not accepted:
        admit(tx, account, content.size)
    kept = tx.execute(
        "UPDATE content SET freed_at ="
        " CASE WHEN refs = 0 THEN max(?, coalesce(kept_until, 0)) END"
        " WHERE account = ? AND hash = ? RETURNING id",
        (moment, account, content.hash),
    ).get
    if kept is not None:
        return -int(kept)
    staged = tx.execute(
        "UPDATE account SET next_id = next_id + 1 WHERE id = ? RETURNING next_id - 1",
        (account,),
    ).get
    if staged is None:
        raise NotFound("there is no such account")
    tx.execute(
        "INSERT INTO content (account, id, size, refs, freed_at)"
        " VALUES (?, ?, ?, 0, ?)",
        (account, staged, content.size, moment),
    )
    return int(staged)


@implementer(IOctets)
class Octets:
    """A message that is kept, open for reading."""

    def __init__(
        self,
        database: Reader,
        place: tuple[int, int],
        sizes: tuple[int, int],
        first: bytes | None,
    ) -> None:
        """Begin, perhaps with the first chunk, if it came with everything else.

        @param place: account and content.
        @param sizes: of the whole and of its header.
        """
        self.database = database
        self.place = place
        self.size, self.header_size = sizes
        self.first = first

    async def read(self, start: int = 0) -> bytes:
        """The octets from C{start} to the end of the chunk that holds it."""
        if start >= self.size:
            return b""
        n, offset = divmod(start, CHUNK)

        def select(tx: apsw.Connection) -> bytes:
            data = tx.execute(
                "SELECT data FROM chunk WHERE account = ? AND content = ? AND n = ?",
                (*self.place, n),
            ).get
            if data is None:
                raise NotFound("the message has been gone for too long")
            return bytes(data)

        data = self.first if n == 0 else None
        if data is None:
            data = await self.database.read(select)
        return data[offset:] if offset else data
