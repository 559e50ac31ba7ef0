"""The selected mailbox as this client knows it: which number is which UID.

Message numbers live here and nowhere else (RFC 9051, 2.3.1.2).  A client
knows the first messages of the view, as many as it was told of.  Only when
one of those leaves before the client may be told does it get a list of its
own, which it keeps until it is told.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import compress, islice

from mailnode.errors import SyntaxFault
from mailnode.imap.grammar import SequenceSet
from mailnode.imap.view import View, stretch
from mailnode.model.message import SYSTEM_FLAGS
from mailnode.model.numbers import NumberSet

REMEMBERED = 4096
"""Messages with new flags that are remembered one by one; with more, we go by
their modseq."""
TOLD = 1000
"""Messages whose flags are told at once."""


MODSEQS = frozenset((b"CONDSTORE", b"QRESYNC"))
"""What makes us tell modseqs once it is enabled (RFC 7162, 3.1 and 3.2.3)."""
RECENT = b"\\Recent"
MANY = 1000
"""Numbers that are found in one walk through the mailbox, not one by one."""


class Unsaid:
    """What the client does not know yet, apart from arrivals.

    @ivar vanished: UIDs, among those it knows.
    @ivar flagged: by the modseq of the change: UIDs whose flags changed.
    @ivar count: how many there are in C{flagged}.
    @ivar since: all flags that changed at this modseq or later are unsaid.
    """

    __slots__ = ("count", "flagged", "since", "vanished")

    def __init__(self) -> None:
        self.vanished: list[int] = []
        self.flagged: dict[int, Sequence[int]] = {}
        self.count = 0
        self.since: int | None = None

    def add(self, uids: Sequence[int], modseq: int) -> None:
        """Flags changed.

        The change that comes last is remembered message by message, however
        many it has: if it was the client's own, C{forget} comes at once.
        """
        if self.since is None and self.count > REMEMBERED:
            self.since, self.flagged, self.count = min(self.flagged), {}, 0
        if self.since is None:
            self.flagged[modseq] = uids
            self.count += len(uids)

    def forget(self, modseq: int) -> None:
        """A whole change need not be told."""
        self.count -= len(self.flagged.pop(modseq, ()))

    def said(self, uids: Iterable[int]) -> None:
        """The flags of some messages have just been told."""
        if not self.flagged:
            return
        told = frozenset(uids)
        left = {
            modseq: [uid for uid in pending if uid not in told]
            for modseq, pending in self.flagged.items()
        }
        self.flagged = {modseq: pending for modseq, pending in left.items() if pending}
        self.count = sum(map(len, self.flagged.values()))

    def next(self, limit: int) -> list[int]:
        """Some messages whose flags are to be told, ascending; they are told then."""
        if not self.flagged:
            return []
        some: set[int] = set()
        for pending in self.flagged.values():
            some.update(islice(pending, limit))
            if len(some) >= limit:
                break
        chosen = sorted(some)[:limit]
        self.said(chosen)
        return chosen


class Selected:
    """A client's part of an open mailbox.

    @ivar told: how many messages the client knows.
    @ivar own: the UIDs it knows, if they are not the first of the view.
    @ivar recent: UIDs that no session knew before this one (RFC 3501, 2.3.2).
    @ivar saved: what C{$} stands for (RFC 9051, 6.4.4.1).
    @ivar keywords: how many of all there have been the client was told of.
    @ivar enabled: what the client has enabled, as the session keeps it.
    @ivar voice: called when there is news, while the client listens.
    """

    __slots__ = (
        "enabled",
        "keywords",
        "own",
        "read_only",
        "recent",
        "saved",
        "told",
        "unsaid",
        "view",
        "voice",
    )

    def __init__(self, view: View, *, read_only: bool) -> None:
        self.view = view
        self.read_only = read_only
        self.told = 0
        self.own: array[int] | None = None
        self.unsaid = Unsaid()
        self.recent = array("I")
        self.saved: list[int] = []
        self.keywords = 0
        self.enabled: AbstractSet[bytes] = frozenset()
        self.voice: Callable[[], None] = silent
        uids = view.uids
        self.recent.extend(uids[bisect_right(uids, view.claimed) :])
        if uids and not read_only:
            view.claimed = uids[-1]
        view.watchers.append(self)

    # What the view tells.

    def arrived(self, uids: Sequence[int], *, recent: bool) -> None:
        if recent:
            self.recent.extend(uids)

    def flagged(self, uids: Sequence[int], modseq: int) -> None:
        if uids[-1] > self.last:
            # Those beyond will be told of with their flags as they are.
            uids = uids[: bisect_right(uids, self.last)]
        if uids:
            self.unsaid.add(uids, modseq)

    def vanishing(self, uids: Sequence[int]) -> None:
        known = uids[: bisect_right(uids, self.last)]
        if known:
            if self.own is None:
                self.own = self.view.uids[: self.told]
            self.unsaid.vanished += known
        gone = frozenset(uids)
        if self.saved:
            self.saved = [uid for uid in self.saved if uid not in gone]
        if self.recent:
            self.recent = array("I", [uid for uid in self.recent if uid not in gone])

    def wake(self) -> None:
        self.voice()

    # What the client is ready for.

    @property
    def modseqs(self) -> bool:
        """It is told a modseq with all flags (RFC 7162, 3.1)."""
        return not self.enabled.isdisjoint(MODSEQS)

    @property
    def vanishes(self) -> bool:
        """It is told UIDs of what left, not numbers (RFC 7162, 3.2.10)."""
        return b"QRESYNC" in self.enabled

    # What the client means.

    @property
    def uids(self) -> array[int]:
        """The UIDs the client knows, by number less one."""
        if self.own is not None:
            return self.own
        uids = self.view.uids
        return uids if self.told == len(uids) else uids[: self.told]

    @property
    def count(self) -> int:
        """How many messages the client knows."""
        return self.told if self.own is None else len(self.own)

    @property
    def last(self) -> int:
        """The last UID the client knows; 0 when there is none."""
        if self.own is not None:
            return self.own[-1] if self.own else 0
        return self.view.uids[self.told - 1] if self.told else 0

    def number(self, uid: int) -> int:
        """The number of a message the client knows."""
        uids = self.view.uids if self.own is None else self.own
        return bisect_left(uids, uid) + 1

    def numbers(self, uids: Sequence[int]) -> Sequence[int]:
        """The numbers of some messages the client knows, ascending."""
        at = stretch(self.view.uids if self.own is None else self.own, uids)
        if at >= 0:
            return range(at + 1, at + 1 + len(uids))
        if len(uids) < MANY:
            return [self.number(uid) for uid in uids]
        wanted = frozenset(uids)
        return [at for at, uid in enumerate(self.uids, 1) if uid in wanted]

    def chosen(self, which: SequenceSet, *, by_uid: bool) -> Sequence[int]:
        """The UIDs the client means, ascending.

        @raise SyntaxFault: for a number beyond the last (RFC 9051, 9).
        """
        uids = self.uids
        if which.saved:
            return [uid for uid in self.saved if uid <= self.last]
        if by_uid:
            return which.resolved(self.last).among(uids)
        numbers = which.resolved(len(uids))
        beyond = not uids and bool(which.spans)
        if beyond or numbers.last > len(uids):
            raise SyntaxFault(f"numbers from 1 to {len(uids)}")
        chosen = array("I")
        for low, high in numbers.spans:
            chosen += uids[low - 1 : high]
        return chosen

    def here(self, uid: int) -> bool:
        """Whether a message the client knows is still there."""
        return self.own is None or self.view.at(uid) >= 0

    def still(self, uids: Sequence[int]) -> Sequence[int]:
        """Those messages the client knows that are still there."""
        if self.own is None:
            return uids
        return [uid for uid in uids if self.view.at(uid) >= 0]

    def changed(self, uids: Sequence[int], since: int) -> Sequence[int]:
        """Those of some messages that are there and changed after a modseq."""
        view = self.view
        if len(uids) < MANY:
            places = ((uid, view.at(uid)) for uid in uids)
            return [uid for uid, at in places if at >= 0 and view.modseqs[at] > since]
        late = [modseq > since for modseq in view.modseqs]
        changed = frozenset(compress(view.uids, late))
        return [uid for uid in uids if uid in changed]

    def highest(self, uids: Sequence[int]) -> int:
        """The highest modseq of some messages; 1 when none is there."""
        view = self.view
        if len(uids) < MANY:
            places = (view.at(uid) for uid in uids)
            return max((view.modseqs[at] for at in places if at >= 0), default=1)
        wanted = frozenset(uids)
        named = [uid in wanted for uid in view.uids]
        return max(compress(view.modseqs, named), default=1)

    # What the client is told.

    def flag_list(self, uid: int, *, recent: bool) -> bytes:
        """C{FLAGS (...)} of a message.

        @param recent: say C{\\Recent} too, for a client of rev1.
        """
        [flags] = self.written((uid,), recent=recent)
        return b"FLAGS (" + flags + b")"

    def modseqs_of(self, uids: Sequence[int]) -> Sequence[int]:
        """The modseqs of messages; of one that has left just now, the last there was."""
        view = self.view
        places = map(view.at, uids)
        return [view.modseqs[at] if at >= 0 else view.edges.highest for at in places]

    def state(self, uid: int, *, recent: bool) -> bytes:
        """What is told of a message that is there and has changed."""
        flags = self.flag_list(uid, recent=recent)
        if not self.modseqs:
            return flags
        return b"%b MODSEQ (%d)" % (flags, self.modseqs_of((uid,))[0])

    def written(self, uids: Sequence[int], *, recent: bool) -> Sequence[bytes]:
        """The flags of messages, ascending, each without its parentheses.

        @param recent: C{\\Recent} too, for a client of rev1.
        """
        view = self.view
        written = view.palette.written
        at = stretch(view.uids, uids)
        if at >= 0:
            lists = [written[flags] for flags in view.flags[at : at + len(uids)]]
        else:
            places = map(view.at, uids)
            lists = [written[view.flags[at]] if at >= 0 else b"" for at in places]
        if recent and self.recent and uids[0] <= self.recent[-1]:
            for number, uid in enumerate(uids):
                if self.is_recent(uid):
                    lists[number] = b" ".join(filter(None, (lists[number], RECENT)))
        return lists

    def is_recent(self, uid: int) -> bool:
        """Whether no session knew of a message before this one."""
        at = bisect_left(self.recent, uid)
        return at < len(self.recent) and self.recent[at] == uid

    def said(self, uids: Iterable[int]) -> None:
        """The client has just been told the flags of these."""
        self.unsaid.said(uids)

    def news(self, *, expunges: bool, recent: bool) -> list[bytes]:
        """Some untagged responses that bring the client up to date.

        To be asked again until there are none.

        @param expunges: false while numbers are in use (RFC 9051, 7.5.1).
        @param recent: the client knows rev1.
        """
        lines: list[bytes] = []
        if expunges and self.own is not None:
            lines += self.expunged()
        if self.view.palette.heard > self.keywords:
            lines.append(self.flags_response())
        lines += self.exists(recent=recent)
        lines += self.changed_flags(recent=recent)
        return lines

    def expunged(self) -> list[bytes]:
        """EXPUNGE for all that left, from the last to the first; or VANISHED.

        In that order no number changes that is still to be told.
        """
        own, gone = self.own, self.unsaid.vanished
        if own is None:
            return []
        if self.vanishes:
            lines = [vanished(NumberSet.of(sorted(gone)))]
        else:
            gone.sort(reverse=True)
            lines = [b"* %d EXPUNGE\r\n" % (bisect_left(own, uid) + 1) for uid in gone]
        self.own, self.told = None, len(own) - len(gone)
        self.unsaid.vanished = []
        return lines

    def exists(self, *, recent: bool) -> list[bytes]:
        """EXISTS, if there are more than the client knows."""
        view = self.view.uids
        before = self.count
        if self.own is None:
            self.told = len(view)
        else:
            self.own.extend(view[bisect_right(view, self.last) :])
        if self.count == before:
            return []
        lines = [b"* %d EXISTS\r\n" % self.count]
        if recent:
            lines.append(b"* %d RECENT\r\n" % len(self.recent))
        return lines

    def changed_flags(self, *, recent: bool) -> list[bytes]:
        """FETCH with the flags of some messages where they changed."""
        unsaid = self.unsaid
        if unsaid.since is not None:
            view, since = self.view, unsaid.since
            pairs = zip(view.uids, view.modseqs, strict=True)
            late = [uid for uid, m in pairs if m >= since and uid <= self.last]
            unsaid.since = None
            unsaid.add(late, since)
        lines = []
        for uid in unsaid.next(TOLD):
            if self.view.at(uid) >= 0:
                said = self.state(uid, recent=recent)
                lines.append(
                    b"* %d FETCH (UID %d %b)\r\n" % (self.number(uid), uid, said)
                )
        return lines

    def flags_response(self) -> bytes:
        """FLAGS: what there is in this mailbox (RFC 9051, 7.3.5)."""
        palette = self.view.palette
        self.keywords = palette.heard
        names = " ".join([*SYSTEM_FLAGS, *palette.keywords.values()])
        return b"* FLAGS (%b)\r\n" % names.encode()


def vanished(uids: NumberSet, *, earlier: bool = False) -> bytes:
    """VANISHED for some UIDs (RFC 7162, 3.2.10)."""
    when = b"(EARLIER) " if earlier else b""
    return b"* VANISHED %b%b\r\n" % (when, uids.written())


def silent() -> None:
    """The client does not listen now."""
