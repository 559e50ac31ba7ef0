"""Octets that a client uploads, and that an email may have later (RFC 8620, 6)."""

from __future__ import annotations

import apsw

from mailnode.clock import DAY
from mailnode.errors import OverQuota, Unavailable
from mailnode.interfaces.content import IContent
from mailnode.store import content as contents
from mailnode.store.shelf import Shelf

LIFE = DAY
"""Milliseconds for which an upload stays without an email: a night over a draft."""
ROOM = 2**30
"""Octets of uploads without an email in an account: some twenty large messages."""
NUMBER = 10_000
"""Uploads without an email in an account: their sizes are added up with each."""

HELD = (
    "FROM content WHERE account = ? AND kept_until IS NOT NULL AND refs = 0"
    " ORDER BY kept_until"
)


async def upload(shelf: Shelf, account: int, content: IContent) -> None:
    """Keep some octets for a day at least, and longer if an email has them.

    @raise OverQuota: when it is more than all uploads may be together.
    @raise NoSpace: when the disk has no room.
    """
    if content.size > ROOM:
        raise OverQuota(f"uploads have at most {ROOM} octets")
    shelf.reserve.check(content.size)
    now = shelf.clock()
    staged = await contents.stage(shelf.database, account, content, now, accepted=True)

    def keep(tx: apsw.Connection) -> None:
        if prolong(tx, account, content.hash, now + LIFE):
            return
        make_room(tx, account, content.size)
        written = write(tx, account, content, now) if staged is None else staged
        finish(tx, (account, written), content.hash, now + LIFE)

    await shelf.database.write(keep, repeatable=True)


def prolong(tx: apsw.Connection, account: int, digest: bytes, until: int) -> bool:
    """Let octets stay longer; whether they are there (RFC 8620, 6)."""
    found = tx.execute(
        "UPDATE content SET kept_until = ?, freed_at = CASE WHEN refs = 0 THEN ? END"
        " WHERE account = ? AND hash = ? RETURNING id",
        (until, until, account, digest),
    ).get
    return found is not None


def make_room(tx: apsw.Connection, account: int, size: int) -> None:
    """Give up the oldest uploads until there is room for one more (RFC 8620, 6).

    The janitor removes them when it comes by next.
    """
    held = list(tx.execute(f"SELECT id, size {HELD}", (account,)))
    number = len(held)
    octets = sum(each for _, each in held)
    for upload_id, each in held:
        if number < NUMBER and octets + size <= ROOM:
            break
        tx.execute(
            "UPDATE content SET kept_until = NULL, freed_at = 0"
            " WHERE account = ? AND id = ?",
            (account, upload_id),
        )
        number -= 1
        octets -= each


def write(tx: apsw.Connection, account: int, content: IContent, moment: int) -> int:
    """Write a small content that is not there; its id."""
    number = contents.begin(tx, account, content, moment, accepted=True)
    for n, data in enumerate(content.chunks()):
        tx.execute(contents.INSERT_CHUNK, (account, number, n, data))
    return number


def finish(
    tx: apsw.Connection, place: tuple[int, int], digest: bytes, until: int
) -> None:
    """All octets of an upload are there: from now on it is found by their hash.

    @param place: account and content.
    @raise Unavailable: when the janitor has taken it away meanwhile.
    """
    kept = tx.execute(
        "UPDATE content SET hash = ?, kept_until = ?, freed_at = ?"
        " WHERE account = ? AND id = ? AND hash IS NULL RETURNING id",
        (digest, until, until, *place),
    ).get
    if kept is None:
        raise Unavailable("the upload has waited too long to be kept")
