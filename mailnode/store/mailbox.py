"""A mailbox kept in SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Concatenate, ParamSpec, TypeVar

import apsw
from zope.interface import implementer

from mailnode.errors import MailError, NotFound
from mailnode.interfaces.content import IContent
from mailnode.interfaces.mailbox import IMailbox
from mailnode.model.change import Arrived, Change, Marked, Vanished
from mailnode.model.mailbox import Columns, Index, Status
from mailnode.model.message import THREAD, Message, Projections, Wanted
from mailnode.query import Query
from mailnode.store import (
    arrival,
    departure,
    fields,
    marking,
    reading,
    search,
    transfer,
)
from mailnode.store.arrival import Arrival
from mailnode.store.content import Octets, stage
from mailnode.store.naming import Opened
from mailnode.store.shelf import Shelf
from mailnode.store.whole import current, questioned

P = ParamSpec("P")
T = TypeVar("T")


@implementer(IMailbox)
class Mailbox:
    """Rows of C{message} that share a mailbox.

    @ivar place: account and mailbox.
    """

    def __init__(self, shelf: Shelf, account: int, opened: Opened) -> None:
        self.shelf = shelf
        self.id, self.name, self.uidvalidity = opened
        self.place = (account, self.id)

    @property
    def account(self) -> int:
        """Whose it is."""
        return self.place[0]

    async def status(self) -> Status:
        """How full it is, from maintained counters."""
        return await self.read(reading.status)

    async def index(self, after: int = 0, limit: int = 10_000) -> Index:
        """UIDs, flags and modseqs, packed."""
        return await self.read(reading.index, after, limit)

    async def messages(self, after: int = 0, limit: int = 500) -> Sequence[Message]:
        """Up to C{limit} messages with a UID above C{after}, ascending."""
        return await self.read(
            reading.messages, "AND uid > ? ORDER BY uid LIMIT ?", after, limit
        )

    async def message(self, uid: int) -> Message:
        """One message."""
        found = await self.read(reading.messages, "AND uid = ?", uid)
        if not found:
            raise NotFound("there is no such message")
        return found[0]

    async def projections(self, uid: int) -> Projections:
        """What was computed when the message arrived."""
        found = await self.projected((uid,))
        if not found:
            raise NotFound("there is no such message")
        return found[0][1]

    async def projected(self, uids: Sequence[int]) -> Sequence[tuple[int, Projections]]:
        """What was computed when messages arrived."""
        return await self.read(reading.projected, uids)

    async def columns(self, uids: Sequence[int], wanted: Sequence[Wanted]) -> Columns:
        """Some of what is known of many messages; we learn what is asked often."""
        now = self.shelf.clock()
        if THREAD in wanted:
            await current.catch_up(self.shelf, self.account)
        found, lessons = await self.read(reading.columns, uids, wanted, now)
        for lesson in lessons:
            await self.learn(lesson, now)
        return found

    async def learn(self, lesson: fields.Lesson, moment: int) -> None:
        """Keep what was found in headers; if that cannot be, it is found again."""
        with suppress(MailError):
            self.shelf.reserve.check(lesson.size)
            await self.shelf.database.write(
                lambda tx: fields.learn(tx, self.place, lesson, moment),
                light=True,
                repeatable=True,
            )

    async def content(self, uid: int) -> Octets:
        """The message as it arrived, octet for octet."""
        found = await self.opened((uid,))
        if not found:
            raise NotFound("there is no such message")
        return found[0][1]

    async def opened(self, uids: Sequence[int]) -> Sequence[tuple[int, Octets]]:
        """Messages as they arrived, octet for octet."""
        database, account = self.shelf.database, self.place[0]
        return [
            (uid, Octets(database, (account, content), (size, header_size), first))
            for uid, content, size, header_size, first in await self.read(
                reading.opened, uids
            )
        ]

    async def search(
        self, asked: Query, among: Iterable[int] | None = None
    ) -> Sequence[int]:
        """The UIDs of the messages that answer yes, ascending."""
        asked = await questioned.resolved(self.shelf, self.account, asked)
        return await search.search(self.shelf, self.place, asked, among)

    async def append(
        self,
        content: IContent,
        flags: Iterable[str] = (),
        received: int | None = None,
    ) -> Message:
        """Keep a message; when this returns it is on stable storage."""
        self.shelf.reserve.check(content.size)
        now = self.shelf.clock()
        arriving = Arrival(content, now if received is None else received, now)
        names = tuple(flags)
        staged = await stage(self.shelf.database, self.place[0], content, now)

        def insert(tx: apsw.Connection) -> tuple[Message, Sequence[Change]]:
            message = arrival.append(tx, self.place, names, arriving, staged)
            return message, (Arrived(self.id, (message,), message.modseq),)

        return await self.shelf.change(self.place[0], insert, repeatable=True)

    async def store(
        self,
        uids: Iterable[int],
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
        *,
        replace: bool = False,
        unchanged_since: int | None = None,
    ) -> Marked:
        """Change flags, some thousand messages in a transaction."""
        wanted = marking.Marking(tuple(add), tuple(remove), replace, unchanged_since)
        chosen = ascending(uids)
        done: list[Marked] = []
        for start in range(0, len(chosen), marking.BATCH):
            batch = chosen[start : start + marking.BATCH]
            done.append(await self.mark(batch, wanted))
        if len(done) == 1:
            return done[0]
        return Marked(
            [uid for each in done for uid in each.uids],
            [uid for each in done for uid in each.refused],
            [modseq for each in done for modseq in each.modseqs],
        )

    async def mark(self, uids: Sequence[int], wanted: marking.Marking) -> Marked:
        """Change flags in one transaction, which is not waited for on the disk."""

        def update(tx: apsw.Connection) -> tuple[Marked, Sequence[Change]]:
            done = marking.mark(tx, self.place, uids, wanted)
            if done.flagged is None:
                return Marked(done.uids, done.refused), ()
            flagged = done.flagged
            return Marked(done.uids, done.refused, (flagged.modseq,)), (flagged,)

        return await self.shelf.change(
            self.place[0], update, light=True, repeatable=True
        )

    async def expunge(self, uids: Iterable[int]) -> Sequence[int]:
        """Remove messages for good, a thousand in a transaction."""
        chosen = ascending(uids)
        gone: list[int] = []
        for start in range(0, len(chosen), departure.BATCH):
            gone.extend(await self.remove(chosen[start : start + departure.BATCH]))
        return gone

    async def remove(self, uids: Sequence[int]) -> Sequence[int]:
        """Remove messages in one transaction."""
        now = self.shelf.clock()

        def delete(tx: apsw.Connection) -> tuple[Sequence[int], Sequence[Change]]:
            gone, modseq = departure.expunge(tx, *self.place, uids, now)
            return gone, (Vanished(self.id, tuple(gone), modseq),) if gone else ()

        return await self.shelf.change(self.place[0], delete)

    async def copy(
        self, uids: Iterable[int], target: IMailbox
    ) -> Sequence[tuple[int, int]]:
        """Copy messages with their flags, all or nothing."""
        ends = self.ends(target)
        chosen = ascending(uids)
        now = self.shelf.clock()

        def insert(
            tx: apsw.Connection,
        ) -> tuple[Sequence[tuple[int, int]], Sequence[Change]]:
            done = transfer.copy(tx, self.place[0], ends, chosen, now)
            return done.pairs(), arrivals(ends[1], done)

        return await self.shelf.change(self.place[0], insert)

    async def move(
        self, uids: Iterable[int], target: IMailbox
    ) -> Sequence[tuple[int, int]]:
        """Take messages to another mailbox of the account, all or nothing."""
        ends = self.ends(target)
        chosen = ascending(uids)
        now = self.shelf.clock()

        def insert(
            tx: apsw.Connection,
        ) -> tuple[Sequence[tuple[int, int]], Sequence[Change]]:
            done = transfer.move(tx, self.place[0], ends, chosen, now)
            news = arrivals(ends[1], done)
            if done.before:
                news.append(Vanished(self.id, tuple(done.before), done.modseq))
            return done.pairs(), news

        return await self.shelf.change(self.place[0], insert)

    async def changes(
        self, since: int
    ) -> tuple[Sequence[Message], Sequence[int]] | None:
        """What changed after a modseq; C{None}, if that is no longer known."""

        def select(
            tx: apsw.Connection,
        ) -> tuple[Sequence[Message], Sequence[int]] | None:
            floor = tx.execute(
                "SELECT floor_modseq FROM account WHERE id = ?", self.place[:1]
            ).get
            if floor is None or since < floor:
                return None
            latest = tx.execute(
                "SELECT highest_modseq FROM mailbox WHERE account = ? AND id = ?",
                self.place,
            ).get
            if latest is None or latest <= since:
                return (), ()
            gone = tx.execute(
                "SELECT uid FROM vanished WHERE account = ? AND mailbox = ?"
                " AND modseq > ? ORDER BY uid",
                (*self.place, since),
            )
            uids = [uid for (uid,) in gone]
            fresh = "AND modseq > ? ORDER BY uid"
            return reading.messages(tx, self.place, fresh, since), uids

        return await self.shelf.database.read(select)

    def ends(self, target: IMailbox) -> tuple[int, int]:
        """This mailbox and another one of the same account.

        @raise NotFound: when it is not of the same account.
        """
        if not isinstance(target, Mailbox) or target.place[0] != self.place[0]:
            raise NotFound("there is no such mailbox in this account")
        return self.id, target.id

    async def read(
        self,
        work: Callable[Concatenate[apsw.Connection, reading.Place, P], T],
        *values: P.args,
        **named: P.kwargs,
    ) -> T:
        """Do one of the readings of this mailbox."""
        return await self.shelf.database.read(
            lambda tx: work(tx, self.place, *values, **named)
        )


def ascending(uids: Iterable[int]) -> Sequence[int]:
    """The same in order, each once."""
    if isinstance(uids, range) and uids.step == 1:
        return uids
    return sorted(set(uids))


def arrivals(target: int, done: transfer.Transfer) -> list[Change]:
    """That messages have come to a mailbox, if any have."""
    if not done.messages:
        return []
    return [Arrived(target, tuple(done.messages), done.modseq)]
