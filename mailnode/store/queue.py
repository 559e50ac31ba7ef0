"""What waits to leave, in the main database.

Each target of a message is a row with a state of its own.  A claim may be lost
when the power fails, and is made again then; what was put and what was settled
is on disk when the verb returns.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial

import apsw
from zope.interface import implementer

from mailnode.errors import MailError, Unavailable
from mailnode.interfaces.content import IContent, IOctets
from mailnode.interfaces.queue import IQueue
from mailnode.model.envelope import Envelope
from mailnode.model.message import CHUNK
from mailnode.model.queue import Claim, Entry, Settlement
from mailnode.store import changes, claiming, entries, turns
from mailnode.store.claiming import Taking
from mailnode.store.content import LARGE
from mailnode.store.database import Database
from mailnode.store.entries import OCTETS
from mailnode.store.journal import STALE
from mailnode.store.reserve import Reserve

Put = tuple[Envelope, IContent, int | None]
"""A message that comes, and its number if its octets have been written ahead."""


@implementer(IQueue)
class Queue:
    """The tables C{queue_...} of the main database.

    @ivar owner: whose claims are ours: a word that no other run has.
    """

    def __init__(
        self,
        main: Database,
        reserve: Reserve,
        clock: Callable[[], int],
        owner: str,
        complain: Callable[[Exception], None] = changes.complain,
    ) -> None:
        """Begin; call C{recover} before anything is claimed.

        @param main: prepared by L{mailnode.store.migrate.main}.
        @param clock: now, in milliseconds since 1970 in UTC.
        @param complain: given what a listener raises, and why something that
            was settled could not be removed yet.
        """
        self.main = main
        self.reserve = reserve
        self.clock = clock
        self.owner = owner
        self.complain = complain
        self.listeners: dict[object, Callable[[], None]] = {}

    async def recover(self) -> None:
        """At the start: what an earlier run was trying is due at once."""
        taking = self.taking(0)
        while await self.main.write(lambda tx: claiming.take_over(tx, taking)):
            pass
        await self.sweep(0)

    async def sweep(self, age: int = STALE) -> None:
        """Remove messages that were never accepted, or are not quite gone.

        @param age: milliseconds for which they may be somebody's work.
        """
        now = self.clock()
        for message in await self.main.read(partial(unfinished, before=now - age)):
            await self.strike(message)
        while await self.main.write(lambda tx: turns.forget(tx, now)):
            pass

    async def strike(self, message: int) -> None:
        """Remove a message that does not count, a few chunks at a time."""
        while await self.main.write(lambda tx: entries.strike(tx, message)):
            pass

    async def leave(self, message: int) -> None:
        """The same for one that has just been settled: if not now, then later."""
        try:
            await self.strike(message)
        except MailError as error:
            self.complain(error)

    def taking(self, lease: int) -> Taking:
        """How we take something now."""
        now = self.clock()
        return Taking(self.owner, now, now + lease)

    # Messages come.

    async def put(self, envelope: Envelope, content: IContent) -> None:
        """Keep a message for all its targets."""
        self.reserve.check(content.size)
        coming = await self.ahead(envelope, content)
        now = self.clock()
        await self.main.write(
            lambda tx: kept(tx, [coming], now), self.tell_if, repeatable=True
        )

    async def ahead(self, envelope: Envelope, content: IContent) -> Put:
        """Write a message ahead, if it is large."""
        now = self.clock()
        begin = partial(entries.begin, envelope=envelope, content=content, now=now)
        return envelope, content, await OCTETS.ahead(self.main, content, begin)

    def watch(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Tell C{listener} when something new is there."""
        key = object()
        self.listeners[key] = listener

        def stop() -> None:
            self.listeners.pop(key, None)

        return stop

    def tell_if(self, news: object) -> None:
        """Tell everybody, if there is anything new."""
        for listener in list(self.listeners.values()) if news else ():
            try:
                listener()
            except Exception as error:  # noqa: BLE001 - theirs alone
                self.complain(error)

    # Messages go.

    async def claim(
        self,
        limit: int,
        busy: Collection[str] = (),
        *,
        lease: int,
        only: str | None = None,
    ) -> Sequence[Claim]:
        """Take what is due."""
        taking = replace(self.taking(lease), busy=frozenset(busy), only=only)
        return await self.main.write(
            lambda tx: claiming.take(tx, limit, taking),
            light=True,
            repeatable=True,
        )

    async def renew(self, claim: Claim, *, lease: int) -> Claim:
        """Keep a claim for longer."""
        taking = self.taking(lease)
        return await self.main.write(
            lambda tx: claiming.renew(tx, claim, taking), light=True, repeatable=True
        )

    async def settle(
        self,
        claim: Claim,
        settlements: Sequence[Settlement],
        reports: Sequence[tuple[Envelope, IContent]] = (),
    ) -> None:
        """Write down what became of a claim."""
        coming = [await self.ahead(*each) for each in reports]
        taking = self.taking(0)

        def settle(tx: apsw.Connection) -> tuple[int | None, bool]:
            done = claiming.settle(tx, claim, settlements, taking)
            return done, kept(tx, coming, taking.now)

        done, _ = await self.main.write(
            settle, lambda result: self.tell_if(result[1]), repeatable=True
        )
        if done is not None:
            await self.leave(done)

    async def give_back(self, claims: Sequence[Claim]) -> None:
        """Return claims untried."""
        taking = self.taking(0)
        await self.main.write(
            lambda tx: claiming.give_back(tx, claims, taking),
            light=True,
            repeatable=True,
        )

    async def put_off(self, destination: str, until: int) -> None:
        """Try nothing of a destination before a moment."""
        now = self.clock()

        def put_off(tx: apsw.Connection) -> None:
            turns.open_line(tx, destination)
            tx.execute(
                "UPDATE queue_destination SET put_off = ? WHERE name = ?",
                (until, destination),
            )
            turns.look(tx, destination, now)

        await self.main.write(put_off, light=True, repeatable=True)

    async def next_due(self) -> int | None:
        """When something will be due next."""
        found = await self.main.read(
            lambda tx: (
                tx.execute(
                    "SELECT min(ready) FROM queue_destination WHERE ready IS NOT NULL"
                ).get
            )
        )
        return None if found is None else max(self.clock(), int(found))

    async def recall(self, name: str) -> bool:
        """Take back a message that is held for later."""
        now = self.clock()
        number = await self.main.write(lambda tx: entries.recall(tx, name, now))
        if number is not None:
            await self.leave(number)
        return number is not None

    # Messages are read.

    async def content(self, name: str) -> IOctets:
        """The octets of a message; a damaged one is tried no more."""
        row, first = await self.main.read(lambda tx: entries.opened(tx, name))
        octets = Octets(self.main, row.number, (row.size, row.header_size))
        octets.first = first
        if row.size > LARGE:
            octets.first = await self.main.scan(lambda tx: entries.verified(tx, row))
        if octets.first is None:
            now = self.clock()
            await self.main.write(lambda tx: entries.spoil(tx, row.number, now))
            raise Unavailable("the message in the queue is damaged")
        return octets

    # For operators.

    async def entries(self, after: str = "", limit: int = 1000) -> Sequence[Entry]:
        """Messages with an id above C{after}."""
        return await self.main.scan(lambda tx: entries.entries(tx, after, limit))

    async def entry(self, name: str) -> Entry:
        """One message."""
        return await self.main.read(
            lambda tx: entries.entry(tx, entries.found(tx, name))
        )

    async def retry(self, name: str | None = None) -> int:
        """Let deferred targets be due now."""
        only = None
        if name is not None:
            only = (await self.main.read(lambda tx: entries.found(tx, name))).number
        last: tuple[int, int] | None = (only or 0, -1)
        total, now = 0, self.clock()
        while last is not None:
            urged = await self.main.write(
                partial(entries.urge, after=last, only=only, now=now), self.tell_if
            )
            last, total = urged.last, total + urged.targets
        return total

    async def hold(self, name: str) -> int:
        """Keep what is not being tried from being tried."""
        now = self.clock()
        return await self.main.write(lambda tx: entries.hold(tx, name, now))

    async def release(self, name: str) -> int:
        """Let held targets be due now."""
        now = self.clock()
        return await self.main.write(
            lambda tx: entries.release(tx, name, now), self.tell_if
        )

    async def drop(self, name: str) -> int:
        """Remove a message without telling anybody."""
        now = self.clock()

        def drop(tx: apsw.Connection) -> tuple[int, int]:
            number = entries.found(tx, name).number
            return number, entries.clear(tx, number, now)

        number, targets = await self.main.write(drop)
        await self.leave(number)
        return targets


