"""An open mailbox, shared by all sessions that have it selected: 16 octets a message."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Protocol

from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.mailbox import IMailbox
from mailnode.model.change import (
    Arrived,
    Change,
    Flagged,
    MailboxChanged,
    News,
    ObjectChanged,
    Vanished,
)
from mailnode.model.mailbox import Index
from mailnode.model.message import SEEN, SYSTEM_FLAGS, Message

LOADED = 10_000
"""Messages read at once when a mailbox is opened: some 5 ms."""
MARKS = 10_000
"""Mailboxes of which we remember whom their latest messages were told to."""
SPARE = 1000
"""Sets of flags beyond one for each message, before the unused are dropped."""
KEYWORDS = 100
"""Keywords that are known of a mailbox before the unused are dropped; the store has
room for 58."""
KEPT = 1_000_000
"""Messages of mailboxes that stay open when nobody has them selected any more, in
case somebody comes back: 16 MB."""
KEPT_VIEWS = 200
"""Such mailboxes, however small."""
FEW = 8
"""Messages that are taken out of the arrays one by one."""

Key = tuple[str, int, int]
"""The account's name and id, and the mailbox's id."""
Pause = Callable[[], Awaitable[None]]
"""Lets other conversations have their turn."""


class Watcher(Protocol):
    """A session's own part of an open mailbox."""

    read_only: bool

    def arrived(self, uids: Sequence[int], *, recent: bool) -> None:
        """These came, and are in the view."""

    def flagged(self, uids: Sequence[int], modseq: int) -> None:
        """The flags of these, ascending, changed, and are so in the view."""

    def vanishing(self, uids: Sequence[int]) -> None:
        """These, ascending, are about to leave the view."""

    def wake(self) -> None:
        """There is news."""


class Palette:
    """The sets of flags that the messages of a mailbox bear, by number.

    There are few different ones, so each is written out once.

    @ivar sets: each set.
    @ivar written: each as C{flag-list} without its parentheses.
    @ivar folded: each in lower case, for SEARCH.
    @ivar keywords: the keywords seen, in the order they came, by lower case.
    @ivar heard: how many there have been so far, those that are forgotten too.
    """

    def __init__(self) -> None:
        self.numbers: dict[frozenset[str], int] = {}
        self.sets: list[frozenset[str]] = []
        self.written: list[bytes] = []
        self.folded: list[frozenset[str]] = []
        self.keywords: dict[str, str] = {}
        self.heard = 0

    def number(self, flags: frozenset[str]) -> int:
        """The number of a set, a new one if it must be."""
        number = self.numbers.get(flags)
        if number is None:
            number = self.numbers[flags] = len(self.sets)
            self.sets.append(flags)
            keywords = sorted(flags.difference(SYSTEM_FLAGS))
            names = [flag for flag in SYSTEM_FLAGS if flag in flags] + keywords
            self.written.append(" ".join(names).encode())
            self.folded.append(frozenset(flag.lower() for flag in flags))
            for keyword in keywords:
                self.heard += keyword.lower() not in self.keywords
                self.keywords.setdefault(keyword.lower(), keyword)
        return number

    def spelled(self, flag: str) -> str:
        """A flag as this mailbox spells it: their case means nothing."""
        return self.keywords.get(flag.lower(), flag)


class Becoming(dict[int, int]):
    """What becomes of each set of flags in a change, by number."""

    def __init__(self, palette: Palette, change: Flagged) -> None:
        self.palette = palette
        self.change = change

    def __missing__(self, number: int) -> int:
        flags = self.palette.sets[number]
        self[number] = self.palette.number(self.change.of(flags))
        return self[number]


@dataclass(slots=True)
class Edges:
    """Where something in a mailbox begins.

    @ivar uidnext: above all UIDs that were ever given (RFC 9051, 2.3.1.1).
    @ivar highest: the modseq of the last change (RFC 7162, 3.1.2.1).
    @ivar seen: up to this UID all are known to be C{\\Seen}.
    """

    uidnext: int = 1
    highest: int = 0
    seen: int = 0


