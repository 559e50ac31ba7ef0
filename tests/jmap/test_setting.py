"""/set, over a toy type: objects made, changed and destroyed (RFC 8620, 5.3)."""

from __future__ import annotations

import logging

import pytest
from jmap.toy import FULL, World

from mailnode.jmap.extension import Limits
from mailnode.jmap.ijson import JSON, Object


def test_made_changed_and_destroyed() -> None:
    world = World()
    one, two = world.made("a", "b")
    told = world.one(
        "Note/set",
        create={"new": {"text": "c"}},
        update={one: {"rank": 5}},
        destroy=[two],
    )
    assert told == {
        "accountId": "A1",
        "oldState": "s2",
        "newState": "s5",
        "created": {"new": {"id": "N2"}},
        "updated": {one: {"rank": 7}},
        "destroyed": [two],
        "notCreated": None,
        "notUpdated": None,
        "notDestroyed": None,
    }


def test_nothing_is_done_when_an_argument_is_unknown() -> None:
    world = World()
    (one,) = world.made("a")
    told = world.one("Note/set", destroy=[one], quickly=True)
    assert told["type"] == "invalidArguments"
    assert one in world.notes.kept  # RFC 8620, 3.6.2


def test_one_fails_and_the_others_do_not() -> None:
    world = World()
    (one,) = world.made("a")
    told = world.one(
        "Note/set",
        create={"good": {"text": "b"}, "bad": {"colour": 1}},
        update={one: {"text": "x"}, "N77": {"text": "y"}},
        destroy=["N88"],
    )
    assert told["created"] == {"good": {"id": "N1"}}
    assert told["notCreated"] == {
        "bad": {"type": "invalidProperties", "properties": ["colour"]}
    }
    assert told["updated"] == {one: None}
    missing = {"type": "notFound", "description": "no such note"}
    assert told["notUpdated"] == {"N77": missing}
    assert told["notDestroyed"] == {"N88": missing}
    assert told["destroyed"] is None


def test_our_own_errors_have_the_names_of_jmap() -> None:
    world = World()
    world.made(*"x" * FULL)
    told = world.one("Note/set", create={"k": {}})
    assert told["notCreated"] == {
        "k": {"type": "overQuota", "description": "too many notes"}
    }


def test_only_in_the_state_that_is_expected() -> None:
    world = World()
    world.made("a")
    told = world.one("Note/set", ifInState="s0", create={"k": {}})
    assert told == {"type": "stateMismatch"}
    assert len(world.notes.kept) == 1
    assert world.one("Note/set", ifInState="s1", create={"k": {}})["created"]


def test_a_transaction_may_be_tried_again() -> None:
    world = World()
    world.notes.again = True
    told = world.one("Note/set", create={"a": {}, "b": {"under": "#a"}, "c": {"x": 1}})
    assert told["created"] == {"a": {"id": "N0"}, "b": {"id": "N1"}}
    assert list(told["notCreated"]) == ["c"]
    assert world.notes.kept.keys() == {"N0", "N1"}


def test_who_is_referred_to_comes_first() -> None:
    world = World()
    told = world.one(
        "Note/set",
        create={
            "leaf": {"under": "#twig", "links": ["#root", "#twig"]},
            "twig": {"under": "#root"},
            "root": {"text": "r"},
        },
    )
    assert told["notCreated"] is None
    assert world.notes.kept["N2"]["under"] == "N1"
    assert world.notes.kept["N2"]["links"] == ["N0", "N1"]


def test_a_circle_has_no_beginning() -> None:
    told = World().one(
        "Note/set", create={"a": {"under": "#b"}, "b": {"under": "#a"}, "c": {}}
    )
    assert told["created"] == {"c": {"id": "N0"}}
    assert told["notCreated"].keys() == {"a", "b"}
    assert World().one("Note/set", create={"a": {"under": "#a"}})["created"] is None


def test_a_long_chain_of_references() -> None:
    world = World(Limits(objects_in_set=1000))
    create: dict[str, JSON] = {
        f"k{n}": {"under": f"#k{n + 1}"} if n < FULL - 1 else {} for n in range(FULL)
    }
    assert world.one("Note/set", create=create)["notCreated"] is None


