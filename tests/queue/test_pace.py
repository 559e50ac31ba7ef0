"""How many at a time, and who does not answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from office import NO_ANSWER, RELAYED, envelope

from mailnode.model.envelope import HERE
from mailnode.model.queue import Claim, Outcome, Result, Stage, Waiting
from mailnode.queue import pace
from mailnode.queue.pace import FAILING, LOCAL, Pace, unreached


def claim(to: str = "bob@example.net", attempts: int = 0) -> Claim:
    this = envelope("m", to)
    last = NO_ANSWER if attempts else None
    waiting = tuple(
        Waiting(n, each, Stage.ACTIVE, 0, attempts, last=last)
        for n, each in enumerate(this.targets)
    )
    return Claim(this, waiting, this.targets[0].destination, 1, 0)


def test_everybody_together_and_each_apart() -> None:
    ours = Pace(total=3, each=2)
    assert ours.room() == 2, "they may all be for one destination"
    assert ours.begin("example.net")
    assert ours.room() == 1, "a second one of example.net must not come in vain"
    assert ours.begin("example.net")
    assert not ours.begin("example.net")
    assert ours.busy() == {"example.net"}
    assert ours.room() == 1
    assert ours.begin("example.com")
    assert ours.room() == 0
    ours.end("example.net")
    assert ours.room() == 1
    assert not ours.busy()


def test_here_has_room_of_its_own() -> None:
    ours = Pace(total=1, each=1)
    assert ours.begin("example.net")
    assert ours.room() == 0
    assert ours.left(HERE) == LOCAL
    assert all(ours.begin(HERE) for _ in range(LOCAL))
    assert ours.busy() == {"example.net", HERE}


def test_who_fails_is_asked_by_one_at_a_time() -> None:
    ours = Pace(total=10, each=5)
    assert ours.failed(claim(), began=0, now=10) == 1
    assert ours.begin("example.net")
    assert not ours.begin("example.net")
    ours.end("example.net")
    assert ours.answered("example.net", 20)
    assert ours.left("example.net") == 5
    assert not ours.answered("example.net", 30)


def test_what_began_before_says_nothing_new() -> None:
    ours = Pace(total=10, each=5)
    assert ours.failed(claim(), began=0, now=10) == 1
    assert ours.failed(claim(), began=5, now=11) == 0
    assert ours.failed(claim(), began=20, now=21) == 2


def test_who_answers_others_does_not_fail() -> None:
    ours = Pace(total=10, each=5)
    assert ours.begin("example.net")
    assert ours.begin("example.net")
    ours.answered("example.net", 5)
    assert ours.failed(claim(), began=0, now=60) == 0
    ours.end("example.net")
    ours.end("example.net")
    assert ours.failed(claim(), began=70, now=80) == 1
    assert not ours.heard


def test_after_a_restart_the_message_knows() -> None:
    assert Pace(10, 5).failed(claim(attempts=6), began=0, now=1) == 7
    busy = claim(attempts=6)
    full = Outcome(Result.DEFERRED, "4.2.2", "the mailbox is full")
    waiting = tuple(replace(each, last=full) for each in busy.waiting)
    other = replace(busy, waiting=waiting)
    assert Pace(10, 5).failed(other, began=0, now=1) == 1


def test_remembers_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    assert FAILING >= 1000
    monkeypatch.setattr(pace, "FAILING", 3)
    ours = Pace(10, 5)
    for n in range(5):
        ours.failed(claim(f"bob@{n}.example"), began=0, now=1)
    assert list(ours.failing) == ["2.example", "3.example", "4.example"]


@pytest.mark.parametrize(
    ("outcome", "whole"),
    [
        (NO_ANSWER, True),
        (Outcome(Result.DEFERRED, "4.3.2", "421 going down"), True),
        (Outcome(Result.DEFERRED, "4.4.3", "no answer of the DNS"), True),
        (Outcome(Result.DEFERRED, "4.2.2", "full"), False),
        (Outcome(Result.DEFERRED, "4.7.1", "greylisted"), False),
        (Outcome(Result.FAILED, "5.4.4", "no route"), False),
        (RELAYED, False),
    ],
)
def test_whose_fault_it_is(outcome: Outcome, *, whole: bool) -> None:
    assert unreached([outcome]) is whole
    assert not unreached([outcome, RELAYED])
