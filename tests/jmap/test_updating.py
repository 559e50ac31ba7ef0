"""Emails changed and destroyed (RFC 8621, 4.6; RFC 8620, 5.3)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from jmap.office import Office, Person
from smtp.coroutine import finish
from store.keeping import ANA

from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.mail.updating import KEYWORDS
from mailnode.store.store import Limits


@pytest.fixture
def email(office: Office) -> str:
    """An email in INBOX, flagged."""
    office.deliver("Subject: a\n\nb\n")
    inbox = finish(office.ana.account.mailbox("INBOX"))
    finish(inbox.store([1], add=["\\Flagged"]))
    (found,) = office.ana.found()
    return found


def update(person: Person, id_: str, patch: Object) -> dict[str, Any]:
    """What comes of changing an email."""
    return person.one("Email/set", update={id_: patch})


def error(told: dict[str, Any], verb: str = "Updated") -> dict[str, Any]:
    """What went wrong with the one object of a /set: its type, and the properties."""
    (found,) = told[f"not{verb}"].values()
    assert told[verb.lower()] is None
    assert told["newState"] == told["oldState"]
    return {name: found[name] for name in ("type", "properties") if name in found}


def known(person: Person, id_: str) -> tuple[set[str], set[str]]:
    """The mailboxes of an email and its keywords, as JMAP tells them."""
    number = int(id_.rpartition("-")[2])
    (found,) = finish(person.account.mail().emails([number]))
    return {f"P1-{each}" for each in found.mailboxes}, set(found.keywords)


def flags(person: Person, name: str) -> list[set[str]]:
    """The flags of the messages in a mailbox, as IMAP has them."""
    kept = finish(finish(person.account.mailbox(name)).messages())
    return [set(message.flags) for message in kept]


@pytest.mark.parametrize(
    ("patch", "keywords"),
    [
        ({"keywords/$seen": True}, {"$seen", "$flagged"}),
        ({"keywords/$SEEN": True}, {"$seen", "$flagged"}),
        ({"keywords/$flagged": None}, set()),
        ({"keywords/$Flagged": None}, set()),
        ({"keywords/$draft": None}, {"$flagged"}),
        ({"keywords/$seen": True, "keywords/$flagged": None}, {"$seen"}),
        ({"keywords/a~1b": True}, {"$flagged", "a/b"}),
        ({"keywords/a~0b": True}, {"$flagged", "a~b"}),
        ({"keywords": {"$answered": True}}, {"$answered"}),
        ({"keywords": {}}, set()),
        ({"keywords": None}, set()),
        ({}, {"$flagged"}),
    ],
)
def test_keywords(
    office: Office, email: str, patch: Object, keywords: set[str]
) -> None:
    told = update(office.ana, email, patch)
    assert told["updated"] == {email: None}
    assert known(office.ana, email) == ({"P1-1"}, keywords)
    same = keywords == {"$flagged"}
    assert (told["oldState"] == told["newState"]) is same
    told = office.ana.one("Email/changes", sinceState=told["oldState"])
    assert told["updated"] == ([] if same else [email])


def test_keywords_are_told_as_they_are(office: Office, email: str) -> None:
    told = update(office.ana, email, {"keywords": {"$Seen": True, "Work": True}})
    assert told["updated"] == {email: {"keywords": {"$seen": True, "work": True}}}
    told = update(office.ana, email, {"keywords/Play": True})
    assert told["updated"] == {email: None}


def test_system_flags_are_keywords(office: Office, email: str) -> None:
    words = {"$seen": True, "$answered": True, "$draft": True, "$forwarded": True}
    update(office.ana, email, {"keywords": dict[str, JSON](words)})
    assert flags(office.ana, "INBOX") == [
        {"\\Seen", "\\Answered", "\\Draft", "$forwarded"}
    ] or flags(office.ana, "INBOX") == [
        {"\\Seen", "\\Answered", "\\Draft", "$Forwarded"}
    ]


@pytest.mark.parametrize(
    ("patch", "mailboxes"),
    [
        ({"mailboxIds/P1-6": True}, {"P1-1", "P1-6"}),
        ({"mailboxIds/P1-6": True, "mailboxIds/P1-1": None}, {"P1-6"}),
        ({"mailboxIds": {"P1-5": True}}, {"P1-5"}),
        ({"mailboxIds": {"P1-1": True, "P1-5": True}}, {"P1-1", "P1-5"}),
        ({"mailboxIds/P1-6": None}, {"P1-1"}),
    ],
)
def test_mailboxes(
    office: Office, email: str, patch: Object, mailboxes: set[str]
) -> None:
    assert update(office.ana, email, patch)["updated"] == {email: None}
    assert known(office.ana, email) == (mailboxes, {"$flagged"})
    assert office.ana.found() == [email]


def test_a_copy_keeps_its_uid_and_the_flags(office: Office, email: str) -> None:
    update(office.ana, email, {"mailboxIds/P1-6": True})
    assert flags(office.ana, "INBOX") == flags(office.ana, "Archive") == [{"\\Flagged"}]
    kept = finish(finish(office.ana.account.mailbox("INBOX")).messages())
    assert [message.uid for message in kept] == [1]
    update(office.ana, email, {"keywords/$seen": True})
    both = [{"\\Flagged", "\\Seen"}]
    assert flags(office.ana, "INBOX") == flags(office.ana, "Archive") == both


def test_into_a_mailbox_that_is_made_in_the_same_request(
    office: Office, email: str
) -> None:
    made, told = office.ana.ask(
        ("Mailbox/set", {"create": {"new": {"name": "New"}}}),
        (
            "Email/set",
            {"update": {email: {"mailboxIds/#new": True, "mailboxIds/P1-1": None}}},
        ),
    )
    assert told["updated"] == {email: None}
    assert known(office.ana, email)[0] == {made["created"]["new"]["id"]}
    told = update(office.ana, email, {"mailboxIds": {"#nothing": True}})
    assert error(told) == {"type": "notFound"}


WRONG_BOXES = {"type": "invalidProperties", "properties": ["mailboxIds"]}
WRONG_WORDS = {"type": "invalidProperties", "properties": ["keywords"]}
NO_PATCH = {"type": "invalidPatch"}


@pytest.mark.parametrize(
    ("patch", "wrong"),
    [
        ({"mailboxIds": {}}, WRONG_BOXES),
        ({"mailboxIds": None}, WRONG_BOXES),
        ({"mailboxIds": ["P1-1"]}, WRONG_BOXES),
        ({"mailboxIds/P1-1": None}, WRONG_BOXES),
        ({"mailboxIds/P1-1": False}, WRONG_BOXES),
        ({"mailboxIds": {"P1-1": 1}}, WRONG_BOXES),
        ({"mailboxIds/P1-999": True}, WRONG_BOXES),
        ({"mailboxIds/P2-1": True}, WRONG_BOXES),
        ({"mailboxIds/M1-1": True}, WRONG_BOXES),
        ({"mailboxIds/x y": True}, WRONG_BOXES),
        ({"keywords": ["$seen"]}, WRONG_WORDS),
        ({"keywords/$seen": False}, WRONG_WORDS),
        ({"keywords/$seen": "true"}, WRONG_WORDS),
        ({"keywords": {"\\Seen": True}}, WRONG_WORDS),
        ({"keywords/": True}, WRONG_WORDS),
        ({"keywords/a b": True}, WRONG_WORDS),
        ({"keywords/a%": True}, WRONG_WORDS),
        ({"keywords": {"a" * 256: True}}, WRONG_WORDS),
        ({"keywords/$seen/x": True}, NO_PATCH),
        ({"keywords/~2": True}, NO_PATCH),
        ({"keywords": {}, "keywords/$seen": True}, NO_PATCH),
        ({"keywords/$Seen": True, "keywords/$seen": None}, NO_PATCH),
        ({"subject": "b"}, {"type": "invalidProperties", "properties": ["subject"]}),
        ({"size": 1}, {"type": "invalidProperties", "properties": ["size"]}),
        ({"id": "M1-1"}, {"type": "invalidProperties", "properties": ["id"]}),
        ({"threadId": None}, {"type": "invalidProperties", "properties": ["threadId"]}),
        (
            {"receivedAt": "2023-01-01T00:00:00Z", "colour": 1},
            {"type": "invalidProperties", "properties": ["colour", "receivedAt"]},
        ),
    ],
)
def test_what_cannot_be(
    office: Office, email: str, patch: Object, wrong: Object
) -> None:
    assert error(update(office.ana, email, patch)) == wrong
    assert known(office.ana, email) == ({"P1-1"}, {"$flagged"})


def test_what_stays_may_be_said_again(office: Office, email: str) -> None:
    patch: Object = {
        "id": email,
        "threadId": "T" + email[1:],
        "size": 17,
        "keywords": {"$flagged": True},
        "mailboxIds": {"P1-1": True},
    }
    told = update(office.ana, email, patch)
    assert told["updated"] == {email: None}
    assert told["oldState"] == told["newState"]


def words(numbers: Iterable[int]) -> Object:
    return {f"keywords/k{n}": True for n in numbers}


def test_too_many_keywords(office: Office, email: str) -> None:
    for start in range(0, KEYWORDS - 1, 20):
        some = range(start, min(start + 20, KEYWORDS - 1))
        told = update(office.ana, email, words(some))
        if told["updated"] is None:
            break  # The mailbox has no room for so many
    else:
        told = update(office.ana, email, words([999]))
    assert error(told) == {"type": "tooManyKeywords"}


def test_no_room_for_a_copy(tmp_path: Path) -> None:
    office = Office(tmp_path, quota=Limits(messages=1))
    office.deliver("Subject: a\n\n")
    (email,) = office.ana.found()
    told = update(office.ana, email, {"mailboxIds/P1-6": True})
    assert error(told) == {"type": "overQuota"}
    told = update(office.ana, email, {"mailboxIds": {"P1-6": True}})
    assert told["updated"] == {email: None}
    office.close()


@pytest.mark.parametrize("said", ["M1-999", "M2-1", "P1-1", "x"])
def test_what_is_not_there(office: Office, email: str, said: str) -> None:
    lost = {"type": "notFound"}
    assert error(update(office.ana, said, {"keywords/$seen": True})) == lost
    told = office.ana.one("Email/set", destroy=[said])
    assert error(told, "Destroyed") == lost


def test_an_email_is_destroyed_everywhere(office: Office, email: str) -> None:
    update(office.ana, email, {"mailboxIds/P1-6": True})
    before = office.ana.one("Email/query")["queryState"]
    told = office.ana.one("Email/set", destroy=[email])
    assert told["destroyed"] == [email]
    assert told["oldState"] == before
    assert flags(office.ana, "INBOX") == flags(office.ana, "Archive") == []
    changed = office.ana.one("Email/changes", sinceState=before)
    assert changed["destroyed"] == [email]
    assert changed["newState"] == told["newState"]


def test_some_go_well_and_some_do_not(office: Office, email: str) -> None:
    office.deliver("Subject: b\n\n")
    (other,) = set(office.ana.found()) - {email}
    told = office.ana.one(
        "Email/set",
        update={
            email: {"keywords/$seen": True},
            "M1-999": {"keywords/$seen": True},
            other: {"mailboxIds": {}},
        },
        destroy=[other, "M1-998"],
    )
    assert told["updated"] == {email: None}
    types = {id_: each["type"] for id_, each in told["notUpdated"].items()}
    assert types == {"M1-999": "notFound", other: "willDestroy"}
    assert told["destroyed"] == [other]
    assert told["notDestroyed"].keys() == {"M1-998"}


def test_nothing_is_done_in_another_state(office: Office, email: str) -> None:
    before = office.ana.one("Email/query")["queryState"]
    office.deliver("Subject: b\n\n")
    told = office.ana.one("Email/set", destroy=[email], ifInState=before)
    assert told == {"type": "stateMismatch"}
    assert email in office.ana.found()


def test_a_message_that_imap_has_marked_as_deleted_is_not_there(
    office: Office, email: str
) -> None:
    inbox = finish(office.keeping.account(ANA).mailbox("INBOX"))
    finish(inbox.store([1], add=["\\Deleted"]))
    assert office.ana.found() == []
    told = update(office.ana, email, {"keywords/$seen": True})
    assert error(told) == {"type": "notFound"}
    assert flags(office.ana, "INBOX") == [{"\\Flagged", "\\Deleted"}]
