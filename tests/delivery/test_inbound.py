"""A stranger's message on its way into mailboxes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from delivery.people import People
from smtp.coroutine import finish
from store.keeping import Keeping, whole
from zope.interface.verify import verifyClass, verifyObject

from mailnode.delivery.acceptance import Acceptance
from mailnode.delivery.aliases import TARGET_LIMIT, Aliases
from mailnode.delivery.directions import Directions
from mailnode.delivery.forward import Rewriting
from mailnode.delivery.inbound import Inbound, Incoming, Refusal
from mailnode.errors import (
    Looping,
    MailError,
    Malformed,
    NoSpace,
    NotFound,
    NotLocal,
    NotPermitted,
    OverQuota,
)
from mailnode.interfaces.account import IStore
from mailnode.interfaces.content import IContent, ISpool
from mailnode.interfaces.delivery import IDelivery, ITransaction
from mailnode.model.envelope import (
    Address,
    Letter,
    Notify,
    Origin,
    OriginalRecipient,
    Recipient,
    Sender,
)
from mailnode.model.trail import Event
from mailnode.testing import MemoryQueue, MemorySpool, MemoryStore, MemoryTrail

ORIGIN = Origin("ESMTP", "mail.example.net", "192.0.2.1")
EVE = Address("eve", "example.net")
NOON = 1_700_000_000_000
MESSAGE = b"Subject: hello\r\n\r\nhello\r\n"


class Spool(MemorySpool):
    """A spool that tells when it is forgotten."""

    discarded = 0

    def discard(self) -> None:
        self.discarded += 1
        super().discard()


class Store(MemoryStore):
    """A store that remembers what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: list[Letter] = []
        self.spools: list[Spool] = []

    def spool(self, *, passing: bool = False) -> MemorySpool:
        self.spools.append(Spool())
        return self.spools[-1]

    async def deliver(self, letter: Letter, content: object) -> None:
        self.letters.append(letter)
        await super().deliver(letter, content)


@pytest.fixture
def store() -> Store:
    """Where it goes."""
    return Store()


def chance() -> Callable[[int], bytes]:
    turns = iter(range(1, 1000))
    return lambda octets: next(turns).to_bytes(octets, "big")


def inbound(store: Any, people: People | None = None, **more: Any) -> Inbound:
    aliases = Aliases(people or People(), home="mx.example.org")
    queue = more.pop("queue", MemoryQueue(lambda: NOON))
    return Inbound(
        Directions(aliases, store, Rewriting(b"secret", lambda: NOON)),
        Acceptance(store, queue),
        more.pop("trail", MemoryTrail()),
        hostname="mx.example.org",
        clock=lambda: NOON,
        chance=chance(),
        **more,
    )


async def pieces(*octets: bytes) -> AsyncIterator[bytes]:
    for piece in octets:
        yield piece


async def bring(
    way: Inbound,
    *names: str,
    octets: AsyncIterator[bytes] | None = None,
    sender: Address | None = EVE,
    together: bool = True,
) -> Sequence[Refusal]:
    transaction = await way.sender(Sender(sender), ORIGIN, together=together)
    for name in names:
        local, _, domain = name.partition("@")
        await transaction.recipient(Recipient(Address(local, domain)))
    return await transaction.content(octets or pieces(MESSAGE))


async def kept(store: MemoryStore, name: str, mailbox: str = "INBOX") -> list[bytes]:
    box = await (await store.account(name)).mailbox(mailbox)
    return [
        await (await box.content(message.uid)).read()
        for message in await box.messages()
    ]


def test_it_keeps_its_promises() -> None:
    assert verifyClass(IDelivery, Inbound)
    assert verifyClass(ITransaction, Incoming)
    assert verifyObject(IStore, Store())
    assert verifyObject(ISpool, Spool())


