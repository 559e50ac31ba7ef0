"""What may be answered by a program, and the answer (RFC 3834)."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailnode.message.autoreply import (
    Answer,
    answerable,
    answered_subject,
    encoded,
    threaded,
    written,
)
from mailnode.message.header import Header
from mailnode.message.words import decoded
from mailnode.model.envelope import Address
from mailnode.model.vacation import Vacation

MOMENT = 1_700_000_000_000
BOB = Address("bob", "example.net")


def header(*lines: str) -> Header:
    return Header("".join(f"{line}\r\n" for line in lines).encode())


def answer(to: Header, vacation: Vacation, name: str = "") -> bytes:
    said = Answer(
        "<1@mx.example.org>", Address("ana", "example.org"), name, BOB, MOMENT, to
    )
    return written(said, vacation)


@pytest.mark.parametrize(
    "local",
    [
        *("MAILER-DAEMON", "owner-cooks", "cooks-owner", "cooks-request"),
        *("cooks-bounces", "cooks-bounces+ana=example.org", "bounce", "bounces+1"),
        *("listserv", "Majordomo", "no-reply", "noreply", "news.noreply"),
        *("DoNotReply", "do_not_reply", "cooks-errors", "bounce-7=ana"),
    ],
)
def test_machines(local: str) -> None:
    assert answerable(header(f"Return-Path: <{local}@example.net>")) is None


@pytest.mark.parametrize(
    "local", ["bob", "owner", "request", "my-requests", "list", "joelist", "reply"]
)
def test_people(local: str) -> None:
    found = answerable(header(f"Return-Path: <{local}@example.net>"))
    assert found == Address(local, "example.net")


@pytest.mark.parametrize(
    ("field", "answered"),
    [
        ("Auto-Submitted: auto-replied", False),
        ("Auto-Submitted: auto-generated; owner-email=x", False),
        ("Auto-Submitted: (a comment) no", False),  # nobody writes so: rather silent
        ("Auto-Submitted: NO", True),
        ("Auto-Submitted: no; x=y", True),
        ("Precedence: list", False),
        ("Precedence: first-class", True),
        ("LIST-Unsubscribe: <https://x.example>", False),
        ("Listing: of things", True),
        ("X-Auto-Response-Suppress: OOF, DR", False),
        ("X-Auto-Response-Suppress: DR, RN", True),
    ],
)
def test_fields(field: str, answered: bool) -> None:
    found = answerable(header("Return-Path: <bob@example.net>", field))
    assert (found is not None) is answered


@pytest.mark.parametrize("path", ["<>", "", "bob", "<bob@>", "<@x>", "<\udc80@x.y>"])
def test_paths_that_lead_nowhere(path: str) -> None:
    octets = f"Return-Path: {path}\r\n".encode("utf-8", "surrogateescape")
    assert answerable(Header(octets)) is None
    assert answerable(Header(b"")) is None


@given(st.text(max_size=300))
def test_what_is_encoded_can_be_read(text: str) -> None:
    """RFC 2047, 2: no word is longer than 75 characters, no line than 76."""
    octets = encoded(text)
    assert octets.isascii()
    assert all(len(line) <= 76 for line in octets.split(b"\r\n "))
    shown = "".join(c if c.isprintable() else " " for c in text)
    if text.isprintable():
        assert decoded(octets.replace(b"\r\n ", b" ")).split() == shown.split()
    assert b"\n" not in octets.replace(b"\r\n ", b"")


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=60))
def test_an_answer_is_a_message(text: str, html: str, name: str) -> None:
    """Whatever people write ends no line, field or part."""
    vacation = Vacation(True, None, None, name or None, text, html)
    octets = answer(header("Subject: x"), vacation, name)
    said = message_from_bytes(octets, policy=policy.default)
    assert said["Auto-Submitted"] == "auto-replied"
    assert said["To"] == "bob@example.net"
    assert [each.get_content_type() for each in said.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert all(len(line) <= 998 for line in octets.split(b"\r\n"))
    assert octets.count(b"\n") == octets.count(b"\r\n")
    assert not said.defects


def test_words_of_our_own() -> None:
    octets = answer(header(), Vacation(True))
    assert b"Subject: Auto: away from my mail\r\n" in octets
    assert b"I am away" in octets
    assert b"In-Reply-To" not in octets


def test_html_alone() -> None:
    octets = answer(header(), Vacation(True, html="<p>x</p>"))
    assert b"Content-Type: text/html; charset=utf-8\r\n" in octets
    assert b"multipart" not in octets


def test_a_subject_is_repeated_once_and_not_endlessly() -> None:
    long = "x" * 5000
    assert len(answered_subject(header(f"Subject: {long}"))) == len("Auto: ") + 200
    assert answered_subject(header("Subject:  ")) == "Auto: away from my mail"


def test_references_are_kept_in_bounds() -> None:
    """The last ones: they are nearest (RFC 5322, 3.6.4)."""
    many = " ".join(f"<{n}@example.net>" for n in range(10_000))
    lines = threaded(header(f"References: {many}", "Message-ID: <new@example.net>"))
    assert lines[0] == b"In-Reply-To: <new@example.net>"
    assert len(lines[1]) < 1200
    assert b"<9999@example.net>\r\n <new@example.net>" in lines[1]
    assert threaded(header("Message-ID: nothing")) == []
    assert threaded(header("Message-ID: <a@b", "References: <x@y>")) == []
