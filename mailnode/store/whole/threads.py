"""Threads: which emails belong together (RFC 8621, 3), and where they are unread."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from mailnode.model.mail import Kind
from mailnode.store.whole.passage import Passage

HELD = 500
"""Emails that a thread has had, after which others begin a new one: longer ones are
no conversation, and looking at one takes some milliseconds then."""

MATCHING = (
    "SELECT whole_reference.thread FROM json_each(?2) AS asked CROSS JOIN"
    " whole_reference ON whole_reference.account = ?1 AND whole_reference.key = asked.value"
    " CROSS JOIN whole_thread ON whole_thread.account = ?1"
    " AND whole_thread.id = whole_reference.thread AND held < ?3"
    " ORDER BY whole_reference.thread LIMIT 1"
)
BEGIN = (
    "INSERT INTO whole_thread (account, id, held, emails, unread, first, created,"
    " modseq) VALUES (?1, ?2, 1, 0, 0, 0, 0, 0)"
)
REFER = "INSERT OR IGNORE INTO whole_reference (account, key, thread) VALUES (?, ?, ?)"
EMAILS = (
    "SELECT thread, whole_email.id, received, mailboxes, unread FROM json_each(?2) AS asked"
    " CROSS JOIN whole_email INDEXED BY whole_email_thread"
    " ON account = ?1 AND thread = asked.value WHERE destroyed IS NULL"
)
TALKS = (
    "SELECT thread, mailbox, received, email, total, unread FROM json_each(?2) AS asked"
    " CROSS JOIN whole_talk ON account = ?1 AND thread = asked.value"
)
COUNT = (
    "UPDATE whole_thread SET emails = ?3, unread = ?4 WHERE account = ?1 AND id = ?2"
)
STAMP = (
    "UPDATE whole_thread SET modseq = ?3, emails = ?4, unread = ?6, first = CASE WHEN first = 0 THEN ?3 ELSE first"
    " END, created = CASE WHEN first = 0 OR destroyed IS NOT NULL THEN ?3"
    " ELSE created END, destroyed = CASE WHEN ?4 = 0 THEN ?3 END,"
    " at = CASE WHEN ?4 = 0 THEN ?5 END WHERE account = ?1 AND id = ?2"
)
PUT_TALK = (
    "INSERT OR REPLACE INTO whole_talk"
    " (account, thread, mailbox, received, email, total, unread)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
DROP_TALK = "DELETE FROM whole_talk WHERE account = ? AND thread = ? AND mailbox = ?"

Place = tuple[int, int]
"""Thread and mailbox."""
Row = tuple[int, int, int, int]
"""received and email of the latest, total, unread."""


@dataclass(frozen=True, slots=True)
class Touched:
    """Threads to be looked at.

    @ivar comings: those whose emails are others now.
    @ivar others: those whose emails are elsewhere, or are read.
    """

    comings: set[int] = field(default_factory=set)
    others: set[int] = field(default_factory=set)


def join(passage: Passage, email: int, keys: Sequence[int]) -> int:
    """The thread of a new email: the oldest that it answers, or one of its own.

    Two threads never become one, for an email stays in its thread (RFC 8621,
    4.1.1, threadId is immutable).

    @param keys: of message ids with its base subject.
    """
    tx, account = passage.tx, passage.account
    thread: int | None = None
    if keys:
        thread = tx.execute(MATCHING, (account, json.dumps(keys), HELD)).get
    if thread is None:
        thread = email
        tx.execute(BEGIN, (account, thread))
    else:
        tx.execute(
            "UPDATE whole_thread SET held = held + 1 WHERE account = ? AND id = ?",
            (account, thread),
        )
    tx.executemany(REFER, [(account, key, thread) for key in keys])
    return thread


def settle(passage: Passage, touched: Touched) -> None:
    """Count anew what some threads have, everywhere."""
    ids = sorted(touched.comings | touched.others)
    if not ids:
        return
    tx, account = passage.tx, passage.account
    asked = (account, json.dumps(ids))
    emails: dict[int, list[tuple[int, int, list[int], int]]] = {id_: [] for id_ in ids}
    for thread, email, received, mailboxes, unread in tx.execute(EMAILS, asked):
        emails[thread].append((received, email, json.loads(mailboxes), unread))
    for id_ in ids:
        has = emails[id_]
        unread = 0
        for each in has:
            unread |= each[3]
        if id_ in touched.comings:
            stamp = passage.stamp(Kind.THREAD)
            tx.execute(STAMP, (account, id_, stamp, len(has), passage.moment, unread))
        else:
            tx.execute(COUNT, (account, id_, len(has), unread))
    before = {
        (thread, mailbox): tuple(row)
        for thread, mailbox, *row in tx.execute(TALKS, asked)
    }
    now = talks(passage.trash, emails)
    for place in before.keys() - now.keys():
        tx.execute(DROP_TALK, (account, *place))
        passage.count(place[1], (0, 0, -1, -before[place][3]))
    for place, row in now.items():
        was = before.get(place)
        if was != row:
            tx.execute(PUT_TALK, (account, *place, *row))
            new, unread_then = (1, 0) if was is None else (0, was[3])
            passage.count(place[1], (0, 0, new, row[3] - unread_then))


def talks(
    trash: int | None,
    emails: dict[int, list[tuple[int, int, list[int], int]]],
) -> dict[Place, Row]:
    """What threads are in mailboxes.

    A thread is unread in a mailbox when an email of it is unread, wherever it
    is; the trash and the rest do not count for each other (RFC 8621, 2).
    """
    found: dict[Place, Row] = {}
    for thread, has in emails.items():
        unread = 0
        for each in has:
            unread |= each[3]
        for received, email, mailboxes, _ in has:
            for mailbox in mailboxes:
                latest, total = (received, email), 1
                row = found.get((thread, mailbox))
                if row is not None:
                    latest, total = max(latest, row[:2]), row[2] + 1
                mask = 2 if mailbox == trash else 1
                found[thread, mailbox] = (*latest, total, int(bool(unread & mask)))
    return found
