"""Work that is done when it is asked for, or when its time comes.

Whatever ends and comes while it waits for its turn is one piece of work.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from mailnode.queue.errand import started

BREATH = 0.002
"""Seconds from one look at the queue to the next at least: all that ends and comes
meanwhile makes one claim."""


class Waker:
    """Does something whenever it is asked to, or its time comes; never twice at
    once, and with a breath in between.

    @ivar work: returns after how many seconds to do it again.
    @ivar breath: how long that is, in seconds.
    @ivar asked: it is to do it as soon as it may.
    @ivar fresh: when it may, in seconds.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        work: Callable[[], Coroutine[object, None, float]],
        breath: float,
    ) -> None:
        self.reactor = reactor
        self.work = work
        self.breath = breath
        self.asked = False
        self.fresh = 0.0
        self.alarm: IDelayedCall | None = None
        self.at_it: Deferred[None] | None = None

    def wake(self) -> None:
        """Do it now, or soon, or once more after this time."""
        asked, self.asked = self.asked, True
        if not asked and self.at_it is None:
            self.rest()
            wait = self.fresh - self.reactor.seconds()
            if wait > 0:
                self.alarm = self.reactor.callLater(wait, self.begin)
            else:
                self.begin()

    def begin(self) -> None:
        """Do it."""
        self.at_it = Deferred()
        _ = started(self.go_on())

    async def go_on(self) -> None:
        """Do it once, and say when to do it again."""
        self.asked = False
        wait = await self.work()
        done, self.at_it = self.at_it, None
        self.fresh = self.reactor.seconds() + self.breath
        if self.asked:
            self.asked = False
            self.wake()
        else:
            self.alarm = self.reactor.callLater(wait, self.begin)
        if done is not None:
            done.callback(None)

    def rest(self) -> None:
        """Do not wait for the time."""
        if self.alarm is not None and self.alarm.active():
            self.alarm.cancel()
        self.alarm = None
