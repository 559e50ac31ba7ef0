"""Requests whole: what they may be, back references, and what wants to do harm (RFC 8620, 3)."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import pytest
from jmap.toy import URN, World
from smtp.coroutine import finish

from mailnode.errors import Unavailable
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.call import Call, Visit
from mailnode.jmap.errors import RequestError
from mailnode.jmap.extension import Extension, Limits, Repertoire, found
from mailnode.jmap.ijson import Object, written
from mailnode.jmap.request import parse, respond
from mailnode.testing import MemoryAccount

CORE = "urn:ietf:params:jmap:core"
REPERTOIRE = Repertoire()


def refused(octets: bytes, repertoire: Repertoire = REPERTOIRE) -> str:
    """What is said of a request that is none."""
    with pytest.raises(RequestError) as raised:
        parse(octets, repertoire)
    return raised.value.kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "notJSON"),
        ("[]", "notRequest"),
        ("1", "notRequest"),
        ('{"using":"x","methodCalls":[]}', "notRequest"),
        ('{"using":[1],"methodCalls":[]}', "notRequest"),
        ('{"using":[["a"]],"methodCalls":[]}', "notRequest"),
        ('{"using":[]}', "notRequest"),
        ('{"using":[],"methodCalls":{}}', "notRequest"),
        ('{"using":[],"methodCalls":[[]]}', "notRequest"),
        ('{"using":[],"methodCalls":[["a",{}]]}', "notRequest"),
        ('{"using":[],"methodCalls":[["a",[],"b"]]}', "notRequest"),
        ('{"using":[],"methodCalls":[["a",{},1]]}', "notRequest"),
        ('{"using":[],"methodCalls":[["a",{},"b",{}]]}', "notRequest"),
        ('{"using":[],"methodCalls":[],"createdIds":[]}', "notRequest"),
        ('{"using":[],"methodCalls":[],"createdIds":{"a":1}}', "notRequest"),
        ('{"using":[],"methodCalls":[],"createdIds":{"a b":"c"}}', "notRequest"),
        ('{"using":["x"],"methodCalls":[]}', "unknownCapability"),
        ('{"using":[],"methodCalls":[]} x', "notJSON"),
    ],
)
def test_what_is_no_request(text: str, kind: str) -> None:
    assert refused(text.encode()) == kind


def test_what_is_needed_and_no_more() -> None:
    request = parse(
        b'{"using":["%s"],"methodCalls":[],"x":1}' % CORE.encode(), REPERTOIRE
    )
    assert request.using == {CORE}
    assert not request.calls
    assert request.created is None


def test_limits_are_named() -> None:
    small = Repertoire(limits=Limits(size_request=50, calls_in_request=1))
    for text, limit in (
        (b" " * 51, "maxSizeRequest"),
        (b'{"using":[],"methodCalls":[1,2]}', "maxCallsInRequest"),
    ):
        with pytest.raises(RequestError) as raised:
            parse(text, small)
        assert raised.value.problem()["limit"] == limit


def test_a_method_is_known_by_its_capability_only() -> None:
    world = World()
    told = world.whole(("Note/get", {}), ("Core/echo", {}), using=[CORE])
    assert told["methodResponses"][0][1] == {"type": "unknownMethod"}
    assert told["methodResponses"][1][0] == "Core/echo"


def test_further_responses_and_our_own_errors() -> None:
    extension = Extension(2, "urn:example:more")

    @extension.method("More/two")
    async def two(call: Call, arguments: Arguments) -> Object:
        call.also("More/implied", {"n": 2})
        return {"n": 1}

    @extension.method("More/busy")
    async def busy(call: Call, arguments: Arguments) -> Object:
        raise Unavailable("not now")

    visit = Visit(MemoryAccount("ana@example.org"), Repertoire([extension]))
    octets = written(
        {
            "using": ["urn:example:more"],
            "methodCalls": [["More/two", {}, "a"], ["More/busy", {}, "b"]],
        }
    )
    told = finish(respond(parse(octets, visit.repertoire), visit, "s"))
    assert told["methodResponses"] == [
        ["More/two", {"n": 1}, "a"],
        ["More/implied", {"n": 2}, "a"],
        ["error", {"type": "serverUnavailable", "description": "not now"}, "b"],
    ]


def test_nothing_is_done_for_those_who_have_gone() -> None:
    world = World()
    leaving = iter([False, True])
    visit = Visit(world.account, world.visit.repertoire, lambda: next(leaving))
    octets = written(
        {
            "using": [URN],
            "methodCalls": [
                ["Note/set", {"accountId": "A1", "create": {"k": {}}}, "0"],
                ["Note/set", {"accountId": "A1", "create": {"k": {}}}, "1"],
            ],
        }
    )
    finish(respond(parse(octets, visit.repertoire), visit, "s"))
    assert len(world.notes.kept) == 1


def test_modules_are_found() -> None:
    assert CORE in {each.capability for each in found()}


# Those who want to do harm.


def echoes(*arguments: Object) -> dict[str, Any]:
    """What comes of calls of Core/echo with these arguments."""
    world = World()
    return world.whole(*(("Core/echo", each) for each in arguments))


def back(mark: int, path: str = "") -> Object:
    """A reference to an earlier echo."""
    return {"resultOf": str(mark), "name": "Core/echo", "path": path}


def test_references_that_double_come_to_an_end() -> None:
    """Each call says the one before twice: the sixtieth would take an exbibyte."""
    arguments: list[Object] = [{"a": "x" * 1000}]
    arguments += [{"#a": back(n), "#b": back(n)} for n in range(59)]
    told = echoes(*arguments)["methodResponses"]
    assert len(written(told)) < 25_000_000
    kinds = [each[1].get("type") for each in told]
    assert kinds[0] is None
    assert kinds[-1] == "invalidResultReference"


def test_references_that_nest_come_to_an_end() -> None:
    """Each call puts the one before one level deeper."""
    deep: Object = {}
    for _ in range(50):
        deep = {"a": deep}
    nesting: list[Object] = [{"#a": back(n)} for n in range(30)]
    told = echoes(deep, *nesting)["methodResponses"]
    kinds = [each[1].get("type") for each in told]
    assert kinds[:10] == [None] * 10
    assert kinds[-1] == "invalidResultReference"
    assert written(told)


def looks(count: int, lists: int) -> list[Any]:
    """What comes of so many references that lead through so many empty lists."""
    many: Object = {f"#{n}": back(0, "/a/*/*") for n in range(count)}
    return list(echoes({"a": [[] for _ in range(lists)]}, many)["methodResponses"])


def test_references_that_lead_through_much_to_nothing() -> None:
    """Nothing is said in their stead, but each must look into every list."""
    assert looks(2, 1000)[1][1] == {"0": [], "1": []}
    begun = time.process_time()
    assert looks(1000, 50_000)[1][1]["type"] == "invalidResultReference"
    assert time.process_time() - begun < 5, "it would be half a minute"


def test_too_many_references() -> None:
    assert looks(1001, 0)[1][1]["type"] == "invalidResultReference"


def test_many_values_are_no_more_often_said_than_many_octets() -> None:
    """A digit is one octet, and takes as long to write as sixteen."""
    many: Object = {"a": [0] * 100_000}
    again: list[Object] = [{"#a": back(0, "/a")}] * 20
    told = echoes(many, *again)
    kinds = [each[1].get("type") for each in told["methodResponses"]]
    assert kinds[:3] == [None] * 3
    assert kinds[10:] == ["invalidResultReference"] * 11


def test_what_is_told_has_an_end() -> None:
    """A few words in each of many calls would have gigabytes said."""
    extension = Extension(2, "urn:example:much")

    @extension.method("Much/get")
    async def get(call: Call, arguments: Arguments) -> Object:
        return {"text": "x" * 10_000_000}

    @extension.method("Much/set")
    async def set_(call: Call, arguments: Arguments) -> Object:
        return {"done": "x" * 10_000_000}

    visit = Visit(MemoryAccount("ana@example.org"), Repertoire([extension]))
    calls: list[Any] = [["Much/get", {}, "a"]] * 10 + [["Much/set", {}, "b"]]
    octets = written({"using": ["urn:example:much"], "methodCalls": calls})
    told: Any = finish(respond(parse(octets, visit.repertoire), visit, "s"))
    kinds = [each[1].get("type") for each in told["methodResponses"]]
    assert kinds == [None] * 6 + ["requestTooLarge"] * 4 + [None]


def test_a_circle_of_references() -> None:
    told = echoes({"#a": back(1)}, {"#a": back(0)})["methodResponses"]
    assert [each[1]["type"] for each in told] == ["invalidResultReference"] * 2


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="deep and closed"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="deep objects"),
        pytest.param(b"[" * 66 + b"]" * 66, id="a little too deep"),
        pytest.param(b'["' + b"x" * 5_000_000, id="a string without end"),
        pytest.param(b"1" * 1_000_000, id="a long number"),
        pytest.param(b"1e999999999", id="a large number"),
        pytest.param(b"-1" + b"0" * 5000, id="a small number"),
        pytest.param(b"[0." + b"3" * 1_000_000 + b"]", id="a long fraction"),
        pytest.param(b"[" + b"9" * 41 + b"]", id="more digits than a double has"),
        pytest.param(b"[NaN]", id="no number"),
        pytest.param(b"[-Infinity]", id="no number either"),
        pytest.param(b'["\xff"]', id="not UTF-8"),
        pytest.param(b'["\xed\xa0\x80"]', id="a surrogate in UTF-8"),
        pytest.param(b'["\\ud800"]', id="a lone surrogate"),
        pytest.param(b'{"\\udc00":1}', id="a lone surrogate in a name"),
        pytest.param(b'["\\ufffe"]', id="no character"),
        pytest.param(b'["\xf0\x9f\xbf\xbe"]', id="no character either"),
        pytest.param(b"\xef\xbb\xbf{}", id="a byte order mark"),
        pytest.param(b"{}{}", id="two values"),
        pytest.param(b"{'a':1}", id="other quotes"),
        pytest.param(b'["\x00"]', id="a control character"),
    ],
)
def test_what_is_not_json(octets: bytes) -> None:
    assert refused(octets) == "notJSON"


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"[" + b"[]," * 3_000_000 + b"[]]", id="empty arrays"),
        pytest.param(b"[" + b"{}," * 3_000_000 + b"{}]", id="empty objects"),
        pytest.param(b"[" + b"0," * 4_000_000 + b"0]", id="numbers"),
        pytest.param(b"[" + b'"",' * 2_000_000 + b"0]", id="strings"),
        pytest.param(b'[",,"' + b',"\\\\"' * 1_000_000 + b"]", id="backslashes"),
    ],
)
def test_more_values_than_octets_are_worth(octets: bytes) -> None:
    tracemalloc.start()
    try:
        assert refused(octets) == "limit"
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4 * len(octets)


def test_ten_thousand_calls() -> None:
    calls: list[Any] = [["Core/echo", {}, "a"]] * 10_000
    octets = written({"using": [CORE], "methodCalls": calls})
    assert refused(octets) == "limit"


def test_a_large_text_is_no_harm() -> None:
    """Commas and brackets inside strings are no values."""
    text = "a,b[{" * 1_000_000
    octets = written(
        {"using": [CORE], "methodCalls": [["Core/echo", {"t": text}, "a"]]}
    )
    request = parse(octets, REPERTOIRE)
    assert request.calls[0].arguments == {"t": text}


def test_quotes_and_backslashes_take_no_time() -> None:
    for octets in (
        b'["' + b"\\" * 2_000_001 + b"," * 600_000,
        b'"' * 2_000_000 + b"," * 600_000,
    ):
        begun = time.process_time()
        assert refused(octets) in ("notJSON", "limit")
        assert time.process_time() - begun < 20, "not quadratic"
