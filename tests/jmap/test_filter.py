"""Filters of emails as questions (RFC 8621, 4.4.1)."""

from __future__ import annotations

import pytest

from mailnode import query as q
from mailnode.jmap.errors import MethodError
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.mail.filter import TERMS, asked
from mailnode.jmap.mail.terms import LONG
from mailnode.jmap.querying import filtered
from mailnode.query import Query

SEEN = q.Keyword("$seen")
LARGE = q.Larger(9)
TEXT = {"minSize": 10}


def meant(value: JSON) -> Query:
    """What a filter asks of the emails of account 7."""
    return asked(None if value is None else filtered(value, [1000]), 7)


@pytest.mark.parametrize(
    ("value", "question"),
    [
        (None, q.ALL),
        ({}, q.ALL),
        ({"inMailbox": "P7-3"}, q.Within(frozenset({3}))),
        # Somebody else's, a thing of another kind, and what never was.
        ({"inMailbox": "P8-3"}, q.Within(frozenset({0}))),
        ({"inMailbox": "M7-3"}, q.Within(frozenset({0}))),
        ({"inMailbox": "nonsense"}, q.Within(frozenset({0}))),
        (
            {"inMailboxOtherThan": ["P7-3", "P7-4", "P8-5"]},
            q.Outside(frozenset({3, 4})),
        ),
        ({"inMailboxOtherThan": []}, q.Outside(frozenset())),
        ({"before": "1970-01-01T00:00:10Z"}, q.Received(before=10_000)),
        ({"before": "1970-01-01T00:00:10.5Z"}, q.Received(before=11_000)),
        ({"after": "1970-01-01T00:00:10Z"}, q.Received(since=10_000)),
        ({"after": "1970-01-01T00:00:10.001Z"}, q.Received(since=11_000)),
        ({"minSize": 10}, q.Larger(9)),
        ({"minSize": 0}, q.Larger(-1)),
        ({"maxSize": 10}, q.Smaller(10)),
        ({"hasKeyword": "$Seen"}, SEEN),
        ({"notKeyword": "$seen"}, q.Not(SEEN)),
        ({"allInThreadHaveKeyword": "$seen"}, q.InThread("$seen", every=True)),
        ({"someInThreadHaveKeyword": "$SEEN"}, q.InThread("$seen", every=False)),
        (
            {"noneInThreadHaveKeyword": "$seen"},
            q.Not(q.InThread("$seen", every=False)),
        ),
        ({"hasAttachment": True}, q.Attached()),
        ({"hasAttachment": False}, q.Not(q.Attached())),
        ({"text": "one"}, q.Text("one")),
        ({"text": ' one "two three"'}, q.Every((q.Text("one"), q.Text("two three")))),
        ({"text": " "}, q.ALL),
        ({"body": "one two"}, q.Every((q.Body("one"), q.Body("two")))),
        ({"from": "ana"}, q.Header("from", "ana")),
        ({"to": "ana"}, q.Header("to", "ana")),
        ({"cc": "ana"}, q.Header("cc", "ana")),
        ({"bcc": "ana"}, q.Header("bcc", "ana")),
        ({"subject": "'a b'"}, q.Header("subject", "a b")),
        ({"header": ["List-Id"]}, q.Header("list-id", "")),
        ({"header": ["List-Id", " "]}, q.Header("list-id", "")),
        ({"header": ["X-A", "b"]}, q.Header("x-a", "b")),
        (
            {"header": ["X-A", "b c"]},
            q.Every((q.Header("x-a", "b"), q.Header("x-a", "c"))),
        ),
        ({"hasKeyword": "$seen", "minSize": 10}, q.Every((SEEN, LARGE))),
        ({"operator": "AND", "conditions": []}, q.ALL),
        ({"operator": "AND", "conditions": [TEXT]}, LARGE),
        ({"operator": "OR", "conditions": []}, q.Some(())),
        ({"operator": "OR", "conditions": [TEXT, {}]}, q.Some((LARGE, q.ALL))),
        ({"operator": "NOT", "conditions": [TEXT]}, q.Not(LARGE)),
        ({"operator": "NOT", "conditions": []}, q.Not(q.Some(()))),
        (
            {"operator": "NOT", "conditions": [TEXT, {"hasKeyword": "$seen"}]},
            q.Not(q.Some((LARGE, SEEN))),
        ),
        (
            {
                "operator": "AND",
                "conditions": [{"operator": "OR", "conditions": [TEXT]}, TEXT],
            },
            q.Every((LARGE, LARGE)),
        ),
    ],
)
def test_what_is_asked(value: JSON, question: Query) -> None:
    assert meant(value) == question


