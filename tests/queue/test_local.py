"""Into mailboxes here: final delivery, each target with an outcome of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from office import MESSAGE, envelope
from store.keeping import now

from mailnode.errors import (
    MailError,
    Malformed,
    NoSpace,
    NotFound,
    NotPermitted,
    OverQuota,
    TooLarge,
    Unavailable,
)
from mailnode.model.envelope import Letter, Target
from mailnode.model.message import CHUNK
from mailnode.model.queue import Claim, Outcome, Result, Stage, Waiting
from mailnode.queue.local import LocalCarrier
from mailnode.testing import MemoryContent, MemorySpool, MemoryStore


def claim(*targets: Target) -> Claim:
    this = replace(envelope("m1", sender="bob@example.net"), targets=targets)
    waiting = (Waiting(n, t, Stage.ACTIVE, 0, 0) for n, t in enumerate(targets))
    return Claim(this, tuple(waiting), "", len(MESSAGE), 0)


def to(*names: str) -> Claim:
    this = envelope(
        "m1", *(f"{n}@example.org" for n in names), sender="bob@example.net"
    )
    return claim(*this.targets)


def carried(store: MemoryStore, what: Claim, octets: bytes = MESSAGE) -> list[Outcome]:
    return list(now(LocalCarrier(store).carry(what, MemoryContent(octets))))


def kept(store: MemoryStore, name: str, mailbox: str = "INBOX") -> list[bytes]:
    box = store.of(f"{name}@example.org").boxes[mailbox]
    return [content.data for _, content in box.kept.values()]


def test_puts_the_return_path_on_top() -> None:
    """RFC 5321, 4.4."""
    store = MemoryStore()
    (outcome,) = carried(store, to("ana"))
    assert outcome.result is Result.DELIVERED
    assert kept(store, "ana") == [b"Return-Path: <bob@example.net>\r\n" + MESSAGE]


def test_a_report_has_the_null_one() -> None:
    store = MemoryStore()
    (target,) = to("ana").envelope.targets
    carried(store, claim(replace(target, sender=None)))
    assert kept(store, "ana") == [b"Return-Path: <>\r\n" + MESSAGE]


def test_into_the_mailbox_that_was_meant() -> None:
    store = MemoryStore()
    now(store.of("ana@example.org").create("lists"))
    (target,) = to("ana").envelope.targets
    (outcome,) = carried(store, claim(replace(target, mailbox="lists")))
    assert outcome.text == "to lists of ana@example.org"
    assert len(kept(store, "ana", "lists")) == 1
    assert kept(store, "ana") == []


def test_once_however_often_it_is_tried() -> None:
    store = MemoryStore()
    for _ in range(3):
        carried(store, to("ana", "ana"))
    assert len(kept(store, "ana")) == 1


def test_each_has_its_own_outcome() -> None:
    store = MemoryStore()
    store.of("ana@example.org").octets_limit = 1
    full, fine = carried(store, to("ana", "carla"))
    assert (full.result, full.status) == (Result.DEFERRED, "4.2.2")
    assert fine.result is Result.DELIVERED
    assert len(kept(store, "carla")) == 1


class Failing(MemoryStore):
    """A store that does not take a message."""

    def __init__(self, error: MailError) -> None:
        super().__init__()
        self.error = error

    async def deliver(self, letter: object, content: object) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "result", "status"),
    [
        (OverQuota("x"), Result.DEFERRED, "4.2.2"),
        (NoSpace("x"), Result.DEFERRED, "4.3.1"),
        (Unavailable("x"), Result.DEFERRED, "4.3.0"),
        (NotFound("x"), Result.FAILED, "5.1.1"),
        (NotPermitted("x"), Result.FAILED, "5.7.1"),
        (TooLarge("x"), Result.FAILED, "5.3.4"),
        (Malformed("x"), Result.FAILED, "5.6.0"),
    ],
)
def test_errors_as_reports_say_them(
    error: MailError, result: Result, status: str
) -> None:
    assert carried(Failing(error), to("ana")) == [Outcome(result, status, "x")]


class FullSpool(MemorySpool):
    """No room at all."""

    def write(self, data: bytes) -> None:
        raise NoSpace("the disk is full")


def test_a_full_disk_puts_off_all(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    monkeypatch.setattr(store, "spool", FullSpool)
    outcomes = carried(store, to("ana", "carla"))
    assert outcomes == [Outcome(Result.DEFERRED, "4.3.1", "the disk is full")] * 2


def test_large_messages_go_by_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    store, pieces = MemoryStore(), list[int]()

    class Measured(MemorySpool):
        def write(self, data: bytes) -> None:
            pieces.append(len(data))
            super().write(data)

    monkeypatch.setattr(store, "spool", Measured)
    carried(store, to("ana"), MESSAGE + b"x" * 3 * CHUNK)
    assert len(pieces) == 5
    assert max(pieces) == CHUNK
    assert len(kept(store, "ana")[0]) > 3 * CHUNK


def test_many_are_one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    store, letters = MemoryStore(), list[Letter]()
    deliver = store.deliver

    async def counted(letter: Letter, content: object) -> None:
        letters.append(letter)
        await deliver(letter, content)

    monkeypatch.setattr(store, "deliver", counted)
    names = [f"user{n}" for n in range(50)]
    outcomes = carried(store, to(*names))
    assert len(letters) == 1
    assert [each.result for each in outcomes] == [Result.DELIVERED] * 50
    store.of("user7@example.org").octets_limit = 1
    again = replace(to(*names), envelope=replace(to(*names).envelope, id="m2"))
    results = [each.result for each in carried(store, again)]
    assert results.count(Result.DELIVERED) == 49
    assert results[7] is Result.DEFERRED
    assert all(len(kept(store, name)) == 2 for name in names if name != "user7")
