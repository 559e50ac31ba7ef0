"""Every account there is, over a main database and its shards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path
from typing import cast

import apsw
from zope.interface import implementer

from mailnode.errors import MailError, NotFound, NotPermitted
from mailnode.interfaces.account import IStore
from mailnode.interfaces.content import IContent
from mailnode.model.change import Arrived
from mailnode.model.envelope import Letter
from mailnode.model.mailbox import INBOX, mailbox_name
from mailnode.store import arrival, changes, naming, removal
from mailnode.store.account import Account
from mailnode.store.arrival import Arrival, Place
from mailnode.store.catalogue import Catalogue
from mailnode.store.changes import Changes
from mailnode.store.content import stage
from mailnode.store.database import Database
from mailnode.store.journal import Journal
from mailnode.store.migrate import Unusable
from mailnode.store.reserve import MIN_FREE, Reserve
from mailnode.store.rows import admit
from mailnode.store.shelf import Shelf
from mailnode.store.spool import Spool

KNOWN = 100_000
"""Names of accounts that are remembered, with where they are."""

KEEPERS = "SELECT account FROM object_kind WHERE kind = ? AND held > 0"

Places = dict[int, dict[int, str]]
"""By shard and account: the name of a mailbox."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a new account may hold; C{None} is no limit."""

    octets: int | None = None
    messages: int | None = None


NO_LIMITS = Limits()


