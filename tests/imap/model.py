"""What an account and its clients should know, as plain dictionaries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

DELETED = "\\Deleted"
SEEN = "\\Seen"
FETCHED = re.compile(
    rb"\* (\d+) FETCH \((?:UID (\d+) ?)?(?:FLAGS \(([^)]*)\))?"
    rb"(?: ?BODY\[TEXT\] \{\d+\}\r\n(.*?))?(?: FLAGS \(([^)]*)\))?"
    rb"(?: MODSEQ \(\d+\))?\)",
    re.DOTALL,
)
OK = b"OK"


def numbers_in(said: bytes) -> list[int]:
    """The numbers of a set, in its order."""
    found: list[int] = []
    for part in said.split(b",") if said else ():
        low, _, high = part.partition(b":")
        found += range(int(low), int(high or low) + 1)
    return found


@dataclass
class Kept:
    """A message in a mailbox."""

    text: bytes
    flags: frozenset[str]


@dataclass(eq=False)
class Box:
    """A mailbox.

    @ivar gone: it has been deleted.
    @ivar validity: its UIDVALIDITY, once somebody was told.
    """

    messages: dict[int, Kept] = field(default_factory=dict)
    uidnext: int = 1
    gone: bool = False
    validity: bytes = b""

    def put(self, kept: Kept) -> int:
        """One more; its UID."""
        self.messages[self.uidnext] = kept
        self.uidnext += 1
        return self.uidnext - 1

    def counted(self, bears: Callable[[Kept], bool]) -> int:
        """How many messages are so."""
        return sum(map(bears, self.messages.values()))


class Account:
    """Mailboxes by name; every verb says with which code it should be refused."""

    def __init__(self, names: Iterable[str]) -> None:
        self.boxes = {name: Box() for name in names}

    def create(self, name: str) -> bytes:
        if name in self.boxes:
            return b"NO [ALREADYEXISTS]"
        self.boxes[name] = Box()
        self.above(name)
        return OK

    def above(self, name: str) -> None:
        """The mailboxes above one are made with it."""
        levels = name.split("/")
        for n in range(1, len(levels)):
            self.boxes.setdefault("/".join(levels[:n]), Box())

    def delete(self, name: str) -> bytes:
        if name == "INBOX":
            return b"NO [CANNOT]"
        if name in self.boxes:
            self.boxes.pop(name).gone = True
            return OK
        below = any(each.startswith(name + "/") for each in self.boxes)
        return b"NO [HASCHILDREN]" if below else b"NO [NONEXISTENT]"

    def rename(self, name: str, to: str) -> bytes:
        if to == "INBOX":
            return b"NO [ALREADYEXISTS]"
        if name not in self.boxes:
            return b"NO [NONEXISTENT]"
        if to in self.boxes:
            return b"NO [ALREADYEXISTS]"
        if name == "INBOX":
            old, new = self.boxes["INBOX"], Box()
            if old.messages:
                new.messages, old.messages = old.messages, {}
                new.uidnext = old.uidnext
            self.boxes[to] = new
        elif to.startswith(name + "/"):
            return b"NO [CANNOT]"
        else:
            moved = [n for n in self.boxes if n == name or n.startswith(name + "/")]
            names = {old: to + old[len(name) :] for old in moved}
            if any(new in self.boxes for new in names.values() if new not in moved):
                return b"NO [ALREADYEXISTS]"
            taken = {names[old]: self.boxes.pop(old) for old in moved}
            self.boxes.update(taken)
        self.above(to)
        return OK

    def bring(
        self, source: Box, uids: Sequence[int], target: Box, *, move: bool
    ) -> list[tuple[int, int]]:
        """Copy or move messages; the pairs of COPYUID."""
        pairs = []
        for uid in uids:
            kept = source.messages[uid]
            pairs.append((uid, target.put(Kept(kept.text, kept.flags))))
        if move:
            for uid in uids:
                del source.messages[uid]
        return pairs


@dataclass
class Known:
    """What a client knows of the mailbox it has selected.

    @ivar uids: by message number, less one.
    @ivar flags: what it was told of them last, or did to them.
    @ivar touched: UIDs whose flags others changed since it was told.
    @ivar saved: what C{$} stands for.
    """

    box: Box
    read_only: bool
    uids: list[int] = field(default_factory=list)
    flags: dict[int, frozenset[str]] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    saved: list[int] = field(default_factory=list)

    @property
    def last(self) -> int:
        """The last UID it knows."""
        return self.uids[-1] if self.uids else 0

    def there(self, uids: Iterable[int]) -> list[int]:
        """Those of some UIDs that are still in the mailbox, and known."""
        wanted = set(uids).intersection(self.uids)
        return [uid for uid in self.box.messages if uid in wanted]

    def doomed(self) -> list[int]:
        """What EXPUNGE takes away: nothing that came without its knowledge."""
        return [
            uid
            for uid, kept in self.box.messages.items()
            if DELETED in kept.flags and uid <= self.last
        ]

    def hear(self, line: bytes) -> tuple[int, bytes | None] | None:
        """What a client makes of an untagged response; what FETCH told of what."""
        words = line.split(b" ")
        if words[2:] == [b"EXISTS"]:
            fresh = [uid for uid in self.box.messages if uid > self.last]
            assert fresh, "EXISTS brings something new"
            assert int(words[1]) == len(self.uids) + len(fresh)
            self.uids += fresh
        elif words[2:] == [b"EXPUNGE"]:
            gone = self.uids.pop(int(words[1]) - 1)
            assert gone not in self.box.messages
            self.flags.pop(gone, None)
        elif words[1] == b"VANISHED":
            for uid in numbers_in(words[-1]):
                assert uid not in self.box.messages
                self.uids.remove(uid)
                self.flags.pop(uid, None)
        elif words[2:3] == [b"FETCH"]:
            return self.fetched(line)
        else:
            assert words[1] in (b"FLAGS", b"OK", b"SEARCH", b"ESEARCH", b"BYE") or (
                words[2:] == [b"RECENT"]
            ), line
        return None

    def fetched(self, line: bytes) -> tuple[int, bytes | None]:
        """Which message a FETCH is about, and its text if it was told."""
        found = FETCHED.fullmatch(line)
        assert found is not None, line
        number, said_uid, flags, text, late = found.groups()
        uid = self.uids[int(number) - 1]
        assert said_uid in (None, b"%d" % uid)
        told = flags if late is None else late
        if told is not None:
            names = frozenset(told.decode().split()) - {"\\Recent"}
            assert names == self.box.messages[uid].flags, (uid, names)
            self.flags[uid] = names
            self.touched.discard(uid)
        return uid, text

    def agrees(self, *, expunges: bool) -> None:
        """It has been told everything.

        @param expunges: also of what is gone.
        """
        there = list(self.box.messages)
        if expunges:
            assert self.uids == there
        assert [uid for uid in self.uids if uid in self.box.messages] == there
        for uid in there:
            assert self.flags.get(uid) in (None, self.box.messages[uid].flags), uid
