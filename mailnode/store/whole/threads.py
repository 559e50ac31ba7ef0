"""Threads: which emails belong together (RFC 8621, 3), and where they are unread."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import apsw

from mailnode.model.mail import Kind
from mailnode.store.whole.passage import Passage

HELD = 500
"""Emails that a thread has had, after which others begin a new one: longer ones are
no conversation, and looking at one takes some milliseconds then."""

MATCHING = (
    "SELECT whole_reference.key, thread, held FROM json_each(?2) AS asked CROSS JOIN"
    " whole_reference ON whole_reference.account = ?1"
    " AND whole_reference.key = asked.value CROSS JOIN whole_thread"
    " ON whole_thread.account = ?1 AND whole_thread.id = whole_reference.thread"
)
HOLD = (
    "INSERT INTO whole_thread (account, id, held, emails, unread, first, created,"
    " modseq) VALUES (?1, ?2, ?3, 0, 0, 0, 0, 0)"
    " ON CONFLICT (account, id) DO UPDATE SET held = excluded.held"
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
Member = tuple[int, int, tuple[int, ...], int]
"""received, email, mailboxes and unread."""
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


class Joining:
    """New emails looking for their threads.

    Two threads never become one, for an email stays in its thread (RFC 8621,
    4.1.1, threadId is immutable).

    @ivar threads: those that have an email with a key.
    @ivar held: how many emails they have had.
    @ivar grown: those to which one was added.
    @ivar referred: keys that are new in a thread.
    """

    def __init__(self, passage: Passage, keys: Iterable[int]) -> None:
        """Begin.

        @param keys: of all that will be asked for.
        """
        self.passage = passage
        self.threads: dict[int, set[int]] = {}
        self.held: dict[int, int] = {}
        self.grown: set[int] = set()
        self.referred: list[tuple[int, int]] = []
        asked = json.dumps(list(keys))
        for key, thread, held in passage.tx.execute(MATCHING, (passage.account, asked)):
            self.threads.setdefault(key, set()).add(thread)
            self.held[thread] = held

    def join(self, email: int, keys: Sequence[int]) -> int:
        """The thread of a new email: the oldest that it answers, or one of its own.

        @param keys: of message ids with its base subject.
        """
        thread = min(
            (
                each
                for key in keys
                for each in self.threads.get(key, ())
                if self.held[each] < HELD
            ),
            default=email,
        )
        self.held[thread] = self.held.get(thread, 0) + 1
        self.grown.add(thread)
        for key in keys:
            there = self.threads.setdefault(key, set())
            if thread not in there:
                there.add(thread)
                self.referred.append((key, thread))
        return thread

    def write(self) -> None:
        """Write down who joined what."""
        tx, account = self.passage.tx, self.passage.account
        tx.executemany(
            HOLD, [(account, thread, self.held[thread]) for thread in self.grown]
        )
        tx.executemany(REFER, [(account, *each) for each in self.referred])


@lru_cache(maxsize=1024)
def read_mailboxes(written: str) -> tuple[int, ...]:
    """The mailboxes of an email, as they are kept; most are in one of a few."""
    return tuple(json.loads(written))


def settle(passage: Passage, touched: Touched) -> None:
    """Count anew what some threads have, everywhere."""
    ids = sorted(touched.comings | touched.others)
    if not ids:
        return
    tx, account = passage.tx, passage.account
    emails = members(tx, account, ids)
    for id_ in ids:
        has = emails[id_]
        unread = unread_of(has)
        if id_ in touched.comings:
            stamp = passage.stamp(Kind.THREAD)
            tx.execute(STAMP, (account, id_, stamp, len(has), passage.moment, unread))
        else:
            tx.execute(COUNT, (account, id_, len(has), unread))
    before = known_talks(tx, account, ids)
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


def members(
    tx: apsw.Connection, account: int, ids: Sequence[int]
) -> dict[int, list[Member]]:
    """The emails of some threads."""
    found: dict[int, list[Member]] = {id_: [] for id_ in ids}
    for thread, email, received, mailboxes, unread in tx.execute(
        EMAILS, (account, json.dumps(ids))
    ):
        found[thread].append((received, email, read_mailboxes(mailboxes), unread))
    return found


def known_talks(
    tx: apsw.Connection, account: int, ids: Sequence[int]
) -> dict[Place, Row]:
    """What some threads have been in mailboxes until now."""
    return {
        (thread, mailbox): (received, email, total, unread)
        for thread, mailbox, received, email, total, unread in tx.execute(
            TALKS, (account, json.dumps(ids))
        )
    }


def unread_of(emails: Iterable[Member]) -> int:
    """Where some emails are unread, taken together."""
    unread = 0
    for each in emails:
        unread |= each[3]
    return unread


def talks(
    trash: int | None,
    emails: dict[int, list[Member]],
) -> dict[Place, Row]:
    """What threads are in mailboxes.

    A thread is unread in a mailbox when an email of it is unread, wherever it
    is; the trash and the rest do not count for each other (RFC 8621, 2).
    """
    found: dict[Place, Row] = {}
    for thread, has in emails.items():
        unread = unread_of(has)
        for received, email, mailboxes, _ in has:
            for mailbox in mailboxes:
                latest, total = (received, email), 1
                row = found.get((thread, mailbox))
                if row is not None:
                    latest, total = max(latest, row[:2]), row[2] + 1
                mask = 2 if mailbox == trash else 1
                found[thread, mailbox] = (*latest, total, int(bool(unread & mask)))
    return found
