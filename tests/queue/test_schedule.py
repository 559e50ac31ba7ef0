"""When it is tried again (RFC 5321, 4.5.4.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from office import envelope

from mailnode.clock import DAY, HOUR, MINUTE
from mailnode.model.envelope import Deadline
from mailnode.queue.schedule import Schedule

STANDARD = Schedule()
START = 1_795_000_000_000
CHANCES = st.floats(0, 1, exclude_max=True)


def half() -> float:
    return 0.5


def test_waits_longer_each_time_but_not_for_ever() -> None:
    waits = [STANDARD.interval(n, half) // MINUTE for n in range(1, 9)]
    assert waits == [5, 10, 20, 40, 80, 120, 120, 120]
    assert STANDARD.interval(10**6, half) == 2 * HOUR


@given(st.integers(0, 10**9), CHANCES)
def test_chance_moves_a_wait_by_a_quarter(attempts: int, chance: float) -> None:
    middle = STANDARD.interval(attempts, half)
    wait = STANDARD.interval(attempts, lambda: chance)
    assert 0.75 * middle - 1 <= wait <= 1.25 * middle


def test_what_fails_together_does_not_come_back_together() -> None:
    assert STANDARD.interval(1, lambda: 0.1) != STANDARD.interval(1, lambda: 0.9)


def test_lives_five_days() -> None:
    assert STANDARD.expires(envelope("m", "bob@example.net")) == START + 5 * DAY
    report = envelope("m", "bob@example.net", sender="")
    assert STANDARD.expires(report) == START + 2 * DAY


def test_what_is_held_begins_to_live_later() -> None:
    held = envelope("m", "bob@example.net", hold_until=START + 9 * DAY)
    assert STANDARD.expires(held) == START + 14 * DAY
    assert STANDARD.warns(held) == START + 9 * DAY + 4 * HOUR


@pytest.mark.parametrize(
    ("deadline", "warns", "expires"),
    [
        (Deadline(START + HOUR, returned=True), 4 * HOUR, HOUR),
        (Deadline(START + 9 * DAY, returned=True), 4 * HOUR, 5 * DAY),
        (Deadline(START + HOUR, returned=False), HOUR, 5 * DAY),
        (Deadline(START + 2 * DAY, returned=False), 2 * DAY, 5 * DAY),
    ],
)
def test_deadlines(deadline: Deadline, warns: int, expires: int) -> None:
    """RFC 2852, 4.1."""
    urgent = envelope("m", "bob@example.net", deadline=deadline)
    assert STANDARD.warns(urgent) == START + warns
    assert STANDARD.expires(urgent) == START + expires


@given(st.integers(0, 6 * DAY), st.integers(1, 100), CHANCES)
def test_the_next_try_is_later_and_skips_nothing(
    age: int, attempts: int, chance: float
) -> None:
    this, now = envelope("m", "bob@example.net"), START + age
    due = STANDARD.again(this, attempts, now, lambda: chance)
    assert due > now
    for mark in (STANDARD.warns(this), STANDARD.expires(this)):
        assert not now < mark < due