def test_a_message_gets_its_trace_and_is_kept_octet_for_octet(store: Store) -> None:
    body = b"Subject: \xff\r\n\r\n.\r\n..\0\r\nno end"
    outcomes = finish(
        bring(inbound(store), "ana@example.org", octets=pieces(body[:9], body[9:]))
    )
    assert outcomes == [None]
    assert finish(kept(store, "ana@example.org")) == [
        b"Return-Path: <eve@example.net>\r\n"
        b"Received: from mail.example.net ([192.0.2.1])\r\n"
        b"\tby mx.example.org with ESMTP\r\n"
        b"\tid 00000000000000000001\r\n"
        b"\tfor <ana@example.org>;\r\n"
        b"\tTue, 14 Nov 2023 22:13:20 +0000\r\n" + body
    ]
    assert store.letters[0].received == NOON


def test_nobody_learns_who_else_got_it(store: Store) -> None:
    finish(bring(inbound(store), "ana@example.org", "bob@example.org", sender=None))
    (mail,) = finish(kept(store, "ana@example.org"))
    assert b"bob" not in mail
    assert b"for <" not in mail
    assert mail.startswith(b"Return-Path: <>\r\n")


def test_together_is_one_letter_and_an_account_gets_one_copy(store: Store) -> None:
    people = People(
        aliases={"team@example.org": ["ana@example.org", "bob@example.org"]}
    )
    way = inbound(store, people)
    names = ["ana+x@example.org", "team@example.org", "ana@example.org"]
    assert finish(bring(way, *names)) == [None, None, None]
    (letter,) = store.letters
    assert sorted(letter.destinations) == [
        ("ana@example.org", "INBOX"),
        ("bob@example.org", "INBOX"),
    ]
    assert len(finish(kept(store, "ana@example.org"))) == 1


def test_apart_is_a_letter_each_of_one_delivery(store: Store) -> None:
    people = People(
        aliases={"team@example.org": ["ana@example.org", "bob@example.org"]}
    )
    way = inbound(store, people)
    names = ["ana@example.org", "team@example.org"]
    assert finish(bring(way, *names, together=False)) == [None, None]
    assert len(store.letters) == 2
    assert len({letter.delivery_id for letter in store.letters}) == 1
    assert len(finish(kept(store, "ana@example.org"))) == 1


def test_no_two_messages_share_an_id(store: Store) -> None:
    way = inbound(store)
    finish(bring(way, "ana@example.org"))
    finish(bring(way, "ana@example.org"))
    assert len({letter.delivery_id for letter in store.letters}) == 2
    assert len(finish(kept(store, "ana@example.org"))) == 2


def test_apart_one_may_have_no_room(store: Store) -> None:
    finish(store.account("bob@example.org")).octets_limit = 100
    names = ["bob@example.org", "ana@example.org"]
    first, second = finish(bring(inbound(store), *names, together=False))
    assert isinstance(first, OverQuota)
    assert second is None


def test_together_one_without_room_is_none_at_all(store: Store) -> None:
    finish(store.account("bob@example.org")).octets_limit = 100
    with pytest.raises(OverQuota):
        finish(bring(inbound(store), "ana@example.org", "bob@example.org"))
    assert finish(kept(store, "ana@example.org")) == []


def test_apart_they_are_delivered_at_once_if_that_can_be_done(store: Store) -> None:
    batches: list[int] = []

    async def gather(
        deliveries: Sequence[Coroutine[object, None, Refusal]],
    ) -> Sequence[Refusal]:
        batches.append(len(deliveries))
        return [await each for each in reversed(deliveries)][::-1]

    finish(store.account("bob@example.org")).octets_limit = 100
    way = inbound(store, gather=gather)
    names = ["bob@example.org", "ana@example.org"]
    first, second = finish(bring(way, *names, together=False))
    assert isinstance(first, OverQuota)
    assert second is None
    assert batches == [2]


