"""What must be true of the queue, for L{mailnode.store.check}."""

from __future__ import annotations

from collections.abc import Iterator

import apsw

from mailnode.store import entries, turns
from mailnode.store.entries import OCTETS, Row

QUEUE_RULES = (
    (
        """SELECT DISTINCT message FROM queue_chunk WHERE NOT EXISTS
        (SELECT 1 FROM queue_message WHERE queue_message.id = queue_chunk.message)""",
        "there are octets of message {}, which is not in the queue",
    ),
    (
        """SELECT DISTINCT message FROM queue_target WHERE NOT EXISTS
        (SELECT 1 FROM queue_message WHERE queue_message.id = queue_target.message
        AND complete = 1)""",
        "there are targets of message {}, which is not in the queue",
    ),
    (
        """SELECT name FROM queue_message WHERE complete = 1 AND NOT EXISTS
        (SELECT 1 FROM queue_target WHERE queue_target.message = queue_message.id)""",
        "the message {} in the queue goes nowhere",
    ),
    (
        """SELECT name FROM queue_message WHERE id >
        (SELECT value FROM counter WHERE name = 'queue_message')""",
        "the message {} in the queue has a number that was never given",
    ),
    (
        """SELECT message, number, stage FROM queue_target
        WHERE (stage = 'active') <> (owner IS NOT NULL)
        OR (turn IS NOT NULL AND stage NOT IN ('incoming', 'active', 'deferred'))""",
        "target {1} of message {0} in the queue is {2}, and has not what it should",
    ),
    (
        f"""SELECT DISTINCT destination FROM queue_target
        WHERE (turn IS NOT NULL OR {turns.WAITING}) AND NOT EXISTS
        (SELECT 1 FROM queue_destination WHERE name = destination)""",  # noqa: S608 - our own words
        "the queue has mail for {}, and no line for it",
    ),
)
"""Questions whose answers should be empty, and what is said of each row."""


def queue_findings(tx: apsw.Connection) -> Iterator[str]:
    """What is wrong in the queue, and takes more than a question."""
    yield from lines(tx)
    for row in tx.execute(f"{entries.ROW} WHERE complete = 1 ORDER BY id"):
        yield from message(tx, Row(*row))


def lines(tx: apsw.Connection) -> Iterator[str]:
    """Every destination knows when to be looked at."""
    for (name,) in list(tx.execute("SELECT name FROM queue_destination")):
        said, put_off, line, waits = tx.execute(turns.LOOK, (name,)).get
        # What was put off stays so until somebody looks.
        true = {
            turns.next_look(bool(line), waits, put_off, now) for now in (0, put_off)
        }
        if said not in true:
            yield f"the queue would look at {name or 'this server'} at the wrong time"


def message(tx: apsw.Connection, row: Row) -> Iterator[str]:
    """A message can be read, and its octets are what they were."""
    if not entries.entry(tx, row).waiting:
        yield f"the message {row.name} in the queue cannot be read"
    if not 0 <= row.header_size <= row.size:
        yield f"the message {row.name} in the queue has a header larger than itself"
    if OCTETS.verified(tx, row.number, row.size, row.hash) is None:
        yield f"the message {row.name} in the queue has other octets than its hash says"
