"""The throttle: slower for those who guess, and for nobody else."""

from __future__ import annotations

import pytest
from auth.people import now
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from mailnode.auth.throttle import (
    ACCOUNT,
    KNOWN,
    LOCAL,
    NETWORK,
    Attempt,
    Throttle,
)
from mailnode.debts import Debts
from mailnode.errors import Throttled

ANA, BOB = "ana@example.org", "bob@example.org"


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now


def made() -> tuple[Throttle, Clock]:
    clock = Clock()
    return Throttle(clock), clock


def guesses(throttle: Throttle, address: str, account: str, local: bool = False) -> int:
    """How many guesses in a row are let through."""
    for count in range(10_000):
        try:
            now(throttle.begin(address, account, local=local))
        except Throttled:
            return count
    raise AssertionError("no end of it")


def test_an_account_can_be_guessed_at_only_so_often() -> None:
    throttle, clock = made()
    assert guesses(throttle, "192.0.2.1", ANA) == ACCOUNT.burst
    assert guesses(throttle, "198.51.100.1", ANA) == 0
    clock.now += ACCOUNT.every - 1
    assert guesses(throttle, "198.51.100.1", ANA) == 0
    clock.now += 1
    assert guesses(throttle, "198.51.100.1", ANA) == 1
    clock.now += ACCOUNT.every * ACCOUNT.burst * 2
    assert guesses(throttle, "198.51.100.1", ANA) == ACCOUNT.burst


def test_a_network_can_guess_only_so_often() -> None:
    throttle, clock = made()
    names = (f"{n}@example.org" for n in range(1000))
    for _ in range(NETWORK.burst):
        now(throttle.begin("192.0.2.1", next(names)))
    with pytest.raises(Throttled, match="wait 30 seconds"):
        now(throttle.begin("192.0.2.1", next(names)))
    now(throttle.begin("192.0.2.2", next(names)))
    clock.now += NETWORK.every
    now(throttle.begin("192.0.2.1", next(names)))


def test_many_at_a_time_are_no_way_round() -> None:
    """Guesses count before their outcome is known."""
    throttle, _ = made()
    attempts = [now(throttle.begin("192.0.2.1", ANA)) for _ in range(ACCOUNT.burst)]
    assert guesses(throttle, "192.0.2.1", ANA) == 0
    attempts[0].succeeded()
    assert guesses(throttle, "192.0.2.1", ANA) == KNOWN.burst


def test_passwords_being_checked_are_waited_for() -> None:
    """A hundred telephones come back at once, and all of them get in."""
    throttle, _ = made()
    begun: list[Attempt] = []
    for _ in range(100):
        begin(throttle, begun)
    assert len(begun) == ACCOUNT.burst
    while begun:
        attempt = begun.pop(0)
        attempt.succeeded()
        attempt.over()
    assert throttle.waiting == 0
    assert not throttle.accounts.pending
    assert not throttle.accounts.waiting
    assert not throttle.known.pending


def test_wrong_passwords_are_waited_for_in_vain() -> None:
    throttle, _ = made()
    begun: list[Attempt] = []
    outcomes = [begin(throttle, begun) for _ in range(100)]
    for attempt in begun[:]:
        attempt.over()
    assert len(begun) == ACCOUNT.burst
    refused = [each for each in outcomes if each and each[0].check(Throttled)]
    assert len(refused) == 100 - ACCOUNT.burst


def test_nobody_waits_for_what_a_client_draws_out() -> None:
    throttle, _ = made()
    for _ in range(ACCOUNT.burst):
        now(throttle.begin("192.0.2.1", ANA))
    with pytest.raises(Throttled):
        now(throttle.begin("192.0.2.2", ANA, brief=True))


def test_who_gives_up_waiting_is_forgotten() -> None:
    throttle, _ = made()
    begun: list[Attempt] = []
    for _ in range(ACCOUNT.burst):
        begin(throttle, begun)
    given_up = Deferred.fromCoroutine(throttle.begin("192.0.2.1", ANA, brief=True))
    outcome: list[Failure] = []
    _ = given_up.addErrback(outcome.append)
    assert throttle.waiting == 1
    given_up.cancel()
    assert outcome[0].check(CancelledError)
    assert throttle.waiting == 0
    for attempt in begun:
        attempt.succeeded()
        attempt.over()


def test_not_everybody_can_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailnode.auth.throttle.WAITING", 2)
    throttle, _ = made()
    begun: list[Attempt] = []
    outcomes = [begin(throttle, begun) for _ in range(ACCOUNT.burst + 3)]
    assert [bool(each) for each in outcomes] == [False] * (ACCOUNT.burst + 2) + [True]
    assert outcomes[-1][0].check(Throttled)


def begin(throttle: Throttle, begun: list[Attempt]) -> list[Failure]:
    """Begin to check a password; what it ended with, if it may not."""
    ended: list[Failure] = []
    attempt = Deferred.fromCoroutine(throttle.begin("192.0.2.1", ANA, brief=True))
    _ = attempt.addCallbacks(begun.append, ended.append)
    return ended


def test_who_gets_in_is_forgiven_his_mistakes() -> None:
    throttle, _ = made()
    for _ in range(ACCOUNT.burst - 1):
        now(throttle.begin("192.0.2.1", ANA))
    now(throttle.begin("192.0.2.1", ANA)).succeeded()
    assert throttle.networks.whole.owed("192.0.2.1", throttle.clock()) == 0
    assert throttle.accounts.whole.owed(ANA, throttle.clock()) == 0


