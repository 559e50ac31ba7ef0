"""Header fields that clients ask for again and again, kept as they were found.

A mailbox learns a set of fields when it is asked for, in blocks of consecutive UIDs.
A block is whole or not there: it is written when all its UIDs have been given and
all its messages were asked for, and goes with the first of them that leaves.  So
what is kept never has to be compared with the mail.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

import apsw

from mailnode.message.fields import LIMIT, chosen, ended
from mailnode.model.message import CHUNK, HeaderFields
from mailnode.store import rows

BLOCK = 64
"""UIDs of a block: some 40 KB, which is one page chain and one row to read."""
SIZES = struct.Struct(f"<{BLOCK}I")
SOME = 100
"""Blocks that are forgotten in one transaction: some 4 MB."""
SETS = 8
"""Sets of fields that a mailbox learns: what a few clients ask for."""
ENOUGH = 2**22
"""Octets of messages that are read for their headers in one go, and once more as
many to the end of a block: a few milliseconds."""
LEAST = 2**14
"""What a message counts for at least: looking for fields takes its time, too."""
NAMES = 64
"""Names in one of them."""
NAME = re.compile(rb"[!-9;-~]+")
"""C{field-name} (RFC 5322, 2.2)."""
A_DAY = 86_400_000

Place = tuple[int, int]
"""Account and mailbox."""
IN_BLOCK = (
    "SELECT uid FROM message WHERE account = ? AND mailbox = ?"
    " AND uid BETWEEN ? AND ? ORDER BY uid"
)
HEADERS = (
    "SELECT email.content, header_size, data FROM message"
    " JOIN email ON email.account = message.account AND email.id = message.email"
    " LEFT JOIN chunk ON chunk.account = email.account"
    " AND chunk.content = email.content AND n = 0"
    " WHERE message.account = ? AND mailbox = ? AND "
)


@dataclass(slots=True)
class Lesson:
    """What a mailbox may learn from what it was asked.

    @ivar names: of the fields, as they are kept.
    @ivar blocks: by block: its UIDs and what they have, in order.
    """

    names: str
    blocks: dict[int, tuple[Sequence[int], Sequence[bytes]]] = field(
        default_factory=dict
    )

    @property
    def size(self) -> int:
        """Octets to be written."""
        return sum(len(one) for _, values in self.blocks.values() for one in values)


def learnable(wanted: HeaderFields) -> str:
    """How a set of fields is kept; empty, if it is none that clients ask for."""
    names = wanted.names
    if wanted.others or len(names) > NAMES or not all(map(NAME.fullmatch, names)):
        return ""
    return b" ".join(sorted(names)).decode("ascii")


def read(
    tx: apsw.Connection,
    place: Place,
    wanted: HeaderFields,
    uids: Sequence[int],
    moment: int,
) -> tuple[list[bytes], Lesson | None]:
    """The fields of messages, and what there is to learn from it.

    It may stop after some of them.

    @param uids: of messages that are there, ascending.
    """
    names = learnable(wanted)
    number, asked = known(tx, place, names) if names else (0, moment)
    kept = blocks(tx, (place[0], number), uids) if number else {}
    lesson, room = Lesson(names), ENOUGH
    found: list[bytes] = []
    for block, some in by_block(uids):
        cut = uids[-1] == some[-1] != last(block)
        if found and block not in kept and (cut or room <= 0):
            break  # What is asked for next shall begin with the whole of this block.
        if block in kept:
            values = unpacked(kept[block])
            found += (
                values if len(some) == BLOCK else [values[uid % BLOCK] for uid in some]
            )
            continue
        values, room = searched(tx, place, wanted, some, room)
        found += values
        if len(values) < len(some):
            break
        if names and complete(tx, place, block, some):
            lesson.blocks[block] = some, values
    fresh = bool(lesson.blocks) or moment - asked >= A_DAY
    return found, lesson if names and fresh else None


def by_block(uids: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
    """Ascending UIDs, a block at a time."""
    start = 0
    while start < len(uids):
        block = uids[start] // BLOCK
        end = bisect_left(uids, (block + 1) * BLOCK, start)
        yield block, uids[start:end]
        start = end


def last(block: int) -> int:
    """The last UID of a block."""
    return block * BLOCK + BLOCK - 1


def known(tx: apsw.Connection, place: Place, names: str) -> tuple[int, int]:
    """The number of a set of fields and when it was last asked for; 0 for a new one."""
    row: tuple[int, int] | None = tx.execute(
        "SELECT id, asked FROM field_set WHERE account = ? AND mailbox = ? AND names = ?",
        (*place, names),
    ).get
    return (0, 0) if row is None else row


def blocks(tx: apsw.Connection, key: Place, uids: Sequence[int]) -> dict[int, bytes]:
    """The blocks of some UIDs that are kept; C{key} is the account and a set."""
    which = rows.listed([block for block, _ in by_block(uids)], "block")
    return dict(
        tx.execute(
            "SELECT block, data FROM field_block"  # noqa: S608
            f" WHERE account = ? AND fields = ? AND {which.condition}",
            (*key, *which.values),
        )
    )


def packed(uids: Sequence[int], values: Sequence[bytes]) -> bytes:
    """A block as it is kept."""
    sizes = [0] * BLOCK
    for uid, value in zip(uids, values, strict=True):
        sizes[uid % BLOCK] = len(value)
    return SIZES.pack(*sizes) + b"".join(values)


def unpacked(data: bytes) -> list[bytes]:
    """What each UID of a block has; nothing for one that is not there."""
    ends = accumulate(SIZES.unpack_from(data), initial=SIZES.size)
    return [data[start:end] for start, end in pairwise(ends)]


def searched(
    tx: apsw.Connection,
    place: Place,
    wanted: HeaderFields,
    uids: Sequence[int],
    room: int,
) -> tuple[list[bytes], int]:
    """The fields of messages, found in their headers.

    @param room: octets that may be read; it stops when there were far more.
    @return: and what is left of them.
    """
    which = rows.listed(uids)
    found: list[bytes] = []
    for content, size, first in tx.execute(
        f"{HEADERS}{which.condition} ORDER BY uid", (*place, *which.values)
    ):
        if room <= -ENOUGH:
            break
        room -= max(LEAST, len(first or b""))
        found.append(chosen(header(tx, place[0], content, size, first), wanted))
    return found, room


def again(tx: apsw.Connection, place: Place, names: str, block: int) -> bytes:
    """A block as it is to be kept, made anew."""
    uids = [
        uid for (uid,) in tx.execute(IN_BLOCK, (*place, block * BLOCK, last(block)))
    ]
    wanted = HeaderFields(frozenset(names.encode("ascii").split(b" ")))
    found, _ = searched(tx, place, wanted, uids, LIMIT * (1 + len(uids)))
    return packed(uids[: len(found)], found)


def header(
    tx: apsw.Connection, account: int, content: int, size: int, first: bytes | None
) -> bytes:
    """A header, of which the first chunk has been read; cut if it is too long."""
    found = first or b""
    for n in range(1, -(-min(size, LIMIT) // CHUNK)):
        found += (
            tx.execute(
                "SELECT data FROM chunk WHERE account = ? AND content = ? AND n = ?",
                (account, content, n),
            ).get
            or b""
        )
    return found[:size] if size <= LIMIT else ended(found[:LIMIT])


def complete(
    tx: apsw.Connection, place: Place, block: int, uids: Sequence[int]
) -> bool:
    """Whether these are, for ever, all UIDs of a block."""
    uidnext = tx.execute(
        "SELECT uidnext FROM mailbox WHERE account = ? AND id = ? AND name IS NOT NULL",
        place,
    ).get
    if uidnext is None or last(block) >= uidnext:
        return False
    there = tx.execute(IN_BLOCK, (*place, block * BLOCK, last(block)))
    return [uid for (uid,) in there] == list(uids)


def learn(tx: apsw.Connection, place: Place, lesson: Lesson, moment: int) -> None:
    """Keep what was found, if it is still so."""
    right = {
        block: packed(*found)
        for block, found in lesson.blocks.items()
        if complete(tx, place, block, found[0])
    }
    account = place[0]
    number, asked = known(tx, place, lesson.names)
    if not number:
        if not right or len(numbers(tx, place)) >= SETS:
            return
        number = tx.execute(
            "INSERT INTO field_set (account, mailbox, id, names, asked)"
            " SELECT ?, ?, coalesce(max(id), 0) + 1, ?, ? FROM field_set"
            " WHERE account = ? RETURNING id",
            (*place, lesson.names, moment, account),
        ).get
    elif moment - asked >= A_DAY:
        tx.execute(
            "UPDATE field_set SET asked = ? WHERE account = ? AND id = ?",
            (moment, account, number),
        )
    tx.executemany(
        "INSERT INTO field_block (account, fields, block, data) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (account, fields, block) DO NOTHING",
        [(account, number, block, data) for block, data in right.items()],
    )


def forget(tx: apsw.Connection, place: Place, uids: Sequence[int]) -> None:
    """Messages are leaving, and with them the blocks that they are in."""
    sets = numbers(tx, place)
    if not sets:
        return
    which = rows.listed([block for block, _ in by_block(uids)], "block")
    for number in sets:
        tx.execute(
            "DELETE FROM field_block WHERE account = ? AND fields = ?"  # noqa: S608
            f" AND {which.condition}",
            (place[0], number, *which.values),
        )


def forget_some(tx: apsw.Connection, place: Place) -> bool:
    """Forget a part of all that a mailbox has learnt; whether there may be more."""
    return any(forget_set(tx, (place[0], number)) for number in numbers(tx, place))


def forget_set(tx: apsw.Connection, key: Place) -> bool:
    """Forget a part of what is kept of a set of fields, by its account and number,
    and in the end itself; whether there may be more.
    """
    tx.execute(
        "DELETE FROM field_block WHERE account = ? AND fields = ? AND block IN"
        " (SELECT block FROM field_block WHERE account = ? AND fields = ? LIMIT ?)",
        (*key, *key, SOME),
    )
    if tx.changes() == SOME:
        return True
    tx.execute("DELETE FROM field_set WHERE account = ? AND id = ?", key)
    return False


def numbers(tx: apsw.Connection, place: Place) -> list[int]:
    """The sets of fields that a mailbox has learnt."""
    return [
        number
        for (number,) in tx.execute(
            "SELECT id FROM field_set WHERE account = ? AND mailbox = ?", place
        )
    ]
