"""Mailboxes: what is told of them, and how they are looked for (RFC 8621, 2.1 to 2.4)."""

from __future__ import annotations

from typing import Any

import pytest
from jmap.office import Office, Person
from smtp.coroutine import finish

from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.mail.tree import Tree
from mailnode.model.mail import Counted

RIGHTS = (
    *("mayReadItems", "mayAddItems", "mayRemoveItems", "maySetSeen"),
    *("maySetKeywords", "mayCreateChild", "maySubmit"),
)
"""Those that everybody has in all of his mailboxes."""
NEW = ["Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash"]
"""What everybody has."""


def names(person: Person, **arguments: JSON) -> list[str]:
    """The mailboxes that a query finds, by name."""
    ids = person.one("Mailbox/query", **arguments)["ids"]
    told = person.one("Mailbox/get", ids=ids)["list"]
    return [each["name"] for each in told]


def furnish(person: Person) -> dict[str, str]:
    """Mailboxes below each other: b/y, b/x, a/z and a."""
    a = person.make("a", sortOrder=2)
    b = person.make("B", sortOrder=1, isSubscribed=False)
    return {
        "a": a,
        "B": b,
        "y": person.make("y", parentId=b),
        "x": person.make("x", parentId=b, isSubscribed=False),
        "z": person.make("z", parentId=a, sortOrder=9),
    }


def test_all_that_is_told(office: Office) -> None:
    told = office.ana.one("Mailbox/get", ids=["P1-1", "P1-6"])
    rights: Object = dict.fromkeys(RIGHTS, True)
    counts = ["totalEmails", "unreadEmails", "totalThreads", "unreadThreads"]
    inbox: Object = {
        "id": "P1-1",
        "name": "INBOX",
        "parentId": None,
        "role": "inbox",
        "sortOrder": 0,
        **dict.fromkeys(counts, 0),
        "myRights": rights | {"mayRename": False, "mayDelete": False},
        "isSubscribed": True,
    }
    archive = inbox | {
        "id": "P1-6",
        "name": "Archive",
        "role": "archive",
        "myRights": rights | {"mayRename": True, "mayDelete": True},
    }
    assert told["list"] == [inbox, archive]
    assert list(told["list"][0]) == list(inbox)


def test_what_a_mailbox_holds_is_counted(office: Office) -> None:
    office.deliver("Subject: a\nMessage-ID: <1@x>\n\n")
    office.deliver("Subject: Re: a\nReferences: <1@x>\n\n")
    office.deliver("Subject: b\n\n")
    counts = ["totalEmails", "unreadEmails", "totalThreads", "unreadThreads"]
    told = office.ana.one("Mailbox/get", ids=["P1-1"], properties=list[JSON](counts))
    assert told["list"] == [
        {"id": "P1-1", **dict(zip(counts, [3, 3, 2, 2], strict=True))}
    ]


def test_levels_are_parents(office: Office) -> None:
    ids = furnish(office.ana)
    told = office.ana.one("Mailbox/get", ids=[ids["x"], ids["z"]])["list"]
    assert [(each["name"], each["parentId"]) for each in told] == [
        ("x", ids["B"]),
        ("z", ids["a"]),
    ]


