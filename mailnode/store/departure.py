"""How messages leave for good, and take with them what only they had."""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from mailnode.store import fields, rows
from mailnode.store.content import release

BATCH = 1000
"""Messages that are removed in one transaction: some 20 ms of the writer's time."""

ROW_IN_MAILBOX = "WHERE account = ? AND mailbox = ?"


def expunge(
    tx: apsw.Connection, account: int, mailbox: int, uids: Sequence[int], moment: int
) -> tuple[Sequence[int], int]:
    """Remove messages.

    @param uids: ascending, each once.
    @return: the UIDs that were here, and the modseq of the change.
    """
    found = rows.select(tx, account, mailbox, uids)
    if not found:
        return (), 0
    gone = rows.tally((row[3], row[4]) for row in found).negative()
    modseq, _ = rows.change(tx, account, gone.size, gone.messages)
    rows.recount(tx, account, mailbox, modseq, gone)
    uids = [row[0] for row in found]
    bury(tx, (account, mailbox), uids, modseq, moment)
    delete(tx, account, mailbox, uids)
    forget_emails(tx, account, sorted({row[1] for row in found}), moment)
    return uids, modseq


def delete(
    tx: apsw.Connection, account: int, mailbox: int, uids: Sequence[int]
) -> None:
    """Take messages out of a mailbox, and say nothing to the counters."""
    fields.forget(tx, (account, mailbox), uids)
    found = rows.among(tx, (account, mailbox), uids)
    tx.execute(
        f"DELETE FROM message {ROW_IN_MAILBOX} AND {found.condition}",  # noqa: S608
        (account, mailbox, *found.values),
    )


def bury(
    tx: apsw.Connection,
    place: tuple[int, int],
    uids: Sequence[int],
    modseq: int,
    moment: int,
) -> None:
    """Remember which UIDs are going from an account's mailbox (RFC 7162, 3.2)."""
    found = rows.among(tx, place, uids)
    tx.execute(
        "INSERT INTO vanished (account, mailbox, modseq, uid, at, email)"  # noqa: S608
        " SELECT account, mailbox, ?, uid, ?, email FROM message"
        f" {ROW_IN_MAILBOX} AND {found.condition}",
        (modseq, moment, *place, *found.values),
    )


def forget_emails(
    tx: apsw.Connection, account: int, emails: Sequence[int], moment: int
) -> None:
    """Remove those emails, which ascend, that are in no mailbox any more."""
    found = rows.listed(emails, "id")
    contents = [
        content
        for (content,) in tx.execute(
            f"DELETE FROM email WHERE account = ? AND {found.condition}"  # noqa: S608
            " AND NOT EXISTS (SELECT 1 FROM message"
            " WHERE message.account = email.account AND message.email = email.id)"
            " RETURNING content",
            (account, *found.values),
        )
    ]
    release(tx, account, contents, moment)


def clear(tx: apsw.Connection, account: int, mailbox: int, moment: int) -> bool:
    """Remove some of what a deleted mailbox still has, and in the end itself.

    @return: whether there is more to do.
    """
    found = list(
        tx.execute(
            f"SELECT uid, email FROM message {ROW_IN_MAILBOX} ORDER BY uid LIMIT ?",  # noqa: S608
            (account, mailbox, BATCH),
        )
    )
    if found:
        delete(tx, account, mailbox, [uid for uid, _ in found])
        forget_emails(tx, account, sorted({email for _, email in found}), moment)
        return True
    buried = list(
        tx.execute(
            "DELETE FROM vanished WHERE account = ? AND mailbox = ? AND modseq <="  # noqa: S608
            f" (SELECT max(modseq) FROM (SELECT modseq FROM vanished {ROW_IN_MAILBOX}"
            " ORDER BY modseq LIMIT ?) AS oldest) RETURNING uid",
            (account, mailbox, account, mailbox, BATCH),
        )
    )
    if buried or fields.forget_some(tx, (account, mailbox)):
        return True
    tx.execute(f"DELETE FROM keyword {ROW_IN_MAILBOX}", (account, mailbox))  # noqa: S608
    tx.execute(
        "DELETE FROM mailbox WHERE account = ? AND id = ? AND name IS NULL",
        (account, mailbox),
    )
    return False
