"""Emails: which there are in a view, and in which order (RFC 8621, 4.3 to 4.5; 3)."""

from __future__ import annotations

from typing import Any

import pytest
from jmap.office import Office, Person
from smtp.coroutine import finish

from mailnode.jmap.ijson import JSON, Object

PLAN = """From: Zoe <zoe@x>
To: ana@y
Subject: Plan
Message-ID: <1@x>
Date: Wed, 1 Nov 2023 10:00:00 +0000

see the budget
"""
REPLY = (
    """From: Bea <bea@x>
To: Ana <ana@y>
Cc: cid@x
Subject: Re: Plan
Message-ID: <2@x>
In-Reply-To: <1@x>
Date: Thu, 2 Nov 2023 10:00:00 +0000

nothing
"""
    + "filling\n" * 50
)
LUNCH = """From: al@x
Bcc: dan@x
Subject: Lunch
X-Kind: big red
Content-Type: multipart/mixed; boundary=q

--q

let us eat
--q
Content-Type: application/pdf; name=menu.pdf
Content-Disposition: attachment; filename=menu.pdf

x
--q--
"""
CAFE = """From: Zoe <zoe@x>
To: x@y
Subject: =?utf-8?q?Caf=C3=A9?=
Date: Tue, 31 Oct 2023 10:00:00 +0000

the bu
"""
MAIL = (
    ("a", "INBOX", PLAN),
    ("b", "INBOX", REPLY),
    ("c", "Archive", LUNCH),
    ("d", "Archive", CAFE),
)
"""a and b are a thread; c has an attachment; d is neither."""


@pytest.fixture
def mail(office: Office) -> dict[str, str]:
    """The ids of those emails, by letter; c is flagged, b is read, and a draft."""
    ids: dict[str, str] = {}
    for letter, mailbox, message in MAIL:
        office.deliver(message, mailbox=mailbox)
        office.keeping.clock.moment += 60_000
        (ids[letter],) = set(office.ana.found()) - set(ids.values())
    archive = finish(office.ana.account.mailbox("Archive"))
    finish(archive.store([1], add=["\\Flagged", "$Forwarded"]))
    inbox = finish(office.ana.account.mailbox("INBOX"))
    finish(inbox.store([2], add=["\\Seen", "\\Draft"]))
    return ids


def letters(person: Person, ids: dict[str, str], **arguments: JSON) -> str:
    """What a query finds, in letters."""
    known = {id_: letter for letter, id_ in ids.items()}
    return "".join(known[each] for each in person.found(**arguments))


