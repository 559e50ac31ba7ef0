"""People with mail and other things, in memory, as far as octets and push go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

from zope.interface import implementer

from mailnode.errors import MailError, NotFound
from mailnode.interfaces.content import IContent, IOctets
from mailnode.interfaces.mail import IObjectPen, IObjects
from mailnode.model.change import Change, ObjectChanged
from mailnode.model.mail import Changed, Email, Kept, Kind
from mailnode.testing import MemoryAccount, MemoryGate, MemoryStore
from mailnode.testing.content import MemoryContent

PASSWORDS = {"ana@example.org": "faminta", "bob@example.org": "secret"}
T = TypeVar("T")


class Mail:
    """Octets by their hash, and states that a test may set.

    @ivar fault: raised by the next upload.
    """

    def __init__(self) -> None:
        self.contents: dict[bytes, MemoryContent] = {}
        self.states = dict.fromkeys(Kind, 1)
        self.held: dict[bytes, Sequence[int]] = {}
        self.mails: dict[int, Email] = {}
        self.fault: MailError | None = None
        self.asked = 0

    async def state(self, kind: Kind) -> int:
        self.asked += 1
        return self.states[kind]

    async def upload(self, content: IContent) -> None:
        if self.fault is not None:
            raise self.fault
        made = MemoryContent(b"".join(content.chunks()))
        self.contents[made.hash] = made

    async def blob(self, hash: bytes) -> IOctets:  # noqa: A002
        if hash not in self.contents:
            raise NotFound("no such blob")
        return self.contents[hash]

    async def holders(self, hashes: Collection[bytes]) -> Mapping[bytes, Sequence[int]]:
        return {each: self.held.get(each, ()) for each in hashes}

    async def emails(self, ids: Sequence[int]) -> Sequence[Email]:
        return [self.mails[each] for each in ids if each in self.mails]


@implementer(IObjects)
class Objects:
    """Objects of any kind."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.kept: dict[tuple[str, int], Kept] = {}
        self.modseqs: dict[str, int] = {}
        self.ids = 0
        self.pen = Pen(self)

    async def state(self, kind: str) -> int:
        return self.modseqs.get(kind, 0)

    async def objects(
        self, kind: str, ids: Collection[int] | None = None
    ) -> Sequence[Kept]:
        return self.pen.objects(kind, ids)

    async def changed(self, kind: str, since: int, most: int) -> Changed:
        raise NotFound("not kept")

    async def write(self, work: Callable[[Any], T]) -> T:
        before = dict(self.modseqs)
        done = work(self.pen)
        for kind in [k for k, v in self.modseqs.items() if before.get(k) != v]:
            self.account.tell(ObjectChanged(kind, self.modseqs[kind]))
        return done


@implementer(IObjectPen)
class Pen:
    """Changes objects."""

    def __init__(self, objects: Objects) -> None:
        self.all = objects

    def state(self, kind: str) -> int:
        return self.all.modseqs.get(kind, 0)

    def objects(self, kind: str, ids: Collection[int] | None = None) -> Sequence[Kept]:
        return [
            kept
            for (named, number), kept in sorted(self.all.kept.items())
            if named == kind and (ids is None or number in ids)
        ]

    def add(self, kind: str, value: Mapping[str, object]) -> Kept:
        self.all.ids += 1
        return self.put(kind, self.all.ids, value)

    def put(self, kind: str, number: int, value: Mapping[str, object]) -> Kept:
        made = Kept(number, dict(value))
        self.all.kept[kind, number] = made
        self.all.modseqs[kind] = self.state(kind) + 1
        return made

    def change(self, kind: str, id: int, value: Mapping[str, object]) -> None:  # noqa: A002
        if (kind, id) not in self.all.kept:
            raise NotFound("not there")
        self.put(kind, id, value)

    def remove(self, kind: str, id: int) -> None:  # noqa: A002
        if self.all.kept.pop((kind, id), None) is None:
            raise NotFound("not there")
        self.all.modseqs[kind] = self.state(kind) + 1


class Account(MemoryAccount):
    """A person with all of that.

    @ivar watched: how often somebody has begun to watch.
    """

    def __init__(self, name: str, number: int) -> None:
        super().__init__(name, number)
        self.bag = Mail()
        self.others = Objects(self)
        self.watched = 0

    def mail(self) -> Any:
        return self.bag

    def objects(self) -> Any:
        return self.others

    def watch(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        self.watched += 1
        return super().watch(listener)

    def tell(self, change: Change) -> None:
        """Say that something became different."""
        for each in list(self.history.listeners):
            each(change)


class Store(MemoryStore):
    """Every account there is."""

    def of(self, name: str) -> Account:
        """The account of that name."""
        if name not in self.accounts:
            self.accounts[name] = Account(name, len(self.accounts) + 1)
        found = self.accounts[name]
        assert isinstance(found, Account)
        return found

    async def keepers(self, kind: str) -> Sequence[str]:
        return [
            name for name in self.accounts if self.of(name).others.pen.objects(kind)
        ]


def gate() -> MemoryGate:
    """Lets ana and bob in."""
    return MemoryGate(Store(), PASSWORDS)
