"""Copying and moving messages between two mailboxes of an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import apsw

from mailnode.model.message import Message
from mailnode.store import departure, flags, rows
from mailnode.store.arrival import INSERT_MESSAGE


@dataclass(frozen=True, slots=True)
class Transfer:
    """What was copied or moved.

    @ivar before: the UIDs in the source, ascending.
    @ivar messages: the messages in the target, in the same order.
    """

    before: Sequence[int] = ()
    messages: Sequence[Message] = ()
    modseq: int = 0

    def pairs(self) -> Sequence[tuple[int, int]]:
        """Each UID with the new one (RFC 4315, 3)."""
        return [
            (uid, message.uid)
            for uid, message in zip(self.before, self.messages, strict=True)
        ]


def copy(
    tx: apsw.Connection,
    account: int,
    ends: tuple[int, int],
    uids: Sequence[int],
    moment: int,
) -> Transfer:
    """Copy messages from one mailbox to another.

    @param ends: source and target.
    @param uids: ascending, each once.
    @raise OverQuota: when the account has no room.
    @raise NotFound: when the target has been deleted.
    @raise TooMany: when the target has no room for their keywords.
    """
    found = rows.select(tx, account, ends[0], uids)
    if not found:
        return Transfer()
    size = sum(row[4] for row in found)
    modseq, _ = rows.charge(tx, account, size, len(found), 0)
    return bring(tx, account, ends, found, (modseq, moment))


def move(
    tx: apsw.Connection,
    account: int,
    ends: tuple[int, int],
    uids: Sequence[int],
    moment: int,
) -> Transfer:
    """Take messages from one mailbox to another (RFC 6851).

    @param ends: source and target.
    @param uids: ascending, each once.
    @raise NotFound: when one of the mailboxes has been deleted.
    @raise TooMany: when the target has no room for their keywords.
    """
    found = rows.select(tx, account, ends[0], uids)
    if not found:
        return Transfer()
    modseq, _ = rows.change(tx, account)
    moved = bring(tx, account, ends, found, (modseq, moment))
    gone = rows.tally((row[3], row[4]) for row in found).negative()
    rows.recount(tx, account, ends[0], modseq, gone)
    departure.bury(tx, (account, ends[0]), moved.before, modseq, moment)
    departure.delete(tx, account, ends[0], moved.before)
    return moved


def bring(
    tx: apsw.Connection,
    account: int,
    ends: tuple[int, int],
    found: Sequence[rows.Row],
    change: tuple[int, int],
) -> Transfer:
    """Give messages a second place; C{change} is its modseq and its moment."""
    modseq, moment = change
    source, target = ends
    there = flags.Decoder(tx, account, source)
    bits_there = {old: old for old in {row[3] for row in found}}
    if source != target:
        for old in bits_there:
            bits_there[old] = flags.encode(tx, account, target, there.names(old))
    added = rows.tally((row[3], row[4]) for row in found)
    first = rows.enter(tx, account, target, modseq, added)
    here = flags.Decoder(tx, account, target)
    names = {old: here.names(bits) for old, bits in bits_there.items()}
    messages = [
        Message(uid, email, modseq, names[old], size, received)
        for uid, (_, email, _, old, size, received) in enumerate(found, first)
    ]
    tx.executemany(
        INSERT_MESSAGE,
        [
            (account, target, uid, row[1], modseq, bits_there[row[3]], *row[4:], moment)
            for uid, row in enumerate(found, first)
        ],
    )
    return Transfer([row[0] for row in found], messages, modseq)


def move_all(
    tx: apsw.Connection, account: int, ends: tuple[int, int], change: tuple[int, int]
) -> tuple[Message, ...]:
    """Move everything to a mailbox that is new and empty, UIDs and all.

    @param ends: source and target.
    @param change: its modseq and its moment.
    @return: the messages as they are in the target, ascending by UID.
    """
    modseq, moment = change
    source, target = ends
    held = tx.execute(
        "SELECT uidnext, messages, unseen, deleted, size FROM mailbox"
        " WHERE account = ? AND id = ?",
        (account, source),
    ).get
    if not held[1]:
        return ()
    tx.execute(
        "INSERT INTO vanished (account, mailbox, modseq, uid, at, email)"
        " SELECT account, mailbox, ?, uid, ?, email FROM message"
        " WHERE account = ? AND mailbox = ?",
        (modseq, moment, account, source),
    )
    tx.execute(
        "UPDATE message SET mailbox = ?, modseq = ?, saved = ?"
        " WHERE account = ? AND mailbox = ?",
        (target, modseq, moment, account, source),
    )
    tx.execute(
        "INSERT INTO keyword (account, mailbox, bit, name, folded)"
        " SELECT account, ?, bit, name, folded FROM keyword"
        " WHERE account = ? AND mailbox = ?",
        (target, account, source),
    )
    tx.execute(
        "UPDATE mailbox SET uidnext = ?, messages = ?, unseen = ?, deleted = ?,"
        " size = ? WHERE account = ? AND id = ?",
        (*held, account, target),
    )
    tx.execute(
        "UPDATE field_set SET mailbox = ? WHERE account = ? AND mailbox = ?",
        (target, account, source),
    )
    rows.recount(tx, account, source, modseq, rows.Tally(*held[1:]).negative())
    return messages_in(tx, account, target)


def messages_in(tx: apsw.Connection, account: int, mailbox: int) -> tuple[Message, ...]:
    """Everything in a mailbox."""
    names = flags.Decoder(tx, account, mailbox).names
    return tuple(
        Message(uid, email, modseq, names(bits), size, received)
        for uid, email, modseq, bits, size, received in tx.execute(
            "SELECT uid, email, modseq, flags, size, received FROM message"
            " WHERE account = ? AND mailbox = ? ORDER BY uid",
            (account, mailbox),
        )
    )
