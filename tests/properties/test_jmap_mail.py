"""What IMAP does, JMAP sees, and the other way round; and clients who only hear of
changes know in the end what those know who ask for all (RFC 8621, 1.1; RFC 8620, 5)."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from jmap.office import Office, Person
from smtp.coroutine import finish

from mailnode.errors import MailError
from mailnode.jmap.ijson import JSON, Object
from mailnode.model.message import (
    ANSWERED,
    DELETED,
    DRAFT,
    FLAGGED,
    SEEN,
    SYSTEM_FLAGS,
    Message,
)
from mailnode.store.store import Limits

NAMES = ("INBOX", "Trash", "Archive", "a", "a/b", "a/b/c", "c")
LEAVES = ("a", "b", "c", "Archive")
SUBJECTS = ("one", "two")
IMAP_FLAGS = (SEEN, SEEN, DELETED, DRAFT, FLAGGED, ANSWERED, "$Work")
KEYWORDS = ("$seen", "$seen", "$draft", "$flagged", "$answered", "$Work")

PATIENCE = 4
"""Steps until clients ask what has happened."""

names = st.sampled_from(NAMES)
flags = st.lists(st.sampled_from(IMAP_FLAGS), max_size=2)
uids = st.lists(st.integers(1, 6), min_size=1, max_size=4)
nth = st.integers(0, 20)


# What there is, by its definition


def keyword(flag: str) -> str:
    """A flag as JMAP has it (RFC 8621, 4.1.1)."""
    return (flag.replace("\\", "$") if flag in SYSTEM_FLAGS else flag).lower()


class Truth:
    """What IMAP has, and what JMAP should therefore show.

    @ivar messages: by the id of a mailbox.
    """

    def __init__(self, person: Person) -> None:
        self.names: dict[str, str] = {}
        self.messages: dict[str, list[Message]] = {}
        for info in finish(person.account.mailboxes()):
            box = finish(person.account.mailbox(info.name))
            self.names[f"P1-{info.id}"] = info.name
            self.messages[f"P1-{info.id}"] = list(finish(box.messages()))

    def shown(self) -> dict[str, tuple[set[str], set[str]]]:
        """The mailboxes and keywords of each email; what is deleted is not there."""
        found: dict[str, list[tuple[str, set[str]]]] = {}
        for mailbox, messages in self.messages.items():
            for message in messages:
                if DELETED not in message.flags:
                    words = set(map(keyword, message.flags))
                    found.setdefault(f"M1-{message.id}", []).append((mailbox, words))
        return {
            email: (
                {mailbox for mailbox, _ in places},
                together([w for _, w in places]),
            )
            for email, places in found.items()
        }

    def deleted(self) -> list[tuple[str, int, frozenset[str]]]:
        """The messages that are not there for JMAP."""
        return [
            (mailbox, message.uid, message.flags)
            for mailbox, messages in self.messages.items()
            for message in messages
            if DELETED in message.flags
        ]

    def counts(self, mailbox: str) -> tuple[int, int]:
        """C{totalEmails} and C{unreadEmails} of a mailbox (RFC 8621, 2)."""
        here = [words for boxes, words in self.shown().values() if mailbox in boxes]
        unread = [words for words in here if not words & {"$seen", "$draft"}]
        return len(here), len(unread)


def together(places: list[set[str]]) -> set[str]:
    """C{$seen} if all have it, others if one has."""
    found = set[str]().union(*places)
    return found - {"$seen"} | set.intersection(*places) & {"$seen"}


# Clients


class Copy:
    """What a client knows of a type, by /get once, and /changes from then on.

    @ivar most: changes that it wants to hear of at a time.
    """

    def __init__(self, person: Person, kind: str, most: int) -> None:
        self.person = person
        self.kind = kind
        self.most = most
        told = person.one(f"{kind}/get", ids=everything(person, kind))
        self.state: str = told["state"]
        self.known: dict[str, Any] = {each["id"]: each for each in told["list"]}

    def hear(self) -> None:
        """Ask what has changed, and only that."""
        while True:
            told = self.person.one(
                f"{self.kind}/changes", sinceState=self.state, maxChanges=self.most
            )
            if told.get("type") == "cannotCalculateChanges":
                self.__init__(self.person, self.kind, self.most)  # type: ignore[misc]  # it begins anew
                return
            ids = told["created"], told["updated"], told["destroyed"]
            assert sum(map(len, ids)) <= self.most
            assert len(set().union(*ids)) == sum(map(len, ids))
            for each in told["destroyed"]:
                self.known.pop(each, None)
            self.read(told["created"], None)
            self.read(told["updated"], told.get("updatedProperties"))
            self.state = told["newState"]
            if not told["hasMoreChanges"]:
                return

    def read(self, ids: list[str], properties: list[str] | None) -> None:
        """Read objects, or those properties of them that have changed."""
        more: dict[str, JSON] = (
            {} if properties is None else {"properties": [*properties]}
        )
        told = self.person.one(f"{self.kind}/get", ids=[*ids], **more)
        for each in told["list"]:
            self.known[each["id"]] = self.known.get(each["id"], {}) | each
        for each in told["notFound"]:
            self.known.pop(each, None)


def everything(person: Person, kind: str) -> JSON:
    """The ids of all objects; C{None}, if /get will tell all."""
    if kind == "Email":
        return [*person.found()]
    if kind == "Thread":
        told = person.one("Email/get", ids=[*person.found()], properties=["threadId"])
        return [*{each["threadId"] for each in told["list"]}]
    return None


class View:
    """The results of a query, known once, and by /queryChanges from then on.

    @ivar limit: only so many are known, the first ones; C{None} for all.
    """

    def __init__(
        self, person: Person, kind: str, arguments: Object, limit: int | None
    ) -> None:
        self.person = person
        self.kind = kind
        self.arguments = arguments
        self.limit = limit
        self.begin()

    def begin(self) -> None:
        """Ask for it."""
        told = self.asked()
        self.state: str = told["queryState"]
        self.ids: list[str] = told["ids"]

    def asked(self) -> dict[str, Any]:
        """What the query says now."""
        more: Object = {"limit": self.limit, "calculateTotal": True}
        return self.person.one(f"{self.kind}/query", **self.arguments | more)

    def hear(self) -> None:
        """Ask how it has changed, and put that in (RFC 8620, 5.6)."""
        more: Object = {"sinceQueryState": self.state, "calculateTotal": True}
        if self.limit is not None and self.ids:
            more["upToId"] = self.ids[-1]
        told = self.person.one(f"{self.kind}/queryChanges", **self.arguments | more)
        if told.get("type") == "cannotCalculateChanges":
            self.begin()
            return
        self.ids = [each for each in self.ids if each not in told["removed"]]
        places = [each["index"] for each in told["added"]]
        assert places == sorted(places)
        for each in told["added"]:
            if each["index"] <= len(self.ids):
                self.ids.insert(each["index"], each["id"])
        self.state = told["newQueryState"]
        assert told["total"] == self.asked()["total"]

    def agree(self) -> None:
        """It is what those hear who ask for all."""
        told = self.person.one(f"{self.kind}/query", **self.arguments)["ids"]
        if self.limit is None:
            assert self.ids == told
        else:
            assert self.ids == told[: len(self.ids)]
            self.begin()


NEWEST: list[JSON] = [{"property": "receivedAt", "isAscending": False}]
OLDEST: list[JSON] = [{"property": "receivedAt"}]
BY_NAME: list[JSON] = [{"property": "name"}]
VIEWS: tuple[tuple[str, Object, int | None], ...] = (
    ("Email", {"filter": {"inMailbox": "P1-1"}, "sort": NEWEST}, None),
    ("Email", {"filter": {"inMailbox": "P1-1"}, "sort": NEWEST}, 2),
    (
        "Email",
        {"filter": {"inMailbox": "P1-1"}, "sort": NEWEST, "collapseThreads": True},
        None,
    ),
    (
        "Email",
        {"filter": {"inMailbox": "P1-1"}, "sort": NEWEST, "collapseThreads": True},
        1,
    ),
    ("Email", {"filter": {"inMailbox": "P1-6"}, "sort": OLDEST}, None),
    ("Email", {"filter": {"inMailbox": "P1-6"}, "sort": OLDEST}, 2),
    ("Email", {"filter": {"hasKeyword": "$seen"}}, None),
    ("Email", {"filter": {"someInThreadHaveKeyword": "$flagged"}}, None),
    ("Mailbox", {"sort": BY_NAME}, None),
    ("Mailbox", {"sort": BY_NAME, "sortAsTree": True}, None),
    ("Mailbox", {"filter": {"isSubscribed": True}, "filterAsTree": True}, None),
    ("Mailbox", {"filter": {"parentId": None}, "sort": BY_NAME}, 3),
    ("Quota", {"sort": [{"property": "used"}]}, None),
)


class Mail(RuleBasedStateMachine):
    """One person, by IMAP and by JMAP."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        quota = Limits(octets=10**6, messages=12)
        self.office = Office(Path(self.directory.name), quota=quota)
        self.person = self.office.ana
        self.sent = 0
        self.copies = [
            Copy(self.person, kind, most)
            for kind in ("Mailbox", "Email", "Thread", "Quota")
            for most in (3, 100)
            if most == 100 or kind != "Mailbox"
        ]
        self.views = [View(self.person, *each) for each in VIEWS]
        self.steps = 0

    @initialize(drawn=st.lists(st.tuples(names, flags), min_size=2, max_size=6))
    def furnish(self, drawn: list[tuple[str, list[str]]]) -> None:
        """There is some mail to begin with, and mailboxes below each other."""
        finish(self.person.account.create("a/b/c"))
        for each in ("a", "a/b", "a/b/c"):
            finish(self.person.account.subscribe(each))
        for number, (name, flags) in enumerate(drawn):
            self.append(name, flags, SUBJECTS[number % 2], number % 3)

    def teardown(self) -> None:
        self.clients_hear()
        self.office.close()
        self.directory.cleanup()

    # By IMAP

    def attempt(self, work: Callable[[], Any]) -> None:
        """Do what can be done."""
        with contextlib.suppress(MailError):
            work()

    def box(self, name: str) -> Any:
        """A mailbox as IMAP has it."""
        return finish(self.person.account.mailbox(name))

    @rule(
        name=names,
        flags=flags,
        subject=st.sampled_from(SUBJECTS),
        moment=st.integers(0, 2),
    )
    def append(self, name: str, flags: list[str], subject: str, moment: int) -> None:
        self.sent += 1
        header = f"Subject: {subject}\r\nMessage-ID: <{self.sent}@x>\r\n"
        octets = f"{header}References: <{subject}@x>\r\n\r\n{self.sent}\r\n".encode()
        content = self.office.keeping.content(octets)
        self.attempt(
            lambda: finish(self.box(name).append(content, flags, moment * 1000))
        )

    @rule(name=names, uids=uids, add=flags, remove=flags)
    def store(
        self, name: str, uids: list[int], add: list[str], remove: list[str]
    ) -> None:
        self.attempt(lambda: finish(self.box(name).store(uids, add, remove)))

    @rule(name=names, uids=uids)
    def expunge(self, name: str, uids: list[int]) -> None:
        self.attempt(lambda: finish(self.box(name).expunge(uids)))

    @rule(name=names, uids=uids, to=names)
    def copy(self, name: str, uids: list[int], to: str) -> None:
        self.attempt(lambda: finish(self.box(name).copy(uids, self.box(to))))

    @rule(name=names, uids=uids, to=names)
    def move(self, name: str, uids: list[int], to: str) -> None:
        self.attempt(lambda: finish(self.box(name).move(uids, self.box(to))))

    @rule(name=names)
    def create(self, name: str) -> None:
        self.attempt(lambda: finish(self.person.account.create(name)))

    @rule(name=names)
    def delete(self, name: str) -> None:
        self.attempt(lambda: finish(self.person.account.delete(name)))

    @rule(name=names, to=names)
    def rename(self, name: str, to: str) -> None:
        self.attempt(lambda: finish(self.person.account.rename(name, to)))

    @rule(name=names, subscribed=st.booleans())
    def subscribe(self, name: str, subscribed: bool) -> None:
        self.attempt(lambda: finish(self.person.account.subscribe(name, subscribed)))

    # By JMAP

    def email(self, number: int) -> str:
        """One of the emails."""
        found = sorted(self.person.found())
        return found[number % len(found)] if found else "M1-9999"

    def mailbox(self, number: int) -> str:
        """One of the mailboxes."""
        found = sorted(Truth(self.person).names)
        return found[number % len(found)]

    def set(self, kind: str, **arguments: JSON) -> dict[str, Any]:
        """What comes of a /set, whose states are true."""
        before = self.person.one(f"{kind}/get", ids=[])["state"]
        told = self.person.one(f"{kind}/set", **arguments)
        assert told["oldState"] == before
        assert told["newState"] == self.person.one(f"{kind}/get", ids=[])["state"]
        return told

    @rule(number=nth, word=st.sampled_from(KEYWORDS), on=st.booleans())
    def mark(self, number: int, word: str, on: bool) -> None:
        email, before = self.email(number), Truth(self.person)
        told = self.set("Email", update={email: {f"keywords/{word}": on or None}})
        if told["updated"] is None:
            assert told["notUpdated"][email]["type"] == "notFound"
            return
        after = Truth(self.person)
        mailboxes, words = before.shown()[email]
        wanted = words | {word.lower()} if on else words - {word.lower()}
        assert after.shown() == before.shown() | {email: (mailboxes, wanted)}
        assert after.deleted() == before.deleted()

    @rule(number=nth, to=st.lists(nth, min_size=1, max_size=3))
    def file(self, number: int, to: list[int]) -> None:
        email, before = self.email(number), Truth(self.person)
        boxes = {self.mailbox(each) for each in to}
        wanted: dict[str, JSON] = dict.fromkeys(boxes, True)
        told = self.set("Email", update={email: {"mailboxIds": wanted}})
        if told["updated"] is None:
            assert told["notUpdated"][email]["type"] in ("notFound", "overQuota")
            assert Truth(self.person).shown() == before.shown()
            return
        after = Truth(self.person)
        _, words = before.shown()[email]
        assert after.shown() == before.shown() | {email: (boxes, words)}
        assert after.deleted() == before.deleted()

    @rule(numbers=st.lists(nth, min_size=1, max_size=3))
    def destroy(self, numbers: list[int]) -> None:
        emails, before = [self.email(each) for each in numbers], Truth(self.person)
        told = self.set("Email", destroy=[*emails])
        left = {e: v for e, v in before.shown().items() if e not in emails}
        assert Truth(self.person).shown() == left
        assert set(told["destroyed"] or ()) == set(emails) & before.shown().keys()

    @rule(leaf=st.sampled_from(LEAVES), above=st.none() | nth, subscribed=st.booleans())
    def found_mailbox(self, leaf: str, above: int | None, subscribed: bool) -> None:
        parent = None if above is None else self.mailbox(above)
        value: Object = {"name": leaf, "parentId": parent, "isSubscribed": subscribed}
        told = self.set("Mailbox", create={"k": value})
        if told["created"] is None:
            assert told["notCreated"]["k"]["properties"] == ["name"]
            return
        assert told["created"]["k"]["id"] in Truth(self.person).names

    @rule(
        number=nth,
        leaf=st.sampled_from(LEAVES),
        above=st.none() | nth,
        role=st.sampled_from([None, "archive", "junk"]),
    )
    def refile(
        self, number: int, leaf: str, above: int | None, role: str | None
    ) -> None:
        mailbox = self.mailbox(number)
        parent = None if above is None else self.mailbox(above)
        value: Object = {"name": leaf, "parentId": parent, "role": role}
        before = Truth(self.person)
        told = self.set("Mailbox", update={mailbox: value})
        if told["updated"] is None:
            kind = told["notUpdated"][mailbox]["type"]
            assert kind in ("invalidProperties", "forbidden")
            return
        after = Truth(self.person)
        assert after.messages == before.messages
        assert after.names[mailbox].rpartition("/")[2] == leaf

    @rule(number=nth, remove=st.booleans())
    def abandon(self, number: int, remove: bool) -> None:
        mailbox, before = self.mailbox(number), Truth(self.person)
        told = self.set("Mailbox", destroy=[mailbox], onDestroyRemoveEmails=remove)
        after = Truth(self.person)
        if told["destroyed"] is None:
            assert after.names == before.names
            assert after.shown() == before.shown()
            return
        assert after.names.keys() == before.names.keys() - {mailbox}
        assert remove or before.counts(mailbox)[0] == 0
        left = {e: (b - {mailbox}, w) for e, (b, w) in before.shown().items()}
        assert after.shown().keys() == {e for e, (b, _) in left.items() if b}

    # What is always so

    @invariant()
    def jmap_shows_what_imap_has(self) -> None:
        truth = Truth(self.person)
        told = self.person.one("Email/get", ids=[*self.person.found()])["list"]
        shown = {e["id"]: (set(e["mailboxIds"]), set(e["keywords"])) for e in told}
        assert shown == truth.shown()
        boxes = {each["id"]: each for each in self.person.one("Mailbox/get")["list"]}
        assert boxes.keys() == truth.names.keys()
        for id_, each in boxes.items():
            assert (each["totalEmails"], each["unreadEmails"]) == truth.counts(id_)
            above = boxes.get(each["parentId"])
            start = "" if above is None else truth.names[above["id"]] + "/"
            assert start + each["name"] == truth.names[id_]

    @invariant()
    def clients_hear_now_and_then(self) -> None:
        self.steps += 1
        if self.steps % PATIENCE == 0:
            self.clients_hear()

    def clients_hear(self) -> None:
        """All ask what has changed, and know all."""
        for copy in self.copies:
            copy.hear()
            fresh = Copy(self.person, copy.kind, copy.most)
            assert copy.known == fresh.known, copy.kind
            assert copy.state == fresh.state
        for view in self.views:
            view.hear()
            view.agree()


Mail.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestMail = Mail.TestCase
