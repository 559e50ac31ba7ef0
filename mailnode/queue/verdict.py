"""What follows from an attempt for the queue and for the sender (RFC 3461, 5.2; RFC 2852)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mailnode.message.report import Action
from mailnode.model.envelope import Envelope, Notify, Recipient
from mailnode.model.queue import Claim, Outcome, Result, Settlement, Waiting
from mailnode.queue.schedule import Schedule

GIVEN_UP = "4.4.7"
"""It was tried for long enough, and nobody ever said no (RFC 3463, 3.5)."""
TOO_LATE = Outcome(
    Result.FAILED, "5.4.7", "the time that was named for its delivery has passed"
)
"""RFC 2852, 4.1: in mode R, what is late comes back."""
ACTIONS = {
    Result.DELIVERED: Action.DELIVERED,
    Result.RELAYED: Action.RELAYED,
    Result.FAILED: Action.FAILED,
}
WANTED = {
    Action.FAILED: Notify.FAILURE,
    Action.DELAYED: Notify.DELAY,
    Action.DELIVERED: Notify.SUCCESS,
    Action.RELAYED: Notify.SUCCESS,
}
UNSAID = frozenset((Notify.FAILURE, Notify.DELAY))
"""What a sender hears who has not said what he wants to (RFC 3461, 4.1)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What follows for one target.

    @ivar outcome: FAILED, too, when it is tried no more.
    @ivar due: when it is tried again, in ms; C{None}: no more.
    @ivar warned: the sender has been told of the delay by now, or did not want to be.
    @ivar action: what the sender is to be told; C{None}: nothing.
    @ivar until: how long it will be tried, in ms.
    """

    waiting: Waiting
    outcome: Outcome
    due: int | None
    warned: bool
    action: Action | None
    until: int

    @property
    def is_news(self) -> bool:
        """Whether there is more to say of it than that it goes on waiting."""
        first = not self.waiting.attempts
        return first or self.due is None or self.action is not None

    @property
    def settlement(self) -> Settlement:
        """What the queue keeps of it."""
        return Settlement(self.outcome, self.due, self.warned)


def verdict(
    claim: Claim,
    outcomes: Sequence[Outcome],
    schedule: Schedule,
    now: int,
    chance: Callable[[], float],
) -> list[Finding]:
    """What follows for each target of a claim, in order.

    @param now: milliseconds since 1970 in UTC.
    @param chance: from 0 up to, but not including, 1.
    """
    envelope, until = claim.envelope, schedule.expires(claim.envelope)
    found = []
    for waiting, outcome in zip(claim.waiting, outcomes, strict=True):
        due, warned, action = None, waiting.warned, ACTIONS.get(outcome.result)
        if outcome.result is Result.DEFERRED and now < until:
            due = schedule.again(envelope, waiting.attempts + 1, now, chance)
            if not warned and now >= schedule.warns(envelope):
                warned, action = True, Action.DELAYED
        elif outcome.result is Result.DEFERRED:
            action, late = Action.FAILED, is_late(envelope, now)
            outcome = TOO_LATE if late else given_up(outcome)  # noqa: PLW2901 - the last word on it
        if action is not None and not is_told(envelope, waiting, outcome, action):
            action = None
        found.append(Finding(waiting, outcome, due, warned, action, until))
    return found


def is_late(envelope: Envelope, now: int) -> bool:
    """Whether it must not be delivered any more (RFC 2852, 4.1, mode R)."""
    deadline = envelope.sender.deadline
    return deadline is not None and deadline.returned and now >= deadline.at


def given_up(outcome: Outcome) -> Outcome:
    """It was tried for long enough; what was said last remains."""
    return replace(outcome, result=Result.FAILED, status=GIVEN_UP)


def is_told(
    envelope: Envelope, waiting: Waiting, outcome: Outcome, action: Action
) -> bool:
    """Whether the sender is to hear this."""
    recipient = waiting.target.recipient
    if action is Action.RELAYED and outcome.dsn:
        return is_traced(envelope, recipient)  # The other server tells the rest
    if wants(recipient, WANTED[action]):
        return True
    if action not in (Action.DELAYED, Action.RELAYED):
        return False
    deadline = envelope.sender.deadline
    named = deadline is not None and not deadline.returned
    return (named and not wants(recipient, Notify.NEVER)) or is_traced(
        envelope, recipient
    )


def wants(recipient: Recipient, notify: Notify) -> bool:
    """Whether the sender wants to hear this of a recipient."""
    return notify in (UNSAID if recipient.notify is None else recipient.notify)


def is_traced(envelope: Envelope, recipient: Recipient) -> bool:
    """Whether every relay is to be told of (RFC 2852, 4.1, modifier T)."""
    deadline = envelope.sender.deadline
    traced = deadline is not None and deadline.traced
    return traced and not wants(recipient, Notify.NEVER)
