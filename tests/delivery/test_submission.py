"""A message of somebody who has logged in, on its way out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from delivery.people import People
from smtp.coroutine import finish
from store.keeping import whole
from zope.interface.verify import verifyClass

from mailnode.clock import HOUR
from mailnode.delivery.acceptance import Acceptance
from mailnode.delivery.aliases import Aliases
from mailnode.delivery.directions import Directions
from mailnode.delivery.rates import Meter, Rate, Rates
from mailnode.delivery.submission import (
    Submission,
    SubmissionAgent,
    SubmissionOptions,
    Submitting,
)
from mailnode.errors import (
    Looping,
    MailError,
    Malformed,
    NoSpace,
    NotPermitted,
    OverQuota,
    PeerGone,
    TooOften,
    Unavailable,
)
from mailnode.interfaces.delivery import IDelivery, ITransaction
from mailnode.model.envelope import Address, Origin, Recipient, Sender
from mailnode.model.trail import Event
from mailnode.testing import MemoryQueue, MemorySpool, MemoryStore, MemoryTrail

ORIGIN = Origin("ESMTPSA", "client.example.net", "192.0.2.1", "TLSv1.3 X")
ANA = Address("ana", "example.org")
CARLA = "carla@example.net"
NOON = 1_700_000_000_000
MESSAGE = b"From: ana@example.org\r\nSubject: hello\r\n\r\nhello\r\n"


class Store(MemoryStore):
    """A store that knows its spools."""

    def __init__(self) -> None:
        super().__init__()
        self.spools: list[Spool] = []

    def spool(self, *, passing: bool = False) -> MemorySpool:
        self.spools.append(Spool())
        return self.spools[-1]


class Spool(MemorySpool):
    """A spool that tells when it is forgotten, and how large its pieces were."""

    def __init__(self) -> None:
        super().__init__()
        self.discarded = False
        self.pieces: list[int] = []

    def write(self, data: bytes) -> None:
        self.pieces.append(len(data))
        super().write(data)

    def discard(self) -> None:
        self.discarded = True
        super().discard()


class Desk:
    """An agent in memory, and what has become of all that was handed in."""

    def __init__(self, people: People | None = None, **options: Any) -> None:
        self.store = Store()
        self.queue = MemoryQueue(lambda: NOON)
        self.trail = MemoryTrail()
        self.rate = Meter("messages", [Rate(3, HOUR)], lambda: NOON)
        free = Meter("recipients", [], lambda: NOON)
        turns = iter(range(1, 1000))
        aliases = Aliases(people or People(), home="mx.example.org")
        self.agent = SubmissionAgent(
            directions=Directions(aliases, self.store),
            acceptance=Acceptance(self.store, self.queue),
            trail=self.trail,
            rates=Rates(messages=self.rate, recipients=free, from_network=free),
            options=SubmissionOptions(hostname="mx.example.org", **options),
            clock=lambda: NOON,
            chance=lambda octets: next(turns).to_bytes(octets, "big"),
        )

    def events(self) -> list[tuple[Event, str]]:
        return [(step.event, step.recipient) for step in self.trail.steps]

    def queued(self) -> list[bytes]:
        entries = finish(self.queue.entries())
        return [whole(finish(self.queue.content(each.envelope.id))) for each in entries]


async def pieces(*octets: bytes) -> AsyncIterator[bytes]:
    for piece in octets:
        yield piece


async def hand_in(
    desk: Desk,
    *names: str,
    octets: AsyncIterator[bytes] | None = None,
    sender: Sender | None = None,
) -> Sequence[MailError | None]:
    way = Submission("ana@example.org", desk.agent)
    transaction = await way.sender(sender or Sender(ANA), ORIGIN)
    for name in names:
        local, _, domain = name.rpartition("@")
        await transaction.recipient(Recipient(Address(local, domain)))
    return await transaction.content(octets or pieces(MESSAGE))


def test_it_keeps_its_promises() -> None:
    assert verifyClass(IDelivery, Submission)
    assert verifyClass(ITransaction, Submitting)


def test_the_body_passes_through_octet_for_octet_in_its_pieces() -> None:
    desk = Desk()
    body = [b"\xff\0" + b"x" * 100_000, b".\r\n..\r\nBcc: x", b"\r\nno end"]
    head = b"Subject: \xff\r\nBcc: y\r\n\r\n"
    octets = pieces(head[:12], head[12:] + body[0], *body[1:])
    assert finish(hand_in(desk, CARLA, octets=octets)) == [None]
    (sent,) = desk.queued()
    assert sent.endswith(b"\r\nSubject: \xff\r\n\r\n" + b"".join(body))
    (spool,) = desk.store.spools
    assert spool.pieces[1:] == [len(each) for each in body[1:]]


def test_the_account_is_told_to_the_queue() -> None:
    desk = Desk()
    sender = Sender(ANA, priority=9, envid="x")
    finish(hand_in(desk, CARLA, "bob@example.org", sender=sender))
    (entry,) = finish(desk.queue.entries())
    assert entry.envelope.account == "ana@example.org"
    assert entry.envelope.sender == Sender(ANA, priority=4, envid="x")
    assert entry.envelope.received == NOON
    assert [(each.destination, each.sender) for each in entry.envelope.targets] == [
        ("example.net", ANA),
        ("", ANA),
    ]


def test_an_alias_is_one_recipient_and_several_targets() -> None:
    people = People(
        aliases={"team@example.org": ["ana@example.org", "bob@example.org"]}
    )
    desk = Desk(people)
    assert finish(hand_in(desk, "team@example.org", CARLA)) == [None, None]
    (entry,) = finish(desk.queue.entries())
    assert len(entry.envelope.targets) == 3
    assert len({each.recipient.address for each in entry.envelope.targets}) == 2


def test_all_here_is_delivered_at_once_with_its_return_path() -> None:
    desk = Desk()
    finish(hand_in(desk, "bob@example.org"))
    assert not desk.queued()
    box = desk.store.of("bob@example.org").inbox
    (uid,) = box.kept
    mail = whole(finish(box.content(uid)))
    assert mail.startswith(b"Return-Path: <ana@example.org>\r\nReceived: from client.")
    assert mail.endswith(MESSAGE)
    assert b"with ESMTPSA (TLSv1.3 X)" in mail
    assert desk.events() == [
        (Event.RECEIVED, ""),
        (Event.DELIVERED, "bob@example.org"),
    ]


def test_what_waits_has_no_return_path_yet() -> None:
    desk = Desk()
    finish(hand_in(desk, CARLA))
    (sent,) = desk.queued()
    assert sent.startswith(b"Received: ")
    assert b"Return-Path" not in sent


def test_the_trail_knows_the_name_of_the_message() -> None:
    desk = Desk()
    finish(hand_in(desk, CARLA))
    finish(hand_in(desk, CARLA, octets=pieces(b"Message-ID: <7@x>\r\n\r\n")))
    received = [step for step in desk.trail.steps if step.event is Event.RECEIVED]
    assert [step.message_id for step in received] == [
        "<00000000000000000001@mx.example.org>",
        "<7@x>",
    ]
    assert "from ana@example.org at 192.0.2.1, TLSv1.3 X" in received[0].text


class Cut:
    """A peer that goes in the middle of a message."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault
        self.sent = False

    def __aiter__(self) -> Cut:
        return self

    async def __anext__(self) -> bytes:
        if self.sent:
            raise self.fault
        self.sent = True
        return MESSAGE


