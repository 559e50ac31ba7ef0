"""Emails as a whole and messages in mailboxes are the same mail, whoever changes it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from store.keeping import Keeping, mail, now

from mailnode.errors import AlreadyExists, MailError, NotFound, NotPermitted, OverQuota
from mailnode.interfaces.mail import IMailPen
from mailnode.model.change import (
    Arrived,
    Change,
    Flagged,
    MailboxChanged,
    News,
    Vanished,
)
from mailnode.model.mail import MailboxWish, Role
from mailnode.model.message import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN
from mailnode.store.mailbox import Mailbox
from mailnode.store.store import Limits

T = TypeVar("T")

ROOM = 16
"""Messages that the account may hold."""
LEVELS = ("a", "b", "Sent", "INBOX")
SYSTEM = {"$seen": SEEN, "$answered": ANSWERED, "$flagged": FLAGGED, "$draft": DRAFT}
SYSTEM_KEYWORDS = {flag.lower(): keyword for keyword, flag in SYSTEM.items()}

picks = st.integers(0, 40)
"""One of those that are there, counted round."""
some = st.lists(picks, max_size=4)
keywords = st.lists(
    st.sampled_from(["$seen", "$FLAGGED", "$draft", "$Forwarded", "work"]), max_size=3
)
flags = st.lists(
    st.sampled_from([SEEN, FLAGGED, DELETED, DELETED, "$forwarded", "Work"]), max_size=3
)
levels = st.sampled_from(LEVELS)
roles = st.sampled_from([None, None, Role.TRASH, Role.SENT, Role.INBOX])


def folded(names: Iterable[str]) -> frozenset[str]:
    """Flags or keywords as flags in lower case."""
    lower = (name.lower() for name in names)
    return frozenset(SYSTEM.get(name, name).lower() for name in lower)


@dataclass
class Kept:
    """A message in a mailbox, as it should be."""

    email: int
    flags: frozenset[str]

    @property
    def visible(self) -> bool:
        return DELETED.lower() not in self.flags


@dataclass
class Box:
    """A mailbox, as it should be; the flags are in lower case."""

    name: str
    role: Role | None = None
    order: int = 0
    uidnext: int = 1
    messages: dict[int, Kept] = field(default_factory=dict)

    def put(self, kept: Kept) -> int:
        self.messages[self.uidnext] = kept
        self.uidnext += 1
        return self.uidnext - 1

    def here(self, email: int) -> list[int]:
        """Where an email is seen."""
        return [
            uid
            for uid, kept in self.messages.items()
            if kept.email == email and kept.visible
        ]


class Mirror:
    """What somebody knows of mailboxes who only hears of their changes."""

    def __init__(self) -> None:
        self.boxes: dict[int, dict[int, frozenset[str]]] = {}
        self.names: dict[int, str] = {}
        self.modseq = 0

    def hear(self, change: Change) -> None:
        assert change.modseq >= self.modseq
        self.modseq = change.modseq
        match change:
            case Arrived(mailbox, messages):
                box = self.boxes.setdefault(mailbox, {})
                for each in messages:
                    assert each.uid not in box
                    box[each.uid] = each.flags
            case Flagged(mailbox, uids):
                box = self.boxes[mailbox]
                for uid in uids:
                    before = box[uid]
                    box[uid] = change.of(before)
                    assert box[uid] != before
            case Vanished(mailbox, gone):
                for uid in gone:
                    del self.boxes[mailbox][uid]
            case MailboxChanged(mailbox, News.DELETED):
                self.boxes.pop(mailbox, None)
                del self.names[mailbox]
            case MailboxChanged(mailbox, _, name):
                self.names[mailbox] = name


class MailMachine(RuleBasedStateMachine):
    """An account, changed by mailbox and as a whole, and what it should have."""

    @initialize()
    def open(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.keeping = Keeping(Path(self.directory.name), quota=Limits(None, ROOM))
        self.account = self.keeping.account()
        for info in now(self.account.mailboxes()):
            if info.name not in ("INBOX", "Sent", "Trash"):
                now(self.account.delete(info.name))
        self.boxes = {
            each.id: Box(each.name, each.role)
            for each in now(self.account.mail().mailboxes())
        }
        self.subscribed = {"INBOX", "Sent", "Trash", "Archive", "Junk", "Drafts"}
        self.mirror = Mirror()
        self.mirror.names = {id_: box.name for id_, box in self.boxes.items()}
        self.account.watch(self.mirror.hear)

    def teardown(self) -> None:
        if hasattr(self, "keeping"):
            try:
                self.keeping.sound()
                assert self.keeping.failures == []
            finally:
                self.keeping.close()
                self.directory.cleanup()

    # What there is to choose from.

    def box(self, pick: int) -> int:
        ids = sorted(self.boxes)
        return ids[pick % len(ids)]

    def chosen(self, picks: Sequence[int]) -> list[int]:
        return sorted({self.box(pick) for pick in picks})

    def emails(self) -> dict[int, list[Kept]]:
        """All that is seen."""
        found: dict[int, list[Kept]] = {}
        for box in self.boxes.values():
            for kept in box.messages.values():
                if kept.visible:
                    found.setdefault(kept.email, []).append(kept)
        return found

    def email(self, pick: int) -> int:
        """One that is seen, or none."""
        ids = sorted(self.emails())
        return ids[pick % len(ids)] if ids else 0

    def opened(self, mailbox: int) -> Mailbox:
        return now(self.account.mailbox(self.boxes[mailbox].name))

    def room(self, more: int) -> bool:
        return sum(len(box.messages) for box in self.boxes.values()) + more <= ROOM

    def uids(self, mailbox: int, picks: Sequence[int]) -> list[int]:
        there = sorted(self.boxes[mailbox].messages)
        return sorted({there[pick % len(there)] for pick in picks}) if there else []

    def write(
        self, work: Callable[[IMailPen], T], error: type[MailError] | None
    ) -> T | None:
        """Let the pen work, or be refused in the midst of a transaction."""
        if error is None:
            return now(self.account.mail().write(work))

        def refused(pen: IMailPen) -> None:
            try:
                work(pen)
            except error:
                return
            raise AssertionError(f"it should have raised {error}")

        now(self.account.mail().write(refused))
        return None

    # By mailbox.

    @rule(pick=picks, wanted=flags)
    def append(self, pick: int, wanted: list[str]) -> None:
        mailbox = self.box(pick)
        if self.room(1):
            content = self.keeping.content(mail())
            message = now(self.opened(mailbox).append(content, wanted))
            kept = Kept(message.id, folded(wanted))
            assert message.uid == self.boxes[mailbox].put(kept)

    @rule(pick=picks, which=some, add=flags, remove=flags, replace=st.booleans())
    def store(
        self,
        pick: int,
        which: list[int],
        add: list[str],
        remove: list[str],
        replace: bool,
    ) -> None:
        mailbox = self.box(pick)
        uids = self.uids(mailbox, which)
        now(self.opened(mailbox).store(uids, add, remove, replace=replace))
        for uid in uids:
            kept = self.boxes[mailbox].messages[uid]
            left = frozenset() if replace else kept.flags - folded(remove)
            kept.flags = left | folded(add)

    @rule(pick=picks, which=some)
    def expunge(self, pick: int, which: list[int]) -> None:
        mailbox = self.box(pick)
        uids = self.uids(mailbox, which)
        now(self.opened(mailbox).expunge(uids))
        for uid in uids:
            del self.boxes[mailbox].messages[uid]

    @rule(pick=picks, to=picks, which=some, move=st.booleans())
    def bring(self, pick: int, to: int, which: list[int], move: bool) -> None:
        source, target = self.box(pick), self.box(to)
        uids = self.uids(source, which)
        if not move and not self.room(len(uids)):
            return
        opened = self.opened(source)
        verb = opened.move if move else opened.copy
        now(verb(uids, self.opened(target)))
        box = self.boxes[source]
        for kept in [box.messages[uid] for uid in uids]:
            self.boxes[target].put(Kept(kept.email, kept.flags))
        if move:
            for uid in uids:
                del box.messages[uid]

    @rule(pick=picks, level=levels)
    def rename(self, pick: int, level: str) -> None:
        mailbox = self.box(pick)
        name = self.boxes[mailbox].name
        if name == "INBOX":
            return
        try:
            now(self.account.rename(name, level))
        except MailError:
            return
        self.renamed(name, level)

    @rule(pick=picks)
    def delete(self, pick: int) -> None:
        mailbox = self.box(pick)
        if self.boxes[mailbox].name != "INBOX":
            now(self.account.delete(self.boxes.pop(mailbox).name))

    # As a whole.

    @rule(where=some, wanted=keywords, received=st.none() | st.integers(0, 10**12))
    def add(self, where: list[int], wanted: list[str], received: int | None) -> None:
        if not self.room(1):
            return
        mailboxes = self.chosen(where)
        ready = now(self.account.mail().stage(self.keeping.content(mail())))
        error: type[MailError] | None = None
        if not mailboxes:
            error = NotPermitted
        elif not self.room(len(mailboxes)):
            error = OverQuota
        made = self.write(
            lambda pen: pen.add(ready, mailboxes, wanted, received), error
        )
        if made is not None:
            expected = self.keeping.clock() if received is None else received
            assert made.received == expected
            for mailbox in mailboxes:
                self.boxes[mailbox].put(Kept(made.id, folded(wanted)))

    @rule(pick=picks, where=some, wanted=keywords, stay=st.booleans())
    def put(self, pick: int, where: list[int], wanted: list[str], stay: bool) -> None:
        email = self.email(pick)
        here = [id_ for id_, box in self.boxes.items() if box.here(email)]
        mailboxes = sorted({*self.chosen(where), *(here if stay else ())})
        more = len(set(mailboxes) - set(here)) - len(set(here) - set(mailboxes))
        error: type[MailError] | None = None
        if not mailboxes:
            error = NotPermitted
        elif not email:
            error = NotFound
        elif not self.room(max(0, more)):
            error = OverQuota
        self.write(lambda pen: pen.put(email, mailboxes, wanted), error)
        if error is None:
            self.placed(email, mailboxes, folded(wanted))

    def placed(self, email: int, mailboxes: list[int], names: frozenset[str]) -> None:
        """An email is in some mailboxes and no others."""
        for id_, box in self.boxes.items():
            here = box.here(email)
            if id_ not in mailboxes:
                for uid in here:
                    del box.messages[uid]
            elif not here:
                box.put(Kept(email, names))
            for uid in here if id_ in mailboxes else ():
                box.messages[uid].flags = names

    @rule(pick=picks)
    def destroy(self, pick: int) -> None:
        email = self.email(pick)
        self.write(lambda pen: pen.destroy(email), None if email else NotFound)
        for box in self.boxes.values():
            for uid, kept in list(box.messages.items()):
                if kept.email == email:
                    del box.messages[uid]

    @rule(pick=picks, nested=st.booleans(), level=levels, role=roles, on=st.booleans())
    def create_mailbox(
        self, pick: int, nested: bool, level: str, role: Role | None, on: bool
    ) -> None:
        parent = self.box(pick) if nested else None
        name = level if parent is None else f"{self.boxes[parent].name}/{level}"
        taken = name in {box.name for box in self.boxes.values()}
        used = role is not None and role in {box.role for box in self.boxes.values()}
        wish = MailboxWish(level, parent, role, pick, on)
        error = AlreadyExists if taken or used else None
        made = self.write(lambda pen: pen.create_mailbox(wish), error)
        if made is not None:
            assert (made.name, made.order, made.subscribed) == (name, pick, on)
            self.boxes[made.id] = Box(name, role, pick)
            self.made_above(name)
            self.subscribe(name, on)

    @rule(
        pick=picks,
        to=picks,
        nested=st.booleans(),
        level=levels,
        role=roles,
        on=st.booleans(),
    )
    def change_mailbox(
        self,
        *,
        pick: int,
        to: int,
        nested: bool,
        level: str,
        role: Role | None,
        on: bool,
    ) -> None:
        mailbox = self.box(pick)
        box = self.boxes[mailbox]
        parent = self.box(to) if nested else None
        name = level if parent is None else f"{self.boxes[parent].name}/{level}"
        wish = MailboxWish(level, parent, role, to, on)
        error = self.why_not(mailbox, name, role)
        self.write(lambda pen: pen.change_mailbox(mailbox, wish), error)
        if error is None:
            if name != box.name:
                self.renamed(box.name, name)
            box.role, box.order = role, to
            self.subscribe(name, on)

    def why_not(
        self, mailbox: int, name: str, role: Role | None
    ) -> type[MailError] | None:
        """Why a mailbox cannot have a name and a role."""
        box = self.boxes[mailbox]
        others = {box.name for id_, box in self.boxes.items() if id_ != mailbox}
        if name != box.name:
            if box.name == "INBOX" or name.startswith(box.name + "/"):
                return NotPermitted
            moved = self.below(box.name)
            new = {name, *(name + each[len(box.name) :] for each in moved)}
            if name in others or new & (others - moved):
                return AlreadyExists
        if box.name == "INBOX":
            return None if role is Role.INBOX else NotPermitted
        used = {each.role for id_, each in self.boxes.items() if id_ != mailbox}
        return AlreadyExists if role is not None and role in used else None

    @rule(pick=picks)
    def destroy_mailbox(self, pick: int) -> None:
        mailbox = self.box(pick)
        name = self.boxes[mailbox].name
        error = NotPermitted if name == "INBOX" or self.below(name) else None
        self.write(lambda pen: pen.destroy_mailbox(mailbox), error)
        if error is None:
            del self.boxes[mailbox]

    @precondition(lambda self: bool(self.emails()))
    @rule(which=some, where=picks, wanted=keywords, fails=st.booleans())
    def several(
        self, which: list[int], where: int, wanted: list[str], fails: bool
    ) -> None:
        """Some emails at once, to one mailbox; perhaps all in vain."""
        mailbox = self.box(where)
        emails = sorted({self.email(pick) for pick in which})

        def work(pen: IMailPen) -> None:
            for email in emails:
                pen.put(email, [mailbox], wanted)
                assert pen.email(email).mailboxes == {mailbox}
            if fails:
                pen.put(0, [mailbox], wanted)

        if fails:
            try:
                now(self.account.mail().write(work))
            except NotFound:
                return
            raise AssertionError("there is no email 0")
        now(self.account.mail().write(work))
        for email in emails:
            self.placed(email, [mailbox], folded(wanted))

    # What follows.

    def below(self, name: str) -> set[str]:
        names = {box.name for box in self.boxes.values()}
        return {each for each in names if each.startswith(name + "/")}

    def renamed(self, name: str, to: str) -> None:
        """A mailbox has another name, and all below it, and their subscriptions."""
        for box in self.boxes.values():
            if box.name == name or box.name.startswith(name + "/"):
                new = to + box.name[len(name) :]
                if box.name in self.subscribed:
                    self.subscribed.remove(box.name)
                    self.subscribed.add(new)
                box.name = new
        self.made_above(to)

    def made_above(self, to: str) -> None:
        """The mailboxes above one are there again."""
        levels = to.split("/")
        for n in range(1, len(levels)):
            above = "/".join(levels[:n])
            if above not in {box.name for box in self.boxes.values()}:
                self.boxes[now(self.account.mailbox(above)).id] = Box(above)

    def subscribe(self, name: str, on: bool) -> None:
        (self.subscribed.add if on else self.subscribed.discard)(name)

    @invariant()
    def mailboxes_agree(self) -> None:
        if not hasattr(self, "boxes"):
            return
        for id_, box in self.boxes.items():
            opened = self.opened(id_)
            assert opened.id == id_
            assert {
                each.uid: (each.id, folded(each.flags))
                for each in now(opened.messages())
            } == {uid: (kept.email, kept.flags) for uid, kept in box.messages.items()}
            assert now(opened.status()).uidnext == box.uidnext
            known = {uid: kept.flags for uid, kept in box.messages.items()}
            heard = self.mirror.boxes.get(id_, {})
            assert {uid: folded(names) for uid, names in heard.items()} == known
        assert self.mirror.names == {id_: box.name for id_, box in self.boxes.items()}
        assert set(now(self.account.subscriptions())) == self.subscribed

    @invariant()
    def the_whole_agrees(self) -> None:
        if not hasattr(self, "boxes"):
            return
        whole = self.account.mail()
        expected = self.emails()
        found = {each.id: each for each in now(whole.emails(sorted(expected)))}
        assert found.keys() == expected.keys()
        for number, kept in expected.items():
            names = frozenset[str]().union(*(each.flags for each in kept))
            words = {SYSTEM_KEYWORDS.get(name, name) for name in names}
            if not all(SEEN.lower() in each.flags for each in kept):
                words.discard("$seen")
            where = {id_ for id_, box in self.boxes.items() if box.here(number)}
            assert set(found[number].keywords) == words
            assert set(found[number].mailboxes) == where
        assert {
            each.id: (each.name, each.role, each.order, each.subscribed, each.emails)
            for each in now(whole.mailboxes())
        } == {
            id_: (
                box.name,
                box.role,
                box.order,
                box.name in self.subscribed,
                len({kept.email for kept in box.messages.values() if kept.visible}),
            )
            for id_, box in self.boxes.items()
        }


MailMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestMail = MailMachine.TestCase