def test_who_is_full_already_is_no_recipient(store: Store) -> None:
    people = People(
        aliases={"team@example.org": ["ana@example.org", "bob@example.org"]}
    )
    finish(store.account("bob@example.org")).octets_limit = 0
    for name in ("bob@example.org", "team@example.org"):
        with pytest.raises(OverQuota):
            finish(bring(inbound(store, people), name))


def test_what_is_announced_must_fit(store: Store) -> None:
    finish(store.account("bob@example.org")).octets_limit = 100
    way = inbound(store, room=lambda: 1000)
    with pytest.raises(NoSpace):
        finish(way.sender(Sender(EVE, size=1001), ORIGIN))
    transaction = finish(way.sender(Sender(EVE, size=101), ORIGIN))
    with pytest.raises(OverQuota):
        finish(transaction.recipient(Recipient(Address("bob", "example.org"))))
    finish(transaction.recipient(Recipient(Address("ana", "example.org"))))
    with pytest.raises(NoSpace):
        finish(inbound(store, room=lambda: 0).sender(Sender(EVE), ORIGIN))


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("nobody@example.org", NotFound),
        ("ana@example.net", NotLocal),
        ("out@example.org", NotPermitted),
        ("round@example.org", NotFound),
    ],
)
def test_who_is_refused_is_not_verified_either(
    store: Store, name: str, error: type[MailError]
) -> None:
    people = People(
        aliases={
            "out@example.org": ["x"],
            "round@example.org": ["round@example.org"],
        }
    )
    way = inbound(store, people)
    with pytest.raises(error):
        finish(bring(way, name))
    local, _, domain = name.partition("@")
    assert not finish(way.verify(Address(local, domain)))
    assert finish(way.verify(Address("ana", "example.org")))


def test_a_list_that_is_too_long_is_no_address(store: Store) -> None:
    many = [f"{n}@example.net" for n in range(TARGET_LIMIT + 1)]
    way = inbound(store, People(aliases={"all@example.org": many}))
    assert not finish(way.verify(Address("all", "example.org")))


def test_a_message_in_a_circle_goes_no_further(store: Store) -> None:
    way = inbound(store)
    turns = b"Received: from a by b\r\n"
    finish(bring(way, "ana@example.org", octets=pieces(turns * 100 + b"\r\n" + turns)))
    assert len(store.letters) == 1
    with pytest.raises(Looping):
        finish(bring(way, "ana@example.org", octets=pieces(turns * 101 + b"\r\n")))
    assert len(store.letters) == 1


async def broken(error: Exception) -> AsyncIterator[bytes]:
    yield b"Subject: h"
    raise error


@pytest.mark.parametrize("error", [Malformed("bare CR"), ZeroDivisionError()])
def test_what_breaks_off_is_not_kept(store: Store, error: Exception) -> None:
    with pytest.raises(type(error)):
        finish(bring(inbound(store), "ana@example.org", octets=broken(error)))
    assert store.letters == []
    assert [spool.discarded for spool in store.spools] == [1]


def test_what_is_abandoned_was_never_there(store: Store) -> None:
    transaction = finish(inbound(store).sender(Sender(EVE), ORIGIN))
    finish(transaction.recipient(Recipient(Address("ana", "example.org"))))
    finish(transaction.abandon())
    assert store.spools == []


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[Keeping]:
    """The store of the house, in memory."""
    keeping = Keeping(tmp_path)
    yield keeping
    keeping.sound()
    keeping.close()
    assert not list((tmp_path / "tmp").iterdir())


def read(keeping: Keeping, name: str = "ana@example.org") -> list[bytes]:
    box = finish(keeping.account(name).mailbox("INBOX"))
    return [
        whole(finish(box.content(message.uid))) for message in finish(box.messages())
    ]


