"""Reading the messages of a mailbox, as transactions: one, some, or all of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import apsw

from mailnode.errors import NotFound
from mailnode.model.mailbox import Columns, Index, Status
from mailnode.model.message import (
    OCTETS,
    THREAD,
    HeaderFields,
    Message,
    Projections,
    Wanted,
)
from mailnode.store import fields, rows
from mailnode.store.flags import Decoder

Place = tuple[int, int]
"""Account and mailbox."""

HERE = "WHERE account = ? AND mailbox = ?"
MESSAGE = "SELECT uid, email, modseq, flags, size, received FROM message"
EMAIL = (
    " FROM message JOIN email"
    " ON email.account = message.account AND email.id = message.email"
)
PROJECTIONS = (
    "uid, envelope, structure, parts, header_size, lines, base_subject, sent,"
    " sent_day, preview"
)
PLACES = f"SELECT uid, email.content, email.size, header_size, NULL{EMAIL}"
BEGINNINGS = (
    f"SELECT uid, email.content, email.size, header_size, data{EMAIL}"
    " LEFT JOIN chunk ON chunk.account = email.account"
    " AND chunk.content = email.content AND n = 0"
)
AHEAD = 2**20
"""Octets that are read of messages before anybody asks for them."""
OF_MESSAGE = {
    "id": "message.email",
    "modseq": "modseq",
    "size": "message.size",
    "received": "received",
    THREAD: (
        "(SELECT thread FROM whole_email WHERE whole_email.account = message.account"
        " AND whole_email.id = message.email)"
    ),
}
OF_EMAIL = {name: name for name in PROJECTIONS.split(", ") if name != "uid"}
VALUES = {**OF_EMAIL, **OF_MESSAGE, OCTETS: "data"}
"""Where the values of a message and its projections are."""
LITTLE = 2**16
"""Octets of a message whose octets are among what is known of it."""
SMALL = (
    " LEFT JOIN chunk ON chunk.account = email.account"
    f" AND chunk.content = email.content AND n = 0 AND email.size <= {LITTLE}"
)

Opened = tuple[int, int, int, int, bytes | None]
"""uid, content, size, size of the header, and the first chunk if it was read."""


def status(tx: apsw.Connection, place: Place) -> Status:
    """How full a mailbox is.

    @raise NotFound: when it has been deleted.
    """
    row = tx.execute(
        "SELECT messages, unseen, deleted, size, uidnext, uidvalidity,"
        " highest_modseq FROM mailbox"
        " WHERE account = ? AND id = ? AND name IS NOT NULL",
        place,
    ).get
    if row is None:
        raise NotFound("the mailbox has been deleted")
    return Status(*row)


def messages(
    tx: apsw.Connection, place: Place, which: str, *values: int
) -> list[Message]:
    """The messages that fit an addition to the condition."""
    names = Decoder(tx, *place).names
    return [
        Message(uid, email, modseq, names(bits), size, received)
        for uid, email, modseq, bits, size, received in tx.execute(
            f"{MESSAGE} {HERE} {which}", (*place, *values)
        )
    ]


def index(tx: apsw.Connection, place: Place, after: int, limit: int) -> Index:
    """UIDs, flags and modseqs, packed."""
    found = list(
        tx.execute(
            f"SELECT uid, flags, modseq FROM message {HERE}"  # noqa: S608
            " AND uid > ? ORDER BY uid LIMIT ?",
            (*place, after, limit),
        )
    )
    if not found:
        return Index(array("I"), array("I"), array("Q"), ())
    uids, bits, modseqs = zip(*found, strict=True)
    numbers = {each: number for number, each in enumerate(dict.fromkeys(bits))}
    names = Decoder(tx, *place).names
    return Index(
        array("I", uids),
        array("I", map(numbers.__getitem__, bits)),
        array("Q", modseqs),
        [names(each) for each in numbers],
    )


def projected(
    tx: apsw.Connection, place: Place, uids: Sequence[int]
) -> list[tuple[int, Projections]]:
    """What was computed of messages when they arrived."""
    return [
        (row[0], Projections(*row[1:]))
        for row in some(tx, place, uids, f"SELECT {PROJECTIONS}{EMAIL}")
    ]


def columns(
    tx: apsw.Connection,
    place: Place,
    uids: Sequence[int],
    wanted: Sequence[Wanted],
    moment: int,
) -> tuple[Columns, list[fields.Lesson]]:
    """Some of what is known of messages, and what there is to learn from it."""
    names = [each for each in wanted if isinstance(each, str)]
    source = " FROM message" if OF_MESSAGE.keys() >= set(names) else EMAIL
    source += SMALL if OCTETS in names else ""
    select = ", ".join(["uid", *(VALUES[name] for name in names)])
    found = list(some(tx, place, uids, f"SELECT {select}{source}"))
    if not found:
        return Columns((), [() for _ in wanted], uids[-1]), []
    here, *values = zip(*found, strict=True)
    known: dict[Wanted, Sequence[object]] = dict(zip(names, values, strict=True))
    lessons = []
    for each in wanted:
        if isinstance(each, HeaderFields):
            known[each], lesson = fields.read(tx, place, each, here, moment)
            lessons += [] if lesson is None else [lesson]
    done = min(map(len, known.values()), default=len(here))
    upto = uids[-1] if done == len(here) else here[done - 1]
    return Columns(here[:done], [known[each][:done] for each in wanted], upto), lessons


def opened(tx: apsw.Connection, place: Place, uids: Sequence[int]) -> list[Opened]:
    """Where the octets of messages are, and the beginnings of the first of them."""
    found: list[Opened] = []
    left = AHEAD
    for row in some(tx, place, uids, BEGINNINGS):
        found.append(row)
        left -= len(row[-1] or b"")
        if left <= 0:
            later = [uid for uid in uids if uid > row[0]]
            found += some(tx, place, later, PLACES)
            break
    return found


def some(
    tx: apsw.Connection, place: Place, uids: Sequence[int], select: str
) -> Iterator[tuple[Any, ...]]:
    """Rows of messages and their emails that have these UIDs, which ascend."""
    if not uids:
        return iter(())
    found = rows.listed(uids)
    return tx.execute(
        f"{select} WHERE message.account = ? AND mailbox = ? AND {found.condition}"
        " ORDER BY uid",
        (*place, *found.values),
    )
