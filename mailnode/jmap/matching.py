"""Queries over objects that are all at hand (RFC 8620, 5.5 and 5.6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from mailnode.jmap.arguments import Arguments
from mailnode.jmap.errors import MethodError
from mailnode.jmap.ijson import Object
from mailnode.jmap.querying import (
    Comparator,
    Condition,
    Filter,
    Logic,
    Query,
    QueryChanges,
    sorts_by,
)

T = TypeVar("T")
Test = Callable[[T], bool]
Reader = Callable[[Arguments, str], Test[T]]
"""Reads one property of a condition: its name is the last argument."""
Key = Callable[[T], int | str]
"""What objects are sorted by."""


def test(filter_: Filter | None, readers: Mapping[str, Reader[T]]) -> Test[T]:
    """A filter as a function of an object.

    @param readers: by the property of a condition.
    @raise MethodError: C{unsupportedFilter} or C{invalidArguments}.
    """
    if filter_ is None:
        return lambda _: True
    if isinstance(filter_, Condition):
        return condition(filter_.value, readers)
    inner = [test(each, readers) for each in filter_.conditions]
    match filter_.logic:
        case Logic.AND:
            return lambda one: all(each(one) for each in inner)
        case Logic.OR:
            return lambda one: any(each(one) for each in inner)
        case Logic.NOT:
            return lambda one: not any(each(one) for each in inner)


def condition(value: Object, readers: Mapping[str, Reader[T]]) -> Test[T]:
    """A FilterCondition: all of its properties must apply."""
    if unknown := sorted(value.keys() - readers.keys()):
        raise MethodError("unsupportedFilter", f"not by {unknown[0][:40]!r}")
    given = Arguments(value)
    inner = [readers[name](given, name) for name in value]
    return lambda one: all(each(one) for each in inner)


def ordered(
    objects: Collection[T], sort: Sequence[Comparator], keys: Mapping[str, Key[T]]
) -> list[T]:
    """Objects by some comparators, and where those are equal, as they were."""
    found = list(objects)
    for each in reversed(sort):
        found.sort(key=keys[each.property], reverse=not each.ascending)
    return found


def sortable(query: Query, keys: Mapping[str, Key[T]]) -> None:
    """Complain of comparators that are not among some keys.

    @raise MethodError: C{unsupportedSort} or C{invalidArguments}.
    """
    sorts_by(query, keys.keys())
    for each in query.sort:
        Arguments(each.more).end()


def spliced(state: str, touched: Collection[str], ids: Sequence[str]) -> QueryChanges:
    """How results changed, if nothing did but some objects.

    Those that did not are where they were among each other: so the others are
    taken out and put in again.

    @param touched: ids of objects that are not as they were, or gone, or new.
    @param ids: the results as they are.
    """
    again = [(each, place) for place, each in enumerate(ids) if each in touched]
    return QueryChanges(state, list(touched), again, len(ids))
