"""The standard methods /get and /changes, once for all types (RFC 8620, 5.1 and 5.2)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from mailnode.interfaces.account import IMailAccount
from mailnode.jmap.arguments import Arguments, listed
from mailnode.jmap.call import Call, account_id
from mailnode.jmap.errors import InvalidArguments, MethodError
from mailnode.jmap.extension import Method
from mailnode.jmap.ijson import JSON, Object

CHANGES = 500
"""Changes told at a time to clients that name no number."""


class Readable(Protocol):
    """A type of object that can be read."""

    @property
    def properties(self) -> Collection[str]:
        """All there are, C{id} among them."""

    @property
    def usual(self) -> Collection[str]:
        """Those told when a client names none."""

    async def state(self, account: IMailAccount) -> str:
        """What changes whenever an object of this type does."""

    async def read(
        self,
        account: IMailAccount,
        ids: Sequence[str] | None,
        properties: Collection[str],
        arguments: Arguments,
    ) -> Sequence[Object]:
        """Those of some objects that are there, with C{id} and these properties.

        @param ids: C{None} for all.
        @param arguments: takes those that only this type has.
        """


@dataclass(frozen=True, slots=True)
class Changes:
    """What became different since a state (RFC 8620, 5.2).

    @ivar state: the state that this leads to.
    @ivar more: there are further changes behind it.
    @ivar also: further arguments of the response.
    """

    state: str
    created: Sequence[str] = ()
    updated: Sequence[str] = ()
    destroyed: Sequence[str] = ()
    more: bool = False
    also: Object = field(default_factory=dict)


class CannotCalculate(MethodError):
    """It is not known any more what was so in that state (RFC 8620, 5.2)."""

    def __init__(self) -> None:
        super().__init__("cannotCalculateChanges")


class Traced(Protocol):
    """A type of object of which it is known what changed, and when."""

    async def changes(self, account: IMailAccount, since: str, most: int) -> Changes:
        """What became different since a state, at most so many ids.

        @raise CannotCalculate: when that is not known, or cannot be said in
            so few.
        """


def get(kind: Readable) -> Method:
    """C{/get} of a type."""

    async def method(call: Call, arguments: Arguments) -> Object:
        account = call.account(arguments)
        ids = arguments.ids("ids")
        properties = chosen(kind, arguments.strings("properties"))
        most = call.visit.repertoire.limits.objects_in_get
        wanted = None if ids is None else list(dict.fromkeys(ids))  # each once
        if wanted is not None and len(wanted) > most:
            raise MethodError("requestTooLarge", f"at most {most} ids at a time")
        state = await kind.state(account)
        found = await kind.read(account, wanted, properties, arguments)
        arguments.end()
        if len(found) > most:
            raise MethodError("requestTooLarge", f"there are more than {most}")
        there = {each["id"] for each in found}
        return {
            "accountId": account_id(account),
            "state": state,
            "list": list[JSON](found),
            "notFound": [each for each in wanted or () if each not in there],
        }

    return method


def chosen(kind: Readable, named: Sequence[str] | None) -> Collection[str]:
    """The properties that a client wants; C{id} is always one (RFC 8620, 5.1)."""
    if named is None:
        return frozenset(kind.usual) | {"id"}
    if unknown := {each for each in named if each not in kind.properties}:
        raise InvalidArguments(f"unknown properties: {listed(sorted(unknown))}")
    return frozenset(named) | {"id"}


def changes(kind: Traced) -> Method:
    """C{/changes} of a type."""

    async def method(call: Call, arguments: Arguments) -> Object:
        account = call.account(arguments)
        since = arguments.string("sinceState")
        most = up_to(arguments, CHANGES)
        arguments.end()
        found = await kind.changes(account, since, most)
        return {
            "accountId": account_id(account),
            "oldState": since,
            "newState": found.state,
            "hasMoreChanges": found.more,
            "created": list[JSON](found.created),
            "updated": list[JSON](found.updated),
            "destroyed": list[JSON](found.destroyed),
            **found.also,
        }

    return method


def up_to(arguments: Arguments, usual: int) -> int:
    """How many changes a client wants to hear of; more than none (RFC 8620, 5.2)."""
    most = arguments.unsigned("maxChanges", None)
    if most == 0:
        raise InvalidArguments("maxChanges must be greater than 0")
    return usual if most is None else most
