"""The mail of an account, in memory, for tests of what JMAP says of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, TypeVar

from zope.interface import implementer

from mailnode.errors import NotFound, NotPermitted, OverQuota
from mailnode.interfaces.content import IContent, IOctets
from mailnode.interfaces.mail import IMail, IMailPen, IStaged
from mailnode.model.mail import Changed, Email, Kind, Moved, Question
from mailnode.model.message import Projections
from mailnode.testing import MemoryAccount
from mailnode.testing.content import MemoryContent

T = TypeVar("T")
NOW = 1_700_000_000_000
FULL = 1000


@implementer(IStaged)
class Staged:
    def __init__(self, content: IContent) -> None:
        self.content = content


@implementer(IMail, IMailPen)
class Mail:
    """Emails in mailboxes 1 and 2.

    @ivar again: every transaction is tried twice, as a database may do.
    @ivar reads: the verbs that were used.
    """

    def __init__(self) -> None:
        self.ids = count(100)
        self.kept: dict[int, Email] = {}
        self.contents: dict[bytes, MemoryContent] = {}
        self.modseq = 1
        self.again = False
        self.reads: list[str] = []

    def put_in(self, octets: bytes, **more: Any) -> int:
        """A message in mailbox 1."""
        content = MemoryContent(octets)
        email = self.add(Staged(content), more.pop("mailboxes", {1}), ())
        self.kept[email.id] = replace(email, **more)
        return email.id

    async def state(self, kind: Kind) -> int:
        return self.modseq

    async def emails(self, ids: Sequence[int]) -> Sequence[Email]:
        self.reads.append("emails")
        return [self.kept[each] for each in ids if each in self.kept]

    async def projections(self, ids: Sequence[int]) -> Mapping[int, Projections]:
        self.reads.append("projections")
        return {e: self.of(e).projections for e in ids if e in self.kept}

    async def opened(self, ids: Sequence[int]) -> Mapping[int, IOctets]:
        self.reads.append("opened")
        return {each: self.of(each) for each in ids if each in self.kept}

    def of(self, number: int) -> MemoryContent:
        return self.contents[self.kept[number].hash]

    async def find(self, question: Question) -> Any:
        return Found(sorted(self.kept))

    async def stage(self, content: IContent) -> Staged:
        return Staged(MemoryContent(b"".join(content.chunks())))

    async def write(self, work: Callable[[Any], T]) -> T:
        if self.again:
            before = dict(self.kept), self.modseq
            work(self)
            self.kept, self.modseq = before
        return work(self)

    async def upload(self, content: IContent) -> None:
        made = MemoryContent(b"".join(content.chunks()))
        self.contents[made.hash] = made

    async def blob(self, hash: bytes) -> IOctets:  # noqa: A002
        if hash not in self.contents:
            raise NotFound("no such blob")
        return self.contents[hash]

    # The pen, as far as emails are concerned.

    def email(self, id: int) -> Email:  # noqa: A002
        if id not in self.kept:
            raise NotFound("no such email")
        return self.kept[id]

    def add(
        self,
        staged: Any,
        mailboxes: Collection[int],
        keywords: Collection[str],
        received: int | None = None,
    ) -> Email:
        if not set(mailboxes) <= {1, 2}:
            raise NotFound("no such mailbox")
        if "bad(" in keywords:
            raise NotPermitted("no such keyword")
        if len(self.kept) >= FULL:
            raise OverQuota("full")
        content = staged.content
        self.contents[content.hash] = content
        self.modseq += 1
        made = Email(
            id=next(self.ids),
            hash=content.hash,
            thread=7,
            mailboxes=frozenset(mailboxes),
            keywords=frozenset(keywords),
            size=content.size,
            header_size=content.header_size,
            received=NOW if received is None else received,
            attached=False,
            preview=content.projections.preview,
        )
        self.kept[made.id] = made
        return made

    def put(
        self,
        id: int,  # noqa: A002
        mailboxes: Collection[int],
        keywords: Collection[str],
    ) -> None:
        self.kept[id] = replace(
            self.email(id),
            mailboxes=frozenset(mailboxes),
            keywords=frozenset(keywords),
        )

    def destroy(self, id: int) -> None:  # noqa: A002
        self.email(id)
        del self.kept[id]
        self.modseq += 1

    # What is asked elsewhere.

    async def mailboxes(self, ids: Collection[int] | None = None) -> Sequence[Any]:
        return ()

    async def threads(self, ids: Sequence[int]) -> Sequence[Any]:
        return ()

    async def changed(self, kind: Kind, since: int, most: int) -> Changed:
        raise NotFound

    async def moved(self, question: Question, since: int, upto: int | None) -> Moved:
        raise NotFound

    async def holders(self, hashes: Collection[bytes]) -> Mapping[bytes, Sequence[int]]:
        return {}


class Found:
    def __init__(self, ids: list[int]) -> None:
        self.ids = ids

    async def total(self) -> int:
        return len(self.ids)

    async def window(self, start: int, most: int) -> Sequence[int]:
        return self.ids[start : start + most]


class Account(MemoryAccount):
    """A person who has such mail."""

    def __init__(self) -> None:
        super().__init__("ana@example.org", 1)
        self.whole = Mail()

    def mail(self) -> Any:
        return self.whole


def digest(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()
