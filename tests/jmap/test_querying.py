"""/query and /queryChanges, over a toy type (RFC 8620, 5.5 and 5.6)."""

from __future__ import annotations

import pytest
from jmap.toy import World

from mailnode.jmap import querying
from mailnode.jmap.ijson import JSON


@pytest.fixture
def world() -> World:
    """Five notes, N0 to N4."""
    made = World()
    made.made(*"abcba")
    return made


def ids(told: dict[str, JSON]) -> str:
    """The numbers of the ids, in order."""
    found = told["ids"]
    assert isinstance(found, list), told
    return "".join(str(each)[1:] for each in found)


@pytest.mark.parametrize(
    ("arguments", "wanted", "position"),
    [
        ({}, "01234", 0),
        ({"position": 2}, "234", 2),
        ({"position": 2, "limit": 2}, "23", 2),
        ({"position": -2}, "34", 3),
        ({"position": -9}, "01234", 0),
        ({"position": 5}, "", 5),
        ({"limit": 0}, "", 0),
        ({"anchor": "N2"}, "234", 2),
        ({"anchor": "N2", "anchorOffset": -1, "limit": 2}, "12", 1),
        ({"anchor": "N2", "anchorOffset": -7}, "01234", 0),
        ({"anchor": "N2", "anchorOffset": 2, "position": 1}, "4", 4),
        ({"sort": [{"property": "text", "isAscending": False}]}, "21304", 0),
        ({"sort": [{"property": "text"}, {"property": "rank"}]}, "04132", 0),
    ],
)
def test_a_part_of_the_results(
    world: World, arguments: dict[str, JSON], wanted: str, position: int
) -> None:
    told = world.one("Note/query", **arguments)
    assert (ids(told), told["position"]) == (wanted, position)
    assert "total" not in told


def test_what_is_told_besides(world: World) -> None:
    told = world.one("Note/query", calculateTotal=True, limit=1)
    assert told == {
        "accountId": "A1",
        "queryState": "s5",
        "canCalculateChanges": True,
        "position": 0,
        "ids": ["N0"],
        "total": 5,
    }
    for limit in (None, 10_000):
        assert world.one("Note/query", limit=limit)["limit"] == querying.WINDOW


@pytest.mark.parametrize(
    ("filtered", "wanted"),
    [
        ({"text": "a"}, "04"),
        ({"operator": "OR", "conditions": [{"text": "a"}, {"text": "c"}]}, "024"),
        ({"operator": "NOT", "conditions": [{"text": "a"}, {"text": "c"}]}, "13"),
        ({"operator": "AND", "conditions": [{"text": "a"}, {"text": "c"}]}, ""),
        ({"operator": "AND", "conditions": []}, "01234"),
        (
            {
                "operator": "NOT",
                "conditions": [{"operator": "NOT", "conditions": [{"text": "b"}]}],
            },
            "13",
        ),
    ],
)
def test_filters(world: World, filtered: JSON, wanted: str) -> None:
    told = world.one("Note/query", filter=filtered)
    assert ids(told) == wanted
    assert told["canCalculateChanges"] is False


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({"anchor": "N9"}, "anchorNotFound"),
        ({"filter": {"colour": 1}}, "unsupportedFilter"),
        ({"filter": []}, "invalidArguments"),
        ({"filter": {"operator": "XOR", "conditions": []}}, "invalidArguments"),
        ({"filter": {"operator": "AND"}}, "invalidArguments"),
        ({"filter": {"operator": "AND", "conditions": [1]}}, "invalidArguments"),
        (
            {"filter": {"operator": "OR", "conditions": [{}] * querying.CONDITIONS}},
            "unsupportedFilter",
        ),
        ({"sort": [{"property": "colour"}]}, "unsupportedSort"),
        ({"sort": [{"property": "text", "collation": "i;octet"}]}, "unsupportedSort"),
        ({"sort": [{"property": "text"}] * 17}, "unsupportedSort"),
        ({"sort": {"property": "text"}}, "invalidArguments"),
        ({"sort": ["text"]}, "invalidArguments"),
        ({"sort": [{}]}, "invalidArguments"),
        ({"limit": -1}, "invalidArguments"),
        ({"position": 0.5}, "invalidArguments"),
        ({"position": True}, "invalidArguments"),
        ({"calculateTotal": 1}, "invalidArguments"),
        ({"colour": 1}, "invalidArguments"),
    ],
)
def test_what_cannot_be_asked(
    world: World, arguments: dict[str, JSON], kind: str
) -> None:
    assert world.one("Note/query", **arguments)["type"] == kind


def test_changes_of_a_query(world: World) -> None:
    world.one("Note/set", destroy=["N1"], create={"k": {"text": "z"}})
    told = world.one("Note/queryChanges", sinceQueryState="s5", calculateTotal=True)
    assert told == {
        "accountId": "A1",
        "oldQueryState": "s5",
        "newQueryState": "s7",
        "removed": ["N5", "N1"],
        "added": [{"id": "N5", "index": 4}],
        "total": 5,
    }


def test_changes_of_a_query_that_cannot_be_told(world: World) -> None:
    def kind(**arguments: JSON) -> JSON:
        return world.one("Note/queryChanges", **arguments).get("type")

    assert kind(sinceQueryState="s9") == "cannotCalculateChanges"
    assert kind(sinceQueryState="s0", maxChanges=9) == "tooManyChanges"
    assert kind(sinceQueryState="s0", maxChanges=10) is None
    assert kind(sinceQueryState="s0", maxChanges=None) is None
    assert kind(sinceQueryState="s0", maxChanges=0) == "invalidArguments"
    assert kind() == "invalidArguments"


def test_a_page_is_found_and_fetched_in_one_request(world: World) -> None:
    _, (_, told, _) = world.ask(
        ("Note/query", {"filter": {"text": "b"}}),
        (
            "Note/get",
            {"#ids": {"resultOf": "0", "name": "Note/query", "path": "/ids"}},
        ),
    )
    assert [each["id"] for each in told["list"]] == ["N1", "N3"]
