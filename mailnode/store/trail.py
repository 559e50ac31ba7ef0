"""What was decided about messages, in a database file of its own.

It is a record and not the mail.  Steps are gathered in memory, and written down
many at a time without waiting for the disk; whoever asks sees all that can be
written.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import apsw
from zope.interface import implementer

from mailnode.clock import DAY
from mailnode.errors import MailError
from mailnode.interfaces.trail import ITrail
from mailnode.model.trail import Event, Step
from mailnode.store.arrival import storable
from mailnode.store.database import Database

KEEP = 30 * DAY
"""Milliseconds for which steps are kept, unless somebody says otherwise."""
MANY = 200
"""Steps that do not wait any longer to be written."""
MOST = 20_000
"""Steps that wait at most, when the disk cannot follow; the oldest are dropped."""
OLD = 250
"""Messages that are looked at together for what is too old."""

MESSAGE = "SELECT id FROM message WHERE name = ?"
INSERT_STEP = (
    "INSERT INTO step (message, n, at, event, sender, recipient, message_id, text)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
INSERT_CLUE = (
    "INSERT INTO clue (word, message) VALUES (?, ?)"
    " ON CONFLICT (word, message) DO NOTHING"
)
FOUND = "SELECT message FROM clue WHERE word = ? ORDER BY message DESC LIMIT ?"
STEPS = (
    "SELECT at, message, n, name, event, sender, recipient, message_id, text"
    " FROM step JOIN message ON message.id = step.message"
    " WHERE message = ? ORDER BY n DESC LIMIT ?"
)


@implementer(ITrail)
class Trail:
    """The tables C{message}, C{step} and C{clue}.

    @ivar waiting: steps that are not written yet.
    @ivar dropped: how many were lost because the disk could not follow.
    @ivar keep: milliseconds for which steps are kept.
    @ivar hurry: called when so many wait that they should be written now.
    """

    def __init__(
        self, database: Database, clock: Callable[[], int], keep: int = KEEP
    ) -> None:
        """Begin; somebody must call C{flush} from time to time.

        @param database: prepared by L{mailnode.store.migrate.trail}.
        @param clock: now, in milliseconds since 1970 in UTC.
        """
        self.database = database
        self.clock = clock
        self.keep = keep
        self.waiting: deque[Step] = deque()
        self.dropped = 0
        self.hurry: Callable[[], None] = nothing

    def note(self, step: Step) -> None:
        """Write down a step, soon."""
        self.waiting.append(step)
        waiting = len(self.waiting)
        if waiting > MOST:
            self.waiting.popleft()
            self.dropped += 1
        elif waiting % MANY == 0:
            self.hurry()

    async def flush(self) -> None:
        """Write down what waits.

        @raise MailError: when that is impossible now; it goes on waiting.
        """
        if self.waiting:
            await self.write()

    async def write(self) -> None:
        """The same; and when it returns, all earlier steps are written too."""
        steps = list(self.waiting)
        self.waiting.clear()
        try:
            await self.database.write(
                lambda tx: insert(tx, steps), light=True, repeatable=True
            )
        except MailError:
            self.put_back(steps)
            raise

    def put_back(self, steps: Sequence[Step]) -> None:
        """Let steps wait again, as many as there is room for."""
        room = max(0, MOST - len(self.waiting))
        kept = steps[len(steps) - min(room, len(steps)) :]
        self.waiting.extendleft(reversed(kept))
        self.dropped += len(steps) - len(kept)

    async def about(self, asked: str, limit: int = 1000) -> Sequence[Step]:
        """All steps of the messages that have to do with something."""
        with suppress(MailError):  # what is there can be read on a full disk too
            await self.write()
        return await self.database.scan(lambda tx: about(tx, asked, limit))

    async def forget(self) -> None:
        """Remove the steps that have been kept for long enough."""
        before = self.clock() - self.keep
        while await self.database.write(lambda tx: forget(tx, before), light=True):
            pass

    async def close(self) -> None:
        """Write down what waits, if possible, and close the file."""
        try:
            await self.flush()
        except MailError:
            self.dropped += len(self.waiting)
        await self.database.close()


def nothing() -> None:
    """Nobody is in a hurry."""


def insert(tx: apsw.Connection, steps: Sequence[Step]) -> None:
    """Write down steps, in their order."""
    last = int(tx.execute("SELECT coalesce(max(id), 0) FROM message").get)
    found: dict[str, list[Step]] = {}
    for step in steps:
        found.setdefault(storable(step.id), []).append(step)
    rows, clues = list[tuple[int | str, ...]](), dict[tuple[str, int], None]()
    for name, its in found.items():
        number, begin = tx.execute(MESSAGE, (name,)).get, 0
        if number is None:
            number = last = last + 1
            tx.execute("INSERT INTO message (id, name) VALUES (?, ?)", (number, name))
        else:
            begin = tx.execute(
                "SELECT max(n) + 1 FROM step WHERE message = ?", (number,)
            ).get
        for n, step in enumerate(its, begin):
            said = tuple(map(storable, (step.sender, step.recipient, step.message_id)))
            rows.append(
                (number, n, step.at, step.event.value, *said, storable(step.text))
            )
            clues.update(dict.fromkeys((word, number) for word in words(*said)))
    tx.executemany(INSERT_STEP, rows)
    tx.executemany(INSERT_CLUE, clues)


def words(sender: str, recipient: str, message_id: str) -> Iterator[str]:
    """By what a step is found."""
    return filter(None, (sender.lower(), recipient.lower(), message_id))


def about(tx: apsw.Connection, asked: str, limit: int) -> list[Step]:
    """The latest steps of the messages that have to do with something, in order."""
    asked = storable(asked)
    numbers = {number for (number,) in tx.execute(MESSAGE, (asked,))}
    for word in (asked, asked.lower(), f"<{asked}>"):
        numbers.update(number for (number,) in tx.execute(FOUND, (word, limit)))

    def steps() -> Iterator[tuple[tuple[int, int, int], Step]]:
        for each in numbers:
            for at, message, n, name, event, *texts in tx.execute(STEPS, (each, limit)):
                yield (at, message, n), Step(at, name, Event(event), *texts)

    latest = heapq.nlargest(limit, steps(), key=lambda found: found[0])
    return [step for _, step in reversed(latest)]


def forget(tx: apsw.Connection, before: int) -> bool:
    """Remove some messages that nothing happened to since a moment.

    @return: whether there may be more.
    """
    oldest = list(tx.execute("SELECT id FROM message ORDER BY id LIMIT ?", (OLD,)))
    gone = False
    for (number,) in oldest:
        rows = list(
            tx.execute(
                "SELECT at, sender, recipient, message_id FROM step WHERE message = ?",
                (number,),
            )
        )
        if any(row[0] > before for row in rows):
            continue
        gone = True
        clues = {word for row in rows for word in words(*row[1:])}
        tx.executemany(
            "DELETE FROM clue WHERE word = ? AND message = ?",
            [(word, number) for word in clues],
        )
        tx.execute("DELETE FROM step WHERE message = ?", (number,))
        tx.execute("DELETE FROM message WHERE id = ?", (number,))
    return gone
