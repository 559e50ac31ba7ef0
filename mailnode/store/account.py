"""An account kept in SQLite."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import apsw
from zope.interface import implementer

from mailnode.errors import NotFound
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.mail import IMail, IObjects
from mailnode.model.change import Change, MailboxChanged, News
from mailnode.model.mailbox import (
    INBOX,
    MailboxInfo,
    Quota,
    SpecialUse,
    mailbox_name,
)
from mailnode.store import naming
from mailnode.store.changes import Listener
from mailnode.store.mailbox import Mailbox
from mailnode.store.objects import Objects
from mailnode.store.shelf import Shelf
from mailnode.store.spool import Spool
from mailnode.store.whole.mail import Mail


@implementer(IMailAccount)
class Account:
    """Mailboxes by name, and those who want to hear of them."""

    def __init__(self, shelf: Shelf, id: int, name: str) -> None:  # noqa: A002 - the interface's word
        self.shelf = shelf
        self.id = id
        self.name = name

    async def mailboxes(self) -> Sequence[MailboxInfo]:
        """All mailboxes, INBOX first, then by name."""

        def select(tx: apsw.Connection) -> list[MailboxInfo]:
            return [
                MailboxInfo(
                    number,
                    name,
                    None if use is None else SpecialUse(use),
                    bool(subscribed),
                )
                for number, name, use, subscribed in tx.execute(
                    "SELECT id, mailbox.name, special_use,"
                    " subscription.name IS NOT NULL"
                    " FROM mailbox LEFT JOIN subscription"
                    " ON subscription.account = mailbox.account"
                    " AND subscription.name = mailbox.name"
                    " WHERE mailbox.account = ? AND mailbox.name IS NOT NULL"
                    " ORDER BY mailbox.name",
                    (self.id,),
                )
            ]

        found = await self.shelf.database.read(select)
        found.sort(key=lambda mailbox: mailbox.name != INBOX)
        return found

    async def mailbox(self, name: str) -> Mailbox:
        """The mailbox of that name."""
        name = naming.sought(name)
        opened = await self.shelf.database.read(
            lambda tx: naming.find(tx, self.id, name)
        )
        return Mailbox(self.shelf, self.id, opened)

    async def create(self, name: str, special_use: SpecialUse | None = None) -> Mailbox:
        """Make a mailbox, and those above it that are missing."""
        name = mailbox_name(name)
        now = self.shelf.clock()

        def insert(tx: apsw.Connection) -> tuple[naming.Opened, Sequence[Change]]:
            return naming.create(tx, self.id, name, special_use, now)

        opened = await self.shelf.change(self.id, insert)
        return Mailbox(self.shelf, self.id, opened)

    async def rename(self, name: str, to: str) -> None:
        """Rename a mailbox and all below it; INBOX is emptied into a new one."""
        name = naming.sought(name)
        to = mailbox_name(to)
        now = self.shelf.clock()

        def update(tx: apsw.Connection) -> tuple[None, Sequence[Change]]:
            return None, naming.rename(tx, self.id, name, to, now)

        await self.shelf.change(self.id, update)

    async def delete(self, name: str) -> None:
        """Remove a mailbox with its messages; those below it stay.

        Its name goes at once, its messages a thousand at a time.
        """
        name = naming.sought(name)

        def take_off(tx: apsw.Connection) -> tuple[int, Sequence[Change]]:
            number, modseq = naming.delete(tx, self.id, name)
            return number, (MailboxChanged(number, News.DELETED, name, modseq),)

        number = await self.shelf.change(self.id, take_off)
        await self.shelf.clear(self.id, number)

    async def subscribe(self, name: str, subscribed: bool = True) -> None:
        """Put a name on the list of subscriptions or take it off."""
        name = mailbox_name(name)

        def update(tx: apsw.Connection) -> tuple[None, Sequence[Change]]:
            return None, naming.subscribe(tx, self.id, name, subscribed)

        await self.shelf.change(self.id, update)

    async def subscriptions(self) -> Sequence[str]:
        """All names on that list, of mailboxes or not, in order."""

        def select(tx: apsw.Connection) -> list[str]:
            return [
                name
                for (name,) in tx.execute(
                    "SELECT name FROM subscription WHERE account = ? ORDER BY name",
                    (self.id,),
                )
            ]

        return await self.shelf.database.read(select)

    async def quota(self) -> Quota:
        """What it holds and may hold."""

        def select(tx: apsw.Connection) -> Quota:
            row = tx.execute(
                "SELECT octets, messages, octets_limit, messages_limit"
                " FROM account WHERE id = ?",
                (self.id,),
            ).get
            if row is None:
                raise NotFound("there is no such account")
            return Quota(*row)

        return await self.shelf.database.read(select)

    def spool(self) -> Spool:
        """A place to gather a message that will be appended."""
        return self.shelf.spool()

    def mail(self) -> IMail:
        """Its mail as a whole."""
        return Mail(self.shelf, self.id)

    def objects(self) -> IObjects:
        """What it keeps besides mail."""
        return Objects(self.shelf, self.id)

    def watch(self, listener: Listener) -> Callable[[], None]:
        """Tell C{listener} of every change after it is committed, in order."""
        return self.shelf.changes.watch(self.id, listener)
