"""Reports are what RFC 3464 says they are, and other mail software reads them."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailnode.message.notice import ENGLISH, notice
from mailnode.message.report import (
    VALUE_LIMIT,
    Action,
    Letterhead,
    Report,
    Returned,
    Status,
    field,
    written,
)
from mailnode.model.envelope import Address, OriginalRecipient

ANA = Address("ana", "example.org")
BOB = Address("bob", "example.net")
THEN = 773_335_080_000


def status(text: str = "550 5.1.1 unknown", code: str = "5.1.1") -> Status:
    return Status(BOB, None, Action.FAILED, code, text, "mx.example.net", 0)


def report(*statuses: Status) -> Report:
    return Report("0a1b", "mail.example.org", "QQ+314", THEN, statuses)


def read(
    this: Report, returned: Returned | None = None, *, utf8: bool = False
) -> EmailMessage:
    """A report as Python's own parser has it."""
    subject = ENGLISH.subjects[this.statuses[0].action]
    head = Letterhead(ANA, subject, THEN, utf8)
    octets = written(this, head, notice(this, "Lunch"), returned)
    assert max(map(len, octets.split(b"\r\n"))) <= 998
    assert b"\n" not in octets.replace(b"\r\n", b"")
    return email.message_from_bytes(octets, policy=email.policy.default)


def blocks(message: EmailMessage) -> list[EmailMessage]:
    """The blocks of a delivery-status."""
    part = list(message.iter_parts())[1]
    assert part.get_content_type() == "message/delivery-status"
    return cast("list[EmailMessage]", part.get_payload())


def test_is_a_multipart_report() -> None:
    message = read(
        report(status()), Returned(b"Subject: x\r\n\r\nhello\r\n", whole=True)
    )
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    assert message["From"] == "Mail delivery system <postmaster@mail.example.org>"
    assert message["To"] == "ana@example.org"
    assert message["Date"] == "Mon, 04 Jul 1994 15:18:00 +0000"
    assert message["Message-ID"] == "<0a1b@mail.example.org>"
    assert message["Auto-Submitted"] == "auto-replied"
    kinds = [part.get_content_type() for part in message.iter_parts()]
    assert kinds == ["text/plain", "message/delivery-status", "message/rfc822"]


def test_says_what_rfc_3464_wants() -> None:
    """Its section 2, with the recipient of the example in its appendix E."""
    told = Status(
        Address("arathib", "vnet.example.com"),
        OriginalRecipient("rfc822", "arathib@vnet.example.com"),
        Action.FAILED,
        "5.0.0",
        "550 'arathib@vnet.example.com' is not a registered gateway user",
        "vnet.example.com [192.0.2.7]",
        THEN,
    )
    message, recipient = blocks(read(report(told)))
    assert dict(message.items()) == {
        "Original-Envelope-Id": "QQ+314",
        "Reporting-MTA": "dns; mail.example.org",
        "Arrival-Date": "Mon, 4 Jul 1994 15:18:00 +0000",
    }
    assert dict(recipient.items()) == {
        "Original-Recipient": "rfc822; arathib@vnet.example.com",
        "Final-Recipient": "rfc822; arathib@vnet.example.com",
        "Action": "failed",
        "Status": "5.0.0",
        "Remote-MTA": "dns; vnet.example.com",
        "Diagnostic-Code": "smtp; 550 'arathib@vnet.example.com' is not a"
        " registered gateway user",
        "Last-Attempt-Date": "Mon, 4 Jul 1994 15:18:00 +0000",
    }


def test_has_a_block_for_each_recipient() -> None:
    assert len(blocks(read(report(status(), status(), status())))) == 4


def test_a_delay_says_how_long_it_is_tried() -> None:
    told = Status(BOB, None, Action.DELAYED, "4.4.1", "no answer", "", 0, THEN)
    _, recipient = blocks(read(report(told)))
    assert recipient["Will-Retry-Until"] == "Mon, 4 Jul 1994 15:18:00 +0000"
    assert recipient["Diagnostic-Code"] == "X-Mailnode; no answer"
    assert "Remote-MTA" not in recipient


@pytest.mark.parametrize(
    "evil",
    [
        "550 no\r\nAction: delivered",
        "550 no\r\n\r\nFinal-Recipient: rfc822; eve@example.com",
        "550 no\n--report-0a1b\nContent-Type: text/html",
        "550 no\x0bAction: delivered\x0c\x1c\x1d\x1e\x85\u2028Action: relayed",
        "550 " + "x" * 5000,
        "550 " + "é" * 5000,
        "550 " + " " * 5000 + "x",
        "\x00",
        "",
    ],
)
@pytest.mark.parametrize("utf8", [False, True])
def test_words_of_others_cannot_leave_their_field(evil: str, *, utf8: bool) -> None:
    told = Status(BOB, None, Action.FAILED, evil, evil, evil, 0)
    head = Letterhead(ANA, "x", 0, utf8)
    this = report(told)
    octets = written(this, head, notice(this, evil), None)
    assert octets.count(b"\r\n--report-0a1b") == 3
    part = octets.split(b"\r\n--report-0a1b")[2]
    lines = part.split(b"\r\n")
    assert [line for line in lines if line.startswith(b"Action:")] == [
        b"Action: failed"
    ]
    assert [line for line in lines if line.startswith(b"Status:")] == [b"Status: 5.0.0"]
    assert sum(line.startswith(b"Final-Recipient:") for line in lines) == 1
    assert max(map(len, octets.split(b"\r\n"))) <= 998


