"""Who is told what (RFC 3461, 5.2 and 6; RFC 5321, 4.5.5)."""

from __future__ import annotations

import email
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from office import MESSAGE, NO_ANSWER, RELAYED, envelope, target
from store.keeping import now as result

from mailnode.clock import DAY, HOUR
from mailnode.errors import (
    Looping,
    MailError,
    NoSpace,
    NotFound,
    NotLocal,
    NotPermitted,
    TooMany,
    Unavailable,
)
from mailnode.message.report import Action
from mailnode.model.envelope import (
    Address,
    Body,
    Deadline,
    Envelope,
    Notify,
    Recipient,
    Target,
)
from mailnode.model.queue import Claim, Outcome, Result, Stage, Waiting
from mailnode.queue.bounce import FULL_LIMIT, HEADER_LIMIT, Bounces, Made
from mailnode.queue.schedule import Schedule
from mailnode.queue.verdict import Finding, verdict
from mailnode.testing import MemoryContent, MemorySpool
from mailnode.wire.address import address

START = 1_795_000_000_000
NO = Outcome(Result.FAILED, "5.1.1", "550 5.1.1 no", "mx.example.net")


class Full(MemorySpool):
    """A spool without room."""

    def write(self, data: bytes) -> None:
        raise NoSpace("the disk is full")


def bounces(
    error: MailError | None = None, spool: Callable[[], MemorySpool] = MemorySpool
) -> Bounces:
    async def targets(to: Address) -> Sequence[Target]:
        if error is not None:
            raise error
        return [target(to.key, address("srs@example.org"))]

    return Bounces(
        hostname="mail.example.org",
        spool=spool,
        targets=targets,
        chance=lambda n: b"\x07" * n,
    )


def claim(this: Envelope) -> Claim:
    waiting = (Waiting(n, t, Stage.ACTIVE, 0, 0) for n, t in enumerate(this.targets))
    return Claim(this, tuple(waiting), "example.net", len(MESSAGE), 0)


def found(this: Claim, *outcomes: Outcome, now: int = START) -> list[Finding]:
    return verdict(this, outcomes, Schedule(), now, lambda: 0.5)


def made(
    this: Envelope,
    *outcomes: Outcome,
    octets: bytes | None = MESSAGE,
    now: int = START,
    by: Bounces | None = None,
) -> list[Made]:
    findings = found(claim(this), *outcomes, now=now)
    content = None if octets is None else MemoryContent(octets)
    return result((by or bounces()).reports(claim(this), findings, content, now))


def text(report: Made) -> bytes:
    return b"".join(report.content.chunks())


def test_reports_come_from_nobody() -> None:
    """RFC 5321, 4.5.5; also where a forward rewrites senders."""
    (report,) = made(envelope("m", "bob@example.net"), NO)
    assert report.envelope.sender.address is None
    assert report.envelope.sender.size == len(text(report))
    assert report.envelope.id == "07" * 10
    (to,) = report.envelope.targets
    assert to.address == Address("ana", "example.org")
    assert to.sender is None


def test_they_go_to_who_sent_it_and_not_to_who_passed_it_on() -> None:
    this = envelope("m", "bob@example.net", sender="carla@example.com")
    forwarded = tuple(
        replace(each, sender=address("srs0=x@example.org")) for each in this.targets
    )
    (report,) = made(replace(this, targets=forwarded), NO)
    assert report.envelope.targets[0].address.key == "carla@example.com"


def test_a_null_sender_is_not_told() -> None:
    assert made(envelope("m", "bob@example.net", sender=""), NO) == []


@pytest.mark.parametrize(
    "error",
    [NotFound("x"), NotLocal("x"), NotPermitted("x"), Looping("x"), TooMany("x")],
)
def test_nobody_can_be_told(error: MailError) -> None:
    assert made(envelope("m", "bob@example.net"), NO, by=bounces(error)) == []


