"""A type of object for tests, with all the standard methods: notes, kept in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import deepcopy
from typing import Any

from smtp.coroutine import finish

from mailnode.errors import NotFound, OverQuota
from mailnode.interfaces.account import IMailAccount
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.call import Visit
from mailnode.jmap.errors import MethodError, SetError
from mailnode.jmap.extension import Extension, Limits, Repertoire
from mailnode.jmap.ijson import JSON, Object, written
from mailnode.jmap.methods import core
from mailnode.jmap.patch import patched
from mailnode.jmap.querying import (
    Condition,
    Filter,
    Listed,
    Logic,
    Operator,
    Query,
    QueryChanges,
    Results,
    Since,
    query,
    query_changes,
    sorts_by,
)
from mailnode.jmap.request import parse, respond
from mailnode.jmap.setting import Batch, set_
from mailnode.jmap.standard import CannotCalculate, Changes, changes, get
from mailnode.testing import MemoryAccount

URN = "urn:example:notes"
FULL = 50
HERE: Object = {"accountId": "A1"}


class Notes:
    """Notes: C{text}, a number C{rank}, C{tags}, and another note they are C{under}.

    @ivar log: what changed, in order: the verb, the id.
    @ivar again: the transaction is tried twice, as a database may do.
    """

    properties = ("id", "text", "rank", "tags", "under", "links")
    usual = ("id", "text", "rank")
    references = frozenset({"under", "links"})
    defaults: Object = {"text": "", "rank": 0, "tags": {}, "under": None, "links": []}

    def __init__(self) -> None:
        self.kept: dict[str, Object] = {}
        self.log: list[tuple[str, str]] = []
        self.again = False

    # Reading.

    async def state(self, account: IMailAccount) -> str:
        return f"s{len(self.log)}"

    async def read(
        self,
        account: IMailAccount,
        ids: Sequence[str] | None,
        properties: Collection[str],
        arguments: Arguments,
    ) -> Sequence[Object]:
        shout = arguments.boolean("shout", default=False)
        found = []
        for id_ in self.kept if ids is None else ids:
            note = self.kept.get(id_)
            if note is not None:
                note = note | {"text": str(note["text"]).upper()} if shout else note
                found.append({name: note[name] for name in properties})
        return found

    async def changes(self, account: IMailAccount, since: str, most: int) -> Changes:
        start = self.since(since)
        part = self.log[start : start + most]
        made = [id_ for verb, id_ in part if verb == "create"]
        gone = [id_ for verb, id_ in part if verb == "destroy"]
        other = [id_ for verb, id_ in part if verb == "update"]
        return Changes(
            state=f"s{start + len(part)}",
            created=[id_ for id_ in made if id_ not in gone],
            updated=[
                i for i in dict.fromkeys(other) if i not in gone and i not in made
            ],
            destroyed=[id_ for id_ in gone if id_ not in made],
            more=start + len(part) < len(self.log),
            also={"told": len(part)},
        )

    def since(self, state: str) -> int:
        """Where in the log a state is."""
        number = state.removeprefix("s")
        if not number.isdigit() or int(number) > len(self.log):
            raise CannotCalculate
        return int(number)

    # Writing.

    async def write(self, account: IMailAccount, batch: Batch) -> None:
        before = deepcopy((self.kept, self.log))
        for _ in range(1 + self.again):
            self.kept, self.log = deepcopy(before)
            batch.begin(f"s{len(self.log)}")
            batch.run(self.create, self.update, self.destroy)
            batch.end(f"s{len(self.log)}")

    def create(self, note: Object) -> Object:
        if unknown := note.keys() - self.properties or note.keys() & {"id"}:
            raise SetError("invalidProperties", properties=sorted(unknown))
        if len(self.kept) >= FULL:
            raise OverQuota("too many notes")
        for each in [note.get("under"), *list_of(note.get("links"))]:
            if each is not None and each not in self.kept:
                raise SetError("invalidProperties", properties=["under"])
        id_ = f"N{len(self.log)}"
        self.kept[id_] = self.defaults | deepcopy(note) | {"id": id_}
        self.log.append(("create", id_))
        return {"id": id_}

    def update(self, id_: str, patch: Object) -> Object | None:
        if id_ not in self.kept:
            raise NotFound("no such note")
        if "crash" in patch:
            raise ZeroDivisionError(patch["crash"])
        self.kept[id_] = patched(self.kept[id_], patch, self.defaults)
        self.log.append(("update", id_))
        return {"rank": 7} if "rank" in patch else None

    def destroy(self, id_: str) -> None:
        if id_ not in self.kept:
            raise NotFound("no such note")
        del self.kept[id_]
        self.log.append(("destroy", id_))

    # Looking for.

    async def query(
        self, account: IMailAccount, query: Query, arguments: Arguments
    ) -> Results:
        sorts_by(query, {"rank", "text"})
        ids = self.found(query)
        return Listed(ids, f"s{len(self.log)}", traced=query.filter is None)

    async def query_changes(
        self, account: IMailAccount, query: Query, since: Since, arguments: Arguments
    ) -> QueryChanges:
        start = self.since(since.state)
        ids = self.found(query)
        touched = dict.fromkeys(id_ for _, id_ in self.log[start:])
        added = [(id_, place) for place, id_ in enumerate(ids) if id_ in touched]
        return QueryChanges(f"s{len(self.log)}", list(touched), added, len(ids))

    def found(self, query: Query) -> list[str]:
        notes = [n for n in self.kept.values() if matches(query.filter, n)]
        for each in reversed(query.sort):
            name = each.property
            notes.sort(key=lambda n: written(n[name]), reverse=not each.ascending)
        return [str(note["id"]) for note in notes]


def list_of(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []


def matches(filter_: Filter | None, note: Object) -> bool:
    if filter_ is None:
        return True
    if isinstance(filter_, Operator):
        inner = [matches(each, note) for each in filter_.conditions]
        if filter_.logic is Logic.NOT:
            return not any(inner)
        return all(inner) if filter_.logic is Logic.AND else any(inner)
    assert isinstance(filter_, Condition)
    if filter_.value.keys() - {"text"}:
        raise MethodError("unsupportedFilter")
    return filter_.value.get("text", "") in (note["text"], "")


class World:
    """A person with notes, who asks."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.notes = Notes()
        self.extension = Extension(1, URN, account=lambda _: {"most": FULL})
        self.extension.methods |= {
            "Note/get": get(self.notes),
            "Note/changes": changes(self.notes),
            "Note/set": set_(self.notes),
            "Note/query": query(self.notes, traced=True),
            "Note/queryChanges": query_changes(self.notes),
        }
        self.account = MemoryAccount("ana@example.org", 1)
        made = Repertoire([self.extension, core.extension], limits or Limits())
        self.visit = Visit(self.account, made)

    def ask(self, *calls: tuple[str, Object], **more: JSON) -> list[Any]:
        """The responses to some calls, whose marks are their numbers."""
        found: list[Any] = self.whole(*calls, **more)["methodResponses"]
        return found

    def whole(self, *calls: tuple[str, Object], **more: JSON) -> dict[str, Any]:
        """The response to a request, account ids put in."""
        named: list[JSON] = [
            [
                name,
                {**HERE, **given} if "/echo" not in name else given,
                str(n),
            ]
            for n, (name, given) in enumerate(calls)
        ]
        asked: Object = {
            "using": [core.extension.capability, URN],
            "methodCalls": named,
        }
        octets = written(asked | more)
        request = parse(octets, self.visit.repertoire)
        return finish(respond(request, self.visit, "state"))

    def one(self, name: str, **arguments: JSON) -> dict[str, Any]:
        """The arguments of the response to one call."""
        ((_, told, _),) = self.ask((name, arguments))
        assert isinstance(told, dict)
        return told

    def made(self, *texts: str) -> list[str]:
        """Some notes, and their ids."""
        create: Object = {f"k{n}": {"text": text} for n, text in enumerate(texts)}
        created = self.one("Note/set", create=create)["created"]
        assert isinstance(created, dict)
        return [created[f"k{n}"]["id"] for n in range(len(texts))]
