"""Rows of messages, and the counters that must agree with them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import apsw

from mailnode.errors import NotFound, OverQuota
from mailnode.model.mailbox import Quota
from mailnode.store import flags

SPREAD = 4
"""A stretch is taken as a whole if it may hold no more numbers than this times
those that are looked for."""

Row = tuple[int, int, int, int, int, int]
"""uid, email, modseq, flags, size, received."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What some messages add to the counters of a mailbox."""

    messages: int
    unseen: int
    deleted: int
    size: int

    def negative(self) -> Tally:
        """What they take away when they leave."""
        return Tally(-self.messages, -self.unseen, -self.deleted, -self.size)


def tally(messages: Iterable[tuple[int, int]]) -> Tally:
    """Add up the flags and sizes of some messages."""
    number = unseen = deleted = size = 0
    for bits, octets in messages:
        number += 1
        unseen += flags.unseen(bits)
        deleted += flags.deleted(bits)
        size += octets
    return Tally(number, unseen, deleted, size)


@dataclass(frozen=True, slots=True)
class Among:
    """A condition on a number, and the values of its marks."""

    condition: str
    values: tuple[int | str, ...]


def listed(numbers: Sequence[int], column: str = "uid") -> Among:
    """That a number is one of these; they ascend."""
    if len(numbers) == 1:
        return Among(f"{column} = ?", (numbers[0],))
    if numbers and numbers[-1] - numbers[0] == len(numbers) - 1:
        return Among(f"{column} BETWEEN ? AND ?", (numbers[0], numbers[-1]))
    return Among(
        f"{column} IN (SELECT value FROM json_each(?))",  # noqa: S608
        (json.dumps(list(numbers)),),
    )


def among(tx: apsw.Connection, place: tuple[int, int], uids: Sequence[int]) -> Among:
    """That a message is one of these, which ascend: a range, if nothing else lies in it.

    A range is four times as fast as a list.
    """
    if 1 < len(uids) <= uids[-1] - uids[0] < SPREAD * len(uids):
        within = Among("uid BETWEEN ? AND ?", (uids[0], uids[-1]))
        inside = tx.execute(
            "SELECT count(*) FROM message"
            " WHERE account = ? AND mailbox = ? AND uid BETWEEN ? AND ?",
            (*place, *within.values),
        ).get
        if inside == number_of(tx, place, listed(uids)):
            return within
    return listed(uids)


def number_of(tx: apsw.Connection, place: tuple[int, int], found: Among) -> int:
    """How many messages fit a condition."""
    number: int = tx.execute(
        f"SELECT count(*) FROM message WHERE account = ? AND mailbox = ? AND {found.condition}",  # noqa: S608
        (*place, *found.values),
    ).get
    return number


def any_here(tx: apsw.Connection, place: tuple[int, int], uids: Sequence[int]) -> bool:
    """Whether at least one of these, which ascend, is there."""
    if not uids:
        return False
    found = listed(uids)
    there = tx.execute(
        f"SELECT 1 FROM message WHERE account = ? AND mailbox = ? AND {found.condition}"  # noqa: S608
        " LIMIT 1",
        (*place, *found.values),
    ).get
    return there is not None


def chosen(
    tx: apsw.Connection,
    place: tuple[int, int],
    uids: Sequence[int],
    condition: str = "",
    *values: int,
) -> list[int]:
    """The UIDs among these, which ascend, that are there and fit a condition."""
    if not uids:
        return []
    found = listed(uids)
    further = f" AND {condition}" if condition else ""
    return [
        uid
        for (uid,) in tx.execute(
            "SELECT uid FROM message WHERE account = ? AND mailbox = ?"  # noqa: S608
            f" AND {found.condition}{further} ORDER BY uid",
            (*place, *found.values, *values),
        )
    ]


def select(
    tx: apsw.Connection, account: int, mailbox: int, uids: Sequence[int]
) -> list[Row]:
    """The messages that have these UIDs, which ascend; ascending."""
    if not uids:
        return []
    found = listed(uids)
    return list(
        tx.execute(
            "SELECT uid, email, modseq, flags, size, received FROM message"  # noqa: S608
            f" WHERE account = ? AND mailbox = ? AND {found.condition} ORDER BY uid",
            (account, mailbox, *found.values),
        )
    )


