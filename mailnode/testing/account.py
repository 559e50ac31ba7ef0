"""Accounts and a store of them, in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zope.interface import implementer

from mailnode.errors import AlreadyExists, NotFound, NotPermitted, OverQuota
from mailnode.interfaces.account import IMailAccount, IStore
from mailnode.interfaces.content import IContent
from mailnode.interfaces.mail import IMail, IObjects
from mailnode.model.change import Change
from mailnode.model.envelope import Letter
from mailnode.model.mailbox import (
    INBOX,
    SEPARATOR,
    MailboxInfo,
    Quota,
    SpecialUse,
    mailbox_name,
)
from mailnode.testing.content import MemorySpool
from mailnode.testing.mailbox import History, MemoryMailbox
from mailnode.testing.objects import MemoryObjects


@implementer(IMailAccount)
class MemoryAccount:
    """What a person finds after login."""

    def __init__(self, name: str, id: int = 1) -> None:  # noqa: A002 - the interface's word
        self.id = id
        self.name = name
        self.history = History()
        self.inbox = MemoryMailbox(self.history, 1, INBOX)
        self.boxes = {INBOX: self.inbox}
        self.names = {INBOX}
        self.ids = 1
        self.octets_limit: int | None = None
        self.messages_limit: int | None = None
        self.kept = MemoryObjects(self.history)

    async def mailboxes(self) -> Sequence[MailboxInfo]:
        names = sorted(self.boxes, key=lambda name: (name != INBOX, name))
        boxes = (self.boxes[name] for name in names)
        return [
            MailboxInfo(b.id, b.name, b.special_use, b.name in self.names)
            for b in boxes
        ]

    async def mailbox(self, name: str) -> MemoryMailbox:
        name = mailbox_name(name)
        if name not in self.boxes:
            raise NotFound(f"no mailbox {name}")
        return self.boxes[name]

    async def create(
        self, name: str, special_use: SpecialUse | None = None
    ) -> MemoryMailbox:
        name = mailbox_name(name)
        if name in self.boxes:
            raise AlreadyExists(f"{name} is there already")
        self.ids += 1
        box = MemoryMailbox(self.history, self.ids, name)
        box.special_use = special_use
        self.boxes[name] = box
        return box

    async def rename(self, name: str, to: str) -> None:
        name, to = mailbox_name(name), mailbox_name(to)
        if to in self.boxes:
            raise AlreadyExists(f"{to} is there already")
        if name == INBOX:
            target = await self.create(to)
            await self.inbox.move(list(self.inbox.kept), target)
            return
        await self.mailbox(name)
        below = name + SEPARATOR
        for each in [n for n in self.boxes if n == name or n.startswith(below)]:
            box = self.boxes.pop(each)
            box.name = to + each.removeprefix(name)
            self.boxes[box.name] = box
            if each in self.names:
                self.names.remove(each)
                self.names.add(box.name)

    async def delete(self, name: str) -> None:
        name = mailbox_name(name)
        if name == INBOX:
            raise NotPermitted("INBOX stays")
        await self.mailbox(name)
        del self.boxes[name]

    async def subscribe(self, name: str, subscribed: bool = True) -> None:
        name = mailbox_name(name)
        if subscribed:
            self.names.add(name)
        else:
            self.names.discard(name)

    async def subscriptions(self) -> Sequence[str]:
        return sorted(self.names)

    async def quota(self) -> Quota:
        kept = [m for box in self.boxes.values() for m, _ in box.kept.values()]
        octets = sum(message.size for message in kept)
        return Quota(octets, len(kept), self.octets_limit, self.messages_limit)

    def spool(self) -> MemorySpool:
        return MemorySpool()

    def mail(self) -> IMail:
        raise NotPermitted("seen mailbox by mailbox")

    def objects(self) -> IObjects:
        return self.kept

    def watch(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        self.history.listeners.append(listener)
        return lambda: self.history.listeners.remove(listener)


@implementer(IStore)
class MemoryStore:
    """Every account there is.

    @ivar accounts: by name.
    """

    def __init__(self) -> None:
        self.accounts: dict[str, MemoryAccount] = {}
        self.delivered: set[tuple[str, str]] = set()

    async def account(self, name: str) -> MemoryAccount:
        return self.of(name)

    def of(self, name: str) -> MemoryAccount:
        """The account of that name, at once."""
        if name not in self.accounts:
            self.accounts[name] = MemoryAccount(name, len(self.accounts) + 1)
        return self.accounts[name]

    async def keepers(self, kind: str) -> Sequence[str]:  # noqa: ARG002 - of none
        return ()

    async def deliver(self, letter: Letter, content: object) -> None:
        whole = IContent(content)
        for name, _ in letter.destinations:
            if not (await self.of(name).quota()).admits(whole.size):
                raise OverQuota("the mailbox is full")
        for name, mailbox in letter.destinations:
            if (letter.delivery_id, name) in self.delivered:
                continue
            self.delivered.add((letter.delivery_id, name))
            account = self.of(name)
            box = account.boxes.get(mailbox, account.inbox)
            await box.append(whole, received=letter.received)

    def spool(self, *, passing: bool = False) -> MemorySpool:  # noqa: ARG002 - it computes nothing before it is asked
        return MemorySpool()
