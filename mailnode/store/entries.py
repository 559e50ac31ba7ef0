"""Messages in the queue as rows: how they come, how they are read, how they go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import apsw

from mailnode.errors import NotFound, Unavailable
from mailnode.interfaces.content import IContent
from mailnode.model.envelope import Envelope, Sender, Target
from mailnode.model.queue import Entry, Stage, Waiting
from mailnode.store import envelopes, turns
from mailnode.store.arrival import storable
from mailnode.store.content import LARGE
from mailnode.store.envelopes import UNREADABLE
from mailnode.store.pieces import Pieces

OCTETS = Pieces("queue_chunk", "message")
SOME = 500
"""Targets that one transaction looks at for an operator."""

INSERT_MESSAGE = (
    "INSERT INTO queue_message (id, name, envelope, size, header_size, hash,"
    " complete, touched) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
INSERT_TARGET = (
    "INSERT INTO queue_target (message, number, target, reverse_path, destination,"
    " whose, priority, stage, due, turn, owner, attempts, warned, outcome)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, 'incoming', ?, ?, NULL, 0, 0, NULL)"
)
TARGETS = (
    "SELECT number, target, reverse_path, stage, due, attempts, warned, outcome,"
    " put_off FROM queue_target LEFT JOIN queue_destination ON name = destination"
    " WHERE message = ? ORDER BY number"
)
IDLE = "(stage IN ('incoming', 'deferred') OR (stage = 'active' AND due <= ?))"
UNTOUCHED = (
    "SELECT min(stage = 'incoming' AND attempts = 0 AND due > ?)"
    " FROM queue_target WHERE message = ?"
)
"""Whether nobody has ever taken any of the targets: only what is due is taken."""
UNTRIED = "CASE WHEN attempts = 0 THEN 'incoming' ELSE 'deferred' END"
"""The stage of what nobody is trying."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a message has besides its targets; its envelope is unread."""

    number: int
    name: str
    envelope: str
    size: int
    header_size: int
    hash: bytes


ROW = "SELECT id, name, envelope, size, header_size, hash FROM queue_message"


def begin(
    tx: apsw.Connection,
    envelope: Envelope,
    content: IContent,
    now: int,
    *,
    complete: bool = False,
) -> int:
    """Begin to write a message; its number.

    @param complete: it counts, as all of it is written in this transaction.
    """
    number = tx.execute(
        "UPDATE counter SET value = value + 1 WHERE name = 'queue_message'"
        " RETURNING value"
    ).get
    tx.execute(
        INSERT_MESSAGE,
        (
            number,
            envelope.id,
            envelopes.written(envelope),
            content.size,
            content.header_size,
            content.hash,
            int(complete),
            now,
        ),
    )
    return int(number)


def keep(
    tx: apsw.Connection,
    envelope: Envelope,
    content: IContent,
    staged: int | None,
    now: int,
) -> bool:
    """Let a message count, unless one of its id does; whether it is new.

    @param staged: its number, if its octets have been written ahead.
    """
    if find(tx, envelope.id) is not None:
        return False  # what was written ahead is swept away
    number = staged
    if number is None:
        number = begin(tx, envelope, content, now, complete=True)
        OCTETS.add(tx, number, enumerate(content.chunks()))
    elif (
        tx.execute(
            "UPDATE queue_message SET complete = 1 WHERE id = ? AND complete = 0"
            " RETURNING id",
            (number,),
        ).get
        is None
    ):
        raise Unavailable("the message has waited too long to be kept")
    line_up(tx, number, envelope, now)
    return True


def line_up(tx: apsw.Connection, message: int, envelope: Envelope, now: int) -> None:
    """Write all targets of a message; those that are due join their lines."""
    sender = envelope.sender
    due = max(now, sender.hold_until or 0)
    ways: dict[tuple[str, str], list[tuple[int, Target]]] = {}
    for number, target in enumerate(envelope.targets):
        path = envelopes.reverse_path(target)
        ways.setdefault((target.destination, path), []).append((number, target))
    for (there, path), targets in ways.items():
        for some in turns.shared(targets):
            turn = None
            if due <= now:
                turn = turns.draw(tx, there, sender.priority, envelope.whose)
            shared = (path, there, envelope.whose, sender.priority, due, turn)
            tx.executemany(
                INSERT_TARGET,
                [
                    (message, number, envelopes.written_target(target), *shared)
                    for number, target in some
                ],
            )
    for there in sorted({there for there, _ in ways}):
        turns.came(tx, there, now, due)


def find(tx: apsw.Connection, name: str) -> Row | None:
    """A message that counts, by the id of its envelope."""
    row = tx.execute(f"{ROW} WHERE name = ? AND complete = 1", (storable(name),)).get
    return None if row is None else Row(*row)


def found(tx: apsw.Connection, name: str) -> Row:
    """The same.

    @raise NotFound: when there is none.
    """
    row = find(tx, name)
    if row is None:
        raise NotFound("there is no such message in the queue")
    return row


def opened(tx: apsw.Connection, name: str) -> tuple[Row, bytes | None]:
    """The same and its first chunk, if it is what it was, and to be looked at here.

    Reading a megabyte keeps nobody waiting; more than that is for a scan.
    """
    row = found(tx, name)
    return row, verified(tx, row) if row.size <= LARGE else None


def verified(tx: apsw.Connection, row: Row) -> bytes | None:
    """The first chunk of a message that is what it was; C{None}: it is damaged."""
    return OCTETS.verified(tx, row.number, row.size, row.hash)