@pytest.mark.parametrize("error", [Unavailable("x"), NoSpace("x")])
def test_somebody_can_be_told_later(error: MailError) -> None:
    with pytest.raises(type(error)):
        made(envelope("m", "bob@example.net"), NO, by=bounces(error))


def test_no_room_for_a_report() -> None:
    with pytest.raises(NoSpace):
        made(envelope("m", "bob@example.net"), NO, by=bounces(spool=Full))


def test_one_report_for_all_that_have_failed() -> None:
    this = envelope("m", "bob@example.net", "carla@example.net", "dora@example.net")
    (report,) = made(this, NO, RELAYED, NO)
    assert [each.local for each in report.about] == ["bob", "dora"]
    assert text(report).count(b"\r\nFinal-Recipient: ") == 2


def test_delays_are_told_apart() -> None:
    this = envelope("m", "bob@example.net", "carla@example.net")
    late = START + 5 * HOUR
    reports = made(this, NO, NO_ANSWER, now=late)
    assert [each.action for each in reports] == [Action.FAILED, Action.DELAYED]


def test_what_is_too_large_comes_back_as_its_header() -> None:
    octets = MESSAGE + b"x" * FULL_LIMIT
    (report,) = made(envelope("m", "bob@example.net"), NO, octets=octets)
    assert len(text(report)) < 10_000
    assert b"text/rfc822-headers" in text(report)
    assert b"Subject: Lunch on Friday" in text(report)


def test_what_needs_tls_does_not_come_back_in_clear() -> None:
    """RFC 8689, 5."""
    (report,) = made(envelope("m", "bob@example.net", require_tls=True), NO)
    assert b"At noon?" not in text(report)
    assert b"text/rfc822-headers" in text(report)


def test_a_header_comes_back_as_far_as_it_is_sensible() -> None:
    octets = b"X-Long: word\r\n" * 10_000 + MESSAGE + b"x" * FULL_LIMIT
    (report,) = made(envelope("m", "bob@example.net"), NO, octets=octets)
    assert HEADER_LIMIT < len(text(report)) < HEADER_LIMIT + 10_000
    parsed = email.message_from_bytes(text(report))
    assert set(parsed.get_payload()[2].get_payload().split("\n")) <= {  # type: ignore[union-attr,index]  # a multipart
        "X-Long: word\r",
        "",
        "X-Long: word",
    }


def test_what_cannot_be_read_does_not_come_back() -> None:
    (report,) = made(envelope("m", "bob@example.net"), NO, octets=None)
    assert b"rfc822-headers" not in text(report)
    assert b"Action: failed" in text(report)


def test_eight_bit_text_makes_an_eight_bit_report() -> None:
    octets = "Subject: x\r\n\r\nÄpfel\r\n".encode()
    (report,) = made(envelope("m", "bob@example.net"), NO, octets=octets)
    assert report.envelope.sender.body is Body.EIGHT_BIT
    assert not report.envelope.sender.utf8
    (plain,) = made(envelope("m", "bob@example.net"), NO)
    assert plain.envelope.sender.body is Body.SEVEN_BIT


def test_encoded_subjects_are_read_to_people() -> None:
    octets = b"Subject: =?utf-8?q?=C3=84pfel?=\r\n\r\n"
    (report,) = made(envelope("m", "bob@example.net"), NO, octets=octets)
    part = email.message_from_bytes(text(report)).get_payload()[0]  # type: ignore[index]  # a multipart
    assert "Äpfel" in part.get_payload(decode=True).decode()  # type: ignore[union-attr]


# What is wanted