def test_a_mailbox_whose_parent_is_gone_stands_above(office: Office) -> None:
    ana = office.ana
    finish(ana.account.create("one/two/three"))
    before = ana.one("Mailbox/get")["state"]
    finish(ana.account.delete("one/two"))
    three = next(
        each for each in ana.one("Mailbox/get")["list"] if "three" in each["name"]
    )
    assert three["name"] == "two/three"
    assert three["parentId"] == ana.mailboxes()["one"]
    changed = ana.one("Mailbox/changes", sinceState=before)
    assert three["id"] in changed["updated"]
    assert changed["updatedProperties"] is None
    # It may be subscribed to and moved, but keeps both levels until then.
    told = ana.one("Mailbox/set", update={three["id"]: {"isSubscribed": True}})
    assert told["updated"] == {three["id"]: None}
    told = ana.one("Mailbox/set", update={three["id"]: {"parentId": None, "name": "3"}})
    assert told["updated"] == {three["id"]: None}
    # When one is put above others again, they stand below it.
    finish(ana.account.create("one/two/four"))
    finish(ana.account.delete("one/two"))
    before = ana.one("Mailbox/get")["state"]
    four = ana.mailboxes()["two/four"]
    finish(ana.account.create("one/two"))
    assert four in ana.one("Mailbox/changes", sinceState=before)["updated"]
    assert four == ana.mailboxes()["four"]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({}, [*NEW, "x", "y", "B", "a", "z"]),
        (
            {"sort": [{"property": "name"}]},
            ["a", *NEW[:1], "B", *NEW[1:], "x", "y", "z"],
        ),
        (
            {"sort": [{"property": "name", "isAscending": False}]},
            ["z", "y", "x", *NEW[:0:-1], "B", "Archive", "a"],
        ),
        (
            {
                "sort": [
                    {"property": "sortOrder", "isAscending": False},
                    {"property": "name"},
                ]
            },
            ["z", "a", "B", *NEW, "x", "y"],
        ),
        (
            {"sort": [{"property": "parentId"}, {"property": "name"}]},
            ["a", "Archive", "B", *NEW[1:], "z", "x", "y"],
        ),
        (
            {"sort": [{"property": "name"}], "sortAsTree": True},
            ["a", "z", "Archive", "B", "x", "y", *NEW[1:]],
        ),
        (
            {"sort": [{"property": "name", "isAscending": False}], "sortAsTree": True},
            [*NEW[:0:-1], "B", "y", "x", "Archive", "a", "z"],
        ),
        ({"sortAsTree": True}, [*NEW, "B", "x", "y", "a", "z"]),
        ({"filter": {"name": "A"}}, ["Archive", "Drafts", "Trash", "a"]),
        ({"filter": {"name": "iNbOx"}}, ["INBOX"]),
        ({"filter": {"parentId": None, "hasAnyRole": False}}, ["B", "a"]),
        ({"filter": {"role": "trash"}}, ["Trash"]),
        ({"filter": {"role": "important"}}, []),
        ({"filter": {"role": None}}, ["x", "y", "B", "a", "z"]),
        ({"filter": {"hasAnyRole": True}}, NEW),
        ({"filter": {"hasAnyRole": False}}, ["x", "y", "B", "a", "z"]),
        ({"filter": {"isSubscribed": False}}, ["x", "B"]),
        ({"filter": {"isSubscribed": True, "role": None}}, ["y", "a", "z"]),
        ({"filter": {"isSubscribed": True}, "filterAsTree": True}, [*NEW, "a", "z"]),
        ({"filter": {"parentId": "P2-1"}}, []),
        (
            {
                "filter": {
                    "operator": "OR",
                    "conditions": [{"name": "x"}, {"name": "z"}],
                }
            },
            ["INBOX", "x", "z"],
        ),
        (
            {
                "filter": {
                    "operator": "NOT",
                    "conditions": [{"hasAnyRole": True}, {"name": "x"}],
                }
            },
            ["y", "B", "a", "z"],
        ),
        (
            {
                "filter": {
                    "operator": "AND",
                    "conditions": [{"name": "a"}, {"role": None}],
                }
            },
            ["a"],
        ),
        ({"position": -2}, ["a", "z"]),
        ({"position": 9, "limit": 1}, ["a"]),
    ],
)
def test_queries(office: Office, arguments: dict[str, Any], found: list[str]) -> None:
    furnish(office.ana)
    assert names(office.ana, **arguments) == found


