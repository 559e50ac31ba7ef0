"""Filters and orders of submissions (RFC 8621, 7.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mailnode.errors import SyntaxFault
from mailnode.jmap.arguments import is_id
from mailnode.jmap.errors import InvalidArguments, MethodError
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.querying import Filter, Logic, Operator, Query, sorts_by
from mailnode.jmap.sending.dates import utc_date
from mailnode.jmap.sending.fate import Undo

CHANGES = 10_000
"""Submissions that may have changed between two looks at a query; more are asked
for anew."""
Test = Callable[[Object], bool]
Ordered = Callable[[Sequence[Object]], Sequence[str]]
"""Gives the ids of those that match, in order."""


def moment(name: str, said: JSON) -> int:
    """A UTCDate as milliseconds since 1970."""
    try:
        return utc_date(said)
    except SyntaxFault:
        raise InvalidArguments(f"{name} must be a UTCDate") from None


def among(of: str) -> Callable[[str, JSON], Test]:
    """A condition that an id is one of several."""

    def condition(name: str, said: JSON) -> Test:
        if not isinstance(said, list) or not all(map(is_id, said)):
            raise InvalidArguments(f"{name} must be a list of ids")
        wanted = frozenset(map(str, said))
        return lambda one: one[of] in wanted

    return condition


def undo_status(name: str, said: JSON) -> Test:
    """The condition that it may, may no longer, or might have been taken back."""
    if said not in [each.value for each in Undo]:
        raise InvalidArguments(f"{name} must be pending, final or canceled")
    return lambda one: one["undoStatus"] == said


def before(name: str, said: JSON) -> Test:
    """The condition that it leaves before a moment."""
    bound = moment(name, said)
    return lambda one: moment("sendAt", one["sendAt"]) < bound


def after(name: str, said: JSON) -> Test:
    """The condition that it leaves at a moment or later."""
    bound = moment(name, said)
    return lambda one: moment("sendAt", one["sendAt"]) >= bound


CONDITIONS: Mapping[str, Callable[[str, JSON], Test]] = {
    "identityIds": among("identityId"),
    "emailIds": among("emailId"),
    "threadIds": among("threadId"),
    "undoStatus": undo_status,
    "before": before,
    "after": after,
}


def test(wanted: Filter | None) -> Test:
    """Whether a submission matches a filter.

    @raise MethodError: when there is no such filter.
    """
    if wanted is None:
        return lambda _: True
    if isinstance(wanted, Operator):
        inner = [test(each) for each in wanted.conditions]
        if wanted.logic is Logic.AND:
            return lambda one: all(each(one) for each in inner)
        if wanted.logic is Logic.OR:
            return lambda one: any(each(one) for each in inner)
        return lambda one: not any(each(one) for each in inner)
    if unknown := wanted.value.keys() - CONDITIONS.keys():
        raise MethodError("unsupportedFilter", f"not by {min(unknown)[:40]!r}")
    tests = [CONDITIONS[name](name, said) for name, said in wanted.value.items()]
    return lambda one: all(each(one) for each in tests)


def place(one: Object, name: str) -> tuple[int, str]:
    """Where a submission stands by a property: dates by time, ids by their numbers."""
    said = str(one[name])
    return (0, said) if name == "sendAt" else (int(said.rpartition("-")[2]), "")


def ordered(query: Query) -> Ordered:
    """How a query finds and orders submissions.

    RFC 8621 calls the date C{sentAt} in 7.3 and C{sendAt} everywhere else.

    @raise MethodError: when it asks for what there is not.
    """
    sorts_by(query, {"emailId", "threadId", "sentAt", "sendAt"})
    matches = test(query.filter)

    def find(everything: Sequence[Object]) -> Sequence[str]:
        found = [each for each in everything if matches(each)]
        for each in reversed(query.sort):
            name = "sendAt" if each.property == "sentAt" else each.property
            found.sort(key=lambda one: place(one, name), reverse=not each.ascending)
        return [str(each["id"]) for each in found]

    return find
