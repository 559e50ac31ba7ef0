"""Blobs that become emails, or are only read (RFC 8621, 4.7 to 4.9)."""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jmap.test_drafts import Desk

from mailnode.wire import ids

MESSAGE = b"""\
Received: by a; Tue, 10 Jul 2018 11:03:11 +1000\r
Received: by b; Tue, 10 Jul 2018 10:00:00 +1000\r
From: "z" <z@example.org>\r
Subject: \xc3\xa9\r
\r
Hello\r
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()


def taken(desk: Desk, octets: bytes, **more: Any) -> dict[str, Any]:
    """What comes of an import."""
    inbox = desk.ana.mailboxes()["INBOX"]
    email: Any = {"blobId": desk.blob(octets), "mailboxIds": {inbox: True}} | more
    return desk.ana.one("Email/import", emails={"k": email})


def refused(desk: Desk, octets: bytes, **more: Any) -> Any:
    """What is wrong with it."""
    told = taken(desk, octets, **more)
    assert told["created"] is None
    assert desk.ana.found() == []
    return told["notCreated"]["k"]


def test_import(desk: Desk) -> None:
    told = taken(desk, MESSAGE, keywords={"$Seen": True})
    assert told["notCreated"] is None
    assert told["oldState"] != told["newState"]
    made = told["created"]["k"]
    assert made.keys() == {"id", "blobId", "threadId", "size"}
    assert desk.octets(made["blobId"]) == MESSAGE
    (email,) = desk.ana.one("Email/get", ids=[made["id"]])["list"]
    assert email["receivedAt"] == "2018-07-10T01:03:11Z"
    assert email["keywords"] == {"$seen": True}
    assert email["subject"] == "é"


def test_the_same_twice_is_two(desk: Desk) -> None:
    one, two = taken(desk, MESSAGE), taken(desk, MESSAGE)
    assert one["created"]["k"]["id"] != two["created"]["k"]["id"]
    assert one["created"]["k"]["blobId"] == two["created"]["k"]["blobId"]


def test_a_part_is_imported(desk: Desk) -> None:
    inner = encodebytes(MESSAGE).replace(b"\n", b"\r\n")
    desk.deliver(
        "Content-Type: application/x\nContent-Transfer-Encoding: base64\n\n"
        + inner.decode().replace("\r", "")
    )
    (outer,) = desk.ana.one("Email/get", ids=[*desk.ana.found()])["list"]
    (part,) = outer["attachments"]
    told = taken(desk, MESSAGE, blobId=part["blobId"])
    assert desk.octets(told["created"]["k"]["blobId"]) == MESSAGE


@pytest.mark.parametrize(
    ("more", "properties"),
    [
        ({"blobId": "G" + "0" * 64}, ["blobId"]),
        ({"blobId": None}, ["blobId"]),
        ({"mailboxIds": {}}, ["mailboxIds"]),
        ({"mailboxIds": {"P2-1": True}}, ["mailboxIds"]),
        ({"keywords": {"(": True}}, ["keywords"]),
        ({"receivedAt": "now"}, ["receivedAt"]),
        ({"receivedAt": "2018-07-10T01:03:11.000Z"}, ["receivedAt"]),
        ({"subject": "x"}, ["subject"]),
    ],
)
def test_imports_that_cannot_be(desk: Desk, more: Any, properties: list[str]) -> None:
    error = refused(desk, MESSAGE, **more)
    assert (error["type"], error["properties"]) == ("invalidProperties", properties)


@pytest.mark.parametrize("octets", [b"", b"\x89PNG\r\n", b" a: b\r\n", b"\r\nbody"])
def test_what_is_no_message(desk: Desk, octets: bytes) -> None:
    assert refused(desk, octets)["type"] == "invalidEmail"
    blob = desk.blob(octets)
    told = desk.ana.one("Email/parse", blobIds=[blob])
    assert (told["parsed"], told["notParsable"]) == (None, [blob])


def test_arguments_of_import(desk: Desk) -> None:
    assert desk.ana.one("Email/import")["type"] == "invalidArguments"
    assert desk.ana.one("Email/import", emails=[])["type"] == "invalidArguments"
    told = desk.ana.one("Email/import", emails={}, ifInState="m99")
    assert told["type"] == "stateMismatch"
    assert desk.ana.one("Email/import", emails={})["created"] is None


def test_parse(desk: Desk) -> None:
    blob = desk.blob(MESSAGE)
    told = desk.ana.one(
        "Email/parse",
        blobIds=[blob, "G" + "1" * 64, "x"],
        fetchAllBodyValues=True,
    )
    assert told["notFound"] == ["G" + "1" * 64, "x"]
    assert told["notParsable"] is None
    email = told["parsed"][blob]
    (part,) = email["textBody"]
    assert part["size"] == 7
    assert email.pop("htmlBody") == email.pop("textBody")
    assert email == {
        **dict.fromkeys(
            ("messageId", "inReplyTo", "references", "sender", "sentAt", "to")
        ),
        **dict.fromkeys(("cc", "bcc", "replyTo")),
        "from": [{"name": "z", "email": "z@example.org"}],
        "subject": "é",
        "hasAttachment": False,
        "preview": "Hello",
        "bodyValues": {
            "1": {"value": "Hello\n", "isEncodingProblem": False, "isTruncated": False}
        },
        "attachments": [],
    }


def test_what_only_emails_have_is_null(desk: Desk) -> None:
    blob = desk.blob(MESSAGE)
    names: Any = ["id", "mailboxIds", "keywords", "receivedAt", "threadId", "blobId"]
    told = desk.ana.one("Email/parse", blobIds=[blob], properties=[*names, "size"])
    email = told["parsed"][blob]
    assert email.pop("blobId") == blob
    assert email.pop("size") == len(MESSAGE)
    assert email == dict.fromkeys(names[:-1])


def test_messages_inside_messages_however_encoded(desk: Desk) -> None:
    picture = encodebytes(b"\x89PNG" * 50).decode()
    inner = (
        "Subject: inner\nContent-Type: multipart/mixed; boundary=i\n\n"
        f"--i\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n{picture}"
        "\n--i--\n"
    )
    encoded = encodebytes(inner.replace("\n", "\r\n").encode()).decode()
    desk.deliver(
        "Content-Type: multipart/mixed; boundary=o\n\n"
        f"--o\nContent-Type: message/rfc822\n\n{inner}"
        "\n--o\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        f"{encoded}\n--o--\n"
    )
    (outer,) = desk.ana.one("Email/get", ids=[*desk.ana.found()])["list"]
    blobs: Any = [each["blobId"] for each in outer["attachments"]]
    told = desk.ana.one("Email/parse", blobIds=blobs)["parsed"]
    found = [told[each]["textBody"][0] for each in blobs]
    assert [told[each]["subject"] for each in blobs] == ["inner"] * 2
    assert [each["size"] for each in found] == [200, 200]
    for each in found:
        content = {"blobId": each["blobId"], "type": "image/png"}
        email = desk.made(attachments=[content])
        assert email["attachments"][0]["size"] == 200
    known = [ids.blob(each["blobId"]) for each in found]
    assert known[0] != known[1]


def test_parse_is_bounded(desk: Desk) -> None:
    many: Any = [f"x{n}" for n in range(101)]
    assert desk.ana.one("Email/parse", blobIds=many)["type"] == "requestTooLarge"
    assert desk.ana.one("Email/parse")["type"] == "invalidArguments"
    told = desk.ana.one("Email/parse", blobIds=[], properties=["header:From:asDate"])
    assert told["type"] == "invalidArguments"


def test_copy(desk: Desk) -> None:
    told = desk.ana.one("Email/copy", fromAccountId="A1", create={})
    assert told["type"] == "invalidArguments"
    told = desk.ana.one("Email/copy", fromAccountId="A2", create={})
    assert told["type"] == "fromAccountNotFound"
    told = desk.ana.one("Email/copy", accountId="A2", fromAccountId="A1", create={})
    assert told["type"] == "accountNotFound"
