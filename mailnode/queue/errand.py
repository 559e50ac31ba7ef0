"""A claim that is being tried, and how that can be stopped (RFC 5321, 4.5.4.1)."""

from __future__ import annotations

from typing import TypeVar, cast

from twisted.internet.defer import Deferred, DeferredLock
from twisted.python.failure import Failure

from mailnode.model.queue import Claim

T = TypeVar("T")


class Errand:
    """A claim that is being tried.

    @ivar turn: the claim is renewed, or settled, but never both at once.
    @ivar doing: what can be called back.
    @ivar lost: somebody else has the claim by now.
    @ivar slow: it takes so long that others need not wait for it.
    """

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.turn = DeferredLock()
        self.doing: Deferred[object] | None = None
        self.lost = False
        self.slow = False

    async def do(self, work: Deferred[T]) -> T:
        """Wait for some work that can be called back.

        @raise CancelledError: when it was.
        """
        mine = recallable(work)
        self.doing = cast("Deferred[object]", mine)
        try:
            return await mine
        finally:
            self.doing = None

    def call_back(self) -> None:
        """Stop what is being done."""
        if self.doing is not None:
            self.doing.cancel()


def recallable(work: Deferred[T]) -> Deferred[T]:
    """Some work; whoever cancels it need not wait for the work to heed that."""
    mine: Deferred[T] = Deferred(lambda _: work.cancel())

    def ended(result: T | Failure) -> None:
        if not mine.called:
            mine.callback(cast("T", result))

    _ = work.addBoth(ended)
    return mine
