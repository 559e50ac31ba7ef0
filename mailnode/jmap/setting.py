"""The standard method /set, once for all types (RFC 8620, 5.3)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from mailnode.errors import MailError
from mailnode.interfaces.account import IMailAccount
from mailnode.jmap.arguments import Arguments, is_id, wrong
from mailnode.jmap.call import Call, account_id
from mailnode.jmap.errors import MethodError, SetError, of_object
from mailnode.jmap.extension import Method
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.pointer import NoSuchValue, escaped, tokens

Create = Callable[[Object], Object]
"""Makes an object, and returns its id and what else the client did not say."""
Update = Callable[[str, Object], Object | None]
"""Applies a patch to an object; returns what else changed of it."""
Destroy = Callable[[str], None]
"""Removes an object."""


@dataclass(slots=True)
class Done:
    """What became of a batch.

    @ivar created: by creation id, what the client does not know of each.
    @ivar updated: by id, what changed besides; C{None} for nothing.
    @ivar failed: what went wrong, by C{create}, C{update} or C{destroy}.
    """

    old_state: str | None = None
    new_state: str = ""
    created: dict[str, Object] = field(default_factory=dict)
    updated: dict[str, Object | None] = field(default_factory=dict)
    destroyed: list[str] = field(default_factory=list)
    failed: dict[str, dict[str, SetError]] = field(default_factory=dict)


class Batch:
    """What one C{/set} wants to be done: everything in one transaction of the type's.

    There, the type calls C{begin} with its state, C{run} with three functions
    that see to one object each, and C{end} with its state once more.  It may do
    all of that again, if the transaction must be tried again.

    @ivar references: the properties that hold ids of other objects, by themselves,
        in a list, or as the names of a map.
    @ivar known: ids by creation id, from before.
    @ivar making: the creation id of what is made now.
    """

    def __init__(
        self,
        arguments: Arguments,
        references: Collection[str],
        known: Mapping[str, str],
    ) -> None:
        self.if_in_state = arguments.string("ifInState", None)
        self.create = arguments.objects("create")
        self.update = arguments.objects("update")
        self.destroy = listed_ids(arguments)
        self.references = frozenset(references)
        self.known = known
        self.making = ""
        self.done = Done()
        if not all(map(is_id, self.create)):
            raise wrong("create", "a map by creation ids")
        if not all(is_id(each.removeprefix("#")) for each in self.update):
            raise wrong("update", "a map by ids")

    @property
    def size(self) -> int:
        """How many objects it is about."""
        return len(self.create) + len(self.update) + len(self.destroy)

    def begin(self, state: str) -> None:
        """It begins, in this state.

        @raise MethodError: C{stateMismatch}, when the client expects another.
        """
        if self.if_in_state not in (None, state):
            raise MethodError("stateMismatch")
        self.done = Done(state)

    def end(self, state: str) -> None:
        """It has ended, and this is the state now."""
        self.done.new_state = state

    def run(self, create: Create, update: Update, destroy: Destroy) -> None:
        """See to every object: each is made, changed or removed whole, or not at all.

        Who is referred to is made before who refers to him.
        """
        for name in self.order():
            self.making = name
            with self.outcome("create", name):
                made = create(self.resolved(self.create[name]))
                self.done.created[name] = made
        doomed = set(self.destroy)
        for name, patch in self.update.items():
            with self.outcome("update", name):
                actual = self.actual(name)
                if doomed & {name, actual}:
                    raise SetError("willDestroy")
                self.done.updated[actual] = update(actual, self.resolved(patch))
        for name in self.destroy:
            with self.outcome("destroy", name):
                actual = self.actual(name)
                destroy(actual)
                self.done.destroyed.append(actual)

    def outcome(self, verb: str, name: str) -> Outcome:
        """Notes what goes wrong with one object."""
        return Outcome(self.done.failed.setdefault(verb, {}), name)

    def order(self) -> Sequence[str]:
        """The creation ids, who is referred to before who refers to him.

        In a circle, somebody refers to what is not there, and will hear so.
        """
        ordered: dict[str, None] = {}
        for name in self.create:
            waiting, entered = [name], set[str]()
            while waiting:
                top = waiting[-1]
                needed = [] if top in entered else self.needed(top)
                entered.add(top)
                ahead = [
                    each
                    for each in needed
                    if each not in ordered and each not in entered
                ]
                if ahead:
                    waiting += ahead
                else:
                    ordered[waiting.pop()] = None
        return list(ordered)

    def needed(self, name: str) -> list[str]:
        """The creation ids of this batch that an object refers to."""
        found: list[str] = []
        for each in self.references & self.create[name].keys():
            value = self.create[name][each]
            said = value if isinstance(value, list | dict) else [value]
            found += [
                one[1:] for one in said if isinstance(one, str) and one[:1] == "#"
            ]
        return [each for each in found if each in self.create]

    def resolved(self, value: Object) -> Object:
        """An object or a patch with ids in place of creation ids."""
        found: Object = {}
        for path, each in value.items():
            first, inside, _ = path.partition("/")
            if first not in self.references:
                found[path] = each
            elif inside:
                found[self.resolved_path(path)] = each
            elif isinstance(each, list):
                found[path] = [self.meant(one) for one in each]
            elif isinstance(each, dict):
                found[path] = {self.actual(key): one for key, one in each.items()}
            else:
                found[path] = self.meant(each)
        return found

    def resolved_path(self, path: str) -> str:
        """A path into a property with ids in place of creation ids.

        What is no path stays as it is; whoever applies the patch says so.
        """
        try:
            first, *steps = tokens("/" + path)
        except NoSuchValue:
            return path
        return "/".join(map(escaped, [first, *map(self.actual, steps)]))

    def meant(self, value: JSON) -> JSON:
        """A value that may be a creation id."""
        return self.actual(value) if isinstance(value, str) else value

    def actual(self, name: str) -> str:
        """The id for a creation id behind C{#}; what is no such stays as it is.

        @raise SetError: C{notFound}, when nothing was created by it.
        """
        if name[:1] != "#":
            return name
        if (made := self.done.created.get(name[1:])) is not None:
            return str(made["id"])
        if name[1:] in self.known:
            return self.known[name[1:]]
        raise SetError("notFound", f"nothing was created as {name[1:41]!r}")


class Outcome:
    """Notes what goes wrong with one object, so that the others go on."""

    def __init__(self, failed: dict[str, SetError], name: str) -> None:
        self.failed = failed
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if isinstance(error, MailError):
            error = of_object(error)
        if isinstance(error, SetError):
            self.failed[self.name] = error
            return True
        return False


class Writable(Protocol):
    """A type of object that can be made, changed and destroyed."""

    @property
    def references(self) -> Collection[str]:
        """The properties that hold ids of other objects, as in L{Batch}."""

    async def write(self, account: IMailAccount, batch: Batch) -> None:
        """Do what a batch wants, in one transaction.

        Arguments that only this type has were taken before: nothing may be done by
        a call that has one too many (RFC 8620, 3.6.2).
        """


def set_(kind: Writable) -> Method:
    """C{/set} of a type."""

    async def method(call: Call, arguments: Arguments) -> Object:
        account = call.account(arguments)
        batch = Batch(arguments, kind.references, call.created)
        most = call.visit.repertoire.limits.objects_in_set
        if batch.size > most:
            raise MethodError("requestTooLarge", f"at most {most} objects at a time")
        arguments.end()
        await kind.write(account, batch)
        done = batch.done
        for name, made in done.created.items():
            call.created[name] = str(made["id"])
        return {
            "accountId": account_id(account),
            "oldState": done.old_state,
            "newState": done.new_state,
            "created": dict[str, JSON](done.created) or None,
            "updated": dict[str, JSON](done.updated) or None,
            "destroyed": list[JSON](done.destroyed) or None,
            "notCreated": errors_of(done, "create"),
            "notUpdated": errors_of(done, "update"),
            "notDestroyed": errors_of(done, "destroy"),
        }

    return method


def errors_of(done: Done, verb: str) -> JSON:
    """What went wrong with the objects of one verb, by id; null for nothing."""
    failed = done.failed.get(verb, {})
    return {name: error.value for name, error in failed.items()} or None


def listed_ids(arguments: Arguments) -> list[str]:
    """The ids to destroy, creation ids among them, each once."""
    found = arguments.strings("destroy") or []
    if not all(is_id(each.removeprefix("#")) for each in found):
        raise wrong("destroy", "a list of ids")
    return list(dict.fromkeys(found))