class View:
    """What is in a mailbox, as of the last change that was committed.

    @ivar uids: ascending; C{flags} and C{modseqs} go with them.
    @ivar flags: numbers in the palette.
    @ivar claimed: the last UID that some session was told of first.
    @ivar gone: the mailbox has been deleted.
    """

    def __init__(self, mailbox: IMailbox) -> None:
        self.mailbox = mailbox
        self.uids = array("I")
        self.flags = array("I")
        self.modseqs = array("Q")
        self.palette = Palette()
        self.watchers: list[Watcher] = []
        self.edges = Edges()
        self.claimed = 0
        self.gone = False
        self.stop: Callable[[], None] = lambda: None

    async def load(self, account: IMailAccount, pause: Pause) -> None:
        """Read the mailbox, and hear of its changes from now on.

        @raise NotFound: when it has been deleted.
        """
        meanwhile: list[Change] = []
        stop = account.watch(meanwhile.append)
        try:
            status = await self.mailbox.status()
            self.edges = Edges(status.uidnext, status.highest_modseq)
            after = 0
            while (batch := await self.mailbox.index(after, LOADED)).uids:
                self.take(batch)
                after = batch.uids[-1]
                await pause()
        finally:
            stop()
        self.stop = account.watch(self.changed)
        for change in meanwhile:
            self.changed(change)

    def at(self, uid: int) -> int:
        """Where a message is in the arrays; -1 if it is not there."""
        at = bisect_left(self.uids, uid)
        return at if at < len(self.uids) and self.uids[at] == uid else -1

    def flags_of(self, uid: int) -> frozenset[str]:
        """The flags of a message, in lower case; none if it is not there."""
        at = self.at(uid)
        return self.palette.folded[self.flags[at]] if at >= 0 else frozenset()

    def first_unseen(self) -> int:
        """The number of the first message without \\Seen, among all; 0 for none."""
        unseen = [SEEN.lower() not in flags for flags in self.palette.folded]
        for at in range(bisect_right(self.uids, self.edges.seen), len(self.uids)):
            if unseen[self.flags[at]]:
                return at + 1
            self.edges.seen = self.uids[at]
        return 0

    def changed(self, change: Change) -> None:
        """Hear of a change in the account."""
        if isinstance(change, ObjectChanged) or change.mailbox != self.mailbox.id:
            return
        match change:
            case Arrived(messages=messages):
                self.arrived(messages)
            case Flagged():
                self.flagged(change)
            case Vanished(uids=uids):
                self.vanished(uids)
            case MailboxChanged(news=News.DELETED):
                self.gone = True
            case _:
                return
        if not self.gone:
            self.edges.highest = max(self.edges.highest, change.modseq)
        for watcher in list(self.watchers):
            watcher.wake()

    def arrived(self, messages: Iterable[Message]) -> None:
        """Messages came; their UIDs are above all others."""
        last = self.uids[-1] if self.uids else 0
        fresh = [message for message in messages if message.uid > last]
        if not fresh:
            return
        self.add(fresh)
        uids = [message.uid for message in fresh]
        claimant = next((each for each in self.watchers if not each.read_only), None)
        for watcher in self.watchers:
            watcher.arrived(uids, recent=claimant in (watcher, None))
        if claimant is not None:
            self.claimed = uids[-1]

    def flagged(self, change: Flagged) -> None:
        """Flags of messages changed."""
        modseq = change.modseq
        if SEEN not in change.add:
            self.edges.seen = min(self.edges.seen, change.uids[0] - 1)
        becomes = Becoming(self.palette, change)
        at = self.at(change.uids[0])
        end = at + len(change.uids)
        uids = array("I", change.uids)
        if at >= 0 and self.uids[at:end] == uids and max(self.modseqs[at:end]) < modseq:
            flags = self.flags[at:end]
            self.flags[at:end] = array("I", [becomes[each] for each in flags])
            self.modseqs[at:end] = array("Q", [modseq]) * len(uids)
        else:
            uids = array("I", [uid for uid in uids if self.changes(uid, modseq)])
            for uid in uids:
                at = self.at(uid)
                self.flags[at] = becomes[self.flags[at]]
                self.modseqs[at] = modseq
        for watcher in self.watchers if uids else ():
            watcher.flagged(uids, modseq)
        self.drop_unused()

    def changes(self, uid: int, modseq: int) -> bool:
        """Whether a message is there and we have not seen this change yet."""
        at = self.at(uid)
        return at >= 0 and self.modseqs[at] < modseq

    def vanished(self, uids: Iterable[int]) -> None:
        """Messages left."""
        here = sorted(uid for uid in uids if self.at(uid) >= 0)
        if not here:
            return
        for watcher in self.watchers:
            watcher.vanishing(here)
        if len(here) <= FEW:
            for uid in here:
                at = self.at(uid)
                del self.uids[at], self.flags[at], self.modseqs[at]
            return
        gone = frozenset(here)
        kept = [uid not in gone for uid in self.uids]
        self.uids = array("I", compress(self.uids, kept))
        self.flags = array("I", compress(self.flags, kept))
        self.modseqs = array("Q", compress(self.modseqs, kept))

    def take(self, index: Index) -> None:
        """Put messages at the end, as the mailbox has packed them."""
        numbers = [self.palette.number(flags) for flags in index.sets]
        self.uids.extend(index.uids)
        self.edges.uidnext = max(self.edges.uidnext, self.uids[-1] + 1)
        self.flags.extend([numbers[each] for each in index.flags])
        self.modseqs.extend(index.modseqs)

    def add(self, messages: Sequence[Message]) -> None:
        """Put messages at the end."""
        number = self.palette.number
        self.uids.extend([message.uid for message in messages])
        self.edges.uidnext = max(self.edges.uidnext, self.uids[-1] + 1)
        self.flags.extend([number(message.flags) for message in messages])
        self.modseqs.extend([message.modseq for message in messages])

    def drop_unused(self) -> None:
        """Forget sets of flags that no message has any more, if there are many.

        The same for keywords, which the store forgets as well.
        """
        old = self.palette
        many = len(old.keywords) > KEYWORDS
        if len(old.written) <= len(self.uids) + SPARE and not many:
            return
        sets = old.sets
        self.palette = Palette()
        self.palette.keywords = {} if many else old.keywords
        number = self.palette.number
        self.flags = array("I", [number(sets[each]) for each in self.flags])
        self.palette.heard = old.heard