def operator(word: str, *conditions: JSON) -> JSON:
    return {"operator": word, "conditions": list(conditions)}


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (None, "dcba"),
        ({}, "dcba"),
        ({"inMailbox": "P1-1"}, "ba"),
        ({"inMailbox": "P1-6"}, "dc"),
        ({"inMailbox": "P1-2"}, ""),
        ({"inMailbox": "P2-1"}, ""),
        ({"inMailboxOtherThan": ["P1-1"]}, "dc"),
        ({"inMailboxOtherThan": ["P1-1", "P1-6"]}, ""),
        ({"inMailboxOtherThan": []}, "dcba"),
        ({"before": "2023-11-14T22:15:20Z"}, "ba"),
        ({"before": "2023-11-14T22:15:20.1Z"}, "cba"),
        ({"after": "2023-11-14T22:15:20Z"}, "dc"),
        ({"after": "2023-11-14T22:15:20.1Z"}, "d"),
        ({"minSize": 300}, "b"),
        ({"maxSize": 300}, "dca"),
        ({"hasKeyword": "$seen"}, "b"),
        ({"hasKeyword": "$FORWARDED"}, "c"),
        ({"notKeyword": "$draft"}, "dca"),
        ({"hasKeyword": "$nothing"}, ""),
        ({"allInThreadHaveKeyword": "$seen"}, ""),
        ({"allInThreadHaveKeyword": "$flagged"}, "c"),
        ({"someInThreadHaveKeyword": "$seen"}, "ba"),
        ({"noneInThreadHaveKeyword": "$seen"}, "dc"),
        ({"hasAttachment": True}, "c"),
        ({"hasAttachment": False}, "dba"),
        ({"text": "budget"}, "a"),
        ({"text": "BU the"}, "da"),
        ({"text": '"the bu"'}, "da"),
        ({"text": '"bu the"'}, ""),
        ({"text": "zoe"}, "da"),
        ({"text": "bea@x"}, "b"),
        ({"text": "dan@x"}, "c"),
        ({"text": "cafe\u0301"}, "d"),
        ({"body": "zoe"}, ""),
        ({"body": "the"}, "da"),
        ({"from": "Zoe"}, "da"),
        ({"from": "zoe x"}, "da"),
        ({"to": "ana"}, "ba"),
        ({"cc": "cid"}, "b"),
        ({"bcc": "dan"}, "c"),
        ({"subject": "plan"}, "ba"),
        ({"subject": "re plan"}, "b"),
        ({"subject": "café"}, "d"),
        ({"header": ["X-Kind"]}, "c"),
        ({"header": ["x-kind", "red"]}, "c"),
        ({"header": ["x-kind", "red blue"]}, ""),
        ({"header": ["Date"]}, "dba"),
        ({"from": "zoe", "inMailbox": "P1-1"}, "a"),
        (operator("AND", {"from": "zoe"}, {"subject": "plan"}), "a"),
        (operator("OR", {"from": "al@x"}, {"subject": "plan"}), "cba"),
        (operator("NOT", {"from": "al@x"}, {"subject": "plan"}), "d"),
        (operator("OR"), ""),
        (operator("AND"), "dcba"),
        (operator("NOT"), "dcba"),
        (
            operator("AND", operator("NOT", {"hasAttachment": True}), {"minSize": 300}),
            "b",
        ),
    ],
)
def test_conditions(
    office: Office, mail: dict[str, str], condition: JSON, found: str
) -> None:
    assert letters(office.ana, mail, filter=condition) == found
    told = office.ana.one("Email/query", filter=condition, calculateTotal=True, limit=1)
    assert told["total"] == len(found)
    assert len(told["ids"]) == min(1, len(found))


def by(word: str, **more: JSON) -> JSON:
    return {"property": word, **more}


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ([by("receivedAt")], "abcd"),
        ([by("receivedAt", isAscending=False)], "dcba"),
        ([by("size")], "dacb"),
        ([by("subject"), by("receivedAt")], "dcab"),
        ([by("from"), by("receivedAt")], "cbad"),
        ([by("from", isAscending=False), by("receivedAt", isAscending=False)], "dabc"),
        ([by("to"), by("size")], "cbad"),
        (
            [by("hasKeyword", keyword="$seen", isAscending=False), by("receivedAt")],
            "bacd",
        ),
        ([by("hasKeyword", keyword="$SEEN"), by("receivedAt")], "acdb"),
        ([by("someInThreadHaveKeyword", keyword="$seen"), by("receivedAt")], "cdab"),
        ([by("allInThreadHaveKeyword", keyword="$flagged"), by("receivedAt")], "abdc"),
    ],
)
def test_sorts(office: Office, mail: dict[str, str], sort: JSON, found: str) -> None:
    assert letters(office.ana, mail, sort=sort) == found


def test_sorts_by_the_date_that_is_written(
    office: Office, mail: dict[str, str]
) -> None:
    told = letters(office.ana, mail, sort=[by("sentAt")], filter={"header": ["Date"]})
    assert told == "dab"


def test_one_of_each_thread(office: Office, mail: dict[str, str]) -> None:
    assert letters(office.ana, mail, collapseThreads=True) == "dcb"
    old_first = [by("receivedAt")]
    assert letters(office.ana, mail, collapseThreads=True, sort=old_first) == "acd"
    told = office.ana.one("Email/query", collapseThreads=True, calculateTotal=True)
    assert told["total"] == 3


