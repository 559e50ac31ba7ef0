"""App passwords: for one account, for some protocols, beside its own password."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from auth.people import House, People, now
from twisted.cred.credentials import UsernamePassword
from twisted.cred.error import UnauthorizedLogin

from mailnode.auth.checkers import RealmChecker
from mailnode.auth.domains import Department, portal
from mailnode.auth.gate import Gate
from mailnode.auth.throttle import Allowance, Throttle
from mailnode.auth.tokens import AppPasswords
from mailnode.errors import BadCredentials, Throttled
from mailnode.interfaces.account import IMailAccount
from mailnode.model.token import Purpose, Visit, Wish
from mailnode.store import migrate
from mailnode.store.database import InlineDatabase
from mailnode.store.tokens import Tokens
from mailnode.testing import FakePeer, MemoryDelivery

ANA, BOB = "ana@example.org", "bob@example.org"


class Door:
    """A gate before people with app passwords."""

    def __init__(self) -> None:
        self.main = InlineDatabase(prepare=migrate.main)
        self.tokens = Tokens(self.main, lambda: 0)
        self.people = People({ANA: "faminta", BOB: "secret"})
        house = House(self.people)
        way_in = portal(
            Department(house.realm(self.people), [RealmChecker()]),
            {},
            lambda *_: MemoryDelivery(house.store, {}),
            default_domain="example.org",
            tokens=self.tokens,
        )
        few = Allowance(3, 60_000)
        throttle = Throttle(lambda: 0, network=few, account=few)
        self.gate = Gate(way_in, throttle, default_domain="example.org")

    def made(self, *scope: str, purpose: Purpose = Purpose.PASSWORD) -> str:
        """A token of ana's."""
        wish = Wish(ANA, purpose, scope=frozenset(scope))
        return now(self.tokens.issue(wish, Visit())).secret

    def enters(self, user: str, password: str, protocol: str = "imap") -> str:
        """Whose account somebody finds."""
        peer = FakePeer()
        peer.secure, peer.protocol = True, protocol
        said = (user.encode(), password.encode(), peer, IMailAccount)
        return now(self.gate.password(*said)).name


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door()
    yield made
    now(made.main.close())


def test_beside_the_password(door: Door) -> None:
    secret = door.made()
    for name in ("ana", "ANA@example.org"):
        assert door.enters(name, secret) == ANA
        assert door.enters(name, secret.upper()) == ANA
    before = door.people.inline.done
    door.enters("ana", secret)
    assert door.people.inline.done == before, "nothing was hashed"
    assert door.enters("ana", "faminta") == ANA


def test_by_sasl_too(door: Door) -> None:
    from base64 import b64encode  # noqa: PLC0415

    peer = FakePeer()
    peer.secure, peer.protocol = True, "imap"
    secret = door.made("imap")
    said = b64encode(b"\0ana\0" + secret.encode())

    async def ask(_: bytes) -> bytes:
        return said

    assert now(door.gate.sasl(b"PLAIN", ask, None, peer, IMailAccount)).name == ANA


def test_for_its_own_account_alone(door: Door) -> None:
    secret = door.made()
    with pytest.raises(BadCredentials):
        door.enters("bob", secret)


def test_for_its_own_protocols_alone(door: Door) -> None:
    secret = door.made("imap", "submission")
    assert door.enters("ana", secret, "imap") == ANA
    with pytest.raises(BadCredentials):
        door.enters("ana", secret, "pop3")


@pytest.mark.parametrize("purpose", [Purpose.SESSION, Purpose.BEARER])
def test_no_other_token_is_one(door: Door, purpose: Purpose) -> None:
    secret = door.made(purpose=purpose)
    with pytest.raises(BadCredentials):
        door.enters("ana", secret)


def test_who_guesses_must_wait(door: Door) -> None:
    for _ in range(3):
        with pytest.raises(BadCredentials):
            door.enters("ana", "a" * 25)
    with pytest.raises(Throttled):
        door.enters("ana", "a" * 25)


def test_taken_back(door: Door) -> None:
    secret = door.made()
    (token,) = now(door.tokens.belonging(ANA))
    door.enters("ana", secret)
    now(door.tokens.revoke(ANA, token.id))
    with pytest.raises(BadCredentials):
        door.enters("ana", secret)


def test_what_comes_from_elsewhere_than_the_gate(door: Door) -> None:
    secret = door.made()
    checker = AppPasswords(door.tokens, "example.org")
    said = UsernamePassword(b"ana", secret.encode())
    assert now(checker.requestAvatarId(said)) == ANA.encode()
    for wrong in (b"\xff" * 25, b"x" * 2000, b""):
        with pytest.raises(UnauthorizedLogin):
            now(checker.requestAvatarId(UsernamePassword(b"ana", wrong)))


def test_who_is_vouched_for_must_live_here(door: Door) -> None:
    peer = FakePeer()
    assert now(door.gate.vouched(ANA, peer, IMailAccount)).name == ANA
    with pytest.raises(BadCredentials):
        now(door.gate.vouched("eve@example.org", peer, IMailAccount))