def waiting(row: Sequence[apsw.SQLiteValue]) -> Waiting:
    """A target of a row.

    @raise ValueError, LookupError, TypeError, AttributeError: when it is damaged.
    """
    number, target, path, stage, due, attempts, warned, outcome = row
    assert isinstance(number, int)
    assert isinstance(due, int)
    assert isinstance(attempts, int)
    return Waiting(
        number=number,
        target=envelopes.target(str(target), str(path)),
        stage=Stage(stage),
        due=due,
        attempts=attempts,
        warned=bool(warned),
        last=None if outcome is None else envelopes.outcome(str(outcome)),
    )


def put_off(waiting: Waiting, until: int | None) -> Waiting:
    """A target that is not tried before its destination is."""
    if not waiting.pending:
        return waiting
    return replace(waiting, due=max(waiting.due, until or 0))


def entry(tx: apsw.Connection, row: Row) -> Entry:
    """A message as operators see it; what cannot be read has no targets."""
    try:
        targets = tuple(
            put_off(waiting(values), until)
            for *values, until in tx.execute(TARGETS, (row.number,))
        )
        envelope = envelopes.envelope(
            row.name, row.envelope, tuple(each.target for each in targets)
        )
    except UNREADABLE:
        return Entry(Envelope(row.name, Sender(None), (), 0), row.size, ())
    return Entry(envelope, row.size, targets)


def entries(tx: apsw.Connection, after: str, limit: int) -> list[Entry]:
    """Some messages, by the ids of their envelopes."""
    rows = tx.execute(
        f"{ROW} WHERE name > ? AND complete = 1 ORDER BY name LIMIT ?",
        (storable(after), limit),
    )
    return [entry(tx, row) for row in [Row(*each) for each in rows]]


def change(
    tx: apsw.Connection, message: int, now: int, to: str, which: str, *values: int
) -> int:
    """Change targets of a message, and their destinations; how many.

    @param to: what is set; @param which: the condition, with its values.
    """
    changed = list(
        tx.execute(
            f"UPDATE queue_target SET {to}, turn = NULL, owner = NULL"  # noqa: S608 - our own words
            f" WHERE message = ? AND {which} RETURNING destination",
            (message, *values),
        )
    )
    places = {there for (there,) in changed}
    for there in places:
        turns.open_line(tx, there)
    turns.look_at(tx, places, now)
    return len(changed)


def hold(tx: apsw.Connection, name: str, now: int) -> int:
    """Keep what is not being tried from being tried."""
    number = found(tx, name).number
    return change(tx, number, now, "stage = 'hold'", IDLE, now)


def release(tx: apsw.Connection, name: str, now: int) -> int:
    """Let held targets be due."""
    number = found(tx, name).number
    return change(
        tx, number, now, f"stage = {UNTRIED}, due = {now:d}", "stage = 'hold'"
    )


def recall(tx: apsw.Connection, name: str, now: int) -> int | None:
    """Remove the targets of a message whose time has not come for any of them.

    @return: its number; C{None}: it stays, or is not there.
    """
    row = find(tx, name)
    if row is None or not tx.execute(UNTOUCHED, (now, row.number)).get:
        return None
    clear(tx, row.number, now)
    return row.number


def spoil(tx: apsw.Connection, message: int, now: int) -> None:
    """Nobody tries a damaged message any more."""
    change(tx, message, now, "stage = 'corrupt'", "stage <> 'corrupt'")


def clear(tx: apsw.Connection, message: int, now: int) -> int:
    """Remove all targets of a message, which no longer counts; how many."""
    gone = list(
        tx.execute(
            "DELETE FROM queue_target WHERE message = ? RETURNING destination",
            (message,),
        )
    )
    turns.look_at(tx, {there for (there,) in gone}, now)
    tx.execute("UPDATE queue_message SET complete = 0 WHERE id = ?", (message,))
    return len(gone)


def strike(tx: apsw.Connection, message: int) -> bool:
    """Remove a few chunks of a message that does not count, and at last itself.

    @return: whether there is more.
    """
    if OCTETS.remove(tx, message):
        return True
    tx.execute("DELETE FROM queue_message WHERE id = ?", (message,))
    return False


@dataclass(frozen=True, slots=True)
class Urged:
    """How far a retry has come.

    @ivar last: the last target that was looked at; C{None}: that was all.
    @ivar targets: how many deferred ones are due now.
    """

    last: tuple[int, int] | None
    targets: int


def urge(
    tx: apsw.Connection, after: tuple[int, int], only: int | None, now: int
) -> Urged:
    """Let some deferred targets be due now, and put off their destinations no longer.

    @param after: message and number of the last target that has been looked at.
    @param only: a message, or all of them.
    """
    rows = list(
        tx.execute(
            "SELECT message, number, destination, stage FROM queue_target"
            " WHERE (message, number) > (?, ?) AND message <= ?"
            " ORDER BY message, number LIMIT ?",
            (*after, 2**62 if only is None else only, SOME),
        )
    )
    deferred = [row[:2] for row in rows if row[3] == Stage.DEFERRED.value]
    tx.executemany(
        "UPDATE queue_target SET due = ? WHERE message = ? AND number = ?",
        [(now, *place) for place in deferred],
    )
    places = {row[2] for row in rows if row[3] in ("incoming", "deferred")}
    for there in places:
        tx.execute("UPDATE queue_destination SET put_off = 0 WHERE name = ?", (there,))
    turns.look_at(tx, places, now)
    last = (rows[-1][0], rows[-1][1]) if len(rows) == SOME else None
    return Urged(last, len(deferred))
