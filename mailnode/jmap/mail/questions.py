"""Which emails there are in a view, in order, and how that changes (RFC 8621, 4.3 to 4.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailnode.errors import NotFound
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.mail import IFound
from mailnode.jmap import state
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.mail import filter as filters
from mailnode.jmap.mail.changes import changes
from mailnode.jmap.querying import (
    Comparator,
    Query,
    QueryChanges,
    Results,
    Since,
    sorts_by,
)
from mailnode.jmap.standard import CannotCalculate, Changes
from mailnode.model.mail import By, Kind, Order, Question
from mailnode.wire import ids

SORTS = tuple(each.value for each in By)
"""What emails can be sorted by: all that RFC 8621, 4.4.2, names."""
WITH_KEYWORD = (By.KEYWORD, By.ALL_IN_THREAD, By.SOME_IN_THREAD)
USUAL = (Order(By.RECEIVED, ascending=False),)
"""The order of those who name none: newest first."""


class Emails:
    """The type, as it is looked for."""

    async def changes(self, account: IMailAccount, since: str, most: int) -> Changes:
        """Which emails became different."""
        return await changes(account, Kind.EMAIL, since, most)

    async def query(
        self, account: IMailAccount, query: Query, arguments: Arguments
    ) -> Results:
        """The emails that a filter lets through, in order."""
        asked = question(account, query, arguments)
        return Found(account.id, await account.mail().find(asked))

    async def query_changes(
        self, account: IMailAccount, query: Query, since: Since, arguments: Arguments
    ) -> QueryChanges:
        """How that changed since a state."""
        asked = question(account, query, arguments)
        number = None
        if since.up_to is not None:
            number = ids.number(ids.EMAIL, account.id, since.up_to) or None
        start = state.modseq(since.state)
        try:
            moved = await account.mail().moved(asked, start, number)
        except NotFound:
            raise CannotCalculate from None
        return QueryChanges(
            state=state.written(moved.state),
            removed=[ids.written(ids.EMAIL, account.id, e) for e in moved.removed],
            added=[
                (ids.written(ids.EMAIL, account.id, each), place)
                for each, place in moved.added
            ],
            total=moved.total,
        )


def question(account: IMailAccount, query: Query, arguments: Arguments) -> Question:
    """What a query asks.

    @raise MethodError: when the filter or the sort is none that we have.
    """
    return Question(
        asked=filters.asked(query.filter, account.id),
        orders=orders(query),
        collapse=arguments.boolean("collapseThreads", default=False),
    )


def orders(query: Query) -> tuple[Order, ...]:
    """The comparators of a query (RFC 8621, 4.4.2)."""
    sorts_by(query, SORTS)
    return tuple(map(order, query.sort)) or USUAL


def order(comparator: Comparator) -> Order:
    """One comparator; some want a keyword."""
    by = By(comparator.property)
    more = Arguments(comparator.more)
    keyword = ""
    if by in WITH_KEYWORD:
        keyword = filters.keyword(more.take("keyword"), "keyword")
    more.end()
    return Order(by, comparator.ascending, keyword)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, by ids as they are on the wire."""

    account: int
    found: IFound

    @property
    def state(self) -> str:
        """Of all emails: results change only when one of them does."""
        return state.written(self.found.state)

    @property
    def traced(self) -> bool:
        """Changes may be asked for."""
        return self.found.traced

    async def total(self) -> int:
        """How many there are."""
        return await self.found.total()

    async def index(self, id: str) -> int | None:  # noqa: A002 - the RFC's word
        """Where an email stands."""
        number = ids.number(ids.EMAIL, self.account, id)
        return await self.found.index(number) if number else None

    async def window(self, start: int, most: int) -> Sequence[str]:
        """The emails from a place on."""
        numbers = await self.found.window(start, most)
        return [ids.written(ids.EMAIL, self.account, each) for each in numbers]