@implementer(IOctets)
class Octets:
    """A message in the queue that has been verified, open for reading.

    @ivar first: its first chunk.
    """

    def __init__(self, main: Database, message: int, sizes: tuple[int, int]) -> None:
        """Begin.

        @param sizes: of the whole and of its header.
        """
        self.main = main
        self.message = message
        self.size, self.header_size = sizes
        self.first: bytes | None = None

    async def read(self, start: int = 0) -> bytes:
        """The octets from C{start} to the end of the chunk that holds it."""
        if start >= self.size:
            return b""
        n, offset = divmod(start, CHUNK)
        data = self.first if n == 0 else None
        if data is None:
            data = await self.main.read(OCTETS.chunk(self.message, n))
        if len(data) != min(CHUNK, self.size - n * CHUNK):
            raise Unavailable("the message has left the queue")
        return data[offset:] if offset else data


def unfinished(tx: apsw.Connection, before: int) -> list[int]:
    """Messages that do not count and were begun before a moment."""
    rows = tx.execute(
        "SELECT id FROM queue_message WHERE complete = 0 AND touched <= ?", (before,)
    )
    return [number for (number,) in rows]


def kept(tx: apsw.Connection, coming: Sequence[Put], now: int) -> bool:
    """Keep messages that come; whether any was new."""
    new = [
        entries.keep(tx, envelope, content, staged, now)
        for envelope, content, staged in coming
        if envelope.targets
    ]
    return any(new)
