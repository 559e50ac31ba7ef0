"""The service that tidies the store up, a little at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import apsw
from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger

from mailnode.clock import DAY, HOUR
from mailnode.errors import MailError
from mailnode.store import purge
from mailnode.store.database import Database
from mailnode.store.store import Store
from mailnode.store.whole import trimming

ROUND = 60.0
"""Seconds from one round to the next."""
LETTER_AGE = 60_000
"""Milliseconds before an accepted letter is delivered by us and not by its bearer."""
CONTENT_AGE = HOUR
"""Milliseconds for which a content stays readable after its last email went."""
SHORT_AGE = 60_000
"""The same when the disk is full: what people delete shall make room."""
VANISHED_AGE = 90 * DAY
"""Milliseconds for which a client may stay away and still learn what went."""
DELIVERED_AGE = 30 * DAY
"""Milliseconds for which a delivery is known; no queue tries that long."""
FIELDS_AGE = 60 * DAY
"""Milliseconds for which fields are kept that nobody asks for."""
OPTIMISE = DAY
"""Milliseconds between two looks at the statistics that guide SQLite."""

DUTIES: tuple[tuple[Callable[[apsw.Connection, int], bool], int], ...] = (
    (purge.mailboxes, 0),
    (purge.contents, CONTENT_AGE),
    (purge.vanished, VANISHED_AGE),
    (trimming.places, VANISHED_AGE),
    (trimming.threads, VANISHED_AGE),
    (trimming.mailboxes, VANISHED_AGE),
    (trimming.markings, VANISHED_AGE),
    (purge.delivered, DELIVERED_AGE),
    (purge.header_fields, FIELDS_AGE),
    (purge.objects, VANISHED_AGE),
)
"""What is removed, and after how many milliseconds."""


class Janitor(Service):
    """Goes round once a minute, never twice at a time.

    The log is written back by the writer itself when it is idle.
    """

    log = Logger()
    name = "janitor"

    def __init__(
        self,
        store: Store,
        reactor: IReactorTime,
        chores: Sequence[Callable[[], Awaitable[None]]] = (),
    ) -> None:
        """Begin.

        @param chores: what else is to be done in every round.
        """
        self.store = store
        self.chores = chores
        self.rounds = LoopingCall(self.start_round)
        self.rounds.clock = reactor
        self.going: Deferred[None] | None = None
        self.indexing: Deferred[None] | None = None
        self.optimised = store.clock()

    def startService(self) -> None:
        """Begin; the first round comes after a minute."""
        super().startService()  # type: ignore[no-untyped-call]  # Twisted's
        for catalogue in self.store.catalogues:
            catalogue.hurry = self.index
        _ = self.rounds.start(ROUND, now=False)  # it never fails: round() catches all

    def stopService(self) -> Deferred[None]:
        """Finish the transactions at hand, and then no more."""
        super().stopService()  # type: ignore[no-untyped-call]  # Twisted's
        if self.rounds.running:
            self.rounds.stop()
        return Deferred.fromCoroutine(self.end())

    async def end(self) -> None:
        """What goes on comes to its end."""
        for last in (self.going, self.indexing):
            if last is not None:
                await last

    def index(self) -> None:
        """Index the words of what has come, if that does not go on already."""
        if self.indexing is None and self.running:
            self.indexing = Deferred.fromCoroutine(self.catch_up())

    async def catch_up(self) -> None:
        """Bring all indexes up to date, after whoever asked for it has gone on."""
        try:
            await deferLater(self.rounds.clock, 0)
            for catalogue in self.store.catalogues:
                await catalogue.catch_up(lambda: bool(self.running))
        except MailError:
            self.log.failure("The words of the mail could not be indexed; later again")
        except Exception:  # noqa: BLE001 - a fault of ours must not end the service
            self.log.failure("The janitor stumbled in the index")
        finally:
            self.indexing = None

    def start_round(self) -> Deferred[None]:
        """What the clock calls."""
        self.going = Deferred.fromCoroutine(self.round())
        return self.going

    async def round(self) -> None:
        """Do everything that is due, and complain of what cannot be done."""
        try:
            await self.store.recover(LETTER_AGE)
            for shelf in self.store.shelves:
                await self.tidy(shelf.database)
            self.store.reserve.reusable = await self.reusable()
            self.index()
            for chore in self.chores:
                await chore()
            await self.optimise()
        except MailError:
            self.log.failure("The store could not be tidied up; later again")
        except Exception:  # noqa: BLE001 - a fault of ours must not end the service
            self.log.failure("The janitor stumbled")
        finally:
            self.going = None

    async def tidy(self, shard: Database) -> None:
        """Remove from a shard what has outlived its time."""
        now = self.store.clock()
        pressed = self.store.reserve.left() <= 0
        for duty, usual in DUTIES:
            hurried = pressed and duty is purge.contents
            age = SHORT_AGE if hurried else usual
            while self.running and await shard.write(due(duty, now - age)):
                pass

    async def reusable(self) -> int:
        """Octets of pages that the shards have and do not use: files never shrink."""
        return sum([await shelf.database.read(unused) for shelf in self.store.shelves])

    async def optimise(self) -> None:
        """Let SQLite bring its statistics up to date, once a day."""
        now = self.store.clock()
        if now - self.optimised < OPTIMISE:
            return
        self.optimised = now
        for database in (self.store.main, *(s.database for s in self.store.shelves)):
            await database.write(optimise)


def due(
    duty: Callable[[apsw.Connection, int], bool], before: int
) -> Callable[[apsw.Connection], bool]:
    """A duty as a transaction."""
    return lambda tx: duty(tx, before)


def unused(tx: apsw.Connection) -> int:
    """Octets of the pages that wait to be used again."""
    pages = int(tx.execute("PRAGMA freelist_count").get)
    return pages * int(tx.execute("PRAGMA page_size").get)


def optimise(tx: apsw.Connection) -> None:
    """Look at a few hundred rows of each table that changed much."""
    tx.execute("PRAGMA analysis_limit = 400")
    tx.execute("PRAGMA optimize")
