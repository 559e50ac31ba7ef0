"""Whose turn it is: for each destination a line of what is due.

Destinations are served in a round: whoever was served longest ago is next.  In
the line of a destination a higher priority goes first (RFC 6710), and then
senders alternate: a place in line is the place behind the last of the same
sender, but not before those who stand first (start-time fair queueing).

What is not due yet stands in no line, and costs nothing until it is.  Every
function works inside a transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeVar

import apsw

T = TypeVar("T")

TOGETHER = 100
"""Targets that share a turn, and so a transaction: a server takes at least as
many recipients (RFC 5321, 4.5.3.1.8)."""
CALLED = 256
"""Targets that are called into line in one transaction, at most."""
CALLED_HERE = 32
"""The same before somebody of a destination is served."""

WAITING = "turn IS NULL AND stage IN ('incoming', 'active', 'deferred')"
DRAW = (
    "SELECT coalesce((SELECT max(turn) + 1 FROM queue_target WHERE destination = ?"
    " AND priority = ? AND whose = ? AND turn IS NOT NULL),"
    " (SELECT turn FROM queue_target WHERE destination = ? AND priority = ?"
    " AND turn IS NOT NULL ORDER BY turn LIMIT 1), 1)"
)
CAME_WHEN = (
    "CASE WHEN ?2 > 0 THEN max(?2, put_off) WHEN put_off > ?3 THEN put_off ELSE 0 END"
)
CAME = (
    "INSERT INTO queue_destination (name, ready, served, put_off)"  # noqa: S608 - our own words
    " VALUES (?1, ?2, 0, 0) ON CONFLICT (name) DO UPDATE"
    f" SET ready = min(coalesce(ready, {CAME_WHEN}), {CAME_WHEN}) WHERE ready IS NOT 0"
)
DUE = (
    "SELECT message, number, reverse_path, whose, priority FROM queue_target"  # noqa: S608 - our own words
    f" WHERE destination = ? AND due <= ? AND {WAITING} ORDER BY due LIMIT ?"
)
HEAD = (
    "SELECT priority, turn, message FROM queue_target WHERE destination = ?"
    " AND turn IS NOT NULL ORDER BY priority DESC, turn, message LIMIT 1"
)
LOOK = (
    "SELECT ready, put_off, EXISTS (SELECT 1 FROM queue_target"  # noqa: S608 - the same
    " WHERE destination = name AND turn IS NOT NULL),"
    " (SELECT min(due) FROM queue_target"
    f" WHERE destination = name AND {WAITING})"
    " FROM queue_destination WHERE name = ?"
)
ROUSED = (
    "SELECT name FROM queue_destination WHERE ready > 0 AND ready <= ?"
    " ORDER BY ready LIMIT ?"
)
READY = "SELECT name FROM queue_destination WHERE ready = 0 ORDER BY served LIMIT ?"
READY_THERE = "SELECT name FROM queue_destination WHERE name = ? AND ready = 0"
EMPTY = (
    "SELECT name FROM queue_destination WHERE ready IS NULL AND put_off <= ? LIMIT ?"
)


def draw(tx: apsw.Connection, destination: str, priority: int, whose: str) -> int:
    """The turn of somebody who joins the line now."""
    return int(
        tx.execute(DRAW, (destination, priority, whose, destination, priority)).get
    )


def call(tx: apsw.Connection, destination: str, now: int, most: int) -> int:
    """Let what is due by now join the line of its destination; how many."""
    due = list(tx.execute(DUE, (destination, now, most)))
    groups: dict[tuple[int, str, str, int], list[int]] = {}
    for message, number, path, whose, priority in due:
        groups.setdefault((message, path, whose, priority), []).append(number)
    for (message, _path, whose, priority), numbers in groups.items():
        for some in shared(numbers):
            turn = draw(tx, destination, priority, whose)
            tx.executemany(
                "UPDATE queue_target SET turn = ? WHERE message = ? AND number = ?",
                [(turn, message, number) for number in some],
            )
    return len(due)


def shared(targets: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many at a time as share a turn."""
    return (targets[n : n + TOGETHER] for n in range(0, len(targets), TOGETHER))


def rouse(tx: apsw.Connection, now: int) -> None:
    """Look at destinations whose time has come."""
    left = CALLED
    for (name,) in list(tx.execute(ROUSED, (now, CALLED))):
        left -= call(tx, name, now, left)
        look(tx, name, now)
        if left <= 0:
            break


def ready(tx: apsw.Connection, busy: Collection[str], most: int) -> list[str]:
    """Destinations with somebody in line, in the order of their turns."""
    found = list(tx.execute(READY, (most + len(busy),)))
    return [name for (name,) in found if name not in busy][:most]


def ready_there(tx: apsw.Connection, destination: str) -> list[str]:
    """One destination, if somebody is in line there."""
    return [name for (name,) in tx.execute(READY_THERE, (destination,))]


def head(
    tx: apsw.Connection, destination: str, now: int
) -> tuple[int, int, int] | None:
    """Priority, turn and message of those who stand first in a line."""
    call(tx, destination, now, CALLED_HERE)
    row: tuple[int, int, int] | None = tx.execute(HEAD, (destination,)).get
    return row


def serve(tx: apsw.Connection, destination: str) -> None:
    """A destination has had its turn, and goes to the end of the round."""
    number = tx.execute(
        "UPDATE counter SET value = value + 1 WHERE name = 'queue_turn' RETURNING value"
    ).get
    tx.execute(
        "UPDATE queue_destination SET served = ? WHERE name = ?", (number, destination)
    )


def came(tx: apsw.Connection, destination: str, now: int, due: int) -> None:
    """Somebody has come for a destination, who joined the line if he is due."""
    tx.execute(CAME, (destination, 0 if due <= now else due, now))


def open_line(tx: apsw.Connection, destination: str) -> None:
    """Make sure that a destination is known."""
    tx.execute(
        "INSERT INTO queue_destination (name, ready, served, put_off)"
        " VALUES (?, NULL, 0, 0) ON CONFLICT (name) DO NOTHING",
        (destination,),
    )


def look(tx: apsw.Connection, destination: str, now: int) -> None:
    """Write down when to look at a destination next; forget one without targets."""
    row = tx.execute(LOOK, (destination,)).get
    if row is None:
        return
    said, put_off, line, waits = row
    found = next_look(bool(line), waits, put_off, now)
    if found is None and put_off <= now:
        tx.execute("DELETE FROM queue_destination WHERE name = ?", (destination,))
    elif found != said:
        tx.execute(
            "UPDATE queue_destination SET ready = ? WHERE name = ?",
            (found, destination),
        )


def next_look(line: bool, waits: int | None, put_off: int, now: int) -> int | None:
    """When to look at a destination next.

    @param line: somebody stands in line.
    @param waits: when the first of those who wait is due.
    """
    if line:
        return 0 if put_off <= now else put_off
    return None if waits is None else max(1, waits, put_off)


def look_at(tx: apsw.Connection, destinations: Iterable[str], now: int) -> None:
    """The same for several."""
    for each in sorted(set(destinations)):
        look(tx, each, now)


def forget(tx: apsw.Connection, now: int) -> bool:
    """Forget destinations that nothing goes to; whether there may be more."""
    gone = list(tx.execute(EMPTY, (now, CALLED)))
    tx.executemany("DELETE FROM queue_destination WHERE name = ?", gone)
    return len(gone) == CALLED
