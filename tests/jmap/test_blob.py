"""Blob/upload, Blob/get, Blob/lookup and Blob/copy, with every way to ask wrongly."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from auth.people import now
from hypothesis import given
from hypothesis import strategies as st
from web.mailbag import Account

from mailnode.errors import OverQuota
from mailnode.jmap.call import Visit
from mailnode.jmap.extension import Extension, Limits, Repertoire
from mailnode.jmap.ijson import written
from mailnode.jmap.methods import blob, core
from mailnode.jmap.methods.core.copying import copy
from mailnode.jmap.request import parse, respond
from mailnode.model.mail import Email
from mailnode.testing.content import MemoryContent

MAIL = Extension(8621, "urn:ietf:params:jmap:mail")
FOX = b"The quick brown fox jumped over the lazy dog."
HALF = bytes.fromhex("5468652071756963 6b2062726f776e20666f78208181".replace(" ", ""))
"""Of which the end is no UTF-8."""


class Asking:
    """Somebody who asks for blobs."""

    def __init__(self, **limits: Any) -> None:
        self.ana = Account("ana@example.org", 1)
        assert core.extension.methods["Blob/copy"] is copy
        extensions = [core.extension, MAIL, blob.extension]
        self.repertoire = Repertoire(extensions, Limits(**limits))
        self.using = [each.capability for each in extensions]

    def ask(self, *calls: Any) -> list[Any]:
        named = [
            [name, {"accountId": "A1"} | rest, str(n)]
            for n, (name, rest) in enumerate(calls)
        ]
        asked: Any = {"using": list(self.using), "methodCalls": named}
        request = parse(written(asked), self.repertoire)
        told: Any = now(respond(request, Visit(self.ana, self.repertoire), ""))
        return [each[1] for each in told["methodResponses"]]

    def have(self, octets: bytes) -> str:
        """Keep some octets."""
        content = MemoryContent(octets)
        self.ana.bag.contents[content.hash] = content
        return f"G{content.hash.hex()}"

    def create(self, *data: Any, **more: Any) -> Any:
        """Make one blob, and say what came of it."""
        (told,) = self.ask(
            ("Blob/upload", {"create": {"b": {"data": list(data)} | more}})
        )
        assert (told["created"] is None) != (told["notCreated"] is None)
        return (told["created"] or told["notCreated"])["b"]

    def get(self, said: str, *properties: str, **more: Any) -> Any:
        wanted = {"ids": [said], "properties": list(properties) or None} | more
        (told,) = self.ask(("Blob/get", wanted))
        return told["list"][0] if told.get("list") else told


def text(said: str) -> dict[str, str]:
    return {"data:asText": said}


def test_the_simple_example() -> None:
    png = (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAQMAAAAl21bKAAAAA1BMVEX/AAAZ4gk3AAAAAXRSTlN/gFy0"
        "ywAAAApJREFUeJxjYgAAAAYAAzY3fKgAAAAASUVORK5CYII="
    )
    asking = Asking()
    made = asking.create({"data:asBase64": png}, type="image/png")
    assert (made["type"], made["size"]) == ("image/png", 95)
    assert bytes.fromhex(made["id"][1:]) in asking.ana.bag.contents


def test_the_complex_example() -> None:
    sources = [
        text("How"),
        {"blobId": "#b4", "length": 7, "offset": 3},
        text("was t"),
        {"blobId": "#b4", "length": 1, "offset": 1},
        {"data:asBase64": "YXQ/"},
    ]
    one, two, three = Asking().ask(
        ("Blob/upload", {"create": {"b4": {"data": [text(FOX.decode())]}}}),
        ("Blob/upload", {"create": {"cat": {"data": sources}}}),
        ("Blob/get", {"properties": ["data:asText", "size"], "ids": ["#cat"]}),
    )
    assert one["created"]["b4"]["type"] == "application/octet-stream"
    assert two["created"]["cat"]["size"] == 19
    assert three["list"] == [
        {
            "id": two["created"]["cat"]["id"],
            "data:asText": "How quick was that?",
            "size": 19,
        }
    ]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ({}, "invalidProperties"),
        ("text", "invalidProperties"),
        ({"data:asText": 1}, "invalidProperties"),
        ({"data:asText": "a", "data:asBase64": "YQ=="}, "invalidProperties"),
        ({"data:asText": "a", "blobId": "Gx"}, "invalidProperties"),
        ({"data:asText": "a", "offset": 1}, "invalidProperties"),
        ({"data:asText": None, "data:asBase64": None}, "invalidProperties"),
        ({"data:asBase64": "YQ"}, "invalidProperties"),
        ({"data:asBase64": "Y Q=="}, "invalidProperties"),
        ({"data:asBase64": "YQ==YQ=="}, "invalidProperties"),
        ({"data:asBase64": "é==="}, "invalidProperties"),
        ({"data:asText": "a", "url": "x"}, "invalidProperties"),
        ({"blobId": "not-a-blob"}, "blobNotFound"),
        ({"blobId": "#nothing"}, "blobNotFound"),
        ({"blobId": f"G{'0' * 64}"}, "blobNotFound"),
        ({"blobId": "FOX", "offset": -1}, "invalidProperties"),
        ({"blobId": "FOX", "offset": 46}, "invalidProperties"),
        ({"blobId": "FOX", "offset": 40, "length": 6}, "invalidProperties"),
        ({"blobId": "FOX", "length": 46}, "invalidProperties"),
        ({"blobId": "FOX", "length": "4"}, "invalidProperties"),
        ({"blobId": "FOX", "more": 1}, "invalidProperties"),
    ],
)
def test_sources_that_are_none(source: Any, kind: str) -> None:
    asking = Asking()
    if isinstance(source, dict) and source.get("blobId") == "FOX":
        source["blobId"] = asking.have(FOX)
    kept = len(asking.ana.bag.contents)
    failed = asking.create(text("a"), source)
    assert failed["type"] == kind
    assert failed["properties"] == ["data"]
    assert len(asking.ana.bag.contents) == kept
    if kind == "blobNotFound":
        assert failed["notFound"] == [source["blobId"]]


def test_objects_that_are_none() -> None:
    asking = Asking()
    assert asking.create(type=1)["properties"] == ["type"]
    assert asking.create(more=1)["properties"] == ["more"]
    (told,) = asking.ask(("Blob/upload", {"create": {"a": {}, "b": {"data": []}}}))
    assert told["notCreated"]["a"]["type"] == "invalidProperties"
    assert told["created"]["b"]["size"] == 0
    assert asking.create(*[text("a")] * 128)["size"] == 128
    assert asking.create(*[text("a")] * 129)["type"] == "invalidProperties"
    (told,) = asking.ask(("Blob/upload", {"update": {}}))
    assert told["type"] == "invalidArguments"


def test_no_more_than_fits() -> None:
    asking = Asking(size_upload=100, objects_in_set=2)
    asking.have(FOX)
    fox = {"blobId": f"G{hashlib.sha256(FOX).hexdigest()}"}
    assert asking.create(fox, fox)["size"] == 90
    assert asking.create(fox, fox, fox)["type"] == "tooLarge"
    (told,) = asking.ask(
        ("Blob/upload", {"create": {c: {"data": [fox, fox]} for c in "ab"}})
    )
    assert told["notCreated"]["b"]["type"] == "tooLarge"
    (told,) = asking.ask(("Blob/upload", {"create": {c: {"data": []} for c in "abc"}}))
    assert told["type"] == "requestTooLarge"
    asking.ana.bag.fault = OverQuota("full")
    assert asking.create(fox)["type"] == "overQuota"


def test_the_example_with_ranges_and_odd_octets() -> None:
    b1 = b"The quick brown fox jumped over the \x81\x81 dog."
    asking = Asking()
    one, two = asking.have(b1), asking.have(b"hello world")
    ids = {"ids": [one, two]}
    whole = {"id": two, "data:asText": "hello world", "size": 11}
    coded = b64encode(b1).decode()

    def listed(**more: Any) -> Any:
        return asking.ask(("Blob/get", ids | more))[0]["list"]

    assert listed() == [
        {"id": one, "isEncodingProblem": True, "data:asBase64": coded, "size": 43},
        whole,
    ]
    assert listed(properties=["data:asText", "size"]) == [
        {"id": one, "isEncodingProblem": True, "data:asText": None, "size": 43},
        whole,
    ]
    assert listed(properties=["data:asBase64", "size"]) == [
        {"id": one, "data:asBase64": coded, "size": 43},
        {"id": two, "data:asBase64": "aGVsbG8gd29ybGQ=", "size": 11},
    ]
    assert [each["data:asText"] for each in listed(offset=0, length=5)] == [
        "The q",
        "hello",
    ]
    assert listed(offset=20, length=100) == [
        {
            "id": one,
            "isTruncated": True,
            "isEncodingProblem": True,
            "data:asBase64": "anVtcGVkIG92ZXIgdGhlIIGBIGRvZy4=",
            "size": 43,
        },
        {"id": two, "isTruncated": True, "data:asText": "", "size": 11},
    ]


def test_digests() -> None:
    asking = Asking()
    fox = asking.have(FOX)
    wanted = ("digest:sha", "digest:sha-256", "data:asText")
    found = asking.get(fox, *wanted, offset=4, length=9)
    assert found == {
        "id": fox,
        "data:asText": "quick bro",
        "digest:sha": "QiRAPtfyX8K6tm1iOAtZ87Xj3Ww=",
        "digest:sha-256": "gdg9INW7lwHK6OQ9u0dwDz2ZY/gubi0En0xlFpKt0OA=",
    }
    assert asking.get(fox, "digest:sha")["digest:sha"] == "wIVPufsDxBzOOALLDSIFKebu+U4="
    assert asking.get(fox, "digest:md5")["type"] == "invalidArguments"


def test_the_middle_of_a_character() -> None:
    asking = Asking()
    found = asking.get(asking.have("día".encode()), length=2)
    assert found["isEncodingProblem"]
    assert found["data:asBase64"] == "ZMM="


def test_what_cannot_be_got() -> None:
    asking = Asking(size_request=1000, objects_in_get=2)
    fox = asking.have(FOX)
    (told,) = asking.ask(("Blob/get", {"ids": [fox, "not-a-blob", "#x"][:2]}))
    assert told["notFound"] == ["not-a-blob"]
    assert asking.get("#x")["notFound"] == ["#x"]
    much = asking.have(b"x" * 1001)
    assert asking.get(much)["type"] == "requestTooLarge"
    assert asking.get(much, "size", "digest:sha")["size"] == 1001
    assert asking.get(much, length=1000)["size"] == 1001
    for wrong in (
        {"ids": None},
        {"ids": [fox], "offset": -1},
        {"ids": [fox], "more": 1},
    ):
        (told,) = asking.ask(("Blob/get", wrong))
        assert told["type"] == "invalidArguments"
    (told,) = asking.ask(("Blob/get", {"ids": ["a", "b", "c"]}))
    assert told["type"] == "requestTooLarge"


def test_stretches_of_a_message_are_blobs() -> None:
    asking = Asking()
    whole = asking.have(b"xx aGVsbG8gd29ybGQ= xx")
    found = asking.get(f"{whole}-3-16-b", offset=6)
    assert (found["data:asText"], found["size"]) == ("world", 11)
    made = asking.create(
        {"blobId": f"{whole}-3-16-b", "offset": 0, "length": 5}, text("!")
    )
    assert asking.get(made["id"])["data:asText"] == "hello!"


def email(number: int, octets: bytes, mailboxes: set[int], thread: int) -> Email:
    digest = hashlib.sha256(octets).digest()
    where = frozenset(mailboxes)
    return Email(number, digest, thread, where, frozenset(), 1, 1, 0, False, "")


def test_where_octets_are() -> None:
    asking = Asking()
    fox = asking.have(FOX)
    bag = asking.ana.bag
    bag.mails = {n: email(n, FOX, {1, n}, n % 2 + 1) for n in (3, 4, 5)}
    bag.held = {hashlib.sha256(FOX).digest(): (3, 4, 5)}
    names = ["Mailbox", "Thread", "Email"]
    other = f"G{'0' * 64}"
    ids = [fox, f"{fox}-0-3-0", other, "not-a-blob"]
    (told,) = asking.ask(("Blob/lookup", {"typeNames": names, "ids": ids}))
    found = {
        "Mailbox": ["P1-1", "P1-3", "P1-4", "P1-5"],
        "Thread": ["T1-1", "T1-2"],
        "Email": ["M1-3", "M1-4", "M1-5"],
    }
    nothing: dict[str, Any] = {"Mailbox": [], "Thread": [], "Email": []}
    assert told == {
        "accountId": "A1",
        "list": [
            {"id": fox, "matchedIds": found},
            {"id": f"{fox}-0-3-0", "matchedIds": found},
            {"id": other, "matchedIds": nothing},
        ],
        "notFound": ["not-a-blob"],
    }
    (told,) = asking.ask(("Blob/lookup", {"typeNames": ["Email"], "ids": [fox]}))
    assert told["list"][0]["matchedIds"].keys() == {"Email"}


def test_types_that_nobody_knows_or_named() -> None:
    asking = Asking()
    ask: Callable[..., Any] = asking.ask
    (told,) = ask(("Blob/lookup", {"typeNames": ["Email", "Blob"], "ids": []}))
    assert told["type"] == "unknownDataType"
    asking.using.remove(MAIL.capability)
    (told,) = ask(("Blob/lookup", {"typeNames": ["Email"], "ids": []}))
    assert told["type"] == "unknownDataType"


def test_copies() -> None:
    asking = Asking()
    fox = asking.have(FOX)
    (told,) = asking.ask(("Blob/copy", {"fromAccountId": "A1", "blobIds": [fox, "x"]}))
    assert told["copied"] == {fox: fox}
    assert told["notCopied"]["x"]["type"] == "notFound"
    for wrong, kind in (
        ({"fromAccountId": "A2", "blobIds": []}, "fromAccountNotFound"),
        ({"fromAccountId": "A1", "accountId": "A2", "blobIds": []}, "accountNotFound"),
        ({"fromAccountId": "A1"}, "invalidArguments"),
        ({"blobIds": []}, "invalidArguments"),
        ({"fromAccountId": "A1", "blobIds": ["a b"]}, "invalidArguments"),
    ):
        (told,) = asking.ask(("Blob/copy", wrong))
        assert told["type"] == kind


@given(st.binary(max_size=40), st.integers(0, 60), st.none() | st.integers(0, 60))
def test_any_range(octets: bytes, offset: int, length: int | None) -> None:
    asking = Asking()
    found = asking.get(
        asking.have(octets), "data:asBase64", offset=offset, length=length
    )
    wanted = octets[offset:] if length is None else octets[offset : offset + length]
    assert found["data:asBase64"] == b64encode(wanted).decode()
    assert found.get("isTruncated", False) == (offset + (length or 0) > len(octets))
