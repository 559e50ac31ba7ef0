"""When a message is tried again, and when it is given up (RFC 5321, 4.5.4.1).

What its sender wants counts too (RFC 2852, RFC 4865).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mailnode.clock import DAY, HOUR, MINUTE
from mailnode.model.envelope import Envelope

JITTER = 0.25
"""By how much of itself a time to wait is made shorter or longer, so that what
failed together does not come back together."""
DOUBLINGS = 20
"""How often a time to wait may double; the longest is reached long before."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How patient we are; all times in milliseconds.

    @ivar first: from the first try to the second; each time it doubles.
    @ivar last: at most so long from one try to the next.
    @ivar lifetime: how long a message is tried.
    @ivar report_lifetime: the same for one with a null reverse-path: nobody
        will hear of it anyway (RFC 5321, 4.5.5).
    @ivar warning: when the sender is told that it takes longer.
    """

    first: int = 5 * MINUTE
    last: int = 2 * HOUR
    lifetime: int = 5 * DAY
    report_lifetime: int = 2 * DAY
    warning: int = 4 * HOUR

    def interval(self, attempts: int, chance: Callable[[], float]) -> int:
        """How long to wait after so many tries, at least one.

        @param chance: from 0 up to, but not including, 1.
        """
        doubled = self.first << min(max(attempts - 1, 0), DOUBLINGS)
        return int(min(doubled, self.last) * (1 - JITTER + 2 * JITTER * chance()))

    def begins(self, envelope: Envelope) -> int:
        """From when on a message is tried (RFC 4865, 4)."""
        return max(envelope.received, envelope.sender.hold_until or 0)

    def warns(self, envelope: Envelope) -> int:
        """When the sender is told of the delay, if that is wanted.

        Whoever named a time in mode N is told at that time (RFC 2852, 4.1).
        """
        deadline = envelope.sender.deadline
        if deadline is not None and not deadline.returned:
            return deadline.at
        return self.begins(envelope) + self.warning

    def expires(self, envelope: Envelope) -> int:
        """When a message has been tried for long enough."""
        life = self.lifetime if envelope.sender.address else self.report_lifetime
        end, limit = self.begins(envelope) + life, self.limit(envelope)
        return end if limit is None else min(end, limit)

    def limit(self, envelope: Envelope) -> int | None:
        """By when it must be delivered or come back, if that was said (mode R)."""
        deadline = envelope.sender.deadline
        return deadline.at if deadline is not None and deadline.returned else None

    def again(
        self, envelope: Envelope, attempts: int, now: int, chance: Callable[[], float]
    ) -> int:
        """When to try again; not beyond a moment when there is something to tell.

        @param attempts: how often it has been tried, this time included.
        """
        due = now + self.interval(attempts, chance)
        mark = self.mark(envelope, now)
        return due if mark is None else min(due, mark)

    def mark(self, envelope: Envelope, now: int) -> int | None:
        """The next moment when there will be something to tell."""
        marks = (self.warns(envelope), self.expires(envelope))
        return min((mark for mark in marks if mark > now), default=None)