def stretch(among: array[int], uids: Sequence[int]) -> int:
    """Where some UIDs stand together in others, all ascending; -1, if they do not."""
    at = bisect_left(among, uids[0]) if uids else 0
    same = among[at : at + len(uids)] == array("I", uids)
    return at if same else -1


class Views:
    """The mailboxes that are open in this process, and who has them.

    @ivar keys: where each of them is kept.
    @ivar left: those that nobody has selected any more, the longest ago first.
    """

    def __init__(self) -> None:
        self.open: dict[Key, View] = {}
        self.keys: dict[View, Key] = {}
        self.left: dict[Key, None] = {}
        self.marks: dict[Key, int] = {}

    async def join(
        self, account: IMailAccount, mailbox: IMailbox, pause: Pause
    ) -> View:
        """The view of a mailbox, opened if it must be; C{leave} it some time.

        @raise NotFound: when the mailbox has been deleted.
        """
        key = (account.name, account.id, mailbox.id)
        if key in self.open:
            self.left.pop(key, None)
            return self.open[key]
        view = View(mailbox)
        await view.load(account, pause)
        if key in self.open:  # somebody else was faster
            view.stop()
            self.left.pop(key, None)
            return self.open[key]
        if not view.gone:
            self.open[key] = view
            self.keys[view] = key
        view.claimed = self.marks.get(key, view.uids[-1] if view.uids else 0)
        return view

    def leave(self, view: View, watcher: Watcher | None = None) -> None:
        """A session is done with a view."""
        if watcher is not None and watcher in view.watchers:
            view.watchers.remove(watcher)
        if view.watchers:
            return
        key = self.keys.get(view)
        if key is None or view.gone:
            self.close(view)
            return
        self.left[key] = None
        kept = sum(len(self.open[each].uids) for each in self.left)
        while kept > KEPT or len(self.left) > KEPT_VIEWS:
            oldest = self.open[next(iter(self.left))]
            kept -= len(oldest.uids)
            self.close(oldest)

    def close(self, view: View) -> None:
        """Forget a mailbox that nobody has selected, but not whom we told of it."""
        view.stop()
        key = self.keys.pop(view, None)
        if key is None:
            return
        del self.open[key]
        self.left.pop(key, None)
        self.marks.pop(key, None)
        if len(self.marks) >= MARKS:
            del self.marks[next(iter(self.marks))]
        self.marks[key] = view.claimed

    def mark(self, account: IMailAccount, mailbox: IMailbox) -> int | None:
        """The last UID that some session was told of; C{None} if we forgot."""
        key = (account.name, account.id, mailbox.id)
        if key in self.open:
            return self.open[key].claimed
        return self.marks.get(key)