def test_nobody_is_forgiven_for_what_others_did() -> None:
    throttle, _ = made()
    guesses(throttle, "198.51.100.1", ANA)
    guesses(throttle, "192.0.2.1", BOB)
    assert guesses(throttle, "203.0.113.1", ANA) == 0
    throttle.friends.clear()
    throttle, _ = made()
    now(throttle.begin("198.51.100.1", ANA))
    now(throttle.begin("192.0.2.1", BOB))
    now(throttle.begin("192.0.2.1", ANA)).succeeded()
    assert throttle.networks.whole.owed("192.0.2.1", throttle.clock()) == NETWORK.every
    assert throttle.accounts.whole.owed(ANA, throttle.clock()) == ACCOUNT.every


def test_an_account_of_ones_own_buys_no_guesses() -> None:
    """Logging in to one's own between guesses leaves the guesses counted."""
    throttle, _ = made()
    tried = 0
    try:
        for number in range(1000):
            now(throttle.begin("192.0.2.1", "mallory@example.org")).succeeded()
            now(throttle.begin("192.0.2.1", f"victim{number}@example.org"))
            tried += 1
    except Throttled:
        pass
    assert tried == NETWORK.burst


def test_old_mistakes_are_not_forgiven_twice() -> None:
    """What has leaked away already cannot be taken out again."""
    throttle, clock = made()
    for _ in range(10):
        now(throttle.begin("192.0.2.1", "mallory@example.org"))
    clock.now += 10 * ACCOUNT.every
    for number in range(NETWORK.burst - 1):
        now(throttle.begin("192.0.2.1", f"victim{number}@example.org"))
    now(throttle.begin("192.0.2.1", "mallory@example.org")).succeeded()
    assert guesses(throttle, "192.0.2.1", "another@example.org") == 1


def test_a_stranger_locks_nobody_out() -> None:
    throttle, _ = made()
    now(throttle.begin("192.0.2.1", ANA)).succeeded()
    guesses(throttle, "198.51.100.1", ANA)
    assert guesses(throttle, "203.0.113.1", ANA) == 0
    now(throttle.begin("192.0.2.1", ANA)).succeeded()
    assert guesses(throttle, "192.0.2.1", BOB) > 0
    guesses(throttle, "192.0.2.1", "x@example.org")
    now(throttle.begin("192.0.2.1", ANA)).succeeded()


def test_a_known_network_is_judged_all_the_same() -> None:
    throttle, clock = made()
    now(throttle.begin("192.0.2.1", ANA)).succeeded()
    assert guesses(throttle, "192.0.2.1", ANA) == KNOWN.burst
    clock.now += KNOWN.every
    assert guesses(throttle, "192.0.2.1", ANA) == 1


def test_this_host_is_trusted_further() -> None:
    throttle, _ = made()
    known = sum(
        guesses(throttle, "127.0.0.1", f"{n}@example.org", local=True)
        for n in range(30)
    )
    assert known == LOCAL.burst
    assert guesses(throttle, "unix", ANA, local=True) == ACCOUNT.burst


def test_what_was_never_tried_does_not_count() -> None:
    throttle, _ = made()
    for _ in range(1000):
        now(throttle.begin("192.0.2.1", ANA)).void()
    assert guesses(throttle, "192.0.2.1", ANA) == ACCOUNT.burst


def test_memory_is_bounded() -> None:
    clock = Clock()
    throttle = Throttle(clock, entries=100)
    for number in range(1000):
        address = f"10.0.{number // 250}.{number % 250}"
        now(throttle.begin(address, f"{number}@example.org"))
        now(throttle.begin(address, f"own{number}@example.org")).succeeded()
    for buckets in (throttle.networks, throttle.accounts, throttle.known):
        assert len(buckets.whole.until) <= 100
        assert len(buckets.parts.until) <= 100
    assert len(throttle.friends) == 100


def test_the_least_recently_used_goes_first() -> None:
    debts = Debts(2)
    for key in ("a", "b", "a", "c"):
        debts.add(key, 10, 0)
    assert list(debts.until) == ["a", "c"]
    debts.add("a", -20, 5)
    assert list(debts.until) == ["c"]


class Guessing(RuleBasedStateMachine):
    """Whatever is done, the parts of a bucket never hold more than the bucket."""

    def __init__(self) -> None:
        super().__init__()
        self.throttle, self.clock = made()

    @rule(
        address=st.sampled_from(["192.0.2.1", "198.51.100.1"]),
        account=st.sampled_from([ANA, BOB]),
        outcome=st.sampled_from(["wrong", "right", "void"]),
        later=st.integers(0, 100_000),
    )
    def attempt(self, address: str, account: str, outcome: str, later: int) -> None:
        self.clock.now += later
        try:
            attempt = now(self.throttle.begin(address, account))
        except Throttled:
            return
        if outcome == "right":
            attempt.succeeded()
        elif outcome == "void":
            attempt.void()

    @invariant()
    def nothing_is_forgiven_that_was_not_done(self) -> None:
        now = self.clock.now
        for buckets, side in ((self.throttle.networks, 0), (self.throttle.accounts, 1)):
            for key in buckets.whole.until:
                parts = [part for part in buckets.parts.until if part[side] == key]  # type: ignore[index]  # pairs
                owed = sum(buckets.parts.owed(part, now) for part in parts)
                assert owed <= buckets.whole.owed(key, now)


TestGuessing = Guessing.TestCase
