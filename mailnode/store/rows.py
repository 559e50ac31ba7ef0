"""Rows of messages, and the counters that must agree with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import apsw

from mailnode.errors import NotFound, OverQuota
from mailnode.model.mailbox import Quota
from mailnode.store import flags

BLOCK = 250
"""Numbers that are looked for with one statement."""

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


def blocks(numbers: Sequence[int]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Cut numbers into lists for C{IN}, of two lengths only.

    Statements are kept prepared by their text, so a short list is filled up by
    saying its last number again.
    """
    if len(numbers) == 1:
        yield "(?)", (numbers[0],)
        return
    marks = "(" + ",".join("?" * BLOCK) + ")"
    for start in range(0, len(numbers), BLOCK):
        block = tuple(numbers[start : start + BLOCK])
        yield marks, block + (block[-1],) * (BLOCK - len(block))


def select(
    tx: apsw.Connection, account: int, mailbox: int, uids: Iterable[int]
) -> list[Row]:
    """The messages that have these UIDs, ascending."""
    found: list[Row] = []
    for marks, block in blocks(sorted(set(uids))):
        found.extend(
            tx.execute(
                "SELECT uid, email, modseq, flags, size, received FROM message"  # noqa: S608
                f" WHERE account = ? AND mailbox = ? AND uid IN {marks} ORDER BY uid",
                (account, mailbox, *block),
            )
        )
    return found


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