def test_windows(office: Office, mail: dict[str, str]) -> None:
    ana = office.ana
    assert letters(ana, mail, position=1, limit=2) == "cb"
    assert letters(ana, mail, position=-1) == "a"
    assert letters(ana, mail, position=-9, limit=1) == "d"
    assert letters(ana, mail, position=9) == ""
    assert letters(ana, mail, limit=0) == ""
    assert letters(ana, mail, anchor=mail["b"]) == "ba"
    assert letters(ana, mail, anchor=mail["b"], anchorOffset=-1, limit=2) == "cb"
    assert letters(ana, mail, anchor=mail["b"], anchorOffset=1) == "a"
    told = ana.one("Email/query", anchor=mail["b"], filter={"inMailbox": "P1-6"})
    assert told == {"type": "anchorNotFound"}


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({"sort": [by("colour")]}, "unsupportedSort"),
        ({"sort": [by("subject", collation="i;ascii-casemap")]}, "unsupportedSort"),
        ({"sort": [by("hasKeyword")]}, "invalidArguments"),
        ({"sort": [by("hasKeyword", keyword="a b")]}, "invalidArguments"),
        ({"sort": [by("size", keyword="$seen")]}, "invalidArguments"),
        ({"sort": [by("hasKeyword", keyword="$seen", more=1)]}, "invalidArguments"),
        ({"filter": {"colour": "red"}}, "unsupportedFilter"),
        ({"collapseThreads": 1}, "invalidArguments"),
        ({"collapse": True}, "invalidArguments"),
        ({"limit": -1}, "invalidArguments"),
    ],
)
def test_questions_that_cannot_be(
    office: Office, arguments: dict[str, Any], kind: str
) -> None:
    assert office.ana.one("Email/query", **arguments)["type"] == kind
    if "limit" not in arguments and "collapse" not in arguments:
        arguments["sinceQueryState"] = "m1"
        assert office.ana.one("Email/queryChanges", **arguments)["type"] == kind


VIEW: Object = {
    "filter": {"inMailbox": "P1-1"},
    "sort": [by("receivedAt", isAscending=False)],
}


def test_a_view_that_changes(office: Office, mail: dict[str, str]) -> None:
    ana = office.ana
    told = ana.one("Email/query", **VIEW)
    assert told["canCalculateChanges"] is True
    since: Object = {"sinceQueryState": told["queryState"], "calculateTotal": True}
    office.deliver("Subject: new\n\n")
    (new,) = set(ana.found()) - set(mail.values())
    inbox = finish(ana.account.mailbox("INBOX"))
    finish(inbox.expunge([1]))
    told = ana.one("Email/queryChanges", **VIEW, **since)
    assert told["added"] == [{"id": new, "index": 0}]
    assert mail["a"] in told["removed"]
    assert told["total"] == 2
    assert told["newQueryState"] == ana.one("Email/query", **VIEW)["queryState"]
    assert ana.one("Email/queryChanges", **VIEW, **since, maxChanges=1) == {
        "type": "tooManyChanges"
    }


def test_views_whose_changes_are_not_known(
    office: Office, mail: dict[str, str]
) -> None:
    told = office.ana.one("Email/query", filter={"text": "plan"})
    assert told["canCalculateChanges"] is False
    told = office.ana.one(
        "Email/queryChanges",
        filter={"text": "plan"},
        sinceQueryState=told["queryState"],
    )
    assert told == {"type": "cannotCalculateChanges"}


def test_threads(office: Office, mail: dict[str, str]) -> None:
    ana = office.ana
    before = ana.one("Thread/get", ids=[])["state"]
    finish(finish(ana.account.mailbox("Archive")).expunge([2]))
    told = ana.one("Thread/changes", sinceState=before)
    assert len(told["destroyed"]) == 1
    changed = ana.one("Email/changes", sinceState=before)
    assert changed["destroyed"] == [mail["d"]]
    thread = "T" + mail["a"][1:]
    told = ana.one("Thread/get", ids=[thread, "T2-1", "T1-999", mail["a"]])
    assert told["list"] == [{"id": thread, "emailIds": [mail["a"], mail["b"]]}]
    assert told["notFound"] == ["T2-1", "T1-999", mail["a"]]
    told = ana.one("Thread/get", ids=[thread], properties=["id"])
    assert told["list"] == [{"id": thread}]
    assert ana.one("Thread/get")["type"] == "requestTooLarge"
    assert ana.one("Thread/get", ids=[], properties=["x"])["type"] == "invalidArguments"


def test_changes_by_and_by(office: Office) -> None:
    ana = office.ana
    since, seen = ana.one("Email/query")["queryState"], list[str]()
    for n in range(5):
        office.deliver(f"Subject: {n}\n\n")
    while True:
        told = ana.one("Email/changes", sinceState=since, maxChanges=2)
        assert len(told["created"]) <= 2
        seen += told["created"]
        since = told["newState"]
        if not told["hasMoreChanges"]:
            break
    assert sorted(seen) == sorted(ana.found())
    told = ana.one("Email/changes", sinceState=since)
    assert told["oldState"] == told["newState"] == since