@implementer(IStore)
class Store:
    """Accounts by name.

    @ivar known: id and shard of accounts that have been asked for.
    """

    def __init__(
        self,
        main: Database,
        shards: Sequence[Database],
        *,
        directory_path: Path,
        clock: Callable[[], int],
        default_quota: Limits = NO_LIMITS,
        min_free: int = MIN_FREE,
        complain: Callable[[Exception], None] = changes.complain,
        indexes: Sequence[Database] = (),
    ) -> None:
        """Begin; call C{recover} before anything else.

        @param main: prepared by L{mailnode.store.migrate.main}.
        @param shards: prepared by L{mailnode.store.migrate.shard}; as many as
            ever before, in the same order.
        @param directory_path: the store's directory; C{tmp} in it is for
            messages that are being gathered.
        @param clock: now, in milliseconds since 1970 in UTC.
        @param min_free: octets left free on the disk.
        @param complain: given what a watcher raises, and why a letter that was
            accepted could not be delivered yet.
        @param indexes: prepared by L{mailnode.store.migrate.search}, one for each
            shard; without them, a search reads what it looks for.
        """
        self.main = main
        self.clock = clock
        self.complain = complain
        self.default_quota = default_quota
        self.tmp = directory_path / "tmp"
        self.tmp.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.reserve = Reserve(self.tmp, clock, min_free)
        self.journal = Journal(main, clock, self.spool)
        self.known: dict[str, tuple[int, int]] = {}
        self.changes = Changes(complain)
        self.shelves = [
            Shelf(
                shard,
                self.changes,
                self.reserve,
                clock,
                self.spool,
                None if index is None else Catalogue(index, shard, clock),
            )
            for shard, index in zip_longest(shards, indexes)
        ]

    @property
    def catalogues(self) -> list[Catalogue]:
        """The indexes of all shards that have one."""
        return [each.catalogue for each in self.shelves if each.catalogue is not None]

    def spool(self, *, passing: bool = False) -> Spool:
        """A place to gather a message that will be delivered."""
        return Spool(self.tmp, self.reserve, passing=passing)

    async def account(self, name: str) -> Account:
        """The account of that name, made with its first mailboxes if new."""
        number, shard = self.known.get(name) or await self.settle(name)
        return Account(self.shelves[shard], number, name)

    async def settle(self, name: str) -> tuple[int, int]:
        """Find where an account is, or make it."""
        now = self.clock()
        place = await self.main.read(lambda tx: find(tx, name))
        if place is None:
            # By the name and not by the number: it may be made again elsewhere.
            digest = sha256(name.encode()).digest()
            shard = int.from_bytes(digest[:8], "big") % len(self.shelves)
            place = await self.main.write(lambda tx: settle(tx, name, shard, now))
        number, shard = place
        limits = (self.default_quota.octets, self.default_quota.messages)
        shelf = self.shelves[shard]
        if not await shelf.database.read(lambda tx: is_there(tx, number)):
            await shelf.database.write(
                lambda tx: naming.furnish(tx, number, limits, now)
            )
        if len(self.known) >= KNOWN:
            self.known.clear()
        self.known[name] = place
        return place

    async def set_quota(self, name: str, limits: Limits) -> None:
        """Say what an account may hold; what it has already stays.

        @raise NotFound: when there is no such account.
        """
        number, shard = await self.existing(name)

        def update(tx: apsw.Connection) -> None:
            tx.execute(
                "UPDATE account SET octets_limit = ?, messages_limit = ? WHERE id = ?",
                (limits.octets, limits.messages, number),
            )

        await self.shelves[shard].database.write(update)

    async def existing(self, name: str) -> tuple[int, int]:
        """Where an account is.

        @raise NotFound: when there is none.
        """
        place = await self.main.read(lambda tx: find(tx, name))
        if place is None:
            raise NotFound("there is no such account")
        return await self.settle(name)

    async def remove_account(self, name: str) -> None:
        """Remove an account and all its mail.

        Its name is free at once; the mail goes a little at a time.

        @raise NotFound: when there is no such account.
        """
        now = self.clock()
        number, shard = await self.main.write(lambda tx: removal.begin(tx, name, now))
        self.known.pop(name, None)
        await self.finish_removal(number, shard)

    async def finish_removal(self, account: int, shard: int) -> None:
        """Remove what an account still has."""
        database = self.shelves[shard].database
        while await database.write(lambda tx: removal.remove_some(tx, account)):
            pass
        await self.main.write(lambda tx: removal.finish(tx, account))

    async def keepers(self, kind: str) -> Sequence[str]:
        """The names of accounts that keep objects of a kind."""
        found: list[tuple[int]] = []
        for shelf in self.shelves:
            found += await shelf.database.read(
                lambda tx: cast(
                    "list[tuple[int]]", tx.execute(KEEPERS, (kind,)).fetchall()
                )
            )
        wanted = [number for (number,) in found]
        return await self.main.read(lambda tx: names(tx, wanted))

    async def deliver(self, letter: Letter, content: object) -> None:
        """Keep a message for all its destinations, or for none of them."""
        content = IContent(content)
        self.reserve.check(content.size)
        places: Places = {}
        for name, mailbox in letter.destinations:
            number, shard = self.known.get(name) or await self.settle(name)
            places.setdefault(shard, {}).setdefault(number, mailbox)
        if len(places) == 1:
            ((shard, there),) = places.items()
            await self.put(shard, there, letter, content)
            return
        for shard, there in places.items():
            await self.shelves[shard].database.read(
                Admission(there, letter.delivery_id, content.size)
            )
        number = await self.journal.write(letter, content)
        try:
            await self.pass_on(number, places, letter, content)
        except MailError as error:
            self.complain(error)  # it is in the journal, and will be tried again

    async def put(
        self,
        shard: int,
        there: dict[int, str],
        letter: Letter,
        content: IContent,
        *,
        accepted: bool = False,
    ) -> None:
        """Deliver to accounts of one shard in one transaction."""
        shelf = self.shelves[shard]
        now = self.clock()
        places = [
            Place(
                account,
                canonical(mailbox),
                await stage(shelf.database, account, content, now, accepted=accepted),
            )
            for account, mailbox in sorted(there.items())
        ]
        arriving = Arrival(content, letter.received, now, accepted)

        def insert(tx: apsw.Connection) -> Sequence[tuple[int, Arrived]]:
            arrived = []
            for place in places:
                news = arrival.deliver(tx, place, letter.delivery_id, arriving)
                if news is not None:
                    arrived.append((place.account, news))
            return arrived

        def tell(arrived: Sequence[tuple[int, Arrived]]) -> None:
            for account, news in arrived:
                shelf.changes.publish(account, (news,))

        await shelf.database.write(insert, tell, repeatable=True)

    async def pass_on(
        self, number: int, places: Places, letter: Letter, content: IContent
    ) -> None:
        """Bring a letter from the journal to its shards, and strike it off.

        @raise MailError: when a shard did not take it; the others have it.
        """
        failed: MailError | None = None
        for shard, there in places.items():
            try:
                await self.put(shard, there, letter, content, accepted=True)
            except MailError as error:
                failed = error
        if failed is not None:
            raise failed
        await self.journal.strike(number)

    async def recover(self, age: int = 0) -> None:
        """Finish what was left unfinished: at the start, and from time to time.

        @param age: milliseconds for which an accepted letter is left alone,
            because its delivery may be going on.
        @raise Unusable: when there are fewer shards than there were.
        """
        last = await self.main.read(
            lambda tx: tx.execute("SELECT max(shard) FROM account").get
        )
        if last is not None and last >= len(self.shelves):
            raise Unusable(f"the store has {last + 1} shards: some are missing")
        for number in await self.journal.pending(self.clock() - age):
            try:
                await self.replay(number)
            except NotFound:
                continue  # somebody else has delivered it meanwhile
            except MailError as error:
                self.complain(error)  # one bad letter does not keep the others
        await self.journal.sweep()
        for account, shard in await self.main.read(removal.begun):
            await self.finish_removal(account, shard)

    async def replay(self, number: int) -> None:
        """Deliver a letter from the journal to those who still live here."""
        letter, content = await self.journal.read(number)
        try:
            places: Places = {}
            for name, mailbox in letter.destinations:
                try:
                    account, shard = await self.existing(name)
                except NotFound:
                    continue
                places.setdefault(shard, {}).setdefault(account, mailbox)
            await self.pass_on(number, places, letter, content)
        finally:
            content.discard()

    async def close(self) -> None:
        """Close all databases."""
        for catalogue in self.catalogues:
            await catalogue.database.close()
        for shelf in self.shelves:
            await shelf.database.close()
        await self.main.close()


