"""Making, renaming and destroying mailboxes (RFC 8621, 2.5)."""

from __future__ import annotations

from typing import Any

import pytest
from jmap.office import Office, Person
from smtp.coroutine import finish

from mailnode.jmap.ijson import JSON, Object
from mailnode.store import naming

DEFAULTS: Object = {
    "parentId": None,
    "role": None,
    "sortOrder": 0,
    "isSubscribed": True,
}


def refused(told: dict[str, Any], verb: str) -> dict[str, Any]:
    """What went wrong with the one object of a /set: its type, and the properties."""
    (error,) = told[f"not{verb}"].values()
    assert told[verb.lower()] is None
    assert told["newState"] == told["oldState"]
    return {name: error[name] for name in ("type", "properties") if name in error}


def create(person: Person, **value: JSON) -> dict[str, Any]:
    """What comes of making a mailbox."""
    return person.one("Mailbox/set", create={"k": value})


def update(person: Person, id_: str, **patch: JSON) -> dict[str, Any]:
    """What comes of changing a mailbox."""
    return person.one("Mailbox/set", update={id_: patch})


def shown(person: Person, id_: str) -> dict[str, Any]:
    """A mailbox, as it is told."""
    (told,) = person.one("Mailbox/get", ids=[id_])["list"]
    assert isinstance(told, dict)
    return told


def test_a_mailbox_is_made_and_the_client_hears_the_rest(office: Office) -> None:
    told = create(office.ana, name="Work")["created"]["k"]
    whole = shown(office.ana, told["id"])
    assert "name" not in told
    assert told | {"name": "Work"} == whole
    assert whole | DEFAULTS == whole
    wanted: Object = {
        "name": "Sub",
        "parentId": whole["id"],
        "role": None,
        "sortOrder": 3,
        "isSubscribed": False,
    }
    told = create(office.ana, **wanted)["created"]["k"]
    assert told.keys() & wanted.keys() == set()
    assert shown(office.ana, told["id"]) | wanted == shown(office.ana, told["id"])
    infos = finish(office.ana.account.mailboxes())
    assert [(i.name, i.subscribed) for i in infos if i.name.startswith("W")] == [
        ("Work", True),
        ("Work/Sub", False),
    ]


def test_a_name_is_told_if_it_is_another(office: Office) -> None:
    told = create(office.ana, name="Cafe\u0301")["created"]["k"]
    assert told["name"] == "Caf\u00e9"
    told = update(office.ana, told["id"], name="The\u0301")
    assert list(told["updated"].values()) == [{"name": "Th\u00e9"}]


def test_parents_are_made_before_their_children(office: Office) -> None:
    told = office.ana.one(
        "Mailbox/set",
        create={
            "c": {"name": "three", "parentId": "#b"},
            "b": {"name": "two", "parentId": "#a"},
            "a": {"name": "one"},
        },
    )
    assert told["notCreated"] is None
    names = {i.name for i in finish(office.ana.account.mailboxes())}
    assert {"one", "one/two", "one/two/three"} <= names
    told, more = office.ana.ask(
        ("Mailbox/set", {"create": {"x": {"name": "x"}}}),
        ("Mailbox/set", {"create": {"y": {"name": "y", "parentId": "#x"}}}),
    )
    made = more["created"]["y"]["id"]
    assert shown(office.ana, made)["parentId"] == told["created"]["x"]["id"]


TAKEN = {"type": "invalidProperties", "properties": ["name"]}


