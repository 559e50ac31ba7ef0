"""A mailbox in memory."""

from __future__ import annotations

import dataclasses
from array import array
from collections.abc import Callable, Iterable, Sequence

from zope.interface import implementer

from mailnode.errors import NotFound
from mailnode.interfaces.content import IContent, IOctets
from mailnode.interfaces.mailbox import IMailbox
from mailnode.message.fields import chosen
from mailnode.message.finding import Facts, find
from mailnode.model.change import Arrived, Change, Flagged, Marked, Vanished
from mailnode.model.mailbox import Columns, Index, SpecialUse, Status
from mailnode.model.message import (
    DELETED,
    OCTETS,
    SEEN,
    THREAD,
    HeaderFields,
    Message,
    Projections,
    Wanted,
)
from mailnode.query import Query
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
        self.account = 1

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

    async def index(self, after: int = 0, limit: int = 10_000) -> Index:
        kept = await self.messages(after, limit)
        sets = list(dict.fromkeys(message.flags for message in kept))
        return Index(
            array("I", [message.uid for message in kept]),
            array("I", [sets.index(message.flags) for message in kept]),
            array("Q", [message.modseq for message in kept]),
            sets,
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

    async def projected(self, uids: Sequence[int]) -> Sequence[tuple[int, Projections]]:
        return [(u, self.kept[u][1].projections) for u in uids if u in self.kept]

    async def columns(self, uids: Sequence[int], wanted: Sequence[Wanted]) -> Columns:
        here = [uid for uid in uids if uid in self.kept]
        return Columns(
            here, [[self.known(uid, one) for uid in here] for one in wanted], uids[-1]
        )

    def known(self, uid: int, wanted: Wanted) -> object:
        """Something about a message."""
        message, content = self.kept[uid]
        if isinstance(wanted, HeaderFields):
            return chosen(content.data[: content.header_size], wanted)
        if wanted == OCTETS:
            return content.data
        if wanted == THREAD:
            return None
        of = message if hasattr(message, wanted) else content.projections
        return getattr(of, wanted)

    async def content(self, uid: int) -> IOctets:
        return self.found(uid)[1]

    async def opened(self, uids: Sequence[int]) -> Sequence[tuple[int, IOctets]]:
        return [(uid, self.kept[uid][1]) for uid in uids if uid in self.kept]

    async def search(
        self, asked: Query, among: Iterable[int] | None = None
    ) -> Sequence[int]:
        uids = self.kept if among is None else sorted(set(among) & self.kept.keys())
        known = [self.kept[uid][0] for uid in uids]
        facts = [
            Facts(m.uid, frozenset(map(str.lower, m.flags)), m.modseq) for m in known
        ]

        async def nobody_waits() -> None:
            """There are no others."""

        return await find(self, asked, facts, nobody_waits)

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
    ) -> Marked:
        here = sorted(set(uids) & self.kept.keys())
        late = self.history.modseq if unchanged_since is None else unchanged_since
        refused = [uid for uid in here if self.kept[uid][0].modseq > late]
        here = [uid for uid in here if self.kept[uid][0].modseq <= late]
        modseq = self.history.changed()
        change = Flagged(
            self.id, (), frozenset(add), frozenset(remove), replace, modseq
        )
        changed = []
        for uid in here:
            message, content = self.kept[uid]
            flags = change.of(message.flags)
            if flags != message.flags:
                self.kept[uid] = (
                    dataclasses.replace(message, flags=flags, modseq=modseq),
                    content,
                )
                changed.append(uid)
        if not changed:
            return Marked(here, refused)
        self.history.tell(dataclasses.replace(change, uids=changed))
        return Marked(here, refused, (modseq,))

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
