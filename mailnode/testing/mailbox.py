"""A mailbox in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from zope.interface import implementer

from mailnode.errors import NotFound
from mailnode.interfaces.content import IContent, IOctets
from mailnode.interfaces.mailbox import IMailbox
from mailnode.model.change import Arrived, Change, Flagged, Vanished
from mailnode.model.mailbox import SpecialUse, Status
from mailnode.model.message import DELETED, SEEN, Message, Projections
from mailnode.testing.content import MemoryContent


class History:
    """What happened in an account, and who wants to hear of it."""

    def __init__(self) -> None:
        self.modseq = 1
        self.listeners: list[Callable[[Change], None]] = []

    def changed(self) -> int:
        """Count a change; its modseq."""
        self.modseq += 1
        return self.modseq

    def tell(self, change: Change) -> None:
        """Let the watchers know."""
        for listener in list(self.listeners):
            listener(change)


@implementer(IMailbox)
class MemoryMailbox:
    """A named set of messages."""

    def __init__(self, history: History, id: int, name: str) -> None:  # noqa: A002 - the interface's word
        self.history = history
        self.id = id
        self.name = name
        self.uidvalidity = 1
        self.uidnext = 1
        self.kept: dict[int, tuple[Message, MemoryContent]] = {}
        self.gone: dict[int, int] = {}
        self.special_use: SpecialUse | None = None
        self.subscribed = True

    async def status(self) -> Status:
        kept = [message for message, _ in self.kept.values()]
        return Status(
            messages=len(kept),
            unseen=sum(SEEN not in message.flags for message in kept),
            deleted=sum(DELETED in message.flags for message in kept),
            size=sum(message.size for message in kept),
            uidnext=self.uidnext,
            uidvalidity=self.uidvalidity,
            highest_modseq=self.history.modseq,
        )

    async def messages(self, after: int = 0, limit: int = 500) -> Sequence[Message]:
        return [m for uid, (m, _) in self.kept.items() if uid > after][:limit]

    def found(self, uid: int) -> tuple[Message, MemoryContent]:
        """A message and its octets."""
        if uid not in self.kept:
            raise NotFound(f"no message {uid}")
        return self.kept[uid]

    async def message(self, uid: int) -> Message:
        return self.found(uid)[0]

    async def projections(self, uid: int) -> Projections:
        return self.found(uid)[1].projections

    async def content(self, uid: int) -> IOctets:
        return self.found(uid)[1]

    async def append(
        self,
        content: IContent,
        flags: Iterable[str] = (),
        received: int | None = None,
    ) -> Message:
        return self.put(b"".join(content.chunks()), flags, received or 0)

    def put(self, data: bytes, flags: Iterable[str] = (), received: int = 0) -> Message:
        """Keep a message."""
        uid, self.uidnext = self.uidnext, self.uidnext + 1
        modseq = self.history.changed()
        message = Message(uid, modseq, modseq, frozenset(flags), len(data), received)
        self.kept[uid] = message, MemoryContent(data)
        self.history.tell(Arrived(self.id, (message,), modseq))
        return message

    async def store(
        self,
        uids: Iterable[int],
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
        *,
        replace: bool = False,
        unchanged_since: int | None = None,
    ) -> Sequence[Message]:
        modseq = self.history.changed()
        changed = []
        for uid in sorted(set(uids) & self.kept.keys()):
            message, content = self.kept[uid]
            if unchanged_since is not None and message.modseq > unchanged_since:
                continue
            flags = frozenset() if replace else message.flags
            flags = (flags | frozenset(add)) - frozenset(remove)
            message = Message(
                uid, message.id, modseq, flags, message.size, message.received
            )
            self.kept[uid] = message, content
            changed.append(message)
        if changed:
            self.history.tell(Flagged(self.id, tuple(changed), modseq))
        return changed

    async def expunge(self, uids: Iterable[int]) -> Sequence[int]:
        here = sorted(set(uids) & self.kept.keys())
        modseq = self.history.changed()
        for uid in here:
            del self.kept[uid]
            self.gone[uid] = modseq
        if here:
            self.history.tell(Vanished(self.id, tuple(here), modseq))
        return here

    async def copy(
        self, uids: Iterable[int], target: IMailbox
    ) -> Sequence[tuple[int, int]]:
        pairs = []
        for uid in sorted(set(uids) & self.kept.keys()):
            message, content = self.kept[uid]
            copied = await target.append(content, message.flags, message.received)
            pairs.append((uid, copied.uid))
        return pairs

    async def move(
        self, uids: Iterable[int], target: IMailbox
    ) -> Sequence[tuple[int, int]]:
        pairs = await self.copy(uids, target)
        await self.expunge(uid for uid, _ in pairs)
        return pairs

    async def changes(self, since: int) -> tuple[Sequence[Message], Sequence[int]]:
        fresh = [m for m, _ in self.kept.values() if m.modseq > since]
        return fresh, [uid for uid, modseq in self.gone.items() if modseq > since]