def test_creation_ids_last_for_a_request() -> None:
    world = World()
    told = world.whole(
        ("Note/set", {"create": {"k": {"text": "a"}}}),
        ("Note/set", {"create": {"l": {"under": "#k"}}}),
        ("Note/set", {"update": {"#l": {"text": "b"}}, "destroy": ["#k"]}),
        ("Note/set", {"create": {"m": {"under": "#gone"}}}),
        createdIds={"old": "N5"},
    )
    assert told["createdIds"] == {"old": "N5", "k": "N0", "l": "N1"}
    (_, _, (_, third, _), (_, fourth, _)) = told["methodResponses"]
    assert (third["updated"], third["destroyed"]) == ({"N1": None}, ["N0"])
    assert fourth["notCreated"]["m"]["type"] == "notFound"
    assert world.notes.kept["N1"]["under"] == "N0"
    assert "createdIds" not in world.whole(("Note/set", {"create": {"k": {}}}))


def test_creation_ids_of_earlier_requests() -> None:
    world = World()
    world.made("a")
    world.whole(
        ("Note/set", {"create": {"l": {"under": "#k"}}}), createdIds={"k": "N0"}
    )
    assert world.notes.kept["N1"]["under"] == "N0"


def test_whatever_is_destroyed_is_not_changed_before() -> None:
    world = World()
    (one,) = world.made("a")
    told = world.one("Note/set", update={one: {"text": "b"}}, destroy=[one])
    assert told["notUpdated"] == {one: {"type": "willDestroy"}}
    assert told["destroyed"] == [one]


def test_references_in_a_patch() -> None:
    world = World()
    (one,) = world.made("a")
    world.one("Note/set", update={one: {"tags": {"x": True, "y": True}}})
    told = world.one(
        "Note/set",
        create={"k": {}},
        update={one: {"under": "#k", "tags/x": None, "tags/z": True}},
    )
    assert told["updated"] == {one: None}
    kept = world.notes.kept[one]
    assert (kept["under"], kept["tags"]) == ("N2", {"y": True, "z": True})


def test_patches_that_cannot_be_applied() -> None:
    world = World()
    (one,) = world.made("a")
    patches: tuple[Object, ...] = (
        {"tags/a/b": 1},
        {"tags": {}, "tags/a": 1},
        {"links/0": "x"},
        {"links/~2": "x"},
        {"links/a~": "#x"},
        {"text/~2": "x"},
        {"~2": 1},
    )
    for patch in patches:
        told = world.one("Note/set", update={one: patch})
        assert told["notUpdated"][one]["type"] == "invalidPatch"
    assert world.one("Note/set", update={one: {"text": None}})["updated"] == {one: None}
    assert world.notes.kept[one]["text"] == ""


def test_too_many_at_a_time() -> None:
    world = World(Limits(objects_in_set=2))
    told = world.one("Note/set", create={"a": {}, "b": {}}, destroy=["N0"])
    assert told["type"] == "requestTooLarge"
    assert world.notes.log == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"create": []},
        {"create": {"a": 1}},
        {"create": {"a b": {}}},
        {"update": {"a b": {}}},
        {"destroy": "a"},
        {"destroy": ["a/b"]},
        {"destroy": [1]},
        {"ifInState": 1},
    ],
)
def test_arguments_are_what_they_should_be(arguments: dict[str, JSON]) -> None:
    assert World().one("Note/set", **arguments)["type"] == "invalidArguments"


def test_a_fault_of_ours_is_logged_without_what_was_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    (one,) = world.made("a")
    with caplog.at_level(logging.ERROR):
        told = world.ask(
            ("Note/set", {"update": {one: {"crash": "s3cret"}}}), ("Core/echo", {})
        )
    assert told == [
        [
            "error",
            {"type": "serverFail", "description": "something went wrong here"},
            "0",
        ],
        ["Core/echo", {}, "1"],
    ]
    assert "Note/set failed: ZeroDivisionError" in caplog.text
    assert "toy.py" in caplog.text
    assert "s3cret" not in caplog.text
