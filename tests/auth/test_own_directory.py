"""The store's own directory behind the gate: SCRAM too, and nobody is cheaper."""

from __future__ import annotations

from functools import partial

import pytest
from auth.client import ScramClient
from auth.people import CHEAP, House, Inline, now

from mailnode.auth.checkers import RealmChecker
from mailnode.auth.domains import Department, portal
from mailnode.auth.gate import Gate
from mailnode.auth.passwords import Passwords
from mailnode.auth.throttle import Throttle
from mailnode.errors import BadCredentials
from mailnode.interfaces.account import IMailAccount
from mailnode.store import migrate
from mailnode.store.database import InlineDatabase
from mailnode.store.directory import Directory
from mailnode.testing import FakePeer, MemoryDelivery


def made() -> tuple[Gate, Inline]:
    inline = Inline()
    passwords = Passwords(inline, cost=CHEAP)
    main = InlineDatabase(":memory:", prepare=migrate.main)
    directory = Directory(main, passwords=passwords, clock=lambda: 0)
    now(directory.add_domain("example.org"))
    kept = now(passwords.secrets("faminta"))
    now(directory.add_person("ana@example.org", kept))
    house = House(directory)
    way_in = portal(
        Department(house.realm(directory), [RealmChecker()]),
        {},
        lambda *_: MemoryDelivery(house.store, {}),
        default_domain="example.org",
    )
    inline.done = 0
    return Gate(way_in, Throttle(lambda: 0), default_domain="example.org"), inline


def peer() -> FakePeer:
    there = FakePeer()
    there.secure = True
    return there


def test_everybody_costs_one_hash() -> None:
    gate, inline = made()
    for user, password, hashes in ((b"ana", b"wrong", 1), (b"nobody", b"wrong", 2)):
        with pytest.raises(BadCredentials):
            now(gate.password(user, password, peer(), IMailAccount))
        assert inline.done == hashes
    account = now(gate.password(b"Ana", b"faminta", peer(), IMailAccount))
    assert account.name == "ana@example.org"


@pytest.mark.parametrize("mechanism", [b"SCRAM-SHA-256-PLUS", b"SCRAM-SHA-1"])
def test_scram_is_on_offer(mechanism: bytes) -> None:
    gate, _ = made()
    assert mechanism in gate.mechanisms(peer())
    client = ScramClient("sha256" if b"256" in mechanism else "sha1", "ana", "faminta")
    if b"PLUS" in mechanism:
        client.gs2, client.binding = "p=tls-exporter,,", b"tls-exporter"
    login = partial(gate.sasl, mechanism, client.speak, None, peer(), IMailAccount)
    assert now(login()).name == "ana@example.org"
    assert client.verified
    client.username = "nobody"
    with pytest.raises(BadCredentials):
        now(login())
    assert client.challenges[-1] == b"e=invalid-proof"
