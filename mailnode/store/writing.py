"""Changing the mail of an account as a whole, and octets by their hash."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

import apsw

from mailnode.errors import NotFound
from mailnode.interfaces.content import IContent
from mailnode.interfaces.mail import IMailPen
from mailnode.model.change import Change, MailboxChanged, News
from mailnode.store import content as contents
from mailnode.store import rows
from mailnode.store.content import Octets
from mailnode.store.pen import Pen, Staged
from mailnode.store.shelf import Shelf
from mailnode.store.whole import current

T = TypeVar("T")

WITH = (
    "FROM content JOIN whole_email ON whole_email.account = content.account"
    " AND whole_email.content = content.id AND destroyed IS NULL"
    " JOIN email ON email.account = content.account AND email.id = whole_email.id"
    " WHERE content.account = ?1 AND hash = ?2"
)
HOLDERS = f"SELECT email.id {WITH} ORDER BY email.id"
BLOB = (
    f"SELECT id, size, (SELECT header_size {WITH} LIMIT 1), data FROM content"  # noqa: S608 - our own words
    " LEFT JOIN chunk ON chunk.account = content.account AND chunk.content = content.id"
    " AND n = 0 WHERE content.account = ?1 AND hash = ?2"
)


async def write(shelf: Shelf, account: int, work: Callable[[IMailPen], T]) -> T:
    """Change something, in one transaction, and then tell who watches.

    Mailboxes that were destroyed are cleared afterwards.
    """
    await current.catch_up(shelf, account)
    now = shelf.clock()

    def change(tx: apsw.Connection) -> tuple[tuple[T, list[int]], Sequence[Change]]:
        pen = Pen(tx, account, now)
        result = work(pen)
        pen.settle()
        return (result, deleted(pen.news)), pen.news

    result, mailboxes = await shelf.change(account, change)
    for mailbox in mailboxes:
        await shelf.clear(account, mailbox)
    return result


def deleted(news: Sequence[Change]) -> list[int]:
    """The mailboxes that are no more."""
    return [
        change.mailbox
        for change in news
        if isinstance(change, MailboxChanged) and change.news is News.DELETED
    ]


async def stage(shelf: Shelf, account: int, content: IContent) -> Staged:
    """Make ready what will be added by a pen; octets that are many go ahead.

    @raise OverQuota: when the account has no room.
    @raise NoSpace: when the disk has none.
    """
    shelf.reserve.check(content.size)
    await shelf.database.read(lambda tx: rows.admit(tx, account, content.size))
    number = await contents.stage(shelf.database, account, content, shelf.clock())
    return Staged(account, content, number)


async def blob(shelf: Shelf, account: int, digest: bytes) -> Octets:
    """Octets by their hash, as long as an email that has them says its header is.

    @raise NotFound: when the account has them not.
    """
    row = await current.read(
        shelf, account, lambda tx: tx.execute(BLOB, (account, digest)).get
    )
    if row is None:
        raise NotFound("there are no such octets")
    content, size, header_size, first = row
    return Octets(shelf.database, (account, content), (size, header_size or 0), first)


async def holders(
    shelf: Shelf, account: int, hashes: Collection[bytes]
) -> Mapping[bytes, Sequence[int]]:
    """The emails that have some octets, by hash."""

    def select(tx: apsw.Connection) -> dict[bytes, list[int]]:
        return {
            digest: [email for (email,) in tx.execute(HOLDERS, (account, digest))]
            for digest in hashes
        }

    return await current.read(shelf, account, select)