@pytest.mark.parametrize("fault", [PeerGone(), Malformed("x"), NoSpace("x")])
def test_what_breaks_off_is_forgotten_and_does_not_count(fault: Exception) -> None:
    desk = Desk()
    for _ in range(5):  # more than the rate
        with pytest.raises(type(fault)):
            finish(hand_in(desk, CARLA, octets=Cut(fault)))
    assert not desk.queued()
    assert all(spool.discarded for spool in desk.store.spools)
    refused = isinstance(fault, MailError)
    assert desk.events() == [(Event.REFUSED, "")] * 5 * refused


def test_what_cannot_be_kept_is_refused_whole() -> None:
    desk = Desk()
    desk.store.of("bob@example.org").octets_limit = 300
    with pytest.raises(OverQuota):
        finish(hand_in(desk, "bob@example.org", "ana@example.org"))
    assert not desk.store.of("ana@example.org").inbox.kept


def test_what_goes_in_circles_is_stopped() -> None:
    desk = Desk()
    with pytest.raises(Looping):
        finish(hand_in(desk, CARLA, octets=pieces(b"Received: x\r\n" * 101)))
    assert not desk.queued()


def test_the_rate_is_kept() -> None:
    desk = Desk()
    for _ in range(3):
        finish(hand_in(desk, CARLA))
    with pytest.raises(TooOften, match="in 20 minutes"):
        finish(hand_in(desk, CARLA))
    assert desk.events()[-1] == (Event.REFUSED, "")