@pytest.mark.parametrize(
    ("value", "properties"),
    [
        ({}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": None}, ["name"]),
        ({"name": 1}, ["name"]),
        ({"name": "a/b"}, ["name"]),
        ({"name": "a\nb"}, ["name"]),
        ({"name": "100%"}, ["name"]),
        ({"name": "é" * 128}, ["name"]),
        ({"name": "Work"}, ["name"]),
        ({"name": "inbox"}, ["name"]),
        ({"name": "a", "parentId": "P1-999"}, ["parentId"]),
        ({"name": "a", "parentId": "P2-1"}, ["parentId"]),
        ({"name": "a", "parentId": 1}, ["parentId"]),
        ({"name": "a", "role": "inbox"}, ["role"]),
        ({"name": "a", "role": "trash"}, ["role"]),
        ({"name": "a", "role": "Archive"}, ["role"]),
        ({"name": "a", "role": "all"}, ["role"]),
        ({"name": "a", "role": ["archive"]}, ["role"]),
        ({"name": "a", "sortOrder": -1}, ["sortOrder"]),
        ({"name": "a", "sortOrder": 2**31}, ["sortOrder"]),
        ({"name": "a", "sortOrder": 1.5}, ["sortOrder"]),
        ({"name": "a", "sortOrder": True}, ["sortOrder"]),
        ({"name": "a", "isSubscribed": None}, ["isSubscribed"]),
        ({"name": "a", "isSubscribed": 1}, ["isSubscribed"]),
        ({"sortOrder": "1", "role": 1, "parentId": False}, None),
        ({"name": "a", "id": "P1-77"}, ["id"]),
        ({"name": "a", "totalEmails": 0, "myRights": {}}, ["myRights", "totalEmails"]),
        ({"name": "a", "colour": "red"}, ["colour"]),
    ],
)
def test_what_cannot_be_made(
    office: Office, value: Object, properties: list[str] | None
) -> None:
    office.ana.make("Work")
    told = refused(create(office.ana, **value), "Created")
    wrong = properties or ["name", "parentId", "role", "sortOrder"]
    assert told == {"type": "invalidProperties", "properties": wrong}


def test_the_largest_that_can_be_made(office: Office) -> None:
    made = office.ana.make("é" * 127, sortOrder=2**31 - 1)
    assert shown(office.ana, made)["sortOrder"] == 2**31 - 1


def test_mailboxes_are_not_nested_too_deeply(office: Office) -> None:
    above = None
    for level in range(32):
        above = office.ana.make(str(level), parentId=above)
    told = refused(create(office.ana, name="a", parentId=above), "Created")
    assert told == TAKEN


def test_there_are_not_too_many(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(naming, "MAILBOXES", 7)
    told = office.ana.one("Mailbox/set", create={n: {"name": n} for n in "ab"})
    assert list(told["created"]) == ["a"]
    assert told["notCreated"]["b"]["type"] == "overQuota"


def test_everything_of_a_mailbox_is_changed(office: Office) -> None:
    ana = office.ana
    above, made = ana.make("above"), ana.make("one")
    below = ana.make("below", parentId=made)
    finish(ana.account.delete("Archive"))
    patch: Object = {
        "name": "two",
        "parentId": above,
        "role": "archive",
        "sortOrder": 5,
        "isSubscribed": False,
    }
    told = update(ana, made, **patch)
    assert told["updated"] == {made: None}
    assert told["oldState"] != told["newState"] == ana.one("Mailbox/get")["state"]
    assert shown(ana, made) | patch == shown(ana, made)
    assert shown(ana, below)["parentId"] == made
    names = {i.name for i in finish(ana.account.mailboxes())}
    assert "above/two/below" in names
    # Null makes everything what it is by default; and nothing stays nothing.
    back = {"parentId": None, "role": None, "sortOrder": None, "isSubscribed": None}
    told = update(ana, made, **back)
    assert shown(ana, made) | DEFAULTS == shown(ana, made)
    told = update(ana, made, **shown(ana, made))
    assert told["updated"] == {made: None}
    assert told["oldState"] == told["newState"]
    assert update(ana, made)["updated"] == {made: None}


def test_one_after_the_other_in_one_call(office: Office) -> None:
    ana = office.ana
    one, two = ana.make("one"), ana.make("two")
    told = ana.one(
        "Mailbox/set",
        create={"three": {"name": "three"}},
        update={
            one: {"name": "four", "parentId": "#three"},
            two: {"name": "one", "parentId": one},
        },
    )
    assert told["notUpdated"] is None
    names = {i.name for i in finish(ana.account.mailboxes())}
    assert {"three", "three/four", "three/four/one"} <= names
    told = ana.one("Mailbox/set", update={one: {"name": "five"}, two: {"name": "six"}})
    names = {i.name for i in finish(ana.account.mailboxes())}
    assert {"three/five", "three/five/six"} <= names


@pytest.mark.parametrize(
    ("patch", "error"),
    [
        ({"name": None}, TAKEN),
        ({"name": "a/b"}, TAKEN),
        ({"name": "Archive"}, TAKEN),
        ({"name": "x", "parentId": "P1-3"}, TAKEN),
        (
            {"parentId": "P1-9999"},
            {"type": "invalidProperties", "properties": ["parentId"]},
        ),
        ({"parentId": "#nobody"}, {"type": "notFound"}),
        ({"role": "sent"}, {"type": "invalidProperties", "properties": ["role"]}),
        ({"id": "P1-1"}, {"type": "invalidProperties", "properties": ["id"]}),
        (
            {"totalEmails": 9},
            {"type": "invalidProperties", "properties": ["totalEmails"]},
        ),
        (
            {"myRights/mayRename": False},
            {"type": "invalidProperties", "properties": ["myRights"]},
        ),
        ({"colour": "red"}, {"type": "invalidProperties", "properties": ["colour"]}),
        ({"name/first": "a"}, {"type": "invalidPatch"}),
        ({"myRights": {}, "myRights/mayRename": True}, {"type": "invalidPatch"}),
    ],
)
def test_what_a_mailbox_cannot_become(
    office: Office, patch: Object, error: Object
) -> None:
    office.ana.make("x", parentId="P1-3")
    made = office.ana.make("one")
    assert refused(update(office.ana, made, **patch), "Updated") == error
    assert shown(office.ana, made)["name"] == "one"


def test_nothing_goes_below_itself(office: Office) -> None:
    one = office.ana.make("one")
    two = office.ana.make("two", parentId=one)
    three = office.ana.make("three", parentId=two)
    for parent in (one, three):
        told = refused(update(office.ana, one, parentId=parent), "Updated")
        assert told == {"type": "invalidProperties", "properties": ["parentId"]}


def test_the_inbox_stays(office: Office) -> None:
    ana = office.ana
    above = ana.make("above")
    forbidden = {"type": "forbidden"}
    assert refused(update(ana, "P1-1", name="Mine"), "Updated") == forbidden
    assert refused(update(ana, "P1-1", parentId=above), "Updated") == forbidden
    role = {"type": "invalidProperties", "properties": ["role"]}
    assert refused(update(ana, "P1-1", role=None), "Updated") == role
    assert refused(update(ana, "P1-1", role="archive"), "Updated") == role
    assert refused(ana.one("Mailbox/set", destroy=["P1-1"]), "Destroyed") == forbidden
    told = update(ana, "P1-1", sortOrder=7, isSubscribed=False)
    assert told["updated"] == {"P1-1": None}
    assert shown(ana, "P1-1")["sortOrder"] == 7


@pytest.mark.parametrize("said", ["P1-999", "P2-1", "M1-1", "x"])
def test_what_is_not_there(office: Office, said: str) -> None:
    lost = {"type": "notFound"}
    assert refused(update(office.ana, said, name="a"), "Updated") == lost
    assert refused(office.ana.one("Mailbox/set", destroy=[said]), "Destroyed") == lost


def test_a_mailbox_with_children_stays(office: Office) -> None:
    one = office.ana.make("one")
    two = office.ana.make("two", parentId=one)
    told = office.ana.one("Mailbox/set", destroy=[one], onDestroyRemoveEmails=True)
    assert refused(told, "Destroyed") == {"type": "mailboxHasChild"}
    # Children go first, however they are listed.
    told = office.ana.one("Mailbox/set", destroy=[one, two])
    assert told["destroyed"] == [two, one]
    assert told["notDestroyed"] is None


def test_a_mailbox_with_emails_stays(office: Office) -> None:
    made = office.ana.make("Work")
    office.deliver("Subject: a\n\n", mailbox="Work")
    email = office.ana.found(filter={"inMailbox": made})
    told = office.ana.one("Mailbox/set", destroy=[made])
    assert refused(told, "Destroyed") == {"type": "mailboxHasEmail"}
    before = told["newState"]
    emails = office.ana.one("Email/query")["queryState"]
    told = office.ana.one("Mailbox/set", destroy=[made], onDestroyRemoveEmails=True)
    assert told["destroyed"] == [made]
    changed = office.ana.one("Mailbox/changes", sinceState=before)
    assert changed["destroyed"] == [made]
    assert office.ana.one("Email/changes", sinceState=emails)["destroyed"] == email
    assert office.ana.found() == []


def test_what_is_made_can_be_destroyed_in_one_call(office: Office) -> None:
    told = office.ana.one(
        "Mailbox/set",
        create={"a": {"name": "a"}, "b": {"name": "b", "parentId": "#a"}},
        destroy=["#a", "#b"],
    )
    assert told["notDestroyed"] is None
    assert len(told["destroyed"]) == 2


def test_nothing_is_done_in_another_state(office: Office) -> None:
    before = office.ana.one("Mailbox/get")["state"]
    office.ana.make("one")
    call: dict[str, JSON] = {"create": {"k": {"name": "two"}}, "ifInState": before}
    assert office.ana.one("Mailbox/set", **call) == {"type": "stateMismatch"}
    assert "two" not in office.ana.mailboxes()
    now = office.ana.one("Mailbox/get")["state"]
    told = office.ana.one("Mailbox/set", **call | {"ifInState": now})
    assert told["oldState"] == now
    assert told["newState"] == office.ana.one("Mailbox/get")["state"]


def test_nothing_is_done_with_arguments_that_are_wrong(office: Office) -> None:
    for more in ({"onDestroyRemoveEmails": 1}, {"onDestroyRemoveEverything": True}):
        told = office.ana.one("Mailbox/set", create={"k": {"name": "a"}}, **more)
        assert told["type"] == "invalidArguments"
    assert "a" not in office.ana.mailboxes()
