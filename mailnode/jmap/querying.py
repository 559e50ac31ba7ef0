"""The standard methods /query and /queryChanges, once for all types (RFC 8620, 5.5 and 5.6)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias

from mailnode.interfaces.account import IMailAccount
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.call import Call, account_id
from mailnode.jmap.errors import InvalidArguments, MethodError
from mailnode.jmap.extension import Method
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.standard import up_to

WINDOW = 1000
"""Ids told at a time; more are fetched by position or anchor."""
CONDITIONS = 1000
"""Operators and conditions of a filter."""
COMPARATORS = 16
"""Properties that results are sorted by."""


class Logic(Enum):
    """How the conditions of an operator go together (RFC 8620, 5.5)."""

    AND = "AND"
    OR = "OR"
    NOT = "NOT"


@dataclass(frozen=True, slots=True)
class Condition:
    """A FilterCondition; what it means is the type's business."""

    value: Object


@dataclass(frozen=True, slots=True)
class Operator:
    """A FilterOperator."""

    logic: Logic
    conditions: Sequence[Filter]


Filter: TypeAlias = "Operator | Condition"


@dataclass(frozen=True, slots=True)
class Comparator:
    """One property to sort by.

    @ivar more: further members, for the type to understand.
    """

    property: str
    ascending: bool
    collation: str | None
    more: Object


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for.

    @ivar filter: C{None} for all.
    """

    filter: Filter | None
    sort: Sequence[Comparator]


class Results(Protocol):
    """The ids that a query has found, in order; they stay as they were found."""

    @property
    def state(self) -> str:
        """Of the query."""

    @property
    def traced(self) -> bool:
        """C{/queryChanges} may be asked from this state."""

    async def total(self) -> int:
        """How many there are."""

    async def index(self, id: str) -> int | None:  # noqa: A002 - the RFC's word
        """Where an id stands, from 0; C{None} when it is not among them."""

    async def window(self, start: int, most: int) -> Sequence[str]:
        """The ids from a place on."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Results that are all at hand."""

    ids: Sequence[str]
    state: str
    traced: bool = False

    async def total(self) -> int:
        """How many there are."""
        return len(self.ids)

    async def index(self, id: str) -> int | None:  # noqa: A002 - the RFC's word
        """Where an id stands."""
        return self.ids.index(id) if id in self.ids else None

    async def window(self, start: int, most: int) -> Sequence[str]:
        """The ids from a place on."""
        return self.ids[start : start + most]


@dataclass(frozen=True, slots=True)
class QueryChanges:
    """What became different in the results of a query (RFC 8620, 5.6).

    @ivar added: ids with the places where they stand now, lowest place first.
    @ivar total: how many there are now, if that was asked.
    """

    state: str
    removed: Sequence[str]
    added: Sequence[tuple[str, int]]
    total: int | None = None


class Queryable(Protocol):
    """A type of object that can be looked for."""

    async def query(
        self, account: IMailAccount, query: Query, arguments: Arguments
    ) -> Results:
        """What a query finds.

        @param arguments: takes those that only this type has.
        @raise MethodError: C{unsupportedFilter} or C{unsupportedSort}.
        """


class QueryTraced(Queryable, Protocol):
    """One of which it is known how the results of a query change."""

    async def query_changes(
        self,
        account: IMailAccount,
        query: Query,
        since: Since,
        arguments: Arguments,
    ) -> QueryChanges:
        """What became different since a state of the query.

        @raise CannotCalculate: when that is not known.
        """


@dataclass(frozen=True, slots=True)
class Since:
    """From where changes of a query are asked, and how many of them.

    @ivar up_to: the last id that the client knows of, if it need hear no more.
    @ivar most: more than so many are too many; C{None} for any number.
    @ivar total: it wants to know how many there are.
    """

    state: str
    up_to: str | None
    most: int | None
    total: bool


def asked(arguments: Arguments) -> Query:
    """The filter and the sort of a query."""
    return Query(filter_of(arguments), sort(arguments))


def filter_of(arguments: Arguments) -> Filter | None:
    """The filter of a query."""
    said = arguments.take("filter")
    return None if said is None else filtered(said, [CONDITIONS])


