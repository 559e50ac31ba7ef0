"""Writes down what became of a claim: in the queue, in reports and in the trail.

Whoever has taken a message delivers it, or says that he could not (RFC 5321, 6.1).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence

from mailnode.errors import MailError, Unavailable
from mailnode.interfaces.content import IOctets
from mailnode.interfaces.queue import IQueue
from mailnode.interfaces.trail import ITrail
from mailnode.message.report import Action, date
from mailnode.model.envelope import Address
from mailnode.model.queue import Claim, Outcome, Result
from mailnode.model.trail import Event, Step
from mailnode.queue.bounce import Bounces, Made, discard
from mailnode.queue.schedule import Schedule
from mailnode.queue.verdict import Finding, verdict

log = logging.getLogger(__name__)

LEASE = 600_000
"""Milliseconds for which a claim is ours."""
SET_BACK = 60_000
"""Milliseconds by which a clock is put back that has not only been corrected."""
BATCH = 100
"""Claims that are taken at once."""
SLOWLY = 5
"""How much longer we rest from passing over messages than we are at it, as others
are waiting for the disk and for us."""

EVENTS = {
    Result.DELIVERED: Event.DELIVERED,
    Result.RELAYED: Event.RELAYED,
    Result.DEFERRED: Event.DEFERRED,
    Result.FAILED: Event.FAILED,
}


def nobody(_account: str) -> None:
    """Where nobody wants to hear of it."""


class Ledger:
    """Settles claims.

    @ivar clock: milliseconds since 1970 in UTC.
    @ivar chance: from 0 up to, but not including, 1.
    @ivar settled: is told the account that sent it, when something has become of
        a message.
    @ivar seen: the moment at the last look at the clock.
    """

    def __init__(
        self,
        queue: IQueue,
        trail: ITrail,
        bounces: Bounces,
        schedule: Schedule,
        *,
        clock: Callable[[], int],
        chance: Callable[[], float],
        settled: Callable[[str], None] = nobody,
    ) -> None:
        self.queue = queue
        self.trail = trail
        self.bounces = bounces
        self.schedule = schedule
        self.clock = clock
        self.chance = chance
        self.settled = settled
        self.seen = clock()

    async def settle(
        self,
        claim: Claim,
        outcomes: Sequence[Outcome],
        until: int = 0,
        *,
        tried: bool = True,
    ) -> None:
        """Write down what became of a claim, and queue the reports about it, at once.

        @param until: when its destination is tried again, in ms.
        @param tried: it was tried; otherwise it was known that this would be in
            vain, and the trail does not say so again.
        @raise NotFound: when the claim is ours no longer; nothing happens then.
        @raise MailError: when it cannot be written down now.
        """
        now = self.clock()
        findings = verdict(claim, outcomes, self.schedule, now, self.chance)
        made = await self.reports(claim, findings, now)
        try:
            await self.queue.settle(
                claim,
                [each.settlement for each in findings],
                [(each.envelope, each.content) for each in made],
            )
        finally:
            discard(made)
        for finding in findings:
            if tried or finding.is_news:
                self.trail.note(attempt(claim, finding, now, until))
        for step in (*reported(claim, made, now), *dropped(claim, findings, made, now)):
            self.trail.note(step)
        if claim.envelope.account:
            self.settled(claim.envelope.account)

    async def reports(
        self, claim: Claim, findings: Sequence[Finding], now: int
    ) -> list[Made]:
        """The reports about a claim; one that cannot be written stops nothing."""
        if all(each.action is None for each in findings):
            return []
        try:
            content = await self.content(claim)
            return await self.bounces.reports(claim, findings, content, now)
        except MailError:
            raise
        except Exception:
            log.exception("no report about %s could be written", claim.envelope.id)
            return []

    async def content(self, claim: Claim) -> IOctets | None:
        """The message; C{None} when it is damaged, which is no reason for silence."""
        try:
            return await self.queue.content(claim.envelope.id)
        except Unavailable:
            return None

    async def pass_over(
        self,
        destination: str,
        outcome: Outcome,
        until: int,
        *,
        going: Callable[[], bool],
        new: Callable[[Claim], Claim],
        rest: Callable[[float], Awaitable[None]],
    ) -> None:
        """Let all that is due for a destination share an outcome, untried.

        So nobody waits for a server that does not answer, yet senders are warned
        in time, and what is too old is given up.

        @param until: when it is tried again, in ms.
        @param going: whether to go on.
        @param new: what of a claim is in nobody's hand.
        @param rest: waits for so many seconds.
        """
        more = True
        while more and going():
            began = self.clock()
            claims = await self.queue.claim(BATCH, lease=LEASE, only=destination)
            left = [each for each in map(new, claims) if each.waiting]
            more = len(claims) == BATCH
            try:
                while left and going():
                    outcomes = [outcome] * len(left[0].waiting)
                    await self.settle(left[0], outcomes, until, tried=False)
                    del left[0]
            finally:
                await self.queue.give_back(left)
            if (taken := self.clock() - began) > 0:
                await rest(SLOWLY * taken / 1000)

    async def keep_up(self) -> None:
        """When the clock has been put back, try everything again: what waits would
        wait for moments that were named by a clock which was wrong.

        @raise MailError: when that is impossible now; it is tried the next time.
        """
        now = self.clock()
        if now < self.seen - SET_BACK:
            log.warning("the clock was put back: all that waits is tried again")
            _ = await self.queue.retry()
        self.seen = now

    def until(self, claim: Claim, times: int) -> int:
        """When to try a destination again that did not answer so often in a row.

        It is not put off beyond the moment when there is something to tell of
        the one message that shows whether it answers.
        """
        now = self.clock()
        until = now + self.schedule.interval(times, self.chance)
        mark = self.schedule.mark(claim.envelope, now)
        return until if mark is None else min(until, mark)


def attempt(claim: Claim, finding: Finding, now: int, until: int) -> Step:
    """An attempt, as the trail has it."""
    outcome = finding.outcome
    text = " ".join(filter(None, (outcome.host, outcome.text)))
    if outcome.tls:
        text += f" ({outcome.tls})"
    if finding.due is not None:
        text += f"; again {date(max(finding.due, until))}"
    address = finding.waiting.target.recipient.address
    return step(claim, EVENTS[outcome.result], now, address=address, text=text)


def reported(claim: Claim, made: Sequence[Made], now: int) -> Iterator[Step]:
    """What the sender is told, in the trail of the message and in the report's own."""
    for each in made:
        name, action = each.envelope.id, each.action.value
        for address in each.about:
            text = f"{action}, in report {name}"
            yield step(claim, Event.REPORTED, now, address=address, text=text)
        for target in each.envelope.targets:
            yield Step(
                now,
                name,
                Event.QUEUED,
                recipient=target.recipient.address.key,
                message_id=each.message_id,
                text=f"report on {claim.envelope.id}: {action}",
            )


def dropped(
    claim: Claim, findings: Sequence[Finding], made: Sequence[Made], now: int
) -> Iterator[Step]:
    """What nobody is told of, though it failed: reports about reports, mostly."""
    if any(each.action is Action.FAILED for each in made):
        return
    text = "nobody can be told: the sender has no address that takes reports"
    for each in findings:
        if each.action is Action.FAILED:
            address = each.waiting.target.recipient.address
            yield step(claim, Event.DROPPED, now, address=address, text=text)


def step(claim: Claim, event: Event, now: int, *, address: Address, text: str) -> Step:
    """A step of a message on its way to one recipient."""
    return Step(
        now,
        claim.envelope.id,
        event,
        sender=claim.envelope.sender.key,
        recipient=address.key,
        text=text,
    )
