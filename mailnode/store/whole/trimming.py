"""What a whole forgets after a while: emails, threads and mailboxes that are gone.

Each function is a transaction as L{mailnode.store.purge} has them.  Who was away for
longer than that is told that what changed is not known.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable

import apsw

from mailnode.model.mail import Kind

ROWS = 1000
"""Narrow rows that are removed in one transaction."""
THREADS = 100
"""Threads that are, with all that they had."""

OF_THREADS = "account = ? AND thread IN (SELECT value FROM json_each(?))"
DROP_EMAILS = (
    "DELETE FROM whole_email WHERE account = ? AND id IN"
    " (SELECT value FROM json_each(?))"
)
RAISE = (
    "UPDATE whole_kind SET floor = ?3 WHERE account = ?1 AND kind = ?2 AND floor < ?3"
)


def raise_floor(
    tx: apsw.Connection, kind: Kind, forgotten: Iterable[tuple[int, int]]
) -> None:
    """Changes up to these, of accounts, are not known any more."""
    floors: dict[int, int] = {}
    for account, modseq in forgotten:
        floors[account] = max(modseq, floors.get(account, 0))
    tx.executemany(
        RAISE, [(account, kind.value, modseq) for account, modseq in floors.items()]
    )


def places(tx: apsw.Connection, before: int) -> bool:
    """Forget which mailboxes emails left."""
    gone = list(
        tx.execute(
            "SELECT account, mailbox, modseq, email FROM whole_left WHERE at <= ?"
            " ORDER BY at LIMIT ?",
            (before, ROWS),
        )
    )
    raise_floor(tx, Kind.EMAIL, [(row[0], row[2]) for row in gone])
    tx.executemany(
        "DELETE FROM whole_left"
        " WHERE account = ? AND mailbox = ? AND modseq = ? AND email = ?",
        gone,
    )
    return len(gone) == ROWS


def threads(tx: apsw.Connection, before: int) -> bool:
    """Forget threads of which no email is left, and those."""
    gone = list(
        tx.execute(
            "SELECT account, id, modseq FROM whole_thread WHERE at <= ?"
            " ORDER BY at LIMIT ?",
            (before, THREADS),
        )
    )
    raise_floor(tx, Kind.THREAD, [(account, modseq) for account, _, modseq in gone])
    by_account: dict[int, list[int]] = {}
    for account, thread, _ in gone:
        by_account.setdefault(account, []).append(thread)
    for account, ids in by_account.items():
        forget_threads(tx, account, ids)
    return len(gone) == THREADS


def forget_threads(tx: apsw.Connection, account: int, ids: list[int]) -> None:
    """Remove threads with their emails, and what refers to them."""
    had = list(
        tx.execute(
            "SELECT id, thread, modseq, ids FROM whole_email"  # noqa: S608 - our own words
            f" WHERE {OF_THREADS}",
            (account, json.dumps(ids)),
        )
    )
    raise_floor(tx, Kind.EMAIL, [(account, modseq) for _, _, modseq, _ in had])
    tx.executemany(
        "DELETE FROM whole_reference WHERE account = ? AND key = ? AND thread = ?",
        [
            (account, key, thread)
            for _, thread, _, packed in had
            for key in array("q", packed)
        ],
    )
    tx.execute(DROP_EMAILS, (account, json.dumps([row[0] for row in had])))
    tx.executemany(
        "DELETE FROM whole_thread WHERE account = ? AND id = ?",
        [(account, id_) for id_ in ids],
    )


def mailboxes(tx: apsw.Connection, before: int) -> bool:
    """Forget mailboxes that were deleted."""
    gone = list(
        tx.execute(
            "SELECT account, id, modseq FROM whole_mailbox WHERE at <= ?"
            " ORDER BY at LIMIT ?",
            (before, ROWS),
        )
    )
    raise_floor(tx, Kind.MAILBOX, [(account, modseq) for account, _, modseq in gone])
    tx.executemany(
        "DELETE FROM whole_mailbox WHERE account = ? AND id = ? AND modseq = ?", gone
    )
    return len(gone) == ROWS


def markings(tx: apsw.Connection, before: int) -> bool:
    """Forget changes of flags that nobody has looked at for so long.

    Whoever keeps wholes current looks at them within a second; this is for a
    server on which nobody does.
    """
    row = tx.execute(
        "SELECT whole.account, modseq FROM whole JOIN account"
        " ON account.id = whole.account WHERE caught_at <= ? AND upto < modseq"
        " AND EXISTS (SELECT 1 FROM flagged WHERE flagged.account = whole.account)"
        " LIMIT 1",
        (before,),
    ).get
    if row is None:
        return False
    account, modseq = row
    tx.execute("UPDATE whole SET lost = ? WHERE account = ?", (modseq, account))
    tx.execute("DELETE FROM flagged WHERE account = ?", (account,))
    return True
