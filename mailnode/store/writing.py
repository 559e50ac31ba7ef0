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

T = TypeVar("T")


async def write(shelf: Shelf, account: int, work: Callable[[IMailPen], T]) -> T:
    """Change something, in one transaction, and then tell who watches.

    Mailboxes that were destroyed are cleared afterwards.
    """
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
