"""The emails of a mailbox, newest first, as an index has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import apsw

from mailnode.model.mail import Kind
from mailnode.store.whole import reading

HERE = "WHERE account = ? AND mailbox = ?"
NEWEST = "ORDER BY received DESC, email DESC"
TABLES = ("whole_place", "whole_talk INDEXED BY whole_talk_latest")
"""All emails, and the latest of each thread."""
COUNTERS = ("emails", "threads")
AT = (
    "SELECT place.received, place.email, thread FROM whole_place AS place"
    " CROSS JOIN whole_email ON whole_email.account = place.account"
    " AND whole_email.id = place.email"
    " WHERE place.account = ?1 AND mailbox = ?2 AND added <= ?3"
    " UNION ALL SELECT received, email, thread FROM whole_left"
    " WHERE account = ?1 AND mailbox = ?2 AND modseq > ?3 AND added <= ?3"
    " ORDER BY 1 DESC, 2 DESC"
)

Key = tuple[int, int]
"""When an email was received, and its id: where it stands in a mailbox."""


class Window:
    """One mailbox of an account, with all its emails or one of each thread."""

    def __init__(self, account: int, mailbox: int, *, collapse: bool) -> None:
        self.place = (account, mailbox)
        self.collapse = collapse
        self.table = TABLES[collapse]

    def state(self, tx: apsw.Connection) -> int:
        """The state of emails."""
        return reading.state(tx, self.place[0], Kind.EMAIL)

    def total(self, tx: apsw.Connection) -> int:
        """How many there are."""
        found: int | None = tx.execute(
            f"SELECT {COUNTERS[self.collapse]} FROM whole_mailbox"  # noqa: S608 - our own words
            " WHERE account = ? AND id = ? AND destroyed IS NULL",
            self.place,
        ).get
        return found or 0

    def slice(self, tx: apsw.Connection, start: int, most: int) -> list[int]:
        """Some of them, from a place on."""
        return [
            email
            for (email,) in tx.execute(
                f"SELECT email FROM {self.table} {HERE} {NEWEST} LIMIT ? OFFSET ?",  # noqa: S608 - our own words
                (*self.place, most, start),
            )
        ]

    def key(self, tx: apsw.Connection, email: int) -> Key | None:
        """Where an email stands, if it is among them."""
        received = tx.execute(
            "SELECT received FROM whole_email WHERE account = ? AND id = ?",
            (self.place[0], email),
        ).get
        if received is None:
            return None
        found = tx.execute(
            f"SELECT 1 FROM {self.table} {HERE} AND received = ? AND email = ?",  # noqa: S608 - our own words
            (*self.place, received, email),
        ).get
        return None if found is None else (received, email)

    def before(self, tx: apsw.Connection, key: Key) -> int:
        """How many stand before a place."""
        number: int = tx.execute(
            f"SELECT count(*) FROM {self.table} {HERE}"  # noqa: S608 - our own words
            " AND (received, email) > (?, ?)",
            (*self.place, *key),
        ).get
        return number

    def walk(self, tx: apsw.Connection) -> Iterator[int]:
        """All of them."""
        for (email,) in tx.execute(
            f"SELECT email FROM {self.table} {HERE} {NEWEST}",  # noqa: S608 - our own words
            self.place,
        ):
            yield email

    def all_at(self, tx: apsw.Connection, state: int) -> Sequence[int]:
        """All of them as they were at a state since which changes are known."""
        found = tx.execute(AT, (*self.place, state))
        if not self.collapse:
            return [email for _, email, _ in found]
        latest: dict[int, int] = {}
        for _, email, thread in found:
            latest.setdefault(thread, email)
        return list(latest.values())
