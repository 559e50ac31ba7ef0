"""JSON pointers, and patches made of them (RFC 6901; RFC 8620, 3.7 and 5.3)."""

from __future__ import annotations

import pytest

from mailnode.jmap.errors import SetError
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.patch import patched, properties
from mailnode.jmap.pointer import FOUND, NoSuchValue, value_at

DOCUMENT: Object = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}
"""The example of RFC 6901, 5."""


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", DOCUMENT),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_the_example_of_the_rfc(pointer: str, value: JSON) -> None:
    assert value_at(DOCUMENT, pointer) == value


@pytest.mark.parametrize(
    "pointer",
    [
        *("foo", "/none", "/foo/2", "/foo/-", "/foo/01", "/foo/-1", "/foo/+1"),
        *(
            "/foo/\u0661",
            "/foo/0/x",
            "/a~1b/0",
            "/m~n",
            "/m~2n",
            "/m~",
            "/foo/" + "9" * 50,
        ),
        *("/*", "/foo/*/x", "/" * 100),
    ],
)
def test_what_leads_nowhere(pointer: str) -> None:
    with pytest.raises(NoSuchValue):
        value_at(DOCUMENT, pointer)


def test_every_element() -> None:
    lists: Object = {"list": [{"to": ["a", "b"]}, {"to": ["c"]}, {"to": []}], "*": 9}
    assert value_at(lists, "/list/*/to") == ["a", "b", "c"]
    assert value_at(lists, "/list/*/to/*") == ["a", "b", "c"]
    assert value_at(lists, "/list/*") == lists["list"]
    assert value_at(lists, "/*") == 9  # A name like any other.
    assert value_at({"list": []}, "/list/*/id") == []
    assert value_at([[["a"], ["b"]], [["c"]]], "/*") == [["a"], ["b"], ["c"]]


def test_every_element_of_every_element() -> None:
    wide: JSON = [[0] * (FOUND // 2)] * 3
    with pytest.raises(NoSuchValue, match="too many"):
        value_at(wide, "/*")
    deep: JSON = [0] * 100
    for _ in range(3):
        deep = [deep] * 100
    with pytest.raises(NoSuchValue, match="too many"):
        value_at(deep, "/*/*/*/*")


BEFORE: Object = {"a": {"b": {"c": 1}}, "list": [1], "d": 2}


@pytest.mark.parametrize(
    ("patch", "after"),
    [
        ({}, BEFORE),
        ({"a/b/c": 2}, {"a": {"b": {"c": 2}}, "list": [1], "d": 2}),
        ({"a/b/x~1y": 2}, {"a": {"b": {"c": 1, "x/y": 2}}, "list": [1], "d": 2}),
        ({"a/b/c": None}, {"a": {"b": {}}, "list": [1], "d": 2}),
        ({"a/none": None}, BEFORE),
        ({"a": {}, "d": None}, {"a": {}, "list": [1], "d": 0}),
        ({"e": None}, BEFORE | {"e": None}),
        ({"list": [2, 3]}, {"a": {"b": {"c": 1}}, "list": [2, 3], "d": 2}),
    ],
)
def test_patches(patch: Object, after: Object) -> None:
    assert patched(BEFORE, patch, {"d": 0}) == after
    assert BEFORE == {"a": {"b": {"c": 1}}, "list": [1], "d": 2}


@pytest.mark.parametrize(
    "patch",
    [
        {"a/b": 1, "a/b/c": 2},
        {"a": {}, "a/b": 1},
        {"x/y": 1},
        {"list/0": 1},
        {"d/x": 1},
        {"a/~": 1},
        {"a/~x": 1},
    ],
)
def test_patches_that_are_none(patch: Object) -> None:
    with pytest.raises(SetError) as raised:
        patched(BEFORE, patch, {})
    assert raised.value.value["type"] == "invalidPatch"


def test_what_a_patch_is_about() -> None:
    assert properties({"a/b": 1, "c": 2, "a/d": 3}) == {"a", "c"}
