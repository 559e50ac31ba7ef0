"""How much may be handed in, and when to come back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailnode.clock import DAY, HOUR
from mailnode.delivery import rates
from mailnode.delivery.rates import ENTRIES, Meter, Rate, Rates, lasting
from mailnode.errors import TooOften

ANA, BOB = "ana@example.org", "bob@example.org"
MINUTE = 60_000


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def meter(clock: Clock, *limits: tuple[int, int]) -> Meter:
    return Meter("messages", [Rate(*each) for each in limits], clock)


def waits(meter: Meter, key: str = ANA) -> str | None:
    """What is said when it is one too many."""
    try:
        meter.take(key)
    except TooOften as error:
        return str(error)
    return None


def test_so_many_at_once_and_then_one_after_the_other(clock: Clock) -> None:
    hourly = meter(clock, (3, HOUR))
    assert [waits(hourly) for _ in range(3)] == [None] * 3
    said = "no more than 3 messages an hour, try again in 20 minutes"
    assert waits(hourly) == said
    assert waits(hourly) == said  # To ask costs nothing
    assert waits(hourly, BOB) is None
    clock.now += 15 * MINUTE
    assert (waits(hourly) or "").endswith("in 5 minutes")
    clock.now += 5 * MINUTE
    assert waits(hourly) is None
    assert (waits(hourly) or "").endswith("in 20 minutes")
    clock.now += HOUR
    assert [waits(hourly) for _ in range(3)] == [None] * 3


def test_the_day_counts_when_the_hour_is_over(clock: Clock) -> None:
    both = meter(clock, (3, HOUR), (4, DAY))
    assert [waits(both) for _ in range(3)] == [None] * 3
    clock.now += HOUR
    assert waits(both) is None
    said = "no more than 4 messages a day, try again in 5 hours"
    assert waits(both) == said


def test_what_came_to_nothing_is_given_back(clock: Clock) -> None:
    hourly = meter(clock, (3, HOUR))
    assert [waits(hourly) for _ in range(3)] == [None] * 3
    hourly.give_back(ANA, 2)
    assert [waits(hourly) for _ in range(2)] == [None] * 2
    assert waits(hourly) is not None
    hourly.give_back(ANA, 30)
    assert [waits(hourly) for _ in range(3)] == [None] * 3
    assert waits(hourly) is not None


def test_without_rates_there_is_no_limit(clock: Clock) -> None:
    assert [waits(meter(clock)) for _ in range(1000)] == [None] * 1000


def test_it_remembers_so_many_and_no_more(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ENTRIES >= 1000
    monkeypatch.setattr(rates, "ENTRIES", 10)
    hourly = meter(clock, (1, HOUR))
    for number in range(1000):
        hourly.take(str(number))
    ((_, debts),) = hourly.debts
    assert len(debts.until) == 10


@given(st.lists(st.integers(0, 30 * MINUTE), max_size=60), st.integers(1, 5))
def test_never_more_than_twice_the_rate_in_any_period(
    pauses: list[int], most: int
) -> None:
    clock = Clock()
    hourly = meter(clock, (most, HOUR))
    taken = []
    for pause in pauses:
        clock.now += pause
        if waits(hourly) is None:
            taken.append(clock.now)
    for start in taken:
        assert sum(start <= each < start + HOUR for each in taken) <= 2 * most


def all_of(clock: Clock, messages: int, recipients: int, network: int) -> Rates:
    return Rates(
        messages=meter(clock, (messages, HOUR)),
        recipients=meter(clock, (recipients, HOUR)),
        from_network=meter(clock, (network, HOUR)),
    )


def test_a_network_is_counted_over_all_accounts(clock: Clock) -> None:
    rates = all_of(clock, 2, 9, 2)
    rates.message(ANA, "2001:db8::1")
    rates.message(BOB, "2001:db8::2")
    with pytest.raises(TooOften):
        rates.message(ANA, "2001:db8::3")
    rates.message(ANA, "2001:db8:1::")  # ana's own count was not touched
    with pytest.raises(TooOften):
        rates.message(ANA, "192.0.2.1")
    rates.nothing_sent(BOB, "2001:db8::2", 0)
    rates.message(BOB, "2001:db8::3")


@pytest.mark.parametrize("here", ["127.0.0.1", "::1", "unix", "::ffff:127.0.0.1"])
def test_this_machine_is_no_network(clock: Clock, here: str) -> None:
    rates = all_of(clock, 9, 9, 1)
    for _ in range(9):
        rates.message(ANA, here)


def test_recipients_of_what_was_not_sent_do_not_count(clock: Clock) -> None:
    rates = all_of(clock, 9, 2, 9)
    for _ in range(3):
        rates.message(ANA, "192.0.2.1")
        rates.recipient(ANA)
        rates.recipient(ANA)
        with pytest.raises(TooOften):
            rates.recipient(ANA)
        rates.nothing_sent(ANA, "192.0.2.1", 2)


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [
        (1, "1 second"),
        (1001, "2 seconds"),
        (119_000, "119 seconds"),
        (121_000, "3 minutes"),
        (HOUR, "60 minutes"),
        (2 * HOUR, "120 minutes"),
        (2 * HOUR + 1, "3 hours"),
    ],
)
def test_times_for_people(milliseconds: int, said: str) -> None:
    assert lasting(milliseconds) == said
    assert re.fullmatch(r"\d+ \w+", said)
