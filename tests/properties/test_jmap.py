"""JSON, pointers and patches: what is written is read again, and nothing else is."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from mailnode.jmap import ijson
from mailnode.jmap.ijson import JSON, NotJSON, Object
from mailnode.jmap.patch import patched
from mailnode.jmap.pointer import NoSuchValue, escaped, value_at

TEXT = st.text().filter(lambda text: not ijson.unfit(text))
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**38), 10**38),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
)
VALUES: st.SearchStrategy[JSON] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)
OBJECTS: st.SearchStrategy[Object] = st.dictionaries(TEXT, LEAVES, max_size=5)


@given(VALUES)
def test_what_is_written_is_read(value: JSON) -> None:
    assert ijson.read(ijson.written(value)) == value
    assert ijson.read(json.dumps(value).encode()) == value


@given(st.binary() | st.text(alphabet='[]{}",:\\ud8019.e-ntrf ').map(str.encode))
def test_no_octets_make_it_fail(octets: bytes) -> None:
    try:
        value = ijson.read(octets)
    except NotJSON:
        return
    assert ijson.read(ijson.written(value)) == value


@given(VALUES)
def test_a_value_weighs_about_what_it_takes(value: JSON) -> None:
    weight = ijson.weigh(value, 10**9)
    assert weight <= (ijson.LEAST + 1) * len(ijson.written(value))


def pointers(value: JSON, above: str = "") -> dict[str, JSON]:
    """A pointer to every value inside a value."""
    found = {above: value}
    pairs: list[tuple[str, JSON]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = [(str(n), each) for n, each in enumerate(value)]
    for name, each in pairs:
        found |= pointers(each, f"{above}/{escaped(name)}")
    return found


@given(VALUES)
def test_every_value_has_its_pointer(value: JSON) -> None:
    for pointer, wanted in pointers(value).items():
        assert value_at(value, pointer) == wanted


@given(VALUES, st.text())
def test_no_pointer_makes_it_fail(value: JSON, pointer: str) -> None:
    try:
        value_at(value, pointer)
    except NoSuchValue:
        return


@given(OBJECTS, OBJECTS)
def test_a_patch_of_whole_properties_makes_any_object(one: Object, two: Object) -> None:
    patch = dict.fromkeys(one) | two
    named = {escaped(name): value for name, value in patch.items()}
    after = patched(one, named, {})
    assert {name: value for name, value in after.items() if value is not None} == {
        name: value for name, value in two.items() if value is not None
    }
