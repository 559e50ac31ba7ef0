"""Where words were found (RFC 8621, 5), and quotas (RFC 9425)."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from jmap.office import Office
from smtp.coroutine import finish

from mailnode.jmap.extension import Limits
from mailnode.jmap.ijson import JSON
from mailnode.jmap.mail import snippets
from mailnode.store.store import Limits as Quotas


def snippet(office: Office, message: str, filter_: JSON) -> tuple[Any, Any]:
    """Subject and preview of a message that arrives, for a filter."""
    office.deliver(message)
    told = office.ana.one(
        "SearchSnippet/get", filter=filter_, emailIds=[office.ana.found()[0]]
    )
    (found,) = told["list"]
    assert list(found) == ["emailId", "subject", "preview"]
    return found["subject"], found["preview"]


TWO_TEXTS = (
    "Content-Type: multipart/mixed; boundary=q\n\n--q\n\nfirst\n"
    "--q\nContent-Type: image/png\n\nword\n--q\n\nlast word\n--q--\n"
)
PLAIN = "Content-Type: text/plain; charset=utf-8\n"


@pytest.mark.parametrize(
    ("message", "filter_", "subject", "preview"),
    [
        ("Subject: one\n\ntwo\n", {"text": "one"}, "<mark>one</mark>", None),
        ("Subject: one\n\ntwo\n", {"text": "two"}, None, "<mark>two</mark>"),
        ("Subject: one\n\none\n", {"subject": "one"}, "<mark>one</mark>", None),
        ("Subject: one\n\none\n", {"body": "one"}, None, "<mark>one</mark>"),
        ("Subject: one\n\none\n", {"from": "one"}, None, None),
        ("Subject: one\n\none\n", None, None, None),
        ("\nno header\n", {"text": "no"}, None, "<mark>no</mark> header"),
        (
            "Subject: =?utf-8?q?=3Cb=3E_caf=C3=A9?=\n\n",
            {"subject": "CAFE\u0301"},
            "&lt;b&gt; <mark>café</mark>",
            None,
        ),
        (f"{PLAIN}\nÄ\n  b\n", {"body": '"ä b"'}, None, "<mark>Ä b</mark>"),
        (
            "Content-Type: text/html\n\n<title>word</title><p>a <b>w</b>ord</p>",
            {"body": "word"},
            None,
            "a <mark>word</mark>",
        ),
        (
            PLAIN
            + "Content-Transfer-Encoding: base64\n\n"
            + base64.b64encode(b"hidden word").decode(),
            {"text": "word"},
            None,
            "hidden <mark>word</mark>",
        ),
        (
            TWO_TEXTS,
            {"text": "word"},
            None,
            "last <mark>word</mark>",
        ),
        (
            "Subject: a\n\nword",
            {
                "operator": "OR",
                "conditions": [
                    {"body": "word"},
                    {"operator": "NOT", "conditions": [{"text": "a"}]},
                ],
            },
            None,
            "<mark>word</mark>",
        ),
    ],
)
def test_what_was_found(
    office: Office,
    message: str,
    filter_: JSON,
    subject: str | None,
    preview: str | None,
) -> None:
    assert snippet(office, message, filter_) == (subject, preview)


def test_long_messages_are_looked_at_so_far(office: Office) -> None:
    line = "filling " * 9 + "\n"
    for lines, found in ((100, True), (snippets.LOOKED_AT // len(line) + 9, False)):
        message = "Subject: a\n\n" + line * lines + "needle\n"
        _, preview = snippet(office, message, {"text": "needle"})
        assert (preview is not None) is found


def test_so_many_parts_are_looked_at(office: Office) -> None:
    part = "--q\n\nx\n"
    for parts, found in ((snippets.PARTS - 1, True), (snippets.PARTS, False)):
        head = "Content-Type: multipart/mixed; boundary=q\n\n"
        message = head + part * parts + "--q\n\nneedle\n--q--\n"
        _, preview = snippet(office, message, {"text": "needle"})
        assert (preview is not None) is found


def test_one_call_looks_at_so_much(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snippets, "IN_ALL", 30)
    for _ in range(3):
        office.deliver("Subject: a\n\nneedle" + "." * 14)
    ids = office.ana.found()
    told = office.ana.one(
        "SearchSnippet/get", filter={"text": "needle"}, emailIds=[*ids]
    )
    shown = [each["preview"] is not None for each in told["list"]]
    assert shown == [True, True, False] or sum(shown) == 2


def test_too_many_emails(tmp_path: Path) -> None:
    office = Office(tmp_path, limits=Limits(objects_in_get=2))
    told = office.ana.one("SearchSnippet/get", emailIds=["M1-1", "M1-2", "M1-1"])
    assert told["notFound"] == ["M1-1", "M1-2"]
    told = office.ana.one("SearchSnippet/get", emailIds=["M1-1", "M1-2", "M1-3"])
    assert told["type"] == "requestTooLarge"
    told = office.ana.one("SearchSnippet/get", emailIds=[], more=1)
    assert told["type"] == "invalidArguments"
    office.close()


def test_without_limits_there_are_no_quotas(office: Office) -> None:
    told = office.ana.one("Quota/get")
    assert (told["list"], told["notFound"]) == ([], [])
    assert office.ana.one("Quota/query")["ids"] == []


def test_quotas_come_and_go(tmp_path: Path) -> None:
    office = Office(tmp_path, quota=Quotas(octets=1000, messages=5))
    ana = office.ana
    now = ana.one("Quota/get", ids=[])["state"]
    assert now == "q0-1000-0-5"
    told = ana.one("Quota/changes", sinceState="q0-900-0-")
    assert (told["created"], told["updated"]) == (["Q1-2"], ["Q1-1"])
    assert told["updatedProperties"] is None
    told = ana.one("Quota/changes", sinceState="q7-1000-0-5")
    assert told["updated"] == ["Q1-1"]
    assert told["updatedProperties"] == ["used"]
    told = ana.one("Quota/changes", sinceState="q7-1000-1-5", maxChanges=1)
    assert told == {"type": "cannotCalculateChanges"}
    told = ana.one("Quota/queryChanges", sinceQueryState="q0--0-5")
    assert told["removed"] == ["Q1-1"]
    assert told["added"] == [{"id": "Q1-1", "index": 0}]
    assert finish(ana.account.quota()).octets_limit == 1000
    office.close()


def test_no_quota_is_told_to_those_who_know_no_emails(tmp_path: Path) -> None:
    office = Office(tmp_path, quota=Quotas(octets=1000))
    assert len(office.ana.one("Quota/get")["list"]) == 1
    office.ana.using.remove("urn:ietf:params:jmap:mail")
    assert office.ana.one("Quota/get")["list"] == []
    assert office.ana.one("Quota/query")["ids"] == []
    told = office.ana.one("Quota/changes", sinceState="q7-1000-0-")
    assert told["updated"] == []
    office.close()
