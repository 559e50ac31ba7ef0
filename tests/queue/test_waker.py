"""Work that is asked for often is done seldom, and never twice at once."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mailnode.queue.waker import Waker

BREATH = 0.5
ROUND = 60.0


class Work:
    """Counts how often it is done, and waits to be let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.holding: Deferred[None] | None = None

    async def __call__(self) -> float:
        self.begun += 1
        if self.holding is not None:
            await self.holding
        return ROUND


def test_all_that_is_asked_within_a_breath_is_one_work() -> None:
    clock, work = Clock(), Work()
    waker = Waker(clock, work, BREATH)
    waker.wake()
    assert work.begun == 1, "the first does not wait"
    for _ in range(3):
        waker.wake()
        clock.advance(BREATH / 4)
    assert work.begun == 1
    clock.advance(BREATH / 4)
    assert work.begun == 2
    clock.advance(ROUND - 1)
    assert work.begun == 2
    clock.advance(1)
    assert work.begun == 3, "its time has come"
    clock.advance(BREATH)
    waker.wake()
    assert work.begun == 4, "nobody waits who has not asked lately"


def test_what_is_asked_meanwhile_is_done_after_it() -> None:
    clock, work = Clock(), Work()
    waker = Waker(clock, work, BREATH)
    holding: Deferred[None] = Deferred()
    work.holding = holding
    waker.wake()
    waker.wake()
    clock.advance(2 * BREATH)
    waker.wake()
    assert work.begun == 1
    work.holding = None
    holding.callback(None)
    assert work.begun == 1
    clock.advance(BREATH)
    assert work.begun == 2
    assert waker.at_it is None
    waker.rest()
    clock.advance(2 * ROUND)
    assert work.begun == 2
    assert not clock.getDelayedCalls()
