"""How many attempts go on at a time, and which destinations do not answer.

A host that has failed is tried less often (RFC 5321, 4.5.4.1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mailnode.model.envelope import HERE
from mailnode.model.queue import Claim, Outcome, Result

FAILING = 10_000
"""Destinations that are known to fail; of others the attempts tell how long."""
SLOW = 4
"""So many times as many slow attempts as others go on at a time: servers that take
their time, or want to take ours, hold nobody else, and cost a bounded number of
connections."""
LOCAL = 20
"""Deliveries into mailboxes at a time, whatever goes on elsewhere."""
UNREACHED = ("4.4.", "4.3.2")
"""Beginnings of statuses that concern a server and not a recipient: the network,
and a system that accepts nothing now (RFC 3463, 3.4 and 3.5)."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A destination that fails.

    @ivar times: how often in a row.
    @ivar since: when it failed last, in ms.
    """

    times: int
    since: int


class Pace:
    """Counts what is being tried, and remembers who does not answer.

    @ivar total: attempts at a time that go elsewhere, slow ones apart.
    @ivar each: attempts at a time to one destination; one that fails gets one.
    @ivar active: attempts at the moment, by destination.
    @ivar slow: how many of these have turned out to be slow.
    @ivar heard: when one of these has answered last, in ms.
    """

    def __init__(self, total: int, each: int) -> None:
        self.total = total
        self.each = each
        self.active: Counter[str] = Counter()
        self.slow = 0
        self.failing: dict[str, Trouble] = {}
        self.heard: dict[str, int] = {}

    def room(self) -> int:
        """How many claims may be taken, none of them in vain as far as is known."""
        elsewhere = self.active.total() - self.active[HERE] - self.slow
        rooms = [room for each in self.active if (room := self.left(each)) > 0]
        return min([self.total - elsewhere, *rooms])

    def left(self, destination: str) -> int:
        """How many more attempts a destination may get."""
        most = LOCAL if destination == HERE else self.each
        if destination in self.failing:
            most = 1
        return most - self.active[destination]

    def busy(self) -> set[str]:
        """Destinations that get no more."""
        return {each for each in self.active if self.left(each) <= 0}

    def begin(self, destination: str) -> bool:
        """Count an attempt, if there may be one more."""
        if self.left(destination) <= 0:
            return False
        self.active[destination] += 1
        return True

    def slow_down(self, destination: str) -> bool:
        """An attempt is slow; whether that makes room for another."""
        if destination == HERE or self.slow >= SLOW * self.total:
            return False
        self.slow += 1
        return True

    def end(self, destination: str, *, slow: bool = False) -> None:
        """An attempt is over."""
        self.slow -= slow
        self.active[destination] -= 1
        if not self.active[destination]:
            del self.active[destination]
            self.heard.pop(destination, None)

    def answered(self, destination: str, now: int) -> bool:
        """A destination has answered while it is tried; whether it failed before."""
        self.heard[destination] = now
        return self.failing.pop(destination, None) is not None

    def failed(self, claim: Claim, *, began: int, now: int) -> int:
        """Nobody answers at a destination; how often in a row, 0 if that is no news.

        @param began: when the attempt did, in ms: what began before the last
            failure, or before others were answered, adds nothing.
        """
        there = claim.destination
        known = self.failing.get(there)
        latest = max(known.since if known else -1, self.heard.get(there, -1))
        if began <= latest:
            return 0
        before = [
            each.attempts
            for each in claim.waiting
            if each.last is not None and unreached([each.last])
        ]
        times = max([known.times if known else 0, *before]) + 1
        self.failing.pop(there, None)  # It goes to the end of those we remember
        if len(self.failing) >= FAILING:
            del self.failing[next(iter(self.failing))]
        self.failing[there] = Trouble(times, now)
        return times


def unreached(outcomes: Sequence[Outcome]) -> bool:
    """Whether it is the destination that failed, and not some recipient."""
    return all(
        each.result is Result.DEFERRED and each.status.startswith(UNREACHED)
        for each in outcomes
    )