def test_children_of_one(office: Office) -> None:
    ids = furnish(office.ana)
    assert names(office.ana, filter={"parentId": ids["B"]}) == ["x", "y"]
    told = office.ana.one("Mailbox/query", anchor=ids["a"], anchorOffset=-1, limit=2)
    assert told["ids"] == [ids["B"], ids["a"]]


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({"filter": {"colour": "red"}}, "unsupportedFilter"),
        ({"filter": {"parentId": 1}}, "invalidArguments"),
        ({"filter": {"name": None}}, "invalidArguments"),
        ({"filter": {"role": 1}}, "invalidArguments"),
        ({"filter": {"hasAnyRole": None}}, "invalidArguments"),
        ({"filter": {"isSubscribed": "yes"}}, "invalidArguments"),
        ({"sort": [{"property": "myRights"}]}, "unsupportedSort"),
        ({"sort": [{"property": "name", "collation": "x"}]}, "unsupportedSort"),
        ({"sort": [{"property": "name", "keyword": "x"}]}, "invalidArguments"),
        ({"sortAsTree": 1}, "invalidArguments"),
        ({"filterAsTree": None}, "invalidArguments"),
        ({"anchor": "P2-1"}, "anchorNotFound"),
        ({"sortAsForest": True}, "invalidArguments"),
    ],
)
def test_queries_that_cannot_be(
    office: Office, arguments: dict[str, Any], kind: str
) -> None:
    assert office.ana.one("Mailbox/query", **arguments)["type"] == kind
    if not {"anchor", "sortAsForest"} & arguments.keys():
        arguments["sinceQueryState"] = "m1"
        assert office.ana.one("Mailbox/queryChanges", **arguments)["type"] == kind


@pytest.mark.parametrize("said", ["", "m", "1", "m-1", "m01", "m99999", "x1", "m1 "])
def test_states_that_are_none(office: Office, said: str) -> None:
    unknown = {"type": "cannotCalculateChanges"}
    assert office.ana.one("Mailbox/changes", sinceState=said) == unknown
    assert office.ana.one("Mailbox/queryChanges", sinceQueryState=said) == unknown
    assert office.ana.one("Thread/changes", sinceState=said) == unknown
    assert office.ana.one("Email/changes", sinceState=said) == unknown
    assert office.ana.one("Email/queryChanges", sinceQueryState=said) == unknown


def test_counters_are_told_apart(office: Office) -> None:
    before = office.ana.one("Mailbox/get")["state"]
    office.deliver("Subject: a\n\n")
    told = office.ana.one("Mailbox/changes", sinceState=before)
    assert told["updated"] == ["P1-1"]
    assert told["updatedProperties"] == [
        "totalEmails",
        "unreadEmails",
        "totalThreads",
        "unreadThreads",
    ]
    finish(office.ana.account.subscribe("INBOX", subscribed=False))
    told = office.ana.one("Mailbox/changes", sinceState=before)
    assert told["updated"] == ["P1-1"]
    assert told["updatedProperties"] is None
    now = told["newState"]
    told = office.ana.one("Mailbox/changes", sinceState=now)
    assert (told["updated"], told["updatedProperties"]) == ([], None)


def test_those_below_follow_in_the_changes_of_a_query(office: Office) -> None:
    ana, ids = office.ana, furnish(office.ana)
    by_order: list[JSON] = [{"property": "sortOrder"}, {"property": "name"}]
    views: tuple[dict[str, JSON], ...] = (
        {"filter": {"isSubscribed": True}, "filterAsTree": True},
        {"sort": by_order, "sortAsTree": True},
    )
    for view in views:
        before = ana.one("Mailbox/query", **view)
        value: JSON = {"isSubscribed": False, "sortOrder": 0}
        ana.one("Mailbox/set", update={ids["a"]: value})
        told = ana.one(
            "Mailbox/queryChanges", **view, sinceQueryState=before["queryState"]
        )
        known = [each for each in before["ids"] if each not in told["removed"]]
        for each in told["added"]:
            known.insert(each["index"], each["id"])
        assert known == ana.one("Mailbox/query", **view)["ids"] != before["ids"]
        ana.one(
            "Mailbox/set", update={ids["a"]: {"isSubscribed": True, "sortOrder": 2}}
        )


def test_a_tree_of_nothing_and_of_what_is_missing() -> None:
    assert Tree([]).children() == {}
    lost = Counted(7, "a/b/c", None, 0, True, 0, 0, 0, 0)
    tree = Tree([lost])
    assert tree.parent(lost) is None
    assert tree.leaf(lost) == "a/b/c"
    assert tree.descended(list) == [lost]
    above = Counted(8, "a", None, 0, True, 0, 0, 0, 0)
    tree.put(above)
    assert tree.parent(lost) == above
    assert tree.leaf(lost) == "b/c"
    assert tree.below(above) == [lost]
    tree.take(8)
    tree.take(8)
    assert tree.children() == {None: [lost]}
