"""Removing an account with all its mail, a little at a time."""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from mailnode.errors import NotFound

ROWS = 1000
"""Narrow rows that are removed in one transaction."""
CHUNKS = 32
"""Chunks that are: 8 MiB."""
FIELD_BLOCKS = 100
"""Blocks of header fields that are: 4 MB."""

TABLES = (
    ("mailbox", "id", ROWS),
    ("subscription", "name", ROWS),
    ("keyword", "mailbox, bit", ROWS),
    ("field_set", "id", ROWS),
    ("field_block", "fields, block", FIELD_BLOCKS),
    ("message", "mailbox, uid", ROWS),
    ("vanished", "mailbox, modseq, uid", ROWS),
    ("flagged", "mailbox, modseq", ROWS),
    ("whole", "account", ROWS),
    ("whole_kind", "kind", ROWS),
    ("whole_touched", "email", ROWS),
    ("whole_mailbox", "id", ROWS),
    ("whole_email", "id", ROWS),
    ("whole_place", "mailbox, received, email", ROWS),
    ("whole_left", "mailbox, modseq, email", ROWS),
    ("whole_thread", "id", ROWS),
    ("whole_talk", "thread, mailbox", ROWS),
    ("whole_reference", "key, thread", ROWS),
    ("delivered", "delivery_id", ROWS),
    ("email", "id", ROWS),
    ("content", "id", ROWS),
    ("chunk", "content, n", CHUNKS),
    ("object_kind", "kind", ROWS),
    ("object", "kind, id", CHUNKS),
)
"""All that an account has, and what tells its rows apart."""


def begin(tx: apsw.Connection, name: str, moment: int) -> tuple[int, int]:
    """Take the name off an account, in the main database; its id and shard.

    @raise NotFound: when there is none of that name.
    """
    row: tuple[int, int] | None = tx.execute(
        "DELETE FROM account WHERE name = ? RETURNING id, shard", (name,)
    ).get
    if row is None:
        raise NotFound("there is no such account")
    tx.execute(
        "INSERT INTO removal (account, shard, began) VALUES (?, ?, ?)", (*row, moment)
    )
    return row


def begun(tx: apsw.Connection) -> Sequence[tuple[int, int]]:
    """Accounts that are being removed, with their shards."""
    return list(tx.execute("SELECT account, shard FROM removal"))


def finish(tx: apsw.Connection, account: int) -> None:
    """Nothing of an account is left, and nobody need look again."""
    tx.execute("DELETE FROM removal WHERE account = ?", (account,))


def remove_some(tx: apsw.Connection, account: int) -> bool:
    """Remove a part of an account, in its shard; whether there may be more.

    The account itself goes first, so that nothing can be added any more.
    """
    tx.execute("DELETE FROM account WHERE id = ?", (account,))
    for table, key, limit in TABLES:
        gone = list(
            tx.execute(
                f"DELETE FROM {table} WHERE account = ? AND ({key}) IN"  # noqa: S608
                f" (SELECT {key} FROM {table} WHERE account = ? LIMIT ?) RETURNING account",
                (account, account, limit),
            )
        )
        if gone:
            return True
    return False
