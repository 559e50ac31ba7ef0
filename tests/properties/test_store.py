"""An account does what a few dictionaries do, whatever is asked of it in any order."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from store.keeping import ANA, BOB, Keeping, mail, now, whole

from mailnode import query
from mailnode.errors import AlreadyExists, MailError, NotFound, NotPermitted, OverQuota
from mailnode.model.change import Arrived, Change, Flagged, MailboxChanged, Vanished
from mailnode.model.change import News as What
from mailnode.model.message import DELETED, FLAGGED, SEEN
from mailnode.store.store import Limits

NAMES = ("INBOX", "Trash", "a", "a/b", "a/b/c", "b", "b/c")
FLAGS = (SEEN, DELETED, FLAGGED, "$Work", "Junk", "junk")
TEXTS = tuple(f"text {n}" for n in range(4))

names = st.sampled_from(NAMES)
flags = st.lists(st.sampled_from(FLAGS), max_size=3).map(tuple)
texts = st.sampled_from(TEXTS)
uids = st.lists(st.integers(1, 12), max_size=6)
LIMITS = Limits(30 * len(mail(TEXTS[0])), 30)


@dataclass
class Kept:
    """A message, as it should be."""

    text: str
    flags: frozenset[str]
    email: int


@dataclass
class Box:
    """A mailbox, as it should be."""

    number: int
    messages: dict[int, Kept] = field(default_factory=dict)
    uidnext: int = 1
    uidvalidity: int = 0

    def put(self, kept: Kept) -> int:
        """One more."""
        self.messages[self.uidnext] = kept
        self.uidnext += 1
        return self.uidnext - 1


def spelt(box: Box, wanted: tuple[str, ...], spellings: dict[Any, str]) -> set[str]:
    """Flags as the mailbox spells them, which is as it first heard them."""
    return {
        spellings.setdefault((box.number, flag.casefold()), flag) for flag in wanted
    }


class AccountMachine(RuleBasedStateMachine):
    """An account, and dictionaries that say what it should have."""

    @initialize()
    def open(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.keeping = Keeping(Path(self.directory.name), quota=LIMITS)
        self.account = self.keeping.account()
        self.boxes: dict[str, Box] = {}
        for info in now(self.account.mailboxes()):
            if info.name in NAMES:
                self.boxes[info.name] = Box(info.id)
            else:
                now(self.account.delete(info.name))
        self.spellings: dict[Any, str] = {}
        self.delivered: set[str] = set()
        self.heard: list[Change] = []
        self.account.watch(self.heard.append)
        self.seen = {name: self.snapshot(name) for name in self.boxes}
        self.seen_number = {name: box.number for name, box in self.boxes.items()}
        self.modseq = 0

    def teardown(self) -> None:
        if hasattr(self, "keeping"):
            self.keeping.sound()
            self.keeping.close()
            self.directory.cleanup()

    def room(self, number: int) -> bool:
        """Whether so many more fit; all have the same size."""
        return sum(len(box.messages) for box in self.boxes.values()) + number <= 30

    def snapshot(self, name: str) -> tuple[int, dict[int, tuple[int, frozenset[str]]]]:
        """What a client knows who has just looked."""
        box = now(self.account.mailbox(name))
        known = {m.uid: (m.modseq, m.flags) for m in now(box.messages())}
        return now(box.status()).highest_modseq, known

    def refused(self, work: Any, error: type[MailError]) -> None:
        """Something must not succeed, and change nothing."""
        heard = len(self.heard)
        try:
            now(work)
        except error:
            assert len(self.heard) == heard
        else:
            raise AssertionError(f"it should have raised {error.__name__}")

    @rule(name=names, text=texts, wanted=flags)
    def append(self, name: str, text: str, wanted: tuple[str, ...]) -> None:
        if name not in self.boxes:
            return
        opened, box = now(self.account.mailbox(name)), self.boxes[name]
        work = opened.append(self.keeping.content(mail(text)), wanted)
        if not self.room(1):
            self.refused(work, OverQuota)
            return
        message = now(work)
        spelling = frozenset(spelt(box, wanted, self.spellings))
        assert message.uid == box.put(Kept(text, spelling, message.id))
        assert message.flags == spelling

    @rule(name=names, text=texts, key=st.integers(1, 6), other=st.booleans())
    def deliver(self, name: str, text: str, key: int, other: bool) -> None:
        delivery_id = f"key {key}"
        new = delivery_id not in self.delivered
        if new and not self.room(1):
            try:
                self.keeping.deliver(mail(text), ANA, BOB, delivery_id=delivery_id)
            except OverQuota:
                return
            raise AssertionError("there was no room")
        there = (ANA, BOB) if other else (ANA,)
        try:
            self.keeping.deliver(
                mail(text), *there, mailbox=name, delivery_id=delivery_id
            )
        except OverQuota:
            assert other  # bob is full
            return
        if new:
            self.delivered.add(delivery_id)
            arrived = self.heard[-1]
            assert isinstance(arrived, Arrived)
            box = self.boxes.get(name, self.boxes["INBOX"])
            assert arrived.mailbox == box.number
            box.put(Kept(text, frozenset(), arrived.messages[0].id))

    @rule(name=names, which=uids, add=flags, remove=flags, replace=st.booleans())
    def store(
        self,
        name: str,
        which: list[int],
        add: tuple[str, ...],
        remove: tuple[str, ...],
        replace: bool,
    ) -> None:
        if name not in self.boxes:
            return
        opened, box = now(self.account.mailbox(name)), self.boxes[name]
        done = now(opened.store(which, add, remove, replace=replace))
        there = [uid for uid in sorted(set(which)) if uid in box.messages]
        assert list(done.uids) == there
        gone = {flag.casefold() for flag in remove}
        for uid in there:
            kept, message = box.messages[uid], now(opened.message(uid))
            left = {
                flag
                for flag in kept.flags
                if not replace and flag.casefold() not in gone
            }
            kept.flags = frozenset(left | spelt(box, add, self.spellings))
            assert message.flags == kept.flags

    @rule(name=names, which=uids)
    def expunge(self, name: str, which: list[int]) -> None:
        if name not in self.boxes:
            return
        opened, box = now(self.account.mailbox(name)), self.boxes[name]
        gone = now(opened.expunge(which))
        assert gone == [uid for uid in sorted(set(which)) if uid in box.messages]
        for uid in gone:
            del box.messages[uid]

    @rule(name=names, to=names, which=uids, move=st.booleans())
    def bring(self, name: str, to: str, which: list[int], move: bool) -> None:
        if name not in self.boxes or to not in self.boxes:
            return
        opened, box = now(self.account.mailbox(name)), self.boxes[name]
        target, there = now(self.account.mailbox(to)), self.boxes[to]
        chosen = [uid for uid in sorted(set(which)) if uid in box.messages]
        if not move and not self.room(len(chosen)) and chosen:
            self.refused(opened.copy(which, target), OverQuota)
            return
        verb = opened.move if move else opened.copy
        pairs = now(verb(which, target))
        assert [old for old, _ in pairs] == chosen
        copied = [box.messages[uid] for uid in chosen]
        arrived = {message.uid: message for message in now(target.messages())}
        for (old, new), kept in zip(pairs, copied, strict=True):
            if move:
                del box.messages[old]
            spelling = frozenset(spelt(there, tuple(kept.flags), self.spellings))
            assert new == there.put(Kept(kept.text, spelling, kept.email))
            assert arrived[new].id == kept.email

    @rule(name=names, flag=st.sampled_from(FLAGS), text=texts, away=st.booleans())
    def search(self, name: str, flag: str, text: str, away: bool) -> None:
        if name not in self.boxes:
            return
        opened, box = now(self.account.mailbox(name)), self.boxes[name]
        words = query.Some((query.Body(text), query.Header("subject", text[:-1])))
        flagged: query.Query = query.Flagged(flag)
        asked = query.Every((words, query.Not(flagged) if away else flagged))
        assert now(opened.search(asked)) == [
            uid
            for uid, kept in box.messages.items()
            if away != (flag.casefold() in {each.casefold() for each in kept.flags})
        ]
        assert now(opened.search(query.Text(text), range(1, 7))) == [
            uid for uid, kept in box.messages.items() if kept.text == text and uid < 7
        ]

    @rule(later=st.booleans())
    def index(self, later: bool) -> None:
        """Somebody brings the words of the mail up to date."""
        self.keeping.clock.moment += 3_600_000 if later else 0
        for catalogue in self.keeping.store.catalogues:
            now(catalogue.catch_up())

    @rule(name=names)
    def create(self, name: str) -> None:
        if name in self.boxes:
            self.refused(self.account.create(name), AlreadyExists)
            return
        made = now(self.account.create(name))
        self.boxes[name] = Box(made.id)
        self.make_above(name)

    @rule(name=names)
    def delete(self, name: str) -> None:
        if name == "INBOX":
            self.refused(self.account.delete(name), NotPermitted)
        elif name not in self.boxes:
            self.refused(self.account.delete(name), NotFound)
        else:
            now(self.account.delete(name))
            del self.boxes[name]

    @rule(name=names, to=names)
    def rename(self, name: str, to: str) -> None:
        if name not in self.boxes:
            self.refused(self.account.rename(name, to), NotFound)
            return
        moved = {
            old: to + old[len(name) :]
            for old in self.boxes
            if old == name or (old.startswith(name + "/") and name != "INBOX")
        }
        taken = any(new in self.boxes and new not in moved for new in moved.values())
        below = to.startswith(name + "/")
        if to in self.boxes or (taken and not below):
            self.refused(self.account.rename(name, to), AlreadyExists)
            return
        if below:
            self.refused(self.account.rename(name, to), NotPermitted)
            return
        now(self.account.rename(name, to))
        if name == "INBOX":
            self.empty_inbox(to)
        else:
            boxes = {old: self.boxes.pop(old) for old in moved}
            self.boxes.update({moved[old]: box for old, box in boxes.items()})
        self.make_above(to)

    def empty_inbox(self, to: str) -> None:
        """Everything in INBOX goes to a new mailbox, with the keywords it knew."""
        old = self.boxes["INBOX"]
        new = self.boxes[to] = Box(now(self.account.mailbox(to)).id)
        if not old.messages:
            return
        new.messages, old.messages = old.messages, {}
        new.uidnext = old.uidnext
        for (number, folded), flag in list(self.spellings.items()):
            if number == old.number:
                self.spellings[new.number, folded] = flag

    def make_above(self, name: str) -> None:
        """The mailboxes above one are there, whoever made them."""
        levels = name.split("/")
        for n in range(1, len(levels)):
            above = "/".join(levels[:n])
            if above not in self.boxes:
                self.boxes[above] = Box(now(self.account.mailbox(above)).id)

    @precondition(lambda self: bool(self.seen))
    @rule(name=names)
    def catch_up(self, name: str) -> None:
        """A client who was away learns what became of what it knew."""
        if name not in self.boxes:
            return
        opened = now(self.account.mailbox(name))
        since, known = 0, dict[int, tuple[int, frozenset[str]]]()
        if self.seen_number.get(name) == opened.id:
            since, known = self.seen[name]
        answer = now(opened.changes(since))
        assert answer is not None
        messages, gone = answer
        for uid in gone:
            known.pop(uid, None)
        for message in messages:
            known[message.uid] = (message.modseq, message.flags)
        self.seen[name] = self.snapshot(name)
        self.seen_number[name] = opened.id
        assert known == self.seen[name][1]

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "boxes"):
            return
        infos = now(self.account.mailboxes())
        assert {info.name: info.id for info in infos} == {
            name: box.number for name, box in self.boxes.items()
        }
        for name, box in self.boxes.items():
            opened = now(self.account.mailbox(name))
            found = now(opened.messages())
            assert {m.uid: (m.flags, m.id) for m in found} == {
                uid: (kept.flags, kept.email) for uid, kept in box.messages.items()
            }
            status = now(opened.status())
            assert status.uidnext == box.uidnext
            assert status.messages == len(box.messages)
            assert status.unseen == sum(
                SEEN not in kept.flags for kept in box.messages.values()
            )
            index = now(opened.index())
            sets = [index.sets[each] for each in index.flags]
            packed = zip(index.uids, sets, index.modseqs, strict=True)
            assert list(packed) == [(m.uid, m.flags, m.modseq) for m in found]
            some = [*box.messages, box.uidnext][-3:]
            octets = now(opened.opened(some))
            assert {uid: whole(each) for uid, each in octets} == {
                uid: mail(kept.text)
                for uid, kept in box.messages.items()
                if uid in some
            }
            known = now(opened.projected(some))
            assert [uid for uid, _ in known] == [uid for uid, _ in octets]
            for uid, projections in known:
                assert projections.preview.startswith(box.messages[uid].text)
        self.news_is_in_order()

    def news_is_in_order(self) -> None:
        """Every change was told once, in order, and none before its time."""
        for change in self.heard:
            assert isinstance(change, Arrived | Flagged | Vanished | MailboxChanged)
            assert change.modseq >= self.modseq
            self.modseq = change.modseq
            if isinstance(change, MailboxChanged) and change.news is What.RENAMED:
                assert change.before is not None
        self.heard.clear()


AccountMachine.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestAccount = AccountMachine.TestCase
