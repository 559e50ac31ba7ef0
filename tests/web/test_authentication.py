"""Who asks: with every request anew, by the same gate as everywhere."""

from __future__ import annotations

from unittest.mock import Mock

from auth.people import CHEAP, Inline, now
from net.test_factories import own_portal
from twisted.cred.portal import Portal
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from web.browser import ANA, Server, basic

from mailnode.auth.gate import Gate
from mailnode.auth.passwords import Passwords
from mailnode.auth.recent import MILLISECONDS, Recent
from mailnode.auth.throttle import Allowance, Throttle
from mailnode.net.rounds import Rounds
from mailnode.testing import MemoryGate, MemoryStore


class Real:
    """A server behind a real gate and a portal."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.rounds = Rounds(self.clock)
        self.logout = Mock()
        portal: Portal = own_portal(MemoryStore(), self.logout)
        few = Allowance(3, 60_000)
        throttle = Throttle(
            lambda: int(self.clock.seconds() * 1000), local=few, account=few
        )
        gate = Gate(portal, throttle, entered=self.rounds.entered)
        self.server = Server(gate, rounds=self.rounds, clock=self.clock)


def test_whoever_came_in_leaves_with_his_answer() -> None:
    real = Real()
    client = real.server.connect()
    for number in range(1, 4):
        assert client.ask("/jmap/session", ANA).status == 200
        assert real.logout.call_count == number
    assert not real.rounds.logouts


def test_those_who_guess_are_told_to_wait() -> None:
    real = Real()
    client = real.server.connect()
    for _ in range(3):
        assert client.ask("/jmap/session", basic("ana", "guess")).status == 401
    heard = client.ask("/jmap/session", basic("ana", "guess"))
    assert (heard.status, heard.fields["Retry-After"]) == (429, "60")
    real.clock.advance(60)
    assert client.ask("/jmap/session", ANA).status == 200


def test_the_log_has_it_once_in_a_while() -> None:
    real = Real()
    client = real.server.connect()

    def told() -> int:
        with capturedLogs() as logged:
            assert client.ask("/jmap/session", ANA).status == 200
        return sum(
            "{name} from {address}" in str(each["log_format"]) for each in logged
        )

    assert [told() for _ in range(3)] == [1, 0, 0]
    for _ in range(11):
        real.clock.advance(59)
        told()
    assert [told(), told()] == [0, 0]
    real.clock.advance(600)
    client = real.server.connect()
    assert told() == 1
    with capturedLogs() as logged:
        client.ask("/jmap/session", basic("ana", "guess"))
    assert [each for each in logged if "refused" in str(each["log_format"])]


def test_a_password_goes_anywhere_that_the_operator_lets_it() -> None:
    gate = MemoryGate(MemoryStore(), {"ana@example.org": "faminta"}, plaintext="never")
    client = Server(gate).connect()
    heard = client.ask("/jmap/session", ANA)
    assert heard.status == 403
    assert "WWW-Authenticate" not in heard.fields


# Passwords that were right a moment ago.


def test_what_was_right_is_not_hashed_again() -> None:
    time = [0]
    inline = Inline()
    people = Passwords(inline, cost=CHEAP, recent=Recent(lambda: time[0]))
    kept = now(people.secrets("faminta")).hash

    def hashed(password: str, wanted: bool, against: str = kept) -> int:
        before = inline.done
        assert now(people.verify(against, password)) is wanted
        return inline.done - before

    assert [hashed("faminta", True) for _ in range(3)] == [1, 0, 0]
    assert [hashed("guess", False) for _ in range(2)] == [1, 1]
    time[0] += MILLISECONDS
    assert [hashed("faminta", True) for _ in range(2)] == [1, 0]
    changed = now(people.secrets("another")).hash
    assert hashed("faminta", False, changed) == 1
    again = now(people.secrets("faminta")).hash
    assert hashed("faminta", True, again) == 1
    assert not now(people.verify(None, "faminta"))


def test_the_one_that_was_right_longest_ago_is_forgotten() -> None:
    recent = Recent(lambda: 0)
    for number in range(10_001):
        recent.note(f"hash{number}", "faminta")
    assert not recent.knows("hash0", "faminta")
    assert recent.knows("hash1", "faminta")
    assert len(recent.until) == 10_000


def test_nothing_of_a_password_is_kept() -> None:
    one, other = Recent(lambda: 0), Recent(lambda: 0)
    for each in (one, other):
        each.note("hash", "faminta")
    assert b"faminta" not in b"".join(one.until)
    assert one.until.keys() != other.until.keys(), "keys are of one process alone"
    assert "faminta" not in repr(one)
