"""Emails, read from the real store (RFC 8621, 4.1 and 4.2)."""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jmap.office import Office

SIMPLE = """\
From: =?utf-8?q?Jos=C3=A9?= <jose@example.org>
To: "Ann B." <ann@example.org>, Friends: bob@example.org;
Subject: =?utf-8?b?w6k=?= one
Date: Tue, 10 Jul 2018 11:03:11 +1000
Message-ID: <one@example.org>
References: <a@b> <c@d>
List-Post: <mailto:list@example.org>

Hello!
How are you?
"""
PNG = bytes(range(256)) * 300
MIXED = f"""\
From: ana@example.org
Content-Type: multipart/mixed; boundary=x

preamble
--x
Content-Type: multipart/alternative; boundary=y

--y
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

ol=E1 =
mundo
--y
Content-Type: text/html; charset=utf-8
Content-Language: pt, en

<p title="a>b">olá</p>
--y--
--x
Content-Type: image/png; name="=?utf-8?q?f=C3=A9.png?="
Content-Disposition: attachment
Content-ID: <pic@x>
Content-Transfer-Encoding: base64

{encodebytes(PNG).decode()}
--x
Content-Type: message/rfc822

Subject: inner
Content-Type: multipart/mixed; boundary=z

--z

inner text
--z--
--x--
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    yield office
    office.close()


def get(office: Office, *properties: str, **more: Any) -> dict[str, Any]:
    """Some properties of the only email."""
    (id_,) = office.ana.found()
    asked = more if not properties else more | {"properties": list(properties)}
    told = office.ana.one("Email/get", ids=[id_], **asked)
    (email,) = told["list"]
    assert isinstance(email, dict)
    assert email.pop("id") == id_
    return email


def test_all_that_is_told_usually(office: Office) -> None:
    office.deliver(SIMPLE)
    email = get(office)
    for each in ("blobId", "threadId", "mailboxIds", "receivedAt", "size"):
        assert email.pop(each)
    (part,) = email.pop("textBody")
    assert email.pop("htmlBody") == [part]
    assert part.pop("blobId")
    assert part == {
        "partId": "1",
        "size": 22,
        "name": None,
        "type": "text/plain",
        "charset": "us-ascii",
        "disposition": None,
        "cid": None,
        "language": None,
        "location": None,
    }
    assert email == {
        "keywords": {},
        "messageId": ["one@example.org"],
        "inReplyTo": None,
        "references": ["a@b", "c@d"],
        "sender": None,
        "from": [{"name": "José", "email": "jose@example.org"}],
        "to": [
            {"name": "Ann B.", "email": "ann@example.org"},
            {"name": None, "email": "bob@example.org"},
        ],
        "cc": None,
        "bcc": None,
        "replyTo": None,
        "subject": "é one",
        "sentAt": "2018-07-10T11:03:11+10:00",
        "hasAttachment": False,
        "preview": "Hello! How are you?",
        "bodyValues": {},
        "attachments": [],
    }


def test_fields_as_they_were_asked_for(office: Office) -> None:
    office.deliver(SIMPLE)
    assert get(
        office,
        "header:List-POST:asURLs",
        "header:subject",
        "header:To:asGroupedAddresses:all",
        "header:X-None",
        "header:X-None:asText:all",
    ) == {
        "header:List-POST:asURLs": ["mailto:list@example.org"],
        "header:subject": " =?utf-8?b?w6k=?= one",
        "header:To:asGroupedAddresses:all": [
            [
                {
                    "name": None,
                    "addresses": [{"name": "Ann B.", "email": "ann@example.org"}],
                },
                {
                    "name": "Friends",
                    "addresses": [{"name": None, "email": "bob@example.org"}],
                },
            ]
        ],
        "header:X-None": None,
        "header:X-None:asText:all": [],
    }
    names = [each["name"] for each in get(office, "headers")["headers"]]
    assert names[-7:] == [
        *("From", "To", "Subject", "Date", "Message-ID", "References", "List-Post")
    ]


@pytest.mark.parametrize(
    "property_",
    [
        "header:From:asDate",
        "header:Received:asText",
        "header:Subject:asAddresses",
        "header:",
        "header:Sub ject",
        "header:X:all:asText",
        "header:X:asNothing",
        "colour",
    ],
)
def test_forms_that_are_forbidden(office: Office, property_: str) -> None:
    for name in ("properties", "bodyProperties"):
        arguments: Any = {name: [property_]}
        told = office.ana.one("Email/get", ids=[], **arguments)
        assert told["type"] == "invalidArguments"


def test_the_parts(office: Office) -> None:
    office.deliver(MIXED)
    email = get(
        office,
        *("bodyStructure", "textBody", "htmlBody", "attachments", "hasAttachment"),
        bodyProperties=[
            "partId",
            "type",
            "size",
            "name",
            "cid",
            "language",
            "subParts",
        ],
    )
    plain, html, picture, message = (
        {"partId": "1.1", "type": "text/plain", "size": 9, "name": None}
        | {"cid": None, "language": None},
        {"partId": "1.2", "type": "text/html", "size": 23, "name": None}
        | {"cid": None, "language": ["pt", "en"]},
        {"partId": "2", "type": "image/png", "size": len(PNG), "name": "fé.png"}
        | {"cid": "pic@x", "language": None},
        {"partId": "3", "type": "message/rfc822", "size": 85, "name": None}
        | {"cid": None, "language": None},
    )
    assert email["textBody"] == [plain]
    assert email["htmlBody"] == [html]
    assert email["attachments"] == [picture, message]
    assert email["hasAttachment"]
    root = email["bodyStructure"]
    assert root["partId"] is None
    assert root["type"] == "multipart/mixed"
    inner, *others = root["subParts"]
    assert inner["subParts"] == [plain | {"subParts": None}, html | {"subParts": None}]
    assert others == [picture | {"subParts": None}, message | {"subParts": None}]


def test_values(office: Office) -> None:
    office.deliver(MIXED)
    whole = {"isEncodingProblem": False, "isTruncated": False}
    text = {"value": "olá mundo", **whole}
    html = {"value": '<p title="a>b">olá</p>', **whole}
    for arguments, expected in (
        ({"fetchTextBodyValues": True}, {"1.1": text}),
        ({"fetchHTMLBodyValues": True}, {"1.2": html}),
        ({"fetchAllBodyValues": True}, {"1.1": text, "1.2": html}),
        ({}, {}),
    ):
        assert get(office, "bodyValues", **arguments) == {"bodyValues": expected}
    cut = get(office, "bodyValues", fetchAllBodyValues=True, maxBodyValueBytes=10)[
        "bodyValues"
    ]
    assert cut["1.1"]["value"] == "olá mundo"[:9]
    assert cut["1.2"] == {**whole, "value": "", "isTruncated": True}
    cut = get(office, "bodyValues", fetchAllBodyValues=True, maxBodyValueBytes=18)[
        "bodyValues"
    ]
    assert cut["1.2"]["value"] == '<p title="a>b">ol'


def test_a_list_opens_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.deliver(SIMPLE)
    mail = type(office.ana.account.mail())
    monkeypatch.setattr(mail, "opened", None)
    monkeypatch.setattr(mail, "projections", None)
    assert get(office, "preview", "keywords", "hasAttachment")


def test_a_long_header_is_read_to_its_end(office: Office) -> None:
    filler = "".join(f"X-Filler: {'y' * 900}\n" for _ in range(400))
    office.deliver(f"{filler}Subject: behind it\n\nbody\n")
    assert get(office, "subject") == {"subject": "behind it"}


def test_bodies_are_opened_for_nobody_else(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.deliver(SIMPLE)
    monkeypatch.setattr(type(office.ana.account.mail()), "opened", None)
    assert get(office, "subject", "header:X:all")["subject"] == "é one"


def test_what_was_destroyed_is_not_there(office: Office) -> None:
    office.deliver(SIMPLE)
    (id_,) = office.ana.found()
    office.ana.one("Email/set", destroy=[id_])
    told = office.ana.one("Email/get", ids=[id_, "M1-999", "T1-1"])
    assert (told["list"], told["notFound"]) == ([], [id_, "M1-999", "T1-1"])


def test_all_emails(office: Office) -> None:
    office.deliver(SIMPLE)
    told = office.ana.one("Email/get", ids=None, properties=["subject"])
    assert [each["subject"] for each in told["list"]] == ["é one"]


def test_values_of_one_response_are_bounded(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailnode.jmap.mail.bodies.VALUES_LIMIT", 30)
    for _ in range(3):
        office.deliver("Subject: a\n\n" + "b" * 20)
    told = office.ana.one(
        "Email/get",
        ids=None,
        properties=["bodyValues"],
        fetchTextBodyValues=True,
    )["list"]
    values = [each["bodyValues"]["1"] for each in told]
    assert [len(each["value"]) for each in values] == [20, 10, 0]
    assert [each["isTruncated"] for each in values] == [False, True, True]


def test_parts_of_one_response_are_bounded(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailnode.jmap.mail.bodies.PARTS_LIMIT", 2)
    office.deliver(MIXED)
    told = office.ana.one("Email/get", ids=None, properties=["bodyStructure"])
    assert told["type"] == "requestTooLarge"
