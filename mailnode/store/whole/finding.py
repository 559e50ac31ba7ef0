"""Which emails of an account answer a question, and in which order (RFC 8621, 4.4)."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import apsw
from zope.interface import implementer

from mailnode.errors import NotFound
from mailnode.interfaces.mail import IFound
from mailnode.model.mail import Kind, Question
from mailnode.query import Query
from mailnode.store import search
from mailnode.store.flags import DELETED_BIT
from mailnode.store.shelf import Shelf
from mailnode.store.whole import current, reading
from mailnode.store.whole.asking import Asking, indexed, texts_of
from mailnode.store.whole.windows import Window

PAGE = 256
"""Emails that are found at once; whoever looks further down waits a little."""

UNDECIDED = (
    "SELECT message.mailbox, min(message.uid), message.email{0} AND ({1}) IS NULL"
    " GROUP BY message.email"
)
MESSAGES = (
    " CROSS JOIN message INDEXED BY message_email"
    " ON message.account = e.account AND message.email = e.id"
    " AND message.flags & {0} = 0"
    " CROSS JOIN mailbox ON mailbox.account = message.account"
    " AND mailbox.id = message.mailbox AND mailbox.name IS NOT NULL"
)


async def find(shelf: Shelf, account: int, question: Question) -> IFound:
    """The answer to a question."""
    mailbox = indexed(question)
    if mailbox is not None:
        window = Window(account, mailbox, collapse=question.collapse)
        return await current.read(shelf, account, Opened(shelf, window))
    return await Search(shelf, account, question).run()


@implementer(IFound)
@dataclass(frozen=True, slots=True)
class Listed:
    """Emails that are all at hand."""

    state: int
    ids: Sequence[int]
    traced: bool = False

    async def total(self) -> int:
        """How many there are."""
        return len(self.ids)

    async def index(self, id: int) -> int | None:  # noqa: A002 - the RFC's word
        """Where an email stands."""
        with suppress(ValueError):
            return self.ids.index(id)
        return None

    async def window(self, start: int, most: int) -> Sequence[int]:
        """The emails from a place on."""
        return list(self.ids[start : start + most])


class Opened:
    """A transaction that looks at the beginning of a mailbox."""

    def __init__(self, shelf: Shelf, window: Window) -> None:
        self.shelf = shelf
        self.window = window

    def __call__(self, tx: apsw.Connection) -> Shown:
        window = self.window
        total = window.total(tx)
        return Shown(
            self.shelf, window, window.state(tx), total, window.slice(tx, 0, PAGE)
        )


@implementer(IFound)
@dataclass(slots=True)
class Shown:
    """The emails of a mailbox, of which only the first are at hand.

    The others are where an index has them, as long as nothing has changed; when
    something has, all are listed as they were.

    @ivar first: the first ones; or all of them, as they were.
    """

    shelf: Shelf
    sight: Window
    state: int
    number: int
    first: Sequence[int]
    traced: bool = field(default=True, init=False)

    async def total(self) -> int:
        """How many there are."""
        return self.number

    async def index(self, id: int) -> int | None:  # noqa: A002 - the RFC's word
        """Where an email stands."""
        if id in self.first:
            return self.first.index(id)
        if len(self.first) >= self.number:
            return None

        def look(tx: apsw.Connection) -> int | None:
            if self.sight.state(tx) != self.state:
                return -1
            key = self.sight.key(tx, id)
            return None if key is None else self.sight.before(tx, key)

        place = await self.shelf.database.read(look)
        if place != -1:
            return place
        await self.recall()
        return await self.index(id)

    async def window(self, start: int, most: int) -> Sequence[int]:
        """The emails from a place on."""
        last = min(start + most, self.number)
        if last <= len(self.first):
            return self.first[start:last]

        def look(tx: apsw.Connection) -> list[int] | None:
            if self.sight.state(tx) != self.state:
                return None
            return self.sight.slice(tx, start, most)

        found = await self.shelf.database.read(look)
        if found is not None:
            return found
        await self.recall()
        return self.first[start:last]

    async def recall(self) -> None:
        """List all as they were, for something has changed meanwhile."""
        self.first = await self.shelf.database.scan(
            lambda tx: self.sight.all_at(tx, self.state)
        )
        self.number = len(self.first)


class Search:
    """A question under way, which may have to be asked of the texts of emails.

    @ivar known: what has been read so far.
    """

    def __init__(self, shelf: Shelf, account: int, question: Question) -> None:
        self.shelf = shelf
        self.account = account
        self.question = question
        self.known: dict[Query, str] = {}

    async def run(self) -> IFound:
        """The answer; its state is that from before anything was read.

        So nothing is missing in it that came before, and whoever asks for what
        came later will hear of it.
        """
        shelf, account = self.shelf, self.account
        Asking(account, self.question.asked)  # complains of what cannot be asked
        state = await current.read(
            shelf, account, lambda tx: reading.state(tx, account, Kind.EMAIL)
        )
        key = (account, self.question, state)
        known = shelf.remembered.find(key, shelf.clock())
        if known is not None:
            return Listed(state, known)
        for text in texts_of(self.question.asked):
            await self.read(text)
        ids = await current.read(shelf, account, self.select, long=True)
        shelf.remembered.keep(key, ids, shelf.clock())
        return Listed(state, ids)

    async def read(self, text: Query) -> None:
        """Look for a text wherever it decides."""
        open_ = await current.read(self.shelf, self.account, self.undecided, long=True)
        found: list[int] = []
        for mailbox, emails in open_.items():
            with suppress(NotFound):  # it has been deleted meanwhile
                uids = await search.search(
                    self.shelf, (self.account, mailbox), text, emails
                )
                found += [emails[uid] for uid in uids]
        self.known[text] = reading.listed(found)

    def undecided(self, tx: apsw.Connection) -> dict[int, dict[int, int]]:
        """By mailbox and UID: the emails of which more must be known."""
        asking = Asking(self.account, self.question.asked, self.known)
        source = asking.source.replace(
            " WHERE ", MESSAGES.format(DELETED_BIT) + " WHERE ", 1
        )
        found: dict[int, dict[int, int]] = {}
        for mailbox, uid, email in tx.execute(
            UNDECIDED.format(source, asking.condition),
            (*asking.first, *asking.values),
            can_cache=False,
        ):
            found.setdefault(mailbox, {})[uid] = email
        return found

    def select(self, tx: apsw.Connection) -> array[int]:
        """The emails that answer yes, in order."""
        question = self.question
        asking = Asking(self.account, question.asked, self.known)
        order, values = asking.order(question.orders)
        rows = tx.execute(
            f"SELECT e.id, e.thread{asking.source} AND ({asking.condition})"
            f" ORDER BY {order}",
            (*asking.first, *asking.values, *values),
            can_cache=False,
        )
        if not question.collapse:
            return array("q", (email for email, _ in rows))
        first: dict[int, int] = {}
        for email, thread in rows:
            first.setdefault(thread, email)
        return array("q", first.values())
