"""A claim that is being tried, and how it can be called back (RFC 5321, 4.5.4.1)."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from typing import TypeVar, cast

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from mailnode.model.queue import Claim

T = TypeVar("T")
Numbers = tuple[int, ...]
"""The numbers of some targets."""
Which = tuple[str, Numbers]
"""The id of a message, and the numbers of its targets."""


class Errand:
    """A claim that is being tried.

    @ivar turn: the claim is renewed, or settled, but never both at once.
    @ivar doing: what can be called back.
    @ivar ours: the claim is not settled yet, and nobody else has it.
    @ivar alarm: when it has taken long.
    @ivar slow: it takes so long that others need not wait for it.
    """

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.turn = DeferredLock()
        self.doing: Deferred[object] | None = None
        self.ours = True
        self.alarm: IDelayedCall | None = None
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

    def lose(self, claim: Claim) -> None:
        """Somebody else has a claim by now, if we have not got it anew."""
        if claim is self.claim:
            self.ours = False
            self.call_back()

    def call_back(self) -> None:
        """Stop what is being done."""
        if self.doing is not None:
            self.doing.cancel()

    def takes_up(self, claim: Claim) -> bool:
        """Go on under a new lease, if this claim has all that ours has: the old one
        had ended while it could not be renewed."""
        name, numbers = which(self.claim)
        again = part(claim, numbers)
        if not self.ours or which(again) != (name, numbers):
            return False
        self.claim = again
        return True


def which(claim: Claim) -> Which:
    """What a claim is about, whoever has it."""
    return claim.envelope.id, tuple(each.number for each in claim.waiting)


def part(claim: Claim, numbers: Numbers, *, without: bool = False) -> Claim:
    """A claim of some of the targets of a claim, or of the others."""
    waiting = tuple(
        each for each in claim.waiting if (each.number in numbers) is not without
    )
    targets = tuple(each.target for each in waiting)
    envelope = replace(claim.envelope, targets=targets)
    return replace(claim, envelope=envelope, waiting=waiting)


def recallable(work: Deferred[T]) -> Deferred[T]:
    """Some work; whoever cancels it need not wait for the work to heed that."""
    mine: Deferred[T] = Deferred(lambda _: work.cancel())

    def ended(result: T | Failure) -> None:
        if not mine.called:
            mine.callback(cast("T", result))

    _ = work.addBoth(ended)
    return mine


def started(work: Coroutine[object, None, T]) -> Deferred[T]:
    """A coroutine on its way; what it awaits are Deferreds."""
    return Deferred.fromCoroutine(cast("Coroutine[Deferred[object], object, T]", work))
