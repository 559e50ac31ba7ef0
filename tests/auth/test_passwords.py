"""Passwords are hashed well, a few at a time, and cost the same for everybody."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from argon2 import PasswordHasher
from auth.people import CHEAP, Inline, now
from twisted.internet.defer import CancelledError, Deferred

from mailnode.auth import keys, passwords
from mailnode.auth.passwords import Cost, Passwords, Turns
from mailnode.errors import Unavailable


def made(**options: Any) -> tuple[Passwords, Inline]:
    inline = Inline()
    return Passwords(inline, cost=CHEAP, **options), inline


def test_the_right_password_and_no_other() -> None:
    people, _ = made()
    kept = now(people.secrets("faminta")).hash
    assert kept.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert now(people.verify(kept, "faminta"))
    assert not now(people.verify(kept, "Faminta"))
    assert not now(people.verify(kept, ""))
    assert not now(people.verify(kept, "a\0b"))


def test_equal_passwords_in_other_octets() -> None:
    people, _ = made()
    kept = now(people.secrets("caf\u00e9")).hash
    assert now(people.verify(kept, "cafe\u0301"))


def test_no_two_salts_are_alike() -> None:
    people, _ = made()
    one, other = now(people.secrets("faminta")), now(people.secrets("faminta"))
    assert one.hash != other.hash
    salts = {each.salt for secrets in (one, other) for each in secrets.scram.values()}
    assert len(salts) == 4


def test_chance_is_handed_in() -> None:
    one, _ = made(random=lambda octets: b"x" * octets)
    assert now(one.secrets("faminta")) == now(one.secrets("faminta"))


def test_scram_keys_are_made_with_it() -> None:
    people, _ = made()
    scram = now(people.secrets("faminta")).scram
    assert set(scram) == {"SCRAM-SHA-256", "SCRAM-SHA-1"}
    for mechanism, kept in scram.items():
        salted = keys.salted_password(mechanism, "faminta", kept.salt, CHEAP.iterations)
        assert keys.keys_of(mechanism, salted, kept.salt, CHEAP.iterations) == kept


def test_the_iterations_are_not_too_few() -> None:
    # RFC 7677, 4; and what a client with Cyrus SASL agrees to compute.
    assert 4096 <= keys.ITERATIONS <= 65_536


@pytest.mark.parametrize("password", ["", "a\0b", "\x07", "a" * 2000])
def test_what_can_be_no_password(password: str) -> None:
    people, inline = made()
    with pytest.raises(ValueError, match="a password has"):
        now(people.secrets(password))
    assert inline.done == 0


def test_somebody_unknown_costs_as_much() -> None:
    """The same number of hashes, at the same cost, and never a yes."""
    people, inline = made()
    kept = now(people.secrets("faminta")).hash
    hashed: list[str] = []
    verify = people._verify

    def spied(kept: str, password: str) -> bool:
        hashed.append(kept)
        return verify(kept, password)

    people._verify = spied  # type: ignore[method-assign]  # spied upon
    inline.done = 0
    for against in (kept, None):
        for typed in ("faminta", "wrong", "", "a\0b"):
            assert now(people.verify(against, typed)) is (
                against is not None and typed == "faminta"
            )
    assert inline.done == len(hashed) == 8
    assert {each.rpartition("$")[0].rpartition("$")[0] for each in hashed} == {
        "$argon2id$v=19$m=8,t=1,p=1"
    }
    assert {len(each) for each in hashed} == {len(kept)}


@pytest.mark.parametrize(
    "kept",
    ["$2b$12$abcdefghijklmnopqrstuu", "$6$salt$hash", "faminta", "", "$argon2i$"],
)
def test_other_kinds_of_hashes_are_refused(kept: str) -> None:
    people, _ = made()
    assert not people.recognises(kept)
    with pytest.raises(ValueError, match="is not argon2id") as refusal:
        now(people.verify(kept, "faminta"))
    assert "faminta" not in str(refusal.value)


def test_a_broken_hash_is_said_to_be_broken() -> None:
    people, _ = made()
    for kept in ("$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$!!$!!"):
        with pytest.raises(ValueError, match="cannot be read"):
            now(people.verify(kept, "faminta"))
    with pytest.raises(ValueError, match="cannot be read"):
        people.outdated(replace(now(people.secrets("faminta")), hash="$argon2id$x"))


@pytest.mark.parametrize(
    "cost",
    [
        replace(CHEAP, time=2),
        replace(CHEAP, memory=16),
        replace(CHEAP, iterations=5000),
    ],
)
def test_outdated_at_another_cost(cost: Cost) -> None:
    people, _ = made()
    dearer = Passwords(Inline(), cost=cost)
    kept = now(people.secrets("faminta"))
    assert not people.outdated(kept)
    assert dearer.outdated(kept)
    assert now(dearer.verify(kept.hash, "faminta"))
    assert not dearer.outdated(now(dearer.secrets("faminta")))


def test_outdated_without_keys_for_a_mechanism() -> None:
    people, _ = made()
    kept = now(people.secrets("faminta"))
    assert people.outdated(replace(kept, scram={}))


def test_the_cost_is_what_owasp_asks_for() -> None:
    hasher = Passwords(Inline()).hasher
    assert (hasher.time_cost, hasher.memory_cost, hasher.parallelism) == (2, 19456, 1)
    assert PasswordHasher().check_needs_rehash(Passwords(Inline()).dummy)


def test_secrets_do_not_show() -> None:
    people, _ = made()
    secrets = now(people.secrets("faminta"))
    shown = repr(secrets) + repr(secrets.scram)
    assert secrets.hash not in shown
    for each in secrets.scram.values():
        assert repr(each.stored_key) not in shown
        assert b64encode(each.stored_key).decode() not in shown


class Thread:
    """Work that is done when the test says so."""

    def __init__(self) -> None:
        self.begun: list[tuple[Callable[[], Any], Deferred[Any]]] = []

    def __call__(self, work: Callable[[], Any]) -> Awaitable[Any]:
        done: Deferred[Any] = Deferred()
        self.begun.append((work, done))
        return done

    def finish(self) -> None:
        work, done = self.begun.pop(0)
        done.callback(work())


def run(turns: Turns, work: Callable[[], Any]) -> tuple[Deferred[Any], list[Any]]:
    results: list[Any] = []
    running = Deferred.fromCoroutine(turns.run(work))
    _ = running.addBoth(results.append)
    return running, results


def test_few_at_a_time() -> None:
    thread = Thread()
    turns = Turns(thread, at_once=2, waiting=2)
    outcomes = [run(turns, partial(int, n))[1] for n in range(4)]
    assert len(thread.begun) == 2
    with pytest.raises(Unavailable, match="too many"):
        now(turns.run(lambda: 4))
    while thread.begun:
        thread.finish()
    assert outcomes == [[0], [1], [2], [3]]
    assert turns.room == 4


def test_who_gives_up_keeps_his_thread_and_loses_his_place() -> None:
    thread = Thread()
    turns = Turns(thread, at_once=1, waiting=3)
    working, given_up = run(turns, lambda: "first")
    waiting, never = run(turns, lambda: pytest.fail("nobody wants this"))
    _, last = run(turns, lambda: "last")
    working.cancel()
    waiting.cancel()
    assert given_up[0].check(CancelledError)
    assert never[0].check(CancelledError)
    assert len(thread.begun) == 1  # the thread goes on, nobody took its place
    thread.finish()
    assert len(thread.begun) == 1
    thread.finish()
    assert last == ["last"]
    assert turns.room == 4


def test_what_work_raises_is_raised() -> None:
    turns = Turns(Inline(), at_once=1, waiting=0)
    with pytest.raises(ZeroDivisionError):
        now(turns.run(lambda: 1 // 0))
    assert now(turns.run(lambda: "again")) == "again"


def test_constants_are_sane() -> None:
    assert passwords.AT_ONCE * passwords.MEMORY <= 64 * 2**10
