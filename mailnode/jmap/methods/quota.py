"""Quota: how much an account may hold, and how much it does (RFC 9425)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from mailnode.interfaces.account import IMailAccount
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.call import Call
from mailnode.jmap.extension import Extension, nothing
from mailnode.jmap.ijson import Object
from mailnode.jmap.matching import Key, Reader, Test, ordered, sortable, spliced, test
from mailnode.jmap.methods.mail import extension as mail
from mailnode.jmap.querying import (
    Listed,
    Query,
    QueryChanges,
    Since,
    query,
    query_changes,
)
from mailnode.jmap.standard import CannotCalculate, Changes, changes, get
from mailnode.query import fold
from mailnode.wire import ids as wire

QUOTA = "Q"
"""The letter of its ids."""
LIMITED = (("octets", "Octets of mail"), ("count", "Number of messages"))
"""What there may be a limit for, by C{resourceType} (RFC 9425, 3.2), and its name."""
TYPES = ("Email",)
"""The types of objects that count (RFC 9425, 4)."""
STATE = re.compile(r"q(\d{1,18})-(\d{0,18})-(\d{1,18})-(\d{0,18})", re.ASCII)

extension = Extension(9425, "urn:ietf:params:jmap:quota", account=nothing)


@dataclass(frozen=True, slots=True)
class Line:
    """What is held of one thing, and how much may be; C{None} for no limit."""

    used: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class Limited:
    """A quota that there is."""

    number: int
    used: int
    limit: int

    def shown(self, account: int) -> Object:
        """With all its properties (RFC 9425, 4)."""
        kind, name = LIMITED[self.number - 1]
        return {
            "id": wire.written(QUOTA, account, self.number),
            "resourceType": kind,
            "used": self.used,
            "hardLimit": self.limit,
            "scope": "account",
            "name": name,
            "types": [*TYPES],
            "warnLimit": None,
            "softLimit": None,
            "description": None,
        }


PROPERTIES = tuple(Limited(1, 0, 0).shown(1))
Lines = Sequence[Line]


async def lines(account: IMailAccount) -> Lines:
    """All that there may be a limit for."""
    quota = await account.quota()
    return (
        Line(quota.octets, quota.octets_limit),
        Line(quota.messages, quota.messages_limit),
    )


def limited(known: Lines) -> dict[int, Limited]:
    """The quotas that there are, by number."""
    return {
        number: Limited(number, line.used, line.limit)
        for number, line in enumerate(known, 1)
        if line.limit is not None
    }


def state(known: Lines) -> str:
    """A state from which it is seen what has changed: the numbers themselves."""
    told = (f"{x.used}-{'' if x.limit is None else x.limit}" for x in known)
    return "q" + "-".join(told)


def read(said: str) -> Lines:
    """What was so in a state.

    @raise CannotCalculate: when it is none.
    """
    found = STATE.fullmatch(said)
    if found is None:
        raise CannotCalculate
    numbers = [int(each) if each else None for each in found.groups()]
    return [Line(numbers[at] or 0, numbers[at + 1]) for at in (0, 2)]


class Quotas:
    """The type, for a client that knows some types of objects.

    @ivar shows: it knows one that counts: no quota is told for none (RFC 9425, 4).
    """

    properties = PROPERTIES
    usual = PROPERTIES

    def __init__(self, using: Collection[str]) -> None:
        self.shows = mail.capability in using

    def told(self, known: Lines) -> Mapping[int, Limited]:
        """The quotas that this client is told of."""
        return limited(known) if self.shows else {}

    async def state(self, account: IMailAccount) -> str:
        """It changes with everything that arrives or goes."""
        return state(await lines(account))

    async def read(
        self,
        account: IMailAccount,
        ids: Sequence[str] | None,
        properties: Collection[str],
        arguments: Arguments,  # noqa: ARG002 - there are no others
    ) -> Sequence[Object]:
        """Some quotas, or all."""
        shown = [x.shown(account.id) for x in self.told(await lines(account)).values()]
        return [
            {name: each[name] for name in PROPERTIES if name in properties}
            for each in shown
            if ids is None or each["id"] in ids
        ]

    async def changes(self, account: IMailAccount, since: str, most: int) -> Changes:
        """What became different, and whether it was C{used} only (RFC 9425, 4.2)."""
        before, now = read(since), await lines(account)
        old, new = self.told(before), self.told(now)
        both = old.keys() & new.keys()
        moved = [number for number in both if old[number] != new[number]]
        if len(old.keys() ^ new.keys()) + len(moved) > most:
            raise CannotCalculate  # There is no state between two
        used = all(old[number].limit == new[number].limit for number in both)
        return Changes(
            state=state(now),
            created=many(account, new.keys() - old.keys()),
            updated=many(account, moved),
            destroyed=many(account, old.keys() - new.keys()),
            also={"updatedProperties": ["used"] if moved and used else None},
        )

    async def query(
        self,
        account: IMailAccount,
        query: Query,
        arguments: Arguments,  # noqa: ARG002 - there are no others
    ) -> Listed:
        """The quotas that a filter lets through, in order."""
        found = chosen(query)
        now = await lines(account)
        return Listed(many(account, found(self.told(now))), state(now), traced=True)

    async def query_changes(
        self,
        account: IMailAccount,
        query: Query,
        since: Since,
        arguments: Arguments,  # noqa: ARG002 - there are no others
    ) -> QueryChanges:
        """How that changed."""
        found = chosen(query)
        before, now = read(since.state), await lines(account)
        old, new = self.told(before), self.told(now)
        touched = [n for n in {**old, **new} if old.get(n) != new.get(n)]
        known = dict.fromkeys(many(account, sorted(touched)))
        return spliced(state(now), known, many(account, found(new)))


def many(account: IMailAccount, numbers: Collection[int]) -> list[str]:
    """Ids of quotas."""
    return [wire.written(QUOTA, account.id, number) for number in numbers]


def chosen(query: Query) -> Callable[[Mapping[int, Limited]], list[int]]:
    """A query as a function: the numbers of some quotas that it finds, in order."""
    sortable(query, KEYS)
    passes: Test[Limited] = test(query.filter, READERS)

    def found(among: Mapping[int, Limited]) -> list[int]:
        passed = [each for each in among.values() if passes(each)]
        return [each.number for each in ordered(passed, query.sort, KEYS)]

    return found


def by_name(given: Arguments, name: str) -> Test[Limited]:
    wanted = fold(given.string(name))
    return lambda one: wanted in fold(LIMITED[one.number - 1][1])


def by_scope(given: Arguments, name: str) -> Test[Limited]:
    wanted = given.string(name)
    return lambda _: wanted == "account"


def by_resource(given: Arguments, name: str) -> Test[Limited]:
    wanted = given.string(name)
    return lambda one: wanted == LIMITED[one.number - 1][0]


def by_type(given: Arguments, name: str) -> Test[Limited]:
    wanted = given.string(name)
    return lambda _: wanted in TYPES


READERS: dict[str, Reader[Limited]] = {
    "name": by_name,
    "scope": by_scope,
    "resourceType": by_resource,
    "type": by_type,
}
"""The properties of a FilterCondition (RFC 9425, 4.3)."""
KEYS: dict[str, Key[Limited]] = {
    "name": lambda one: LIMITED[one.number - 1][1],
    "used": lambda one: one.used,
}
"""What quotas can be sorted by."""


@extension.method("Quota/get")
async def quota_get(call: Call, arguments: Arguments) -> Object:
    """RFC 9425, 4.1."""
    return await get(Quotas(call.using))(call, arguments)


@extension.method("Quota/changes")
async def quota_changes(call: Call, arguments: Arguments) -> Object:
    """RFC 9425, 4.2."""
    return await changes(Quotas(call.using))(call, arguments)


@extension.method("Quota/query")
async def quota_query(call: Call, arguments: Arguments) -> Object:
    """RFC 9425, 4.3."""
    return await query(Quotas(call.using), traced=True)(call, arguments)


@extension.method("Quota/queryChanges")
async def quota_query_changes(call: Call, arguments: Arguments) -> Object:
    """RFC 9425, 4.4."""
    return await query_changes(Quotas(call.using))(call, arguments)