DATE = "must be a UTCDate"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"inMailbox": None}, "inMailbox must be an id"),
        ({"inMailbox": "a b"}, "inMailbox must be an id"),
        (
            {"inMailboxOtherThan": "P7-3"},
            "inMailboxOtherThan must be a list of strings",
        ),
        ({"inMailboxOtherThan": None}, "inMailboxOtherThan must be a list of ids"),
        ({"before": "2023-02-30T00:00:00Z"}, f"before {DATE}"),
        ({"before": "2023-02-03T24:00:00Z"}, f"before {DATE}"),
        ({"before": "2023-02-03T00:00:00+00:00"}, f"before {DATE}"),
        ({"before": "2023-02-03t00:00:00z"}, f"before {DATE}"),
        ({"before": "2023-02-03T00:00:00.000Z"}, f"before {DATE}"),
        ({"after": "2023-02-03"}, f"after {DATE}"),
        ({"after": 3}, "after must be a string"),
        ({"minSize": -1}, "minSize must be a whole number from 0"),
        ({"minSize": None}, "minSize must be a whole number from 0"),
        ({"maxSize": 1.5}, "maxSize must be a whole number"),
        ({"maxSize": True}, "maxSize must be a whole number"),
        ({"hasKeyword": None}, "hasKeyword must be a keyword"),
        ({"hasKeyword": ""}, "hasKeyword must be a keyword"),
        ({"notKeyword": "\\Seen"}, "notKeyword must be a keyword"),
        ({"allInThreadHaveKeyword": "a b"}, "allInThreadHaveKeyword must be a keyword"),
        ({"hasKeyword": "a" * 256}, "hasKeyword must be a keyword"),
        ({"hasKeyword": "é"}, "hasKeyword must be a keyword"),
        ({"hasAttachment": None}, "hasAttachment must be true or false"),
        ({"text": None}, "text must be a string"),
        ({"subject": ["a"]}, "subject must be a string"),
        ({"header": []}, "header must be the name of a field, and a text or none"),
        ({"header": None}, "header must be the name of a field, and a text or none"),
        (
            {"header": ["a", "b", "c"]},
            "header must be the name of a field, and a text or none",
        ),
        ({"header": ["a:"]}, "header must be the name of a field, and a text or none"),
        ({"header": ["a b"]}, "header must be the name of a field, and a text or none"),
        ({"header": ["a", None]}, "header must be a list of strings"),
    ],
)
def test_what_is_said_wrongly(value: Object, why: str) -> None:
    with pytest.raises(MethodError) as caught:
        meant(value)
    assert caught.value.arguments == {"type": "invalidArguments", "description": why}


@pytest.mark.parametrize(
    "value",
    [
        {"colour": "red"},
        {"minSize": 1, "colour": None},
        {"text": "a" * (LONG + 1)},
        {"text": "a " * (TERMS + 1)},
        {"operator": "OR", "conditions": [{"body": "a " * 60}, {"from": "a " * 60}]},
    ],
)
def test_what_cannot_be_answered(value: Object) -> None:
    with pytest.raises(MethodError) as caught:
        meant(value)
    assert caught.value.kind == "unsupportedFilter"


def test_every_character_of_a_keyword() -> None:
    for code in range(0x100):
        allowed = 0x21 <= code <= 0x7E and chr(code) not in '(){]%*"\\'
        try:
            meant({"hasKeyword": chr(code)})
        except MethodError:
            assert not allowed, code
        else:
            assert allowed, code
