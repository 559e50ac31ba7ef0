"""Changing the flags of messages in a mailbox (RFC 9051, 6.4.6; RFC 7162, 3.1.3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import apsw

from mailnode.model.message import Message
from mailnode.store import flags, rows

BATCH = 2000
"""Messages that are marked in one transaction."""


@dataclass(frozen=True, slots=True)
class Marking:
    """What becomes of the flags of a message.

    @ivar replace: all other flags are taken away.
    @ivar unchanged_since: only of messages with no higher modseq.
    """

    add: tuple[str, ...]
    remove: tuple[str, ...]
    replace: bool = False
    unchanged_since: int | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """What became of some messages.

    @ivar messages: those that are as they should be, ascending by UID.
    @ivar changed: those among them that were not before.
    """

    messages: Sequence[Message] = ()
    changed: Sequence[Message] = ()
    modseq: int = 0


def mark(
    tx: apsw.Connection,
    account: int,
    mailbox: int,
    uids: Iterable[int],
    marking: Marking,
) -> Marked:
    """Change the flags of messages.

    @raise NotFound: when the mailbox has been deleted.
    @raise NotPermitted: for a flag there is not.
    @raise TooMany: when the mailbox has no room for a new keyword.
    """
    found = rows.select(tx, account, mailbox, uids)
    if marking.unchanged_since is not None:
        found = [row for row in found if row[2] <= marking.unchanged_since]
    if not found:
        return Marked()
    add = flags.encode(tx, account, mailbox, marking.add)
    keep = ~flags.encode(tx, account, mailbox, marking.remove, learn=False)
    if marking.replace:
        keep = 0
    decoder = flags.Decoder(tx, account, mailbox)
    differing = [row for row in found if (row[3] & keep | add) != row[3]]
    modseq = write(tx, (account, mailbox), differing, keep, add)
    messages = []
    changed = []
    for uid, email, last, old, size, received in found:
        new = old & keep | add
        at = last if new == old else modseq
        message = Message(uid, email, at, decoder.names(new), size, received)
        messages.append(message)
        if new != old:
            changed.append(message)
    return Marked(messages, changed, modseq)


def write(
    tx: apsw.Connection,
    mailbox: tuple[int, int],
    differing: Sequence[rows.Row],
    keep: int,
    add: int,
) -> int:
    """Write the flags of messages that change; the modseq, or 0 if there are none."""
    if not differing:
        return 0
    modseq, _ = rows.change(tx, mailbox[0])
    before = rows.tally((row[3], 0) for row in differing)
    after = rows.tally((row[3] & keep | add, 0) for row in differing)
    shift = rows.Tally(
        0, after.unseen - before.unseen, after.deleted - before.deleted, 0
    )
    rows.recount(tx, *mailbox, modseq, shift)
    by_bits: defaultdict[int, list[int]] = defaultdict(list)
    for row in differing:
        by_bits[row[3] & keep | add].append(row[0])
    for bits, uids in by_bits.items():
        for marks, block in rows.blocks(uids):
            tx.execute(
                "UPDATE message SET flags = ?, modseq = ?"  # noqa: S608
                f" WHERE account = ? AND mailbox = ? AND uid IN {marks}",
                (bits, modseq, *mailbox, *block),
            )
    return modseq
