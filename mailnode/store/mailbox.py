"""A mailbox kept in SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import apsw
from zope.interface import implementer

from mailnode.errors import NotFound
from mailnode.interfaces.content import IContent
from mailnode.interfaces.mailbox import IMailbox
from mailnode.model.change import Arrived, Change, Flagged, Vanished
from mailnode.model.mailbox import Status
from mailnode.model.message import Message, Projections
from mailnode.store import arrival, departure, marking, transfer
from mailnode.store.arrival import Arrival
from mailnode.store.content import Octets, stage
from mailnode.store.flags import Decoder
from mailnode.store.naming import Opened
from mailnode.store.shelf import Shelf

COLUMNS = "uid, email, modseq, flags, size, received"
HERE = "WHERE account = ? AND mailbox = ?"


@implementer(IMailbox)
class Mailbox:
    """Rows of C{message} that share a mailbox.

    @ivar place: account and mailbox.
    """

    def __init__(self, shelf: Shelf, account: int, opened: Opened) -> None:
        self.shelf = shelf
        self.id, self.name, self.uidvalidity = opened
        self.place = (account, self.id)

    async def status(self) -> Status:
        """How full it is, from maintained counters."""

        def select(tx: apsw.Connection) -> Status:
            row = tx.execute(
                "SELECT messages, unseen, deleted, size, uidnext, uidvalidity,"
                " highest_modseq FROM mailbox"
                " WHERE account = ? AND id = ? AND name IS NOT NULL",
                self.place,
            ).get
            if row is None:
                raise NotFound("the mailbox has been deleted")
            return Status(*row)

        return await self.shelf.database.read(select)

    async def messages(self, after: int = 0, limit: int = 500) -> Sequence[Message]:
        """Up to C{limit} messages with a UID above C{after}, ascending."""

        def select(tx: apsw.Connection) -> Sequence[Message]:
            return self.read(tx, "AND uid > ? ORDER BY uid LIMIT ?", after, limit)

        return await self.shelf.database.read(select)

    async def message(self, uid: int) -> Message:
        """One message."""

        def select(tx: apsw.Connection) -> Message:
            found = self.read(tx, "AND uid = ?", uid)
            if not found:
                raise NotFound("there is no such message")
            return found[0]

        return await self.shelf.database.read(select)

    async def projections(self, uid: int) -> Projections:
        """What was computed when the message arrived."""

        def select(tx: apsw.Connection) -> Projections:
            row = tx.execute(
                "SELECT envelope, structure, parts, header_size, lines, base_subject,"
                " sent, preview FROM message JOIN email"
                " ON email.account = message.account AND email.id = message.email"
                " WHERE message.account = ? AND mailbox = ? AND uid = ?",
                (*self.place, uid),
            ).get
            if row is None:
                raise NotFound("there is no such message")
            return Projections(*row)

        return await self.shelf.database.read(select)

    async def content(self, uid: int) -> Octets:
        """The message as it arrived, octet for octet."""

        def select(tx: apsw.Connection) -> Octets:
            row = tx.execute(
                "SELECT email.content, email.size, header_size, data"
                " FROM message JOIN email"
                " ON email.account = message.account AND email.id = message.email"
                " LEFT JOIN chunk ON chunk.account = email.account"
                " AND chunk.content = email.content AND n = 0"
                " WHERE message.account = ? AND mailbox = ? AND uid = ?",
                (*self.place, uid),
            ).get
            if row is None:
                raise NotFound("there is no such message")
            content, size, header_size, first = row
            return Octets(
                self.shelf.database,
                (self.place[0], content),
                (size, header_size),
                first or b"",
            )

        return await self.shelf.database.read(select)

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

        return await self.shelf.change(self.place[0], insert)

    async def store(
        self,
        uids: Iterable[int],
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
        *,
        replace: bool = False,
        unchanged_since: int | None = None,
    ) -> Sequence[Message]:
        """Change flags, some thousand messages in a transaction."""
        wanted = marking.Marking(tuple(add), tuple(remove), replace, unchanged_since)
        chosen = sorted(set(uids))
        messages: list[Message] = []
        for start in range(0, len(chosen), marking.BATCH):
            batch = chosen[start : start + marking.BATCH]
            messages.extend(await self.mark(batch, wanted))
        return messages

    async def mark(
        self, uids: Sequence[int], wanted: marking.Marking
    ) -> Sequence[Message]:
        """Change flags in one transaction."""

        def update(tx: apsw.Connection) -> tuple[Sequence[Message], Sequence[Change]]:
            marked = marking.mark(tx, *self.place, uids, wanted)
            if not marked.changed:
                return marked.messages, ()
            flagged = Flagged(self.id, tuple(marked.changed), marked.modseq)
            return marked.messages, (flagged,)

        return await self.shelf.change(self.place[0], update)

    async def expunge(self, uids: Iterable[int]) -> Sequence[int]:
        """Remove messages for good, a thousand in a transaction."""
        chosen = sorted(set(uids))
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
        chosen = sorted(set(uids))
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
        chosen = sorted(set(uids))
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
            gone = tx.execute(
                f"SELECT uid FROM vanished {HERE} AND modseq > ? ORDER BY uid",  # noqa: S608
                (*self.place, since),
            )
            uids = [uid for (uid,) in gone]
            return self.read(tx, "AND modseq > ? ORDER BY uid", since), uids

        return await self.shelf.database.read(select)

    def ends(self, target: IMailbox) -> tuple[int, int]:
        """This mailbox and another one of the same account.

        @raise NotFound: when it is not of the same account.
        """
        if not isinstance(target, Mailbox) or target.place[0] != self.place[0]:
            raise NotFound("there is no such mailbox in this account")
        return self.id, target.id

    def read(self, tx: apsw.Connection, which: str, *numbers: int) -> Sequence[Message]:
        """The messages that fit an addition to the condition."""
        names = Decoder(tx, *self.place).names
        return [
            Message(uid, email, modseq, names(bits), size, received)
            for uid, email, modseq, bits, size, received in tx.execute(
                f"SELECT {COLUMNS} FROM message {HERE} {which}",  # noqa: S608
                (*self.place, *numbers),
            )
        ]


def arrivals(target: int, done: transfer.Transfer) -> list[Change]:
    """That messages have come to a mailbox, if any have."""
    if not done.messages:
        return []
    return [Arrived(target, tuple(done.messages), done.modseq)]
