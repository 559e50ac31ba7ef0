"""Tokens: found by their secrets, of which nothing is kept; taken back, and told of."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import Mock

import pytest
from store.keeping import ANA, BOB, Clock, now

from mailnode.errors import NotFound, NotPermitted, TooMany
from mailnode.model.token import Issued, Purpose, Visit, Wish
from mailnode.store import migrate
from mailnode.store.database import InlineDatabase
from mailnode.store.tokens import COARSE, LETTERS, MOST, Tokens

HOME = Visit("192.0.2.1", "Browser 1.0")
DAY = 86_400_000


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> Iterator[Tokens]:
    main = InlineDatabase(prepare=migrate.main)
    yield Tokens(main, clock)
    now(main.close())


def issued(
    tokens: Tokens, purpose: Purpose, account: str = ANA, lasts: int = 0
) -> Issued:
    return now(tokens.issue(Wish(account, purpose, "it", lasts), HOME))


@pytest.mark.parametrize("purpose", Purpose)
def test_found_by_its_secret_and_purpose(tokens: Tokens, purpose: Purpose) -> None:
    made = issued(tokens, purpose)
    assert now(tokens.find(made.secret, purpose)) == made.token
    for other in Purpose:
        if other is not purpose:
            assert now(tokens.find(made.secret, other)) is None
    assert now(tokens.find(made.secret[:-1], purpose)) is None
    assert now(tokens.find("", purpose)) is None
    assert now(tokens.find("\ud800", purpose)) is None


def test_nothing_of_a_secret_is_kept(tokens: Tokens) -> None:
    made = issued(tokens, Purpose.SESSION)
    assert len(made.secret) == 43, "256 bits"
    assert made.secret not in repr(made)
    rows = now(tokens.main.read(lambda tx: list(tx.execute("SELECT * FROM token"))))
    assert len(rows) == 1
    assert made.secret not in repr(rows)


def test_an_app_password_may_be_typed(tokens: Tokens) -> None:
    made = issued(tokens, Purpose.PASSWORD)
    groups = made.secret.split("-")
    assert [len(each) for each in groups] == [5] * 5
    assert set("".join(groups)) <= set(LETTERS)
    for said in (made.secret.upper(), " ".join(groups), "".join(groups)):
        assert now(tokens.find(said, Purpose.PASSWORD)) == made.token


def test_a_session_lasts_from_its_last_use(tokens: Tokens, clock: Clock) -> None:
    made = issued(tokens, Purpose.SESSION, lasts=DAY)
    for _ in range(3):
        clock.moment += DAY - 1
        found = now(tokens.find(made.secret, Purpose.SESSION))
        assert found is not None
        now(tokens.used(found, Visit("192.0.2.2", "Browser\r\n2.0")))
    (seen,) = now(tokens.belonging(ANA))
    assert (seen.seen, seen.last) == (clock.moment, Visit("192.0.2.2", "Browser  2.0"))
    clock.moment += DAY
    assert now(tokens.find(made.secret, Purpose.SESSION)) is None
    assert now(tokens.belonging(ANA)) == []


def test_that_it_is_used_is_not_written_down_each_time(
    tokens: Tokens, clock: Clock
) -> None:
    made = issued(tokens, Purpose.BEARER)
    clock.moment += COARSE - 1
    now(tokens.used(made.token, Visit("192.0.2.9")))
    assert now(tokens.belonging(ANA)) == [made.token]
    clock.moment += 1
    now(tokens.used(made.token, Visit("192.0.2.9")))
    (seen,) = now(tokens.belonging(ANA))
    assert (seen.last.address, seen.expires) == ("192.0.2.9", None)


def test_taken_back_by_its_owner_alone(tokens: Tokens) -> None:
    made, told, other = issued(tokens, Purpose.SESSION), Mock(), Mock()
    tokens.watch(ANA, made.token.id, told)
    tokens.watch(ANA, made.token.id + 1, other)
    with pytest.raises(NotFound):
        now(tokens.revoke(BOB, made.token.id))
    told.assert_not_called()
    now(tokens.revoke(ANA, made.token.id))
    told.assert_called_once_with()
    other.assert_not_called()
    assert now(tokens.find(made.secret, Purpose.SESSION)) is None
    with pytest.raises(NotFound):
        now(tokens.revoke(ANA, made.token.id))


def test_all_others_are_taken_back(tokens: Tokens) -> None:
    kept, gone = issued(tokens, Purpose.SESSION), issued(tokens, Purpose.SESSION)
    phone, robot = issued(tokens, Purpose.PASSWORD), issued(tokens, Purpose.BEARER)
    bob = issued(tokens, Purpose.SESSION, BOB)
    told = {each: Mock() for each in (0, kept.token.id, gone.token.id, phone.token.id)}
    for number, each in told.items():
        tokens.watch(ANA, number, each)
    both = (Purpose.SESSION, Purpose.PASSWORD)
    now(tokens.revoke_all(ANA, both, keep=kept.token.id))
    assert now(tokens.belonging(ANA)) == [kept.token, robot.token]
    assert now(tokens.belonging(BOB)) == [bob.token]
    calls = {number: each.call_count for number, each in told.items()}
    assert calls == {0: 1, kept.token.id: 0, gone.token.id: 1, phone.token.id: 1}


def test_whoever_watches_no_more_is_not_told(tokens: Tokens) -> None:
    made, told, another = issued(tokens, Purpose.SESSION), Mock(), Mock()
    stop = tokens.watch(ANA, made.token.id, told)
    tokens.watch(ANA, made.token.id, another)
    stop()
    stop()
    now(tokens.revoke(ANA, made.token.id))
    told.assert_not_called()
    another.assert_called_once_with()
    assert tokens.watchers == {}


def test_what_has_expired_is_swept_out(tokens: Tokens, clock: Clock) -> None:
    made, stays, told = (
        issued(tokens, Purpose.SESSION, lasts=DAY),
        issued(tokens, Purpose.BEARER),
        Mock(),
    )
    tokens.watch(ANA, made.token.id, told)
    now(tokens.sweep())
    told.assert_not_called()
    clock.moment += DAY
    now(tokens.sweep())
    told.assert_called_once_with()
    assert now(tokens.belonging(ANA)) == [stays.token]


def test_there_are_only_so_many(tokens: Tokens, clock: Clock) -> None:
    first, told = issued(tokens, Purpose.SESSION), Mock()
    tokens.watch(ANA, first.token.id, told)
    for purpose in (Purpose.SESSION, Purpose.BEARER):
        clock.moment += 1
        for _ in range(MOST - (purpose is Purpose.SESSION)):
            issued(tokens, purpose)
    told.assert_not_called()
    issued(tokens, Purpose.SESSION)
    told.assert_called_once_with()
    with pytest.raises(TooMany):
        issued(tokens, Purpose.BEARER)
    issued(tokens, Purpose.BEARER, BOB)


def test_what_no_token_can_be(tokens: Tokens) -> None:
    for wish in (
        Wish(ANA, Purpose.BEARER, "x" * 101),
        Wish(ANA, Purpose.BEARER, scope=frozenset({"gopher"})),
    ):
        with pytest.raises(NotPermitted):
            now(tokens.issue(wish, HOME))
    agent = "x" * 1000
    made = now(tokens.issue(Wish(ANA, Purpose.BEARER), Visit("192.0.2.1", agent)))
    assert made.token.last.agent == "x" * 300
