"""Changing the flags of messages in a mailbox (RFC 9051, 6.4.6; RFC 7162, 3.1.3)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import apsw

from mailnode.model.change import Flagged
from mailnode.store import flags, rows

BATCH = 10_000
"""Messages that are marked in one transaction: some 4 ms of the writer's time."""
GAP = 50
"""UIDs that are sooner looked at than left out of a note."""
COUNTED = flags.SEEN_BIT | flags.DELETED_BIT
"""Flags that a mailbox counts."""


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
class Mask:
    """The same as bits, which go and which come."""

    remove: int
    add: int

    @property
    def touched(self) -> int:
        """The bits that may change."""
        return self.remove | self.add

    @property
    def values(self) -> tuple[int, int]:
        """What goes into C{flags & ? | ?}."""
        return ~self.remove, self.add


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of some messages.

    @ivar uids: those that are as they should be, ascending.
    @ivar refused: those that changed too late to be changed, ascending.
    @ivar flagged: what to tell of those that were not so before.
    """

    uids: Sequence[int] = ()
    refused: Sequence[int] = ()
    flagged: Flagged | None = None


def mark(
    tx: apsw.Connection, place: tuple[int, int], uids: Sequence[int], marking: Marking
) -> Outcome:
    """Change the flags of messages.

    @param place: account and mailbox.
    @param uids: ascending, each once.
    @raise NotFound: when the mailbox has been deleted.
    @raise NotPermitted: for a flag there is not.
    @raise TooMany: when the mailbox has no room for a new keyword.
    """
    refused: Sequence[int] = ()
    if marking.unchanged_since is not None:
        refused = rows.chosen(tx, place, uids, "modseq > ?", marking.unchanged_since)
        late = frozenset(refused)
        uids = [uid for uid in uids if uid not in late]
    if not rows.any_here(tx, place, uids):
        return Outcome((), refused)
    mask = Mask(
        -1 if marking.replace else encoded(tx, place, marking.remove, learn=False),
        encoded(tx, place, marking.add),
    )
    here, changed, modseq = write(tx, place, uids, mask)
    if not changed:
        return Outcome(here, refused)
    names = flags.Decoder(tx, *place).names
    removed = frozenset[str]() if marking.replace else names(mask.remove)
    added = names(mask.add)
    return Outcome(
        here,
        refused,
        Flagged(place[1], changed, added, removed, marking.replace, modseq),
    )


def encoded(
    tx: apsw.Connection,
    place: tuple[int, int],
    names: Sequence[str],
    *,
    learn: bool = True,
) -> int:
    """The bits of some flags in a mailbox."""
    return flags.encode(tx, *place, names, learn=learn)


def write(
    tx: apsw.Connection, place: tuple[int, int], uids: Sequence[int], mask: Mask
) -> tuple[Sequence[int], Sequence[int], int]:
    """Write the flags of messages that change.

    In the usual case, where all are there and one flag changes in all of them,
    not a single row is read.

    @return: those that are here, those that changed, and the modseq.
    """
    found = rows.among(tx, place, uids)
    simple = not mask.touched & (mask.touched - 1)  # one bit, or none
    shift = (0, 0) if simple else shifted(tx, place, found, mask)
    modseq = rows.next_modseq(tx, place[0])
    tx.execute(
        "UPDATE message SET flags = flags & ? | ?, modseq = ?"  # noqa: S608
        f" WHERE account = ? AND mailbox = ? AND {found.condition}"
        " AND flags <> (flags & ? | ?)",
        (*mask.values, modseq, *place, *found.values, *mask.values),
    )
    number = tx.changes()
    here = uids if number == len(uids) else rows.chosen(tx, place, uids)
    if not number:
        return here, (), 0
    changed = uids
    if number < len(uids):
        changed = rows.chosen(tx, place, here, "modseq = ?", modseq)
    if simple:
        shift = (
            number * sign(mask, flags.SEEN_BIT),
            -number * sign(mask, flags.DELETED_BIT),
        )
    rows.change(tx, place[0])
    rows.recount(tx, *place, modseq, rows.Tally(0, *shift, 0))
    note(tx, place, modseq, changed)
    return here, changed, modseq


def note(
    tx: apsw.Connection, place: tuple[int, int], modseq: int, uids: Sequence[int]
) -> None:
    """Let the whole of an account, if it has one, know where flags changed.

    It looks at the modseqs between two UIDs that are noted, so these need not be
    exact: gaps are closed where a list would be longer than it helps.
    """
    if tx.execute("SELECT 1 FROM whole WHERE account = ?", (place[0],)).get is None:
        return
    spans = [(uids[0], uids[-1])]
    if uids[-1] - uids[0] > GAP * len(uids):
        edges = [n for n, (a, b) in enumerate(pairwise(uids)) if b - a > GAP]
        firsts = [uids[0], *(uids[n + 1] for n in edges)]
        spans = list(zip(firsts, [*(uids[n] for n in edges), uids[-1]], strict=True))
    tx.execute(
        "INSERT INTO flagged (account, mailbox, modseq, spans) VALUES (?, ?, ?, ?)",
        (*place, modseq, json.dumps(spans)),
    )


def sign(mask: Mask, bit: int) -> int:
    """1 if a bit goes, -1 if it comes, otherwise 0."""
    if mask.add & bit:
        return -1
    return 1 if mask.remove & bit else 0


def shifted(
    tx: apsw.Connection, place: tuple[int, int], found: rows.Among, mask: Mask
) -> tuple[int, int]:
    """By how much the unseen and the deleted will grow."""
    if not mask.touched & COUNTED:
        return 0, 0
    seen, deleted = flags.SEEN_BIT, flags.DELETED_BIT
    shift: tuple[int, int] = tx.execute(
        "SELECT coalesce(sum((flags & ? | ?) & ? = 0), 0)"  # noqa: S608
        " - coalesce(sum(flags & ? = 0), 0),"
        " coalesce(sum((flags & ? | ?) & ? <> 0), 0)"
        " - coalesce(sum(flags & ? <> 0), 0) FROM message"
        f" WHERE account = ? AND mailbox = ? AND {found.condition}",
        (
            *mask.values,
            seen,
            seen,
            *mask.values,
            deleted,
            deleted,
            *place,
            *found.values,
        ),
    ).get
    return shift