@pytest.mark.parametrize(
    ("notify", "outcome", "age", "action"),
    [
        (None, NO, 0, Action.FAILED),
        (None, RELAYED, 0, None),
        (None, NO_ANSWER, 0, None),
        (None, NO_ANSWER, 4 * HOUR, Action.DELAYED),
        (None, NO_ANSWER, 5 * DAY, Action.FAILED),
        ({Notify.NEVER}, NO, 0, None),
        ({Notify.NEVER}, NO_ANSWER, 4 * HOUR, None),
        ({Notify.DELAY}, NO, 0, None),
        ({Notify.DELAY}, NO_ANSWER, 4 * HOUR, Action.DELAYED),
        ({Notify.FAILURE}, NO_ANSWER, 4 * HOUR, None),
        ({Notify.FAILURE}, NO_ANSWER, 5 * DAY, Action.FAILED),
        ({Notify.SUCCESS}, RELAYED, 0, Action.RELAYED),
        ({Notify.SUCCESS}, replace(RELAYED, dsn=True), 0, None),
        ({Notify.SUCCESS}, Outcome(Result.DELIVERED, "2.1.5", ""), 0, Action.DELIVERED),
        ({Notify.SUCCESS}, NO, 0, None),
    ],
)
def test_senders_hear_what_they_want(
    notify: set[Notify] | None, outcome: Outcome, age: int, action: Action | None
) -> None:
    this = envelope("m", "bob@example.net")
    asked = Recipient(
        this.targets[0].address, None if notify is None else frozenset(notify)
    )
    this = replace(this, targets=(replace(this.targets[0], recipient=asked),))
    (finding,) = found(claim(this), outcome, now=START + age)
    assert finding.action is action


def test_a_warning_comes_once() -> None:
    this = claim(envelope("m", "bob@example.net"))
    (finding,) = found(this, NO_ANSWER, now=START + 4 * HOUR)
    assert finding.warned
    warned = replace(this, waiting=(replace(this.waiting[0], warned=True),))
    (finding,) = found(warned, NO_ANSWER, now=START + 5 * HOUR)
    assert finding.action is None
    assert finding.warned


def test_what_is_late_is_not_blamed_on_the_last_server() -> None:
    by = Deadline(START + HOUR, returned=True)
    this = claim(envelope("m", "bob@example.net", deadline=by))
    (finding,) = found(this, NO_ANSWER, now=START + HOUR)
    assert finding.outcome.status == "5.4.7"
    (finding,) = found(this, NO_ANSWER, now=START + HOUR - 1)
    assert finding.due == START + HOUR


# Lists


def listed(*notify: Notify) -> Envelope:
    """A message to somebody who is two, and to somebody else."""
    both = Recipient(address("all@example.org"), frozenset(notify))
    other = Recipient(address("eva@example.net"), frozenset(notify))
    sender = address("ana@example.org")
    this = envelope("m")
    targets = (
        target("bob@example.net", sender, both),
        target("carla@example.com", sender, both),
        target("eva@example.net", sender, other),
    )
    return replace(this, targets=targets)


def test_a_list_is_told_of_once() -> None:
    """RFC 3461, 5.2.7.3."""
    this = listed(Notify.SUCCESS, Notify.FAILURE)
    kept, (report,) = result(bounces().expanded(this, MemoryContent(MESSAGE), START))
    assert [set(each.recipient.notify or ()) for each in kept.targets] == [
        {Notify.FAILURE},
        {Notify.FAILURE},
        {Notify.SUCCESS, Notify.FAILURE},
    ]
    assert report.action is Action.EXPANDED
    assert text(report).count(b"\r\nAction: expanded\r\n") == 1
    assert b"\r\nFinal-Recipient: rfc822; all@example.org\r\n" in text(report)
    assert b"carla" not in text(report), "who is behind it is not the sender's business"


def test_who_wanted_success_only_hears_nothing_more() -> None:
    this = listed(Notify.SUCCESS)
    kept, _ = result(bounces().expanded(this, MemoryContent(MESSAGE), START))
    assert kept.targets[0].recipient.notify == frozenset((Notify.NEVER,))


def test_nobody_wants_to_hear_of_a_list() -> None:
    this = listed(Notify.FAILURE)
    content = MemoryContent(MESSAGE)
    assert result(bounces().expanded(this, content, START)) == (this, [])
    null = replace(this, sender=replace(this.sender, address=None))
    assert result(bounces().expanded(null, content, START)) == (null, [])
