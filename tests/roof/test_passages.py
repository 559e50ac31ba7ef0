"""The ways of mail that a configuration opens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from store.keeping import now

from mailnode.config import Config, Submission
from mailnode.delivery.inbound import Inbound
from mailnode.delivery.submission import Submission as Outbound
from mailnode.delivery.submission import SubmissionOptions
from mailnode.errors import TooOften
from mailnode.house import Cellar, House, inline
from mailnode.interfaces.realm import Person
from mailnode.passages import metered, options

ANA = Person("ana@example.org")


@pytest.fixture
def cellar(tmp_path: Path) -> Iterator[Cellar]:
    made = Cellar(Config(data=tmp_path), inline())
    yield made
    now(made.close())


def test_strangers_come_in_and_people_go_out(cellar: Cellar) -> None:
    house = House(Config(hostname="mail.example.org"), cellar)
    stranger = house.way(house.directory, None, None)
    assert isinstance(stranger, Inbound)
    assert house.way(house.directory, None, None) is stranger
    ana = house.way(house.directory, None, ANA)
    assert isinstance(ana, Outbound)
    assert ana.account == "ana@example.org"
    assert ana.agent.directions is stranger.directions


def test_a_reload_that_changes_no_rate_forgets_nothing(cellar: Cellar) -> None:
    config = Config(submission=Submission(messages_per_hour=1))
    for _ in range(2):
        House(config, cellar)
    cellar.rates(config.submission).message(ANA.name, "192.0.2.1")
    rates = cellar.rates(replace(config, hostname="x.example").submission)
    with pytest.raises(TooOften):
        rates.message(ANA.name, "192.0.2.1")
    more = replace(config.submission, messages_per_hour=2)
    cellar.rates(more).message(ANA.name, "192.0.2.1")


def test_rates_do_not_go_by_the_clock_on_the_wall(tmp_path: Path) -> None:
    wall = [1_795_000_000_000]
    cellar = Cellar(Config(data=tmp_path), inline(), lambda: wall[0])
    rates = cellar.rates(Submission(messages_per_hour=2))
    rates.message(ANA.name, "192.0.2.1")
    wall[0] -= 365 * 86_400_000
    rates.message(ANA.name, "192.0.2.1")
    wall[0] += 365 * 86_400_000 * 2
    with pytest.raises(TooOften):
        rates.message(ANA.name, "192.0.2.1")
    now(cellar.close())


def table(said: dict[str, Any]) -> Submission:
    return replace(Submission(), **said)


def test_nothing_is_no_limit() -> None:
    names = [each.name for each in fields(Submission) if "_per_" in each.name]
    free = metered(table(dict.fromkeys(names, 0)), lambda: 0)
    for _ in range(10_000):
        free.message(ANA.name, "192.0.2.1")
        free.recipient(ANA.name)


@pytest.mark.parametrize(
    ("key", "most"),
    [
        ("messages_per_hour", 3),
        ("messages_per_day", 3),
        ("network_messages_per_hour", 3),
    ],
)
def test_each_rate_is_kept(key: str, most: int) -> None:
    rates = metered(table({key: most}), lambda: 0)
    for _ in range(most):
        rates.message(ANA.name, "192.0.2.1")
    with pytest.raises(TooOften, match=f"no more than {most} messages"):
        rates.message(ANA.name, "192.0.2.1")


@pytest.mark.parametrize("key", ["recipients_per_hour", "recipients_per_day"])
def test_recipients_are_counted(key: str) -> None:
    rates = metered(table({key: 1}), lambda: 0)
    rates.recipient(ANA.name)
    with pytest.raises(TooOften, match="no more than 1 recipients"):
        rates.recipient(ANA.name)


def test_options_are_those_of_the_file() -> None:
    said = Submission(
        senders="any",
        any_sender=("ana@example.org",),
        check_from=True,
        address_literals=True,
        hide_client=True,
        max_priority=9,
    )
    assert options(Config(hostname="x.example", submission=said)) == SubmissionOptions(
        hostname="x.example",
        senders="any",
        any_sender=frozenset({"ana@example.org"}),
        check_from=True,
        address_literals=True,
        hide_client=True,
        priority=9,
    )