def next_modseq(tx: apsw.Connection, account: int) -> int:
    """The modseq of the next change of an account.

    @raise NotFound: when there is no such account (any more).
    """
    last = tx.execute("SELECT modseq FROM account WHERE id = ?", (account,)).get
    if last is None:
        raise NotFound("there is no such account")
    return int(last) + 1


def charge(
    tx: apsw.Connection, account: int, octets: int, messages: int, ids: int
) -> tuple[int, int]:
    """Begin a change of an account that makes it grow, if its quota admits it.

    @param ids: how many numbers to draw.
    @return: the modseq of the change, and the first number.
    @raise OverQuota: when it has no room.
    @raise NotFound: when there is no such account (any more).
    """
    row = tx.execute(
        "UPDATE account SET modseq = modseq + 1, next_id = next_id + ?,"
        " octets = octets + ?, messages = messages + ? WHERE id = ?"
        " AND (octets_limit IS NULL OR octets + ? <= octets_limit)"
        " AND (messages_limit IS NULL OR messages + ? <= messages_limit)"
        " RETURNING modseq, next_id",
        (ids, octets, messages, account, octets, messages),
    ).get
    if row is None:
        if tx.execute("SELECT 1 FROM account WHERE id = ?", (account,)).get is None:
            raise NotFound("there is no such account")
        raise OverQuota("the account has no room for this")
    return int(row[0]), int(row[1]) - ids


def admit(tx: apsw.Connection, account: int, octets: int) -> None:
    """Look whether one message more would find room, and promise nothing.

    @raise OverQuota: when it would not.
    @raise NotFound: when there is no such account (any more).
    """
    row = tx.execute(
        "SELECT octets, messages, octets_limit, messages_limit"
        " FROM account WHERE id = ?",
        (account,),
    ).get
    if row is None:
        raise NotFound("there is no such account")
    if not Quota(*row).admits(octets):
        raise OverQuota("the account has no room for this")


def change(
    tx: apsw.Connection, account: int, octets: int = 0, messages: int = 0, ids: int = 0
) -> tuple[int, int]:
    """Begin a change of an account that no quota forbids.

    @return: the modseq of the change, and the first of C{ids} numbers.
    @raise NotFound: when there is no such account (any more).
    """
    row = tx.execute(
        "UPDATE account SET modseq = modseq + 1, next_id = next_id + ?,"
        " octets = octets + ?, messages = messages + ? WHERE id = ?"
        " RETURNING modseq, next_id",
        (ids, octets, messages, account),
    ).get
    if row is None:
        raise NotFound("there is no such account")
    return int(row[0]), int(row[1]) - ids


def enter(
    tx: apsw.Connection, account: int, mailbox: int, modseq: int, added: Tally
) -> int:
    """Count messages that come into a mailbox.

    @return: the first of as many new UIDs.
    @raise NotFound: when the mailbox has been deleted.
    """
    uidnext = tx.execute(
        "UPDATE mailbox SET uidnext = uidnext + ?, highest_modseq = ?,"
        " messages = messages + ?, unseen = unseen + ?, deleted = deleted + ?,"
        " size = size + ? WHERE account = ? AND id = ? AND name IS NOT NULL"
        " RETURNING uidnext",
        (
            added.messages,
            modseq,
            added.messages,
            added.unseen,
            added.deleted,
            added.size,
            account,
            mailbox,
        ),
    ).get
    if uidnext is None:
        raise NotFound("the mailbox has been deleted")
    return int(uidnext) - added.messages


def recount(
    tx: apsw.Connection, account: int, mailbox: int, modseq: int, added: Tally
) -> None:
    """Count what became of messages of a mailbox without any coming in.

    @raise NotFound: when the mailbox has been deleted.
    """
    there = tx.execute(
        "UPDATE mailbox SET highest_modseq = ?,"
        " messages = messages + ?, unseen = unseen + ?, deleted = deleted + ?,"
        " size = size + ? WHERE account = ? AND id = ? AND name IS NOT NULL"
        " RETURNING id",
        (
            modseq,
            added.messages,
            added.unseen,
            added.deleted,
            added.size,
            account,
            mailbox,
        ),
    ).get
    if there is None:
        raise NotFound("the mailbox has been deleted")