@given(st.text(), st.text(), st.text(), st.booleans())
def test_no_words_make_a_report_fail(
    text: str, host: str, envid: str, utf8: bool
) -> None:
    told = Status(
        BOB, OriginalRecipient(host, text), Action.FAILED, text, text, host, 0
    )
    this = Report("0a1b", "mail.example.org", envid, THEN, (told,))
    octets = written(this, Letterhead(ANA, text, 0, utf8), notice(this, text), None)
    assert octets.count(b"\r\nAction: ") == 1
    assert octets.count(b"\r\n--report-0a1b") == 3
    assert b"\n" not in octets.replace(b"\r\n", b"")
    parsed = email.message_from_bytes(octets, policy=email.policy.default)
    assert parsed.get_content_type() == "multipart/report"


def test_fields_are_folded_between_words() -> None:
    folded = field("Diagnostic-Code", "smtp; " + "word " * 40)
    lines = folded.split(b"\r\n")
    assert len(lines) > 2
    assert all(len(line) <= 76 for line in lines)
    assert all(line.startswith(b" word") for line in lines[1:])
    assert len(field("X", "x" * 10_000)) < VALUE_LIMIT + 10


def test_a_quoted_local_part_keeps_its_spaces() -> None:
    odd = Address("a  b", "example.net")
    told = Status(odd, None, Action.FAILED, "5.1.1", "no", "", 0)
    _, recipient = blocks(read(report(told)))
    assert recipient["Final-Recipient"] == 'rfc822; "a  b"@example.net'


def test_other_scripts_are_escaped_where_utf8_may_not_go() -> None:
    """RFC 6533, 3 and 4."""
    told = Status(
        Address("jürgen", "example.net"), None, Action.FAILED, "5.1.1", "", "", 0
    )
    _, recipient = blocks(read(report(told)))
    assert recipient["Final-Recipient"] == r"utf-8; j\x{FC}rgen@example.net"
    octets = written(report(told), Letterhead(ANA, "x", 0, utf8=True), "", None)
    assert "\r\nFinal-Recipient: utf-8; jürgen@example.net\r\n".encode() in octets
    assert b"Content-Type: message/global-delivery-status" in octets
    assert b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n--" in octets


@pytest.mark.parametrize(
    ("octets", "whole", "utf8", "kind"),
    [
        (b"Subject: x\r\n\r\nhi\r\n", True, False, "message/rfc822"),
        (b"Subject: x\r\n\r\n", False, False, "text/rfc822-headers"),
        ("Subject: é\r\n\r\n".encode(), False, False, "text/rfc822-headers"),
        ("Subject: é\r\n\r\n".encode(), False, True, "message/global-headers"),
        ("Subject: é\r\n\r\nhi\r\n".encode(), True, True, "message/global"),
    ],
)
def test_what_comes_back_is_called_what_it_is(
    octets: bytes, kind: str, *, whole: bool, utf8: bool
) -> None:
    head = Letterhead(ANA, "x", 0, utf8)
    made = written(report(status()), head, "hello\n", Returned(octets, whole))
    part = made.split(b"\r\n--report-0a1b")[3]
    assert part.startswith(b"\r\nContent-Type: " + kind.encode() + b"\r\n")
    assert octets in part


def test_people_read_what_happened() -> None:
    this = report(status(), status("mailbox full", "5.2.2"))
    text = notice(this, "Lunch on Friday")
    assert text == (
        "This is the mail system of mail.example.org.\n\n"
        "Your message could not be delivered to:\n\n"
        "  bob@example.net\n"
        "    mx.example.net said: 550 5.1.1 unknown\n"
        "    Nobody has this address there. Please look for a typing mistake.\n\n"
        "  bob@example.net\n"
        "    mx.example.net said: mailbox full\n"
        "    This mailbox is full. You may try again in a few days, or tell the\n"
        "    person by other means.\n\n"
        "The message this is about:\n"
        "  Subject: Lunch on Friday\n"
        "  Received here: Mon, 4 Jul 1994 15:18:00 +0000\n"
    )


@pytest.mark.parametrize("action", list(Action))
def test_every_action_has_its_words(action: Action) -> None:
    told = Status(BOB, None, action, "2.0.0", "", "", 0, 0)
    text = notice(report(told), "")
    assert ENGLISH.openings[action] in text
    assert ENGLISH.subjects[action]


def test_words_beyond_ascii_are_encoded() -> None:
    this = report(status("550 nur für Gäste"))
    octets = written(this, Letterhead(ANA, "x", 0, utf8=False), notice(this, ""), None)
    assert octets.isascii()
    part = next(iter(read(this).iter_parts()))
    assert "550 nur für Gäste" in cast("EmailMessage", part).get_content()