def test_an_abandoned_message_does_not_count() -> None:
    desk = Desk()
    way = Submission("ana@example.org", desk.agent)
    for _ in range(5):
        finish(finish(way.sender(Sender(ANA), ORIGIN)).abandon())
    finish(hand_in(desk, CARLA))


@pytest.mark.parametrize(
    ("field", "permitted"),
    [
        (b"From: ana@example.org", True),
        (b"From: Ana <ANA@Example.ORG>", True),
        (b"From: ana+x@example.org", True),
        (b"Subject: From is added", True),
        (b"From: Team: ana@example.org;", True),
        (b"From: bob@example.org", False),
        (b"From: ana@example.org, bob@example.org", False),
        (b"From: Team: ana@example.org, bob@example.org;", False),
        (b"From: ana@example.org\r\nFROM: bob@example.org", False),
        (b"From: ana@example.org\r\nfrom\t: bob@example.org", False),
        (b"From: (ana@example.org) bob@example.org", False),
        (b"From:", False),
        (b"From: undisclosed:;", False),
        (b"From: ana", False),
        (b"From: ana@example.org <bob@example.org>", False),
        (b'From: "ana@example.org"@example.net', False),
        (b"From: \xff@example.org", False),
        (b"From: ana@example..org", False),
        (b"From: ana@example.org" + b", ana@example.org" * 99, True),
        (b"From: ana@example.org" + b", ana@example.org" * 100, False),
    ],
)
def test_from_is_held_to_the_same(field: bytes, permitted: bool) -> None:
    desk = Desk(check_from=True)
    octets = field + b"\r\n\r\n"
    if permitted:
        finish(hand_in(desk, CARLA, octets=pieces(octets)))
    else:
        with pytest.raises(NotPermitted):
            finish(hand_in(desk, CARLA, octets=pieces(octets)))
    finish(hand_in(Desk(), CARLA, octets=pieces(octets)))


def test_everything_is_for_one_who_may_write_any_address() -> None:
    desk = Desk(check_from=True, any_sender=frozenset({"ana@example.org"}))
    octets = pieces(b"From: bob@example.org\r\n\r\n")
    finish(hand_in(desk, CARLA, octets=octets, sender=Sender(Address("x", "y.z"))))
    assert b"From: bob@" in desk.queued()[0]


def test_a_directory_that_cannot_be_asked_refuses_nothing_for_good() -> None:
    people = People()
    people.gone = True
    with pytest.raises(Unavailable):
        finish(hand_in(Desk(people)))


def verified(address: Address, **options: Any) -> bool:
    way = Submission("ana@example.org", Desk(**options).agent)
    return finish(way.verify(address))


def test_whom_one_may_write_to() -> None:
    assert verified(Address("bob", "example.org"))
    assert verified(Address("anybody", "example.net"))
    assert not verified(Address("nobody", "example.org"))
    assert not verified(Address("anybody", "localhost"))
    assert not verified(Address("anybody", "[192.0.2.1]"))
    assert verified(Address("anybody", "[192.0.2.1]"), address_literals=True)
