"""The mail of an account as a whole, kept in SQLite."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

import apsw
from zope.interface import implementer

from mailnode.interfaces.content import IContent
from mailnode.interfaces.mail import IFound, IMail, IMailPen, IStaged
from mailnode.model.mail import (
    Changed,
    Counted,
    Email,
    Kind,
    Moved,
    Question,
    Thread,
)
from mailnode.model.message import Projections
from mailnode.store import uploads, writing
from mailnode.store.connection import Work
from mailnode.store.content import Octets
from mailnode.store.shelf import Shelf
from mailnode.store.whole import current, finding, moving, reading

T = TypeVar("T")


@implementer(IMail)
class Mail:
    """Reads the whole of an account, which is caught up first."""

    def __init__(self, shelf: Shelf, account: int) -> None:
        self.shelf = shelf
        self.account = account

    async def read(self, work: Work[T]) -> T:
        """Read what is true of all that was committed before."""
        return await current.read(self.shelf, self.account, work)

    async def state(self, kind: Kind) -> int:
        """The state of a kind."""
        return await self.read(lambda tx: reading.state(tx, self.account, kind))

    async def mailboxes(self, ids: Collection[int] | None = None) -> Sequence[Counted]:
        """Some mailboxes, or all, by name."""
        return await self.read(lambda tx: reading.counted(tx, self.account, ids))

    async def threads(self, ids: Sequence[int]) -> Sequence[Thread]:
        """Some threads."""
        return await self.read(lambda tx: reading.threads(tx, self.account, ids))

    async def emails(self, ids: Sequence[int]) -> Sequence[Email]:
        """Some emails, in the order in which they are asked for."""
        return await self.read(lambda tx: reading.emails(tx, self.account, ids))

    async def projections(self, ids: Sequence[int]) -> Mapping[int, Projections]:
        """What was computed when some emails arrived, by id."""
        return await self.read(lambda tx: reading.projections(tx, self.account, ids))

    async def headers(self, ids: Sequence[int]) -> Mapping[int, bytes]:
        """The headers of some emails, by id."""
        return await self.read(lambda tx: reading.headers(tx, self.account, ids))

    async def opened(self, ids: Sequence[int]) -> Mapping[int, Octets]:
        """Some emails as they arrived, octet for octet, by id."""
        database, account = self.shelf.database, self.account
        return {
            email: Octets(database, (account, content), (size, header_size), first)
            for email, content, size, header_size, first in await self.read(
                lambda tx: reading.opened(tx, account, ids)
            )
        }

    async def changed(self, kind: Kind, since: int, most: int) -> Changed:
        """What became different of a kind since a state, at most so many ids."""
        return await self.read(
            lambda tx: reading.changed(tx, self.account, kind, since, most)
        )

    async def find(self, question: Question) -> IFound:
        """The answer to a question."""
        return await finding.find(self.shelf, self.account, question)

    async def moved(self, question: Question, since: int, upto: int | None) -> Moved:
        """How the answer to a question changed since a state of emails."""

        def select(tx: apsw.Connection) -> Moved:
            return moving.moved(tx, self.account, question, since, upto)

        return await self.read(select)

    async def write(self, work: Callable[[IMailPen], T]) -> T:
        """Change something, in one transaction, and then tell who watches."""
        return await writing.write(self.shelf, self.account, work)

    async def stage(self, content: IContent) -> IStaged:
        """Make ready what will be added by a pen."""
        return await writing.stage(self.shelf, self.account, content)

    async def upload(self, content: IContent) -> None:
        """Keep some octets for a day at least, and longer if an email has them."""
        await uploads.upload(self.shelf, self.account, content)

    async def blob(self, hash: bytes) -> Octets:  # noqa: A002 - the interface's word
        """Octets that the account has."""
        return await writing.blob(self.shelf, self.account, hash)

    async def holders(self, hashes: Collection[bytes]) -> Mapping[bytes, Sequence[int]]:
        """The emails that have some octets."""
        return await writing.holders(self.shelf, self.account, hashes)
