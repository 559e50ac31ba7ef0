"""Whoever has come in by HTTP goes out by the same way as everybody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from store.keeping import now

from mailnode.config import Config
from mailnode.errors import BadCredentials
from mailnode.house import Cellar, House, inline
from mailnode.interfaces.delivery import IDelivery, IOutbox
from mailnode.interfaces.passwords import Secrets
from mailnode.model.envelope import Address, Letter
from mailnode.model.vacation import KIND, Vacation
from mailnode.testing.peer import FakePeer

ANA = "ana@example.org"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    config = Config(hostname="mail.example.org", data=tmp_path)
    cellar = Cellar(config, inline())
    now(cellar.directory.add_domain("example.org"))
    now(cellar.directory.add_person(ANA, Secrets("none")))
    yield House(config, cellar)
    now(cellar.close())


def test_the_gate_knows_the_way_out(house: House) -> None:
    delivery = now(house.gate.vouched(ANA, FakePeer(), IDelivery))
    outbox = IOutbox(delivery)
    assert now(outbox.owns(Address("Ana+x", "example.org")))
    assert not now(outbox.owns(Address("bob", "example.org")))
    assert not now(outbox.recall("nothing"))
    with pytest.raises(BadCredentials):
        now(house.gate.vouched("bob@example.org", FakePeer(), IDelivery))


def test_who_is_away_is_answered_for(house: House) -> None:
    """By what is delivered at once as by what comes by the queue."""
    account = now(house.store.account(ANA))
    away = Vacation(enabled=True).written()
    now(account.objects().write(lambda pen: pen.add(KIND, away)))
    spool = house.store.spool()
    spool.write(b"Return-Path: <zoe@example.net>\r\nTo: ana@example.org\r\n\r\nx\r\n")
    content = spool.seal()
    clock = house.cellar.clock()
    for way in (house.everybody.store, house.everybody.inbound.acceptance.store):
        now(way.deliver(Letter(f"d{id(way)}", ((ANA, "INBOX"),), clock), content))
    content.discard()
    (entry,) = now(house.queue.entries())
    assert entry.envelope.sender.address is None
    assert [each.address.key for each in entry.envelope.targets] == ["zoe@example.net"]
