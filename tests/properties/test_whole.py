"""The whole of an account is what its mailboxes have, whatever happens in any order."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from store.keeping import Keeping, now
from store.naive import Naive, Seen, View

from mailnode.errors import MailError
from mailnode.model.mail import Counted, Kind, Question
from mailnode.model.mailbox import SpecialUse
from mailnode.model.message import ANSWERED, DELETED, DRAFT, SEEN
from mailnode.query import Within
from mailnode.store.removal import TABLES
from mailnode.store.whole import catching

NAMES = ("INBOX", "Trash", "a", "a/b", "b")
FLAGS = (SEEN, SEEN, DELETED, DRAFT, ANSWERED, "$Work")
SUBJECTS = ("one", "Re: one", "two")
CLIENTS = 4

names = st.sampled_from(NAMES)
flags = st.lists(st.sampled_from(FLAGS), max_size=2).map(tuple)
uids = st.lists(st.integers(1, 8), min_size=1, max_size=6)

VISIBLE = (
    (
        "SELECT id, thread, received, size, sender, subject, keywords, mailboxes, unread"
        " FROM whole_email WHERE destroyed IS NULL"
    ),
    (
        "SELECT id, name, special_use, emails, unread, threads, unread_threads"
        " FROM whole_mailbox WHERE destroyed IS NULL"
    ),
    "SELECT mailbox, received, email FROM whole_place",
    "SELECT id, held, emails, unread FROM whole_thread WHERE destroyed IS NULL",
    "SELECT * FROM whole_talk",
    "SELECT * FROM whole_reference",
)
AGAIN = (
    (
        "SELECT id, received, size, sender, subject, keywords, mailboxes, unread"
        " FROM whole_email WHERE destroyed IS NULL"
    ),
    (
        "SELECT id, name, special_use, emails, unread"
        " FROM whole_mailbox WHERE destroyed IS NULL"
    ),
    "SELECT mailbox, received, email FROM whole_place",
)
"""The same without threads, which remember what is gone."""


def dumped(tx: apsw.Connection, queries: tuple[str, ...]) -> list[set[Any]]:
    """What is kept, but not since when."""
    return [set(tx.execute(query)) for query in queries]


def named(counted: Counted) -> tuple[Any, ...]:
    """A mailbox without its counters."""
    return counted.name, counted.role, counted.subscribed, counted.order


@dataclass
class Client:
    """What somebody knows who has looked once, and hears of changes since."""

    states: dict[Kind, int]
    view: View
    lists: dict[tuple[int, bool], list[int]] = field(default_factory=dict)


class WholeMachine(RuleBasedStateMachine):
    """An account that is changed as IMAP does, and looked at as JMAP does."""

    @initialize()
    def open(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.keeping = Keeping(Path(self.directory.name))
        self.account = self.keeping.account()
        for info in now(self.account.mailboxes()):
            if info.name not in NAMES:
                now(self.account.delete(info.name))
        self.tx = self.keeping.shards[0].connection
        self.mail = self.account.mail()
        self.naive = Naive(self.account)
        self.number = 0
        self.clients: list[Client] = []

    def teardown(self) -> None:
        if hasattr(self, "keeping"):
            try:
                self.look(most=3, replaced=0, page=1)
                self.keeping.sound()
            finally:
                self.keeping.close()
                self.directory.cleanup()

    def attempt(self, work: Any) -> None:
        """Do it, if it can be done."""
        try:
            now(work)
        except MailError:
            return

    @rule(
        name=names,
        refers=st.lists(st.integers(1, 12), max_size=3),
        subject=st.sampled_from(SUBJECTS),
        wanted=flags,
        earlier=st.integers(0, 3),
    )
    def append(
        self,
        name: str,
        refers: list[int],
        subject: str,
        wanted: tuple[str, ...],
        earlier: int,
    ) -> None:
        if not self.there(name):
            return
        self.number += 1
        references = " ".join(f"<{n}@x>" for n in refers)
        octets = (
            f"Message-ID: <{self.number}@x>\r\nReferences: {references}\r\n"
            f"From: {name} <x@y>\r\nSubject: {subject}\r\n\r\n{self.number}\r\n"
        ).encode()
        self.keeping.clock.moment += 1
        if not wanted:
            self.keeping.deliver(octets, mailbox=name)
            return
        received = self.keeping.clock.moment - earlier
        box = now(self.account.mailbox(name))
        now(box.append(self.keeping.content(octets), wanted, received))

    @rule(name=names, which=uids, add=flags, remove=flags, replace=st.booleans())
    def store(
        self,
        name: str,
        which: list[int],
        add: tuple[str, ...],
        remove: tuple[str, ...],
        replace: bool,
    ) -> None:
        if self.there(name):
            box = now(self.account.mailbox(name))
            now(box.store(which, add, remove, replace=replace))

    @rule(name=names, to=names, which=uids, move=st.booleans())
    def bring(self, name: str, to: str, which: list[int], move: bool) -> None:
        if self.there(name) and self.there(to):
            box, target = (now(self.account.mailbox(each)) for each in (name, to))
            now((box.move if move else box.copy)(which, target))

    @rule(name=names, which=uids)
    def expunge(self, name: str, which: list[int]) -> None:
        if self.there(name):
            now(now(self.account.mailbox(name)).expunge(which))

    @rule(name=names, trash=st.booleans())
    def create(self, name: str, trash: bool) -> None:
        self.attempt(self.account.create(name, SpecialUse.TRASH if trash else None))

    @rule(name=names, to=names)
    def rename(self, name: str, to: str) -> None:
        self.attempt(self.account.rename(name, to))

    @rule(name=names)
    def delete(self, name: str) -> None:
        self.attempt(self.account.delete(name))

    @rule(name=names, wanted=st.booleans())
    def subscribe(self, name: str, wanted: bool) -> None:
        now(self.account.subscribe(name, wanted))

    def there(self, name: str) -> bool:
        return any(info.name == name for info in now(self.account.mailboxes()))

    @rule(
        most=st.integers(1, 4),
        replaced=st.integers(0, CLIENTS - 1),
        page=st.sampled_from([1, 2, 100]),
    )
    def look(self, most: int, replaced: int, page: int) -> None:
        self.catch_up(most)
        view = self.naive.look()
        assert self.present() == view
        for client in self.clients:
            self.tell(client, view, page)
        client = Client({kind: now(self.mail.state(kind)) for kind in Kind}, view)
        for mailbox in view.mailboxes:
            for collapse in (False, True):
                client.lists[mailbox, collapse] = self.found(mailbox, collapse)
                listed = view.listed(mailbox, collapse=collapse)
                assert client.lists[mailbox, collapse] == listed
        if len(self.clients) < CLIENTS:
            self.clients.append(client)
        else:
            self.clients[replaced] = client

    def catch_up(self, most: int) -> None:
        """In small steps, which comes to the same as in large ones, and as anew."""
        self.tx.execute("SAVEPOINT once")
        catching.settle(self.tx, self.account.id, 1)
        at_once, anew = dumped(self.tx, VISIBLE), dumped(self.tx, AGAIN)
        for table, *_ in TABLES:
            if table.startswith("whole"):
                self.tx.execute(f"DELETE FROM {table}")
        catching.settle(self.tx, self.account.id, 1)
        assert dumped(self.tx, AGAIN) == anew
        self.tx.execute("ROLLBACK TO once")
        self.tx.execute("RELEASE once")
        while now(
            self.keeping.shards[0].write(
                lambda tx: catching.catch_up(tx, self.account.id, 1, most)
            )
        ):
            pass
        assert dumped(self.tx, VISIBLE) == at_once

    def present(self) -> View:
        """What is told of all there is."""
        view = View()
        for counted in now(self.mail.mailboxes()):
            view.mailboxes[counted.id] = counted
        for email in sorted(self.naive.known):
            for each in now(self.mail.emails([email])):
                view.emails[email] = Seen(
                    each.mailboxes, each.keywords, each.received, each.thread
                )
        threads = now(self.mail.threads(sorted(self.naive.known)))
        assert {thread.id: thread.emails for thread in threads} == view.threads
        return view

    def found(self, mailbox: int, collapse: bool) -> list[int]:
        """The emails of a mailbox."""
        question = Question(Within(frozenset({mailbox})), collapse=collapse)
        found = now(self.mail.find(question))
        total = now(found.total())
        ids = list(now(found.window(0, 1000)))
        assert len(ids) == total
        assert [now(found.index(id_)) for id_ in ids] == list(range(total))
        return ids

    def tell(self, client: Client, view: View, page: int) -> None:
        """A client learns what changed, and knows the present then."""
        for (mailbox, collapse), ids in client.lists.items():
            self.move(client, ids, Question(Within(frozenset({mailbox})), (), collapse))
            assert ids == view.listed(mailbox, collapse=collapse)
        client.lists = {key: ids for key, ids in client.lists.items() if ids}
        emails, threads = dict(client.view.emails), dict(client.view.threads)
        mailboxes = dict(client.view.mailboxes)
        self.follow(client, Kind.EMAIL, emails, view.emails, page)
        self.follow(client, Kind.THREAD, threads, view.threads, page)
        self.follow(client, Kind.MAILBOX, mailboxes, view.mailboxes, page)
        client.view = View(emails, mailboxes)

    def move(self, client: Client, ids: list[int], question: Question) -> None:
        """Bring a list up to date (RFC 8620, 5.6)."""
        moved = now(self.mail.moved(question, client.states[Kind.EMAIL], None))
        for id_ in moved.removed:
            ids.remove(id_)
        for id_, place in moved.added:
            ids.insert(place, id_)
        assert moved.total == len(ids)

    def follow(
        self,
        client: Client,
        kind: Kind,
        copy: dict[int, Any],
        present: dict[int, Any],
        page: int,
    ) -> None:
        """Bring a copy up to date (RFC 8620, 5.2)."""
        while True:
            changed = now(self.mail.changed(kind, client.states[kind], page))
            assert len({*changed.created, *changed.updated, *changed.destroyed}) <= page
            for id_ in changed.destroyed:
                copy.pop(id_, None)
            assert all(id_ in copy for id_ in changed.updated)
            if changed.counts_only and not changed.more:
                for id_ in changed.updated:
                    assert named(copy[id_]) == named(present[id_])
            for id_ in (*changed.created, *changed.updated):
                copy[id_] = present.get(id_)  # None: it goes with a later page
            client.states[kind] = changed.state
            if not changed.more:
                break
        assert copy == present
        assert client.states[kind] == now(self.mail.state(kind))


WholeMachine.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestWhole = WholeMachine.TestCase
