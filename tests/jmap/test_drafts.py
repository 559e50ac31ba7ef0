"""Emails that are made, from parts and fields (RFC 8621, 4.6)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jmap.office import Office
from store.keeping import now, whole

from mailnode.wire import ids


class Desk(Office):
    """Where Ana writes."""

    def blob(self, octets: bytes) -> str:
        """Octets that she has uploaded."""
        content = self.keeping.content(octets)
        now(self.ana.account.mail().upload(content))
        return str(ids.BlobId(content.hash))

    def set(self, email: Any) -> dict[str, Any]:
        """What comes of a draft."""
        inbox = self.ana.mailboxes()["INBOX"]
        draft = {"mailboxIds": {inbox: True}} | email
        return self.ana.one("Email/set", create={"k": draft})

    def made(self, **email: Any) -> dict[str, Any]:
        """A draft that is made, and told."""
        told = self.set(email)
        assert told["notCreated"] is None, told
        made = told["created"]["k"]
        assert made.keys() == {"id", "blobId", "threadId", "size"}
        properties: Any = [*USUAL, "bodyStructure", "headers"]
        (email_,) = self.ana.one(
            "Email/get",
            ids=[made["id"]],
            properties=properties,
            fetchAllBodyValues=True,
        )["list"]
        assert isinstance(email_, dict)
        return email_

    def refused(self, **email: Any) -> dict[str, Any]:
        """What is wrong with a draft."""
        told = self.set(email)
        assert told["created"] is None
        error = told["notCreated"]["k"]
        assert isinstance(error, dict)
        return error

    def octets(self, blob: str) -> bytes:
        known = ids.blob(blob)
        assert known is not None
        return whole(now(self.ana.account.mail().blob(known.hash)))


USUAL = (
    *("id", "blobId", "keywords", "receivedAt", "from", "to", "subject", "sentAt"),
    *("messageId", "bcc", "bodyValues", "textBody", "htmlBody", "attachments"),
)
TEXT: Any = {"bodyValues": {"t": {"value": "olá\nmundo"}}}
BODY: Any = {**TEXT, "textBody": [{"partId": "t"}]}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()


def test_the_example_of_the_rfc(desk: Desk) -> None:
    """RFC 8621, 4.10."""
    email = desk.made(
        **{
            "keywords": {"$seen": True, "$Draft": True},
            "from": [{"name": "Joe Bloggs", "email": "joe@example.com"}],
            "subject": "World domination",
            "receivedAt": "2018-07-10T01:03:11Z",
            "sentAt": "2018-07-10T11:03:11+10:00",
            "bodyStructure": {
                "type": "text/plain",
                "partId": "bd48",
                "header:Content-Language": "en",
            },
            "bodyValues": {
                "bd48": {"value": "I have the most brilliant", "isTruncated": False}
            },
        }
    )
    assert email["keywords"] == {"$seen": True, "$draft": True}
    assert email["receivedAt"] == "2018-07-10T01:03:11Z"
    assert email["sentAt"] == "2018-07-10T11:03:11+10:00"
    octets = desk.octets(email["blobId"])
    header, _, body = octets.partition(b"\r\n\r\n")
    first, *fields = header.split(b"\r\n")
    assert first.startswith(b"Message-ID: <")
    assert first.endswith(b"@example.org>")
    assert fields == [
        b"From: Joe Bloggs <joe@example.com>",
        b"Subject: World domination",
        b"Date: Tue, 10 Jul 2018 11:03:11 +1000",
        b"MIME-Version: 1.0",
        b"Content-Language:en",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: 7bit",
    ]
    assert body == b"I have the most brilliant"


def test_text_html_images_and_files(desk: Desk) -> None:
    picture = desk.blob(b"\x89PNG" * 1000)
    desk.deliver("Subject: other\n\nbody\n")
    (other,) = desk.ana.found()
    mail = desk.ana.one("Email/get", ids=[other])["list"][0]["blobId"]
    email = desk.made(
        subject="é " * 40,
        bcc=[{"name": "Zoë", "email": "zoe@example.org"}],
        bodyValues={"t": {"value": "olá\nmundo"}, "h": {"value": "<b>olá</b>"}},
        textBody=[{"partId": "t", "type": "text/plain"}],
        htmlBody=[{"partId": "h"}],
        attachments=[
            {"blobId": picture, "type": "image/png", "cid": "a@b"}
            | {"disposition": "inline", "name": "x.png"},
            {"blobId": picture, "name": 'fé "1".bin', "size": 5},
            {"blobId": mail, "type": "message/rfc822"},
        ],
    )
    assert email["subject"] == "é " * 40
    assert email["bcc"] == [{"name": "Zoë", "email": "zoe@example.org"}]
    assert email["messageId"]
    assert [each["value"] for each in email["bodyValues"].values()] == [
        "olá\nmundo",
        "<b>olá</b>",
    ]
    (text,), (html,) = email["textBody"], email["htmlBody"]
    assert (text["partId"], text["charset"]) == ("1.1", "utf-8")
    assert html["partId"] == "1.2.1"
    inline, file, inner = email["attachments"]
    assert (inline["cid"], inline["disposition"]) == ("a@b", "inline")
    assert (inline["name"], inline["size"]) == ("x.png", 4000)
    assert (file["name"], file["type"]) == ('fé "1".bin', "application/octet-stream")
    assert (file["disposition"], inner["disposition"]) == ("attachment", "attachment")
    parsed = desk.ana.one("Email/parse", blobIds=[inner["blobId"]])
    assert parsed["parsed"][inner["blobId"]]["subject"] == "other"


def test_a_structure_comes_out_as_it_went_in(desk: Desk) -> None:
    blob = desk.blob(b"\0\1")
    structure: Any = {
        "type": "multipart/mixed",
        "header:X-Top": " 1",
        "subParts": [
            {"partId": "t", "type": "text/plain", "language": ["pt", "en"]},
            {
                "type": "multipart/digest",
                "subParts": [
                    {"blobId": blob, "type": "audio/x", "location": "http://a"}
                ],
            },
        ],
    }
    email = desk.made(bodyStructure=structure, bodyValues=TEXT["bodyValues"])
    root = email["bodyStructure"]
    text, digest = root["subParts"]
    assert (root["type"], digest["type"]) == ("multipart/mixed", "multipart/digest")
    assert (text["language"], text["type"]) == (["pt", "en"], "text/plain")
    (audio,) = digest["subParts"]
    assert (audio["type"], audio["location"], audio["size"]) == (
        "audio/x",
        "http://a",
        2,
    )
    assert {"name": "X-Top", "value": " 1"} in email["headers"]


def test_fields_in_place_of_properties(desk: Desk) -> None:
    part: Any = {
        "blobId": desk.blob(b"a,b"),
        "header:Content-Type": " text/csv; header=absent",
        "header:Content-Disposition": " inline; filename=x.csv",
    }
    email = desk.made(attachments=[part])
    (found,) = [each for each in email["attachments"] if each["type"] == "text/csv"]
    assert (found["name"], found["disposition"], found["size"]) == (
        "x.csv",
        "inline",
        3,
    )
    octets = desk.octets(email["blobId"])
    assert octets.count(b"Content-Disposition:") == 1
    assert octets.count(b"Content-Type:") == 2  # One is of the multipart


def test_nothing_at_all(desk: Desk) -> None:
    email = desk.made()
    (part,) = email["textBody"]
    assert (part["type"], part["size"]) == ("text/plain", 0)
    assert email["sentAt"]


def test_every_form(desk: Desk) -> None:
    people: Any = [{"name": "G", "addresses": [{"name": None, "email": "a@b.c"}]}]
    email = desk.made(
        **{
            "header:To:asGroupedAddresses": people,
            "header:List-Post:asURLs": ["mailto:x@y"],
            "header:X-Note:asText:all": ["é", "two"],
            "header:X-Raw": " as it is",
            "header:X-None": None,
            "cc": [],
            "references": ["a@b", "c@d"],
        }
    )
    asked: Any = [
        "header:To:asGroupedAddresses",
        "header:X-Note:asText:all",
        "references",
    ]
    (told,) = desk.ana.one("Email/get", ids=[email["id"]], properties=asked)["list"]
    assert told["header:X-Note:asText:all"] == ["é", "two"]
    assert told["header:To:asGroupedAddresses"] == people
    assert told["references"] == ["a@b", "c@d"]
    names = [each["name"] for each in email["headers"]]
    assert "Cc" not in names
    assert "X-None" not in names


@pytest.mark.parametrize(
    ("email", "properties"),
    [
        ({"headers": []}, ["headers"]),
        ({"id": "M1-1"}, ["id"]),
        ({"preview": "x"}, ["preview"]),
        ({"colour": "red"}, ["colour"]),
        ({"from": [], "header:FROM": " x"}, ["from", "header:FROM"]),
        ({"header:X": " a", "header:x:asText": "b"}, ["header:X", "header:x:asText"]),
        ({"header:From:asDate": "2018-07-10T01:03:11Z"}, ["header:From:asDate"]),
        ({"header:Content-Type": " text/html"}, ["header:Content-Type"]),
        ({"header:Content-X:asText": "a"}, ["header:Content-X:asText"]),
        ({"header:X": "a\r\nBcc: b"}, ["header:X"]),
        ({"header:X": "a\r\n\r\nb"}, ["header:X"]),
        ({"header:X": "a" * 1000}, ["header:X"]),
        ({"subject": 1}, ["subject"]),
        ({"from": {"email": "a@b"}}, ["from"]),
        ({"from": [{"name": "a"}]}, ["from"]),
        ({"from": [{"email": "a@b", "x": 1}]}, ["from"]),
        ({"sentAt": "yesterday"}, ["sentAt"]),
        ({"messageId": ["a b"]}, ["messageId"]),
        ({"receivedAt": "2018-07-10T11:03:11+10:00"}, ["receivedAt"]),
        ({"keywords": {"a b": True}}, ["keywords"]),
        ({"keywords": {"a": False}}, ["keywords"]),
        ({"mailboxIds": {}}, ["mailboxIds"]),
        ({"mailboxIds": {"P1-999": True}}, ["mailboxIds"]),
        ({**BODY, "bodyStructure": {"partId": "t"}}, ["textBody"]),
        (
            {
                **TEXT,
                "subject": "a",
                "bodyStructure": {"partId": "t", "header:subject": "b"},
            },
            ["bodyStructure/header:subject"],
        ),
        ({**TEXT, "textBody": []}, ["textBody"]),
        ({**TEXT, "textBody": [{"partId": "t"}] * 2}, ["textBody"]),
        (
            {**TEXT, "textBody": [{"partId": "t", "type": "text/html"}]},
            ["textBody/0/type"],
        ),
        (
            {**TEXT, "htmlBody": [{"partId": "t", "type": "text/plain"}]},
            ["htmlBody/0/type"],
        ),
        (
            {**TEXT, "bodyStructure": {"partId": "t", "blobId": "G1"}},
            ["bodyStructure/partId", "bodyStructure/blobId"],
        ),
        (
            {"bodyStructure": {"type": "text/plain"}},
            ["bodyStructure/partId", "bodyStructure/blobId"],
        ),
        ({"textBody": [{"partId": "t"}]}, ["textBody/0/partId"]),
        (
            {**TEXT, "textBody": [{"partId": "t", "charset": "utf-8", "size": 1}]},
            ["textBody/0/charset", "textBody/0/size"],
        ),
        (
            {
                **TEXT,
                "bodyStructure": {
                    "partId": "t",
                    "header:Content-Transfer-Encoding": "x",
                },
            },
            ["bodyStructure/header:Content-Transfer-Encoding"],
        ),
        (
            {**TEXT, "bodyStructure": {"partId": "t", "headers": []}},
            ["bodyStructure/headers"],
        ),
        (
            {
                **TEXT,
                "bodyStructure": {"partId": "t", "cid": "a", "header:Content-ID": "b"},
            },
            ["bodyStructure/header:Content-ID"],
        ),
        (
            {"bodyStructure": {"type": "multipart/mixed", "subParts": []}},
            ["bodyStructure/subParts"],
        ),
        (
            {**TEXT, "bodyStructure": {"type": "a/b", "subParts": [{"partId": "t"}]}},
            ["bodyStructure/type"],
        ),
        (
            {**TEXT, "bodyStructure": {"type": "image/x", "partId": "t"}},
            ["bodyStructure/type"],
        ),
        (
            {**TEXT, "bodyStructure": {"type": "x", "partId": "t"}},
            ["bodyStructure/type"],
        ),
        ({"bodyValues": {"t": {"value": "a", "isTruncated": True}}}, ["bodyValues/t"]),
        (
            {"bodyValues": {"t": {"value": "a", "isEncodingProblem": True}}},
            ["bodyValues/t"],
        ),
        ({"bodyValues": {"t": {"value": 1}}}, ["bodyValues/t"]),
        ({"bodyValues": []}, ["bodyValues"]),
        ({"attachments": {}}, ["attachments"]),
        ({"attachments": ["x"]}, ["attachments/0"]),
        (
            {
                **TEXT,
                "bodyStructure": {"partId": "t", "disposition": "a b", "cid": "<"},
            },
            ["bodyStructure/disposition", "bodyStructure/cid"],
        ),
        (
            {
                **TEXT,
                "bodyStructure": {"partId": "t", "language": "en", "location": " "},
            },
            ["bodyStructure/language", "bodyStructure/location"],
        ),
    ],
)
def test_what_must_not_be(desk: Desk, email: Any, properties: list[str]) -> None:
    error = desk.refused(**email)
    assert error["type"] == "invalidProperties"
    assert error["properties"] == properties
    assert desk.ana.found() == []


def test_blobs_that_are_not_there(desk: Desk) -> None:
    missing = ["G" + "0" * 64, "nonsense"]
    there = desk.blob(b"x")
    error = desk.refused(attachments=[{"blobId": each} for each in (*missing, there)])
    assert (error["type"], error["notFound"]) == ("blobNotFound", missing)


def test_too_much(desk: Desk) -> None:
    big = desk.blob(bytes(30_000_000))
    error = desk.refused(attachments=[{"blobId": big}, {"blobId": big}])
    assert error["type"] == "tooLarge"
    keywords: Any = {f"k{n}": True for n in range(101)}
    assert desk.refused(keywords=keywords)["type"] == "tooManyKeywords"
    many: Any = [{"blobId": "x"}] * 1001
    assert desk.refused(attachments=many)["type"] == "invalidProperties"


def test_a_large_attachment_is_never_whole_in_memory(desk: Desk) -> None:
    content = bytes(range(256)) * 40_000
    email = desk.made(attachments=[{"blobId": desk.blob(content)}])
    (part,) = email["attachments"]
    assert part["size"] == len(content)


def test_in_a_state_that_is_no_more(desk: Desk) -> None:
    inbox = desk.ana.mailboxes()["INBOX"]
    told = desk.ana.one(
        "Email/set", ifInState="m9", create={"k": {"mailboxIds": {inbox: True}}}
    )
    assert told == {"type": "stateMismatch"}


def test_mailboxes_of_the_same_request(desk: Desk) -> None:
    first, second = desk.ana.ask(
        ("Mailbox/set", {"create": {"m": {"name": "New"}}}),
        ("Email/set", {"create": {"k": {"mailboxIds": {"#m": True}, **BODY}}}),
    )
    assert first["created"]["m"]
    assert second["created"]["k"]
