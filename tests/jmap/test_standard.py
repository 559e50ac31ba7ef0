"""/get and /changes, over a toy type (RFC 8620, 5.1 and 5.2)."""

from __future__ import annotations

import pytest
from jmap.toy import World

from mailnode.jmap.extension import Limits
from mailnode.jmap.ijson import JSON


def test_some_are_there_and_some_are_not() -> None:
    world = World()
    one, two = world.made("a", "b")
    told = world.one("Note/get", ids=[two, "N99", one, two])
    assert told == {
        "accountId": "A1",
        "state": "s2",
        "list": [
            {"id": two, "text": "b", "rank": 0},
            {"id": one, "text": "a", "rank": 0},
        ],
        "notFound": ["N99"],
    }


def test_all_and_the_properties_that_were_named() -> None:
    world = World()
    world.made("a")
    told = world.one("Note/get", ids=None, properties=["tags"], shout=True)
    assert told["list"] == [{"id": "N0", "tags": {}}]
    assert told["notFound"] == []
    assert world.one("Note/get", ids=[])["list"] == []


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"ids": 1}, "ids must be a list of strings"),
        ({"ids": ["a b"]}, "ids must be a list of ids"),
        ({"ids": [""]}, "ids must be a list of ids"),
        ({"properties": ["colour"]}, "unknown properties: colour"),
        ({"shout": "yes"}, "shout must be true or false"),
        ({"whisper": True}, "unknown arguments: whisper"),
        ({"accountId": None}, "accountId must be an id"),
    ],
)
def test_arguments_are_what_they_should_be(
    arguments: dict[str, JSON], why: str
) -> None:
    told = World().one("Note/get", **arguments)
    assert told == {"type": "invalidArguments", "description": why}


def test_too_many_at_a_time() -> None:
    world = World(Limits(objects_in_get=2))
    world.made("a", "b", "c")
    assert world.one("Note/get", ids=["a", "b", "c"])["type"] == "requestTooLarge"
    assert world.one("Note/get", ids=["a", "b", "b"])["notFound"] == ["a", "b"]
    assert world.one("Note/get")["type"] == "requestTooLarge"


def test_somebody_elses_account_is_none() -> None:
    for other in ("A2", "nobody"):
        told = World().one("Note/get", accountId=other)
        assert told == {"type": "accountNotFound"}


def test_an_account_may_be_without_it() -> None:
    world = World()
    world.extension.account = None
    assert world.one("Note/get") == {"type": "accountNotSupportedByMethod"}


def test_changes_by_and_by() -> None:
    world = World()
    one, two = world.made("a", "b")
    told = world.one("Note/changes", sinceState="s0", maxChanges=1)
    assert told == {
        "accountId": "A1",
        "oldState": "s0",
        "newState": "s1",
        "hasMoreChanges": True,
        "created": [one],
        "updated": [],
        "destroyed": [],
        "told": 1,
    }
    world.one("Note/set", update={one: {"text": "c"}}, destroy=[two])
    told = world.one("Note/changes", sinceState="s2")
    assert (told["updated"], told["destroyed"]) == ([one], [two])
    assert (told["newState"], told["hasMoreChanges"]) == ("s4", False)


def test_changes_that_cannot_be_told() -> None:
    world = World()
    told = world.one("Note/changes", sinceState="s9")
    assert told == {"type": "cannotCalculateChanges"}
    for most in (0, -1, 1.5, "1", 2**53):
        told = world.one("Note/changes", sinceState="s0", maxChanges=most)
        assert told["type"] == "invalidArguments"
    assert world.one("Note/changes")["type"] == "invalidArguments"
