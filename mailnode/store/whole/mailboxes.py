"""Mailboxes as a whole knows them: what they are called, and what they count."""

from __future__ import annotations

import apsw

from mailnode.model.mail import Kind
from mailnode.model.mailbox import SpecialUse
from mailnode.store.whole import gathering
from mailnode.store.whole.passage import Passage

DIFFERENT = (
    "SELECT mailbox.id, mailbox.name, mailbox.special_use, mailbox.sort_order,"
    " subscription.name IS NOT NULL, kept.id IS NULL"
    " FROM mailbox LEFT JOIN subscription"
    " ON subscription.account = mailbox.account AND subscription.name = mailbox.name"
    " LEFT JOIN whole_mailbox AS kept"
    " ON kept.account = mailbox.account AND kept.id = mailbox.id"
    " WHERE mailbox.account = ? AND mailbox.name IS NOT NULL AND (kept.id IS NULL"
    " OR kept.name <> mailbox.name OR kept.special_use IS NOT mailbox.special_use"
    " OR kept.sort_order <> mailbox.sort_order"
    " OR kept.subscribed <> (subscription.name IS NOT NULL))"
)
GONE = (
    "SELECT id FROM whole_mailbox AS kept WHERE account = ? AND destroyed IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM mailbox WHERE mailbox.account = kept.account"
    " AND mailbox.id = kept.id AND mailbox.name IS NOT NULL)"
)
INSERT = (
    "INSERT INTO whole_mailbox (account, id, name, special_use, sort_order, subscribed,"
    " uidnext, upto, emails, unread, threads, unread_threads, first, created, props,"
    " modseq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, 0, 0, 0, 0, 0, ?7, ?7, ?7, ?7)"
)
UPDATE = (
    "UPDATE whole_mailbox SET name = ?3, special_use = ?4, sort_order = ?5,"
    " subscribed = ?6, props = ?7, modseq = ?7 WHERE account = ?1 AND id = ?2"
)
DESTROY = (
    "UPDATE whole_mailbox SET destroyed = ?1, modseq = ?1, at = ?2"
    " WHERE account = ?3 AND id = ?4"
)
RECOUNT = (
    "UPDATE whole_mailbox SET emails = emails + ?, unread = unread + ?,"
    " threads = threads + ?, unread_threads = unread_threads + ?, modseq = ?"
    " WHERE account = ? AND id = ? AND destroyed IS NULL"
)


def notice(passage: Passage) -> None:
    """See which mailboxes have been made, changed or deleted."""
    tx, account = passage.tx, passage.account
    for *row, new in list(tx.execute(DIFFERENT, (account,))):
        stamp = passage.stamp(Kind.MAILBOX)
        tx.execute(INSERT if new else UPDATE, (account, *row, stamp))
    for (mailbox,) in list(tx.execute(GONE, (account,))):
        stamp = passage.stamp(Kind.MAILBOX)
        tx.execute(DESTROY, (stamp, passage.moment, account, mailbox))
    trash = find_trash(tx, account)
    if trash != passage.trash:
        # Unread threads are counted otherwise now, of all that is in either.
        gathering.touch_all(tx, account, passage.trash)
        gathering.touch_all(tx, account, trash)
        passage.trash = trash


def find_trash(tx: apsw.Connection, account: int) -> int | None:
    """The mailbox that is the trash."""
    found: int | None = tx.execute(
        "SELECT id FROM mailbox WHERE account = ? AND special_use = ?"
        " AND name IS NOT NULL",
        (account, SpecialUse.TRASH.value),
    ).get
    return found


def recount(passage: Passage) -> None:
    """Write down by how much counters changed."""
    for mailbox, shift in passage.shifts.items():
        if any(shift):
            stamp = passage.stamp(Kind.MAILBOX)
            passage.tx.execute(RECOUNT, (*shift, stamp, passage.account, mailbox))
