"""A claim in hand: called back, and taken up again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from office import envelope
from twisted.internet.defer import CancelledError, Deferred

from mailnode.model.queue import Claim, Stage, Waiting
from mailnode.queue.errand import Errand, Numbers, part, recallable, which


def claim(*numbers: int, lease: int = 1) -> Claim:
    """A claim of some of the targets of a message."""
    this = envelope("m", *(f"bob{n}@example.net" for n in numbers))
    waiting = (
        Waiting(n, each, Stage.ACTIVE, lease, 0)
        for n, each in zip(numbers, this.targets, strict=True)
    )
    return Claim(this, tuple(waiting), "example.net", 1, lease)


def test_a_part_of_a_claim() -> None:
    some = part(claim(0, 1, 2), (0, 2, 7))
    assert which(some) == ("m", (0, 2))
    assert [each.address.local for each in some.envelope.targets] == ["bob0", "bob2"]
    assert which(part(claim(0, 1, 2), (0, 2, 7), without=True)) == ("m", (1,))


@pytest.mark.parametrize(
    ("ours", "theirs", "taken"),
    [
        ((0, 1), (0, 1), True),
        ((0, 1), (0, 1, 2), True),
        ((0, 1), (1, 2), False),
        ((0, 1), (2,), False),
    ],
)
def test_what_is_in_hand_is_taken_up(
    ours: Numbers, theirs: Numbers, *, taken: bool
) -> None:
    errand = Errand(claim(*ours))
    assert errand.takes_up(claim(*theirs, lease=2)) is taken
    assert errand.claim == claim(*ours, lease=2 if taken else 1)


def test_what_is_settled_is_in_nobodys_hand() -> None:
    errand = Errand(claim(0))
    errand.ours = False
    assert not errand.takes_up(claim(0, lease=2))


def test_a_claim_is_not_lost_that_was_got_anew() -> None:
    errand = Errand(claim(0))
    old = errand.claim
    assert errand.takes_up(replace(old, lease=2))
    errand.lose(old)
    assert errand.ours
    errand.lose(errand.claim)
    assert not errand.ours


def test_work_that_heeds_nobody_is_not_waited_for() -> None:
    deaf: Deferred[int] = Deferred(lambda _: None)
    deaf.cancel = lambda: None  # type: ignore[method-assign]  # it is deaf
    heard: list[object] = []
    mine = recallable(deaf)
    _ = mine.addErrback(lambda failure: heard.append(failure.check(CancelledError)))
    mine.cancel()
    assert heard == [CancelledError]
    deaf.callback(1)
    assert len(heard) == 1


def test_work_that_ends_is_waited_for() -> None:
    work: Deferred[int] = Deferred()
    heard: list[int] = []
    _ = recallable(work).addCallback(heard.append)
    work.callback(7)
    assert heard == [7]