class Admission:
    """A transaction that looks whether accounts have room for a message."""

    def __init__(self, places: dict[int, str], delivery_id: str, size: int) -> None:
        self.places = places
        self.delivery_id = delivery_id
        self.size = size

    def __call__(self, tx: apsw.Connection) -> None:
        for account in self.places:
            has_it = tx.execute(
                "SELECT 1 FROM delivered WHERE account = ? AND delivery_id = ?",
                (account, self.delivery_id),
            ).get
            if has_it is None:
                admit(tx, account, self.size)


def canonical(name: str) -> str:
    """The canonical form of a name; INBOX, if no mailbox could have it."""
    if name == INBOX:
        return name
    try:
        return mailbox_name(name)
    except NotPermitted:
        return INBOX


def names(tx: apsw.Connection, numbers: Sequence[int]) -> Sequence[str]:
    """The names of some accounts, in the main database."""
    found = (
        tx.execute("SELECT name FROM account WHERE id = ?", (each,)).get
        for each in numbers
    )
    return [str(each) for each in found if each is not None]


def find(tx: apsw.Connection, name: str) -> tuple[int, int] | None:
    """Id and shard of an account, in the main database."""
    row: tuple[int, int] | None = tx.execute(
        "SELECT id, shard FROM account WHERE name = ?", (name,)
    ).get
    return row


def settle(tx: apsw.Connection, name: str, shard: int, moment: int) -> tuple[int, int]:
    """Give an account an id and a shard, unless it has them."""
    place = find(tx, name)
    if place is None:
        number = tx.execute(
            "UPDATE counter SET value = value + 1 WHERE name = 'account'"
            " RETURNING value"
        ).get
        tx.execute(
            "INSERT INTO account (id, name, shard, created) VALUES (?, ?, ?, ?)",
            (number, name, shard, moment),
        )
        place = (number, shard)
    return place


def is_there(tx: apsw.Connection, account: int) -> bool:
    """Whether a shard knows an account."""
    found = tx.execute("SELECT 1 FROM account WHERE id = ?", (account,)).get
    return found is not None