def filtered(value: JSON, budget: list[int]) -> Filter:
    """A filter; C{budget} is what may still come of it, and becomes less."""
    budget[0] -= 1
    if budget[0] < 0:
        raise MethodError("unsupportedFilter", f"more than {CONDITIONS} conditions")
    if not isinstance(value, dict):
        raise InvalidArguments("a filter must be an object")
    if "operator" not in value:
        return Condition(value)
    match value:
        case {
            "operator": "AND" | "OR" | "NOT" as word,
            "conditions": list(inner),
            **rest,
        }:
            if not rest:
                conditions = [filtered(each, budget) for each in inner]
                return Operator(Logic(word), conditions)
    raise InvalidArguments("an operator must be AND, OR or NOT, with conditions")


def sort(arguments: Arguments) -> Sequence[Comparator]:
    """The comparators of a query."""
    said = arguments.take("sort")
    if said is None:
        return []
    if not isinstance(said, list):
        raise InvalidArguments("sort must be a list")
    if len(said) > COMPARATORS:
        raise MethodError("unsupportedSort", f"more than {COMPARATORS} comparators")
    return [comparator(each) for each in said]


def comparator(value: JSON) -> Comparator:
    """One property to sort by (RFC 8620, 5.5)."""
    if not isinstance(value, dict):
        raise InvalidArguments("a comparator must be an object")
    given = Arguments(value)
    by = given.string("property")
    ascending = given.boolean("isAscending", default=True)
    return Comparator(by, ascending, given.string("collation", None), given.left)


def sorts_by(query: Query, properties: Collection[str]) -> None:
    """Complain of a sort by anything but these, or by a collation (RFC 8620, 5.5).

    @raise MethodError: C{unsupportedSort}.
    """
    for each in query.sort:
        if each.property not in properties or each.collation is not None:
            raise MethodError("unsupportedSort", f"not by {each.property[:40]!r}")


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of the results is wanted (RFC 8620, 5.5)."""

    position: int
    anchor: str | None
    offset: int
    limit: int | None
    total: bool

    @property
    def most(self) -> int:
        """How many ids at most."""
        return WINDOW if self.limit is None else min(self.limit, WINDOW)

    async def start(self, results: Results) -> int:
        """Where it begins.

        @raise MethodError: C{anchorNotFound}.
        """
        if self.anchor is None and self.position >= 0:
            return self.position
        if self.anchor is None:
            return max(0, await results.total() + self.position)
        place = await results.index(self.anchor)
        if place is None:
            raise MethodError("anchorNotFound")
        return max(0, place + self.offset)


def window(arguments: Arguments) -> Window:
    """The part of the results that a call asks for."""
    return Window(
        position=arguments.whole("position", 0),
        anchor=arguments.id("anchor", None),
        offset=arguments.whole("anchorOffset", 0),
        limit=arguments.unsigned("limit", None),
        total=arguments.boolean("calculateTotal", default=False),
    )


def query(kind: Queryable, *, traced: bool = False) -> Method:
    """C{/query} of a type.

    @param traced: its C{/queryChanges} is there, too.
    """

    async def method(call: Call, arguments: Arguments) -> Object:
        account = call.account(arguments)
        question, part = asked(arguments), window(arguments)
        results = await kind.query(account, question, arguments)
        arguments.end()
        start = await part.start(results)
        ids = await results.window(start, part.most) if part.most else ()
        told: Object = {
            "accountId": account_id(account),
            "queryState": results.state,
            "canCalculateChanges": traced and results.traced,
            "position": start,
            "ids": list[JSON](ids),
        }
        if part.total:
            told["total"] = await results.total()
        if part.limit is None or part.limit > WINDOW:
            told["limit"] = WINDOW  # "only if set by the server" (RFC 8620, 5.5)
        return told

    return method


def query_changes(kind: QueryTraced) -> Method:
    """C{/queryChanges} of a type."""

    async def method(call: Call, arguments: Arguments) -> Object:
        account = call.account(arguments)
        question = asked(arguments)
        named = "maxChanges" in arguments.left
        since = Since(
            state=arguments.string("sinceQueryState"),
            up_to=arguments.id("upToId", None),
            most=up_to(arguments, 0) if named else None,
            total=arguments.boolean("calculateTotal", default=False),
        )
        found = await kind.query_changes(account, question, since, arguments)
        arguments.end()
        if since.most and len(found.removed) + len(found.added) > since.most:
            raise MethodError("tooManyChanges")  # RFC 8620, 5.6
        told: Object = {
            "accountId": account_id(account),
            "oldQueryState": since.state,
            "newQueryState": found.state,
            "removed": list[JSON](found.removed),
            "added": [{"id": id, "index": index} for id, index in found.added],  # noqa: A001 - the RFC's word
        }
        if since.total:
            told["total"] = found.total
        return told

    return method
