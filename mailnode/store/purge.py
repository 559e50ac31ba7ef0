"""What has outlived its time in a shard, and how it goes, a little at a time.

Each function is a transaction that removes a few rows from before a moment, and
says whether there may be more.
"""

from __future__ import annotations

import apsw

from mailnode.store import departure, fields
from mailnode.store import objects as kept

ROWS = 1000
"""Narrow rows that are removed in one transaction."""
CHUNKS = 32
"""Chunks that are: 8 MiB."""


def contents(tx: apsw.Connection, before: int) -> bool:
    """Remove contents that no email has."""
    budget = CHUNKS
    for account, content in list(
        tx.execute(
            "SELECT account, id FROM content WHERE freed_at <= ?"
            " ORDER BY freed_at LIMIT ?",
            (before, CHUNKS),
        )
    ):
        gone = list(
            tx.execute(
                "DELETE FROM chunk WHERE account = ? AND content = ? AND n IN (SELECT n"
                " FROM chunk WHERE account = ? AND content = ? LIMIT ?) RETURNING n",
                (account, content, account, content, budget),
            )
        )
        if len(gone) < budget:
            tx.execute(
                "DELETE FROM content WHERE account = ? AND id = ?", (account, content)
            )
        else:
            # Half of it is gone: no message of the same octets may share it now.
            tx.execute(
                "UPDATE content SET hash = NULL WHERE account = ? AND id = ?",
                (account, content),
            )
        budget -= max(1, len(gone))
        if budget <= 0:
            return True
    return False


def vanished(tx: apsw.Connection, before: int) -> bool:
    """Forget UIDs that vanished; changes since before then are not known any more."""
    oldest = list(
        tx.execute(
            "SELECT account, mailbox, modseq, uid FROM vanished WHERE at <= ?"
            " ORDER BY at LIMIT ?",
            (before, ROWS),
        )
    )
    floors: dict[int, int] = {}
    for account, _, modseq, _ in oldest:
        floors[account] = max(modseq, floors.get(account, 0))
    tx.executemany(
        "UPDATE account SET floor_modseq = ? WHERE id = ? AND floor_modseq < ?",
        [(modseq, account, modseq) for account, modseq in floors.items()],
    )
    tx.executemany(
        "DELETE FROM vanished"
        " WHERE account = ? AND mailbox = ? AND modseq = ? AND uid = ?",
        oldest,
    )
    return len(oldest) == ROWS


def delivered(tx: apsw.Connection, before: int) -> bool:
    """Forget deliveries that will not be tried again."""
    gone = list(
        tx.execute(
            "DELETE FROM delivered WHERE (account, delivery_id) IN"
            " (SELECT account, delivery_id FROM delivered WHERE at <= ?"
            " ORDER BY at LIMIT ?) RETURNING at",
            (before, ROWS),
        )
    )
    return len(gone) == ROWS


def header_fields(tx: apsw.Connection, before: int) -> bool:
    """Forget sets of fields that no client asks for any more."""
    row = tx.execute(
        "SELECT account, id FROM field_set WHERE asked <= ? ORDER BY asked LIMIT 1",
        (before,),
    ).get
    if row is None:
        return False
    fields.forget_set(tx, row)
    return True


def mailboxes(tx: apsw.Connection, before: int) -> bool:
    """Clear mailboxes whose deletion was interrupted; C{before} is now."""
    row = tx.execute("SELECT account, id FROM mailbox WHERE name IS NULL LIMIT 1").get
    if row is None:
        return False
    departure.clear(tx, row[0], row[1], before)
    return True


def objects(tx: apsw.Connection, before: int) -> bool:
    """Forget objects that are gone."""
    return kept.forget(tx, before, ROWS)