@pytest.mark.parametrize("size", [0, 100, 10_000, 300_000, 5_000_000])
def test_in_the_store_of_the_house(keeping: Keeping, size: int) -> None:
    body = MESSAGE + (b"0123456789" * 7 + b"\r\n") * (size // 72)
    blocks = [body[at : at + 65536] for at in range(0, len(body), 65536)]
    way = inbound(keeping.store)
    names = ["ana@example.org", "bob@example.org", "postmaster@example.org"]
    assert finish(bring(way, *names, octets=pieces(*blocks))) == [None] * 3
    for name in names:
        (mail,) = read(keeping, name)
        assert mail.endswith(body)
        assert mail.startswith(b"Return-Path: ")


@pytest.mark.parametrize(
    "level",
    [
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
        b"Content-Type: message/rfc822\r\n\r\n",
    ],
)
def test_a_hundred_thousand_nested_parts_are_scanned_and_kept(
    keeping: Keeping, level: bytes
) -> None:
    body = b"MIME-Version: 1.0\r\n" + level * 100_000
    blocks = [body[at : at + 65536] for at in range(0, len(body), 65536)]
    way = inbound(keeping.store)
    assert finish(bring(way, "ana@example.org", octets=pieces(*blocks))) == [None]
    (mail,) = read(keeping)
    assert mail.endswith(body)


def test_the_store_forgets_what_was_refused(keeping: Keeping) -> None:
    with pytest.raises(Malformed):
        finish(
            bring(
                inbound(keeping.store),
                "ana@example.org",
                octets=broken(Malformed("bare CR")),
            )
        )
    with pytest.raises(Looping):
        finish(
            bring(
                inbound(keeping.store),
                "ana@example.org",
                octets=pieces(b"Received: x\r\n" * 101, b"\r\n"),
            )
        )
    assert read(keeping) == []


def test_contents_are_asked_what_they_are() -> None:
    assert verifyObject(IContent, MemorySpool().seal())


FAR = {"office@example.org": ["carla@example.com.example"]}
EVERYTHING = frozenset({Notify.SUCCESS, Notify.FAILURE, Notify.DELAY})


def test_what_leaves_waits_in_the_queue(store: Store) -> None:
    queue = MemoryQueue(lambda: NOON)
    way = inbound(store, People(aliases=FAR), queue=queue)
    assert finish(bring(way, "office@example.org")) == [None]
    (waiting,) = queue.kept.values()
    (target,) = waiting.envelope.targets
    assert target.recipient.address == Address("office", "example.org")
    assert target.address == Address("carla", "example.com.example")
    assert target.mailbox is None
    assert target.sender is not None
    assert target.sender.local.startswith("SRS0=")
    assert waiting.envelope.sender.address == EVE
    assert waiting.envelope.received == NOON
    assert waiting.content.data.startswith(b"Received: from mail.example.net")
    assert waiting.content.data.endswith(MESSAGE)
    assert store.letters == []


async def wish(way: Inbound, recipient: Recipient) -> None:
    transaction = await way.sender(Sender(EVE), ORIGIN)
    await transaction.recipient(recipient)
    await transaction.content(pieces(MESSAGE))


def test_the_wishes_of_the_sender_go_along(store: Store) -> None:
    queue = MemoryQueue(lambda: NOON)
    team = {"team@example.org": ["x@example.net", "ana@example.org"]}
    way = inbound(store, People(aliases={**FAR, **team}), queue=queue)
    original = OriginalRecipient("rfc822", "someone@example.com")
    for local in ("office", "team", "ana"):
        address = Address(local, "example.org")
        finish(wish(way, Recipient(address, EVERYTHING, original)))
    kept = list(queue.kept.values())
    assert [len(each.envelope.targets) for each in kept] == [1, 2, 1]
    for each in kept:
        for target in each.envelope.targets:
            assert target.recipient.notify == EVERYTHING
            assert target.recipient.original == original


def test_apart_what_leaves_takes_the_others_along(store: Store) -> None:
    queue = MemoryQueue(lambda: NOON)
    way = inbound(store, People(aliases=FAR), queue=queue)
    names = ["ana@example.org", "office@example.org"]
    assert finish(bring(way, *names, together=False)) == [None, None]
    (waiting,) = queue.kept.values()
    assert [each.mailbox for each in waiting.envelope.targets] == ["INBOX", None]
    assert store.letters == []


class FullQueue(MemoryQueue):
    """A queue on a disk without room."""

    async def put(self, envelope: object, content: object) -> None:
        raise NoSpace("there is no room for this now")


@pytest.mark.parametrize("together", [True, False])
def test_what_cannot_be_queued_is_refused(store: Store, together: bool) -> None:
    trail, queue = MemoryTrail(), FullQueue(lambda: NOON)
    way = inbound(store, People(aliases=FAR), queue=queue, trail=trail)
    names = ["ana@example.org", "office@example.org"]
    with pytest.raises(NoSpace):
        finish(bring(way, *names, together=together))
    assert store.letters == []
    assert [each.event for each in trail.steps] == [Event.REFUSED]


def told(trail: MemoryTrail) -> list[tuple[Event, str]]:
    return [(each.event, each.recipient) for each in trail.steps]


def test_the_trail_tells_of_what_was_delivered(store: Store) -> None:
    trail = MemoryTrail()
    body = b"Message-ID: <one@example.net>\r\n\r\n"
    finish(bring(inbound(store, trail=trail), "ana@example.org", octets=pieces(body)))
    received, delivered = trail.steps
    assert received.event is Event.RECEIVED
    assert received.message_id == "<one@example.net>"
    assert received.sender == "eve@example.net"
    assert "192.0.2.1" in received.text
    assert delivered.event is Event.DELIVERED
    assert delivered.recipient == "ana@example.org"
    assert "INBOX" in delivered.text
    assert received.id == delivered.id == store.letters[0].delivery_id
    assert received.at == NOON


def test_the_trail_tells_of_what_was_queued(store: Store) -> None:
    trail = MemoryTrail()
    way = inbound(store, People(aliases=FAR), trail=trail)
    finish(bring(way, "office@example.org", sender=None))
    queued = (Event.QUEUED, "office@example.org")
    assert told(trail) == [(Event.RECEIVED, ""), queued]


def test_the_trail_tells_of_what_was_refused(store: Store) -> None:
    trail = MemoryTrail()
    way = inbound(store, trail=trail)
    for name in ("nobody@example.org", "carla@example.net"):
        with pytest.raises(MailError):
            finish(bring(way, name))
    with pytest.raises(Malformed):
        finish(bring(way, "ana@example.org", octets=broken(Malformed("bare CR"))))
    assert [
        (*two, each.text) for two, each in zip(told(trail), trail.steps, strict=True)
    ] == [
        (Event.REFUSED, "nobody@example.org", "nobody here has this address"),
        (Event.REFUSED, "carla@example.net", "we do not relay for this domain"),
        (Event.REFUSED, "", "bare CR"),
    ]
    assert len({each.id for each in trail.steps}) == 3


def test_the_trail_tells_for_whom_there_was_no_room(store: Store) -> None:
    trail = MemoryTrail()
    finish(store.account("bob@example.org")).octets_limit = 100
    names = ["bob@example.org", "ana@example.org"]
    finish(bring(inbound(store, trail=trail), *names, together=False))
    assert (Event.REFUSED, "bob@example.org") in told(trail)
    assert (Event.DELIVERED, "ana@example.org") in told(trail)


async def guess(way: Inbound, count: int) -> None:
    transaction = await way.sender(Sender(EVE), ORIGIN)
    for number in range(count):
        address = Address(f"guess{number}", "example.org")
        with pytest.raises(NotFound):
            await transaction.recipient(Recipient(address))


def test_those_who_guess_do_not_fill_the_trail(store: Store) -> None:
    trail = MemoryTrail()
    finish(guess(inbound(store, trail=trail), 1000))
    assert len(trail.steps) == 20
