"""The service that claims what is due and has it carried away (RFC 5321, 4.5.4.1).

Only what is being tried is in memory.  Whatever goes wrong with one message, or
with the database, is waited for: nothing leaves the queue before it is delivered,
or its sender has been told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger

from mailnode.errors import MailError, NotFound
from mailnode.model.envelope import HERE
from mailnode.model.queue import Claim, Outcome, Result
from mailnode.queue.carrier import STUMBLED, Carrier
from mailnode.queue.errand import Errand, Which, part, started, which
from mailnode.queue.ledger import BATCH, LEASE, Ledger
from mailnode.queue.pace import Pace, unreached
from mailnode.queue.verdict import TOO_LATE, is_late
from mailnode.queue.waker import BREATH, Waker

PATIENCE = 2 * 3600.0
"""Seconds after which a carrier that does not return is called back: more
than all timeouts of a transaction together (RFC 5321, 4.5.3.2)."""
BRISK = 20.0
"""Seconds after which an attempt is slow, and others need not wait for its place."""
ROUND = 60.0
"""Seconds from one look at all leases to the next, and the longest sleep."""
GLANCE = 5.0
"""Seconds until the next look when something is due that may not be tried yet."""
PAUSE = 1.0
"""Seconds until the next try to write something down; it doubles each time."""
LONGEST_PAUSE = 60.0
"""The same after many tries, and after a fault of ours."""
LAST_WORDS = 5.0
"""Seconds for what has been called back when the server stops."""

ENDLESS = Outcome(Result.DEFERRED, "4.4.2", "the delivery came to no end")


class Runner(Service):
    """Has the messages of a queue carried away, as long as it runs.

    @ivar ledger: keeps what becomes of them.
    @ivar carriers: into mailboxes of this server, and to others.
    @ivar grace: seconds for what is in flight when the server stops.
    @ivar errands: what is being tried, by message and targets.
    """

    log = Logger()
    name = "queue"

    def __init__(
        self,
        ledger: Ledger,
        pace: Pace,
        reactor: IReactorTime,
        *,
        here: Carrier,
        elsewhere: Carrier,
        grace: float = 20.0,
        breath: float = BREATH,
    ) -> None:
        self.ledger = ledger
        self.pace = pace
        self.reactor = reactor
        self.carriers = (here, elsewhere)
        self.grace = grace
        self.errands: dict[Which, Errand] = {}
        self.waker = Waker(reactor, self.look, breath)
        self.rounds = LoopingCall(self.go_round)
        self.rounds.clock = reactor
        self.unwatch: Callable[[], None] | None = None
        self.emptied: Deferred[None] | None = None

    # How it starts and stops.

    def startService(self) -> None:
        """Begin with what was left behind the last time."""
        super().startService()  # type: ignore[no-untyped-call]  # Twisted's
        self.unwatch = self.ledger.queue.watch(self.waker.wake)
        _ = self.rounds.start(ROUND, now=False)  # It never fails: renew() catches all
        self.waker.wake()

    def stopService(self) -> Deferred[None]:
        """Begin nothing more; what is in flight has some time, and is given back then."""
        super().stopService()  # type: ignore[no-untyped-call]  # Twisted's
        if self.unwatch is not None:
            self.unwatch()
            self.unwatch = None
        return started(self.wind_up())

    async def wind_up(self) -> None:
        """Wait for what is in flight, but not for ever."""
        while self.waker.at_it is not None:
            await self.waker.at_it
        self.waker.rest()
        await self.ends(self.grace)
        for errand in list(self.errands.values()):
            errand.call_back()
        await self.ends(LAST_WORDS)
        if self.rounds.running:
            self.rounds.stop()

    async def ends(self, grace: float) -> None:
        """Wait until all errands are over, at most so many seconds."""
        if not self.errands:
            return
        emptied: Deferred[None] = Deferred()
        self.emptied = emptied
        patience = self.reactor.callLater(grace, emptied.callback, None)
        await emptied
        self.emptied = None
        if patience.active():
            patience.cancel()

    # What it claims.

    async def look(self) -> float:
        """Claim what is due; after how many seconds to look again."""
        try:
            while self.running and await self.claimed():
                pass
            due = await self.ledger.queue.next_due()
        except MailError as error:
            self.log.warn("the queue cannot be read now: {error}", error=error)
            return GLANCE
        except Exception:  # noqa: BLE001 - a fault of ours must not end the service
            self.log.failure("the queue stumbled")
            return LONGEST_PAUSE
        if due is None:
            return ROUND
        wait = (due - self.ledger.clock()) / 1000
        return min(wait, ROUND) if wait > 0 else GLANCE

    async def claimed(self) -> bool:
        """Claim as much as there is room for; whether there may be more.

        When others take all the room there is, what stays here still has its own.
        """
        queue, pace = self.ledger.queue, self.pace
        room = min(BATCH, pace.room())
        if room > 0:
            claims = await queue.claim(room, pace.busy(), lease=LEASE)
        elif (room := pace.left(HERE)) > 0:
            claims = await queue.claim(room, lease=LEASE, only=HERE)
        else:
            return False
        ours, in_vain = list[Errand](), list[Claim]()
        for claim in map(self.not_in_hand, claims):
            if not claim.waiting:
                continue
            if self.running and pace.begin(claim.destination):
                ours.append(Errand(claim))
            else:
                in_vain.append(claim)
        self.errands.update((which(each.claim), each) for each in ours)
        try:
            await queue.give_back(in_vain)
        finally:
            for errand in ours:
                _ = started(self.attempt(errand))
        return len(claims) == room

    def not_in_hand(self, claim: Claim) -> Claim:
        """What is new of a claim; the rest goes on under its new lease."""
        for errand in self.errands.values():
            if errand.claim.envelope.id == claim.envelope.id and errand.takes_up(claim):
                claim = part(claim, which(errand.claim)[1], without=True)
        return claim

    def go_round(self) -> Deferred[None]:
        """What the clock calls."""
        return started(self.make_round())

    async def make_round(self) -> None:
        """Look after what is ours, and at the clock."""
        await self.renew()
        try:
            await self.ledger.keep_up()
        except Exception:  # noqa: BLE001 - there is another round
            self.log.failure("what waits could not be tried again")

    async def renew(self) -> None:
        """Keep what is ours, when half of its lease is over."""
        soon = self.ledger.clock() + LEASE // 2
        errands = list(self.errands.values())
        for errand in [each for each in errands if each.claim.lease <= soon]:
            claim = errand.claim
            try:
                async with errand.turn:
                    if errand.ours and claim is errand.claim:
                        errand.claim = await self.ledger.queue.renew(claim, lease=LEASE)
            except NotFound:
                errand.lose(claim)
            except MailError as error:  # There are some rounds until the lease ends
                self.log.warn("a lease is not renewed yet: {error}", error=error)
            except Exception:  # noqa: BLE001 - a fault of ours must not end the rounds
                self.log.failure("a lease is not renewed yet")

    def goes_on(self) -> bool:
        """Whether nobody has stopped us."""
        return bool(self.running)

    async def rest(self, seconds: float) -> None:
        """Let the others have the disk and us."""
        await deferLater(self.reactor, min(seconds, LAST_WORDS))

    # What becomes of a claim.

    async def attempt(self, errand: Errand) -> None:
        """Try a claim, and write down what became of it."""
        there = errand.claim.destination
        began = self.ledger.clock()
        errand.alarm = self.reactor.callLater(BRISK, self.step_aside, errand)
        try:
            if outcomes := await self.outcomes(errand):
                await self.conclude(errand, outcomes, began)
        except CancelledError:
            self.log.warn(
                "{id} is left to its lease: it could not be written down what became"
                " of it",
                id=errand.claim.envelope.id,
            )
        except Exception:  # noqa: BLE001 - one message never stops the others
            self.log.failure("{id} stumbled", id=errand.claim.envelope.id)
        finally:
            if errand.alarm.active():
                errand.alarm.cancel()
            if self.errands.get(which(errand.claim)) is errand:
                del self.errands[which(errand.claim)]
            self.pace.end(there, slow=errand.slow)
            if self.running:
                self.waker.wake()
            elif self.emptied is not None and not self.errands:
                self.emptied.callback(None)

    def step_aside(self, errand: Errand) -> None:
        """Let somebody else have the place of an attempt that takes long."""
        if not self.running:
            return
        errand.slow = self.pace.slow_down(errand.claim.destination)
        if errand.slow:
            self.waker.wake()
        else:  # There are too many of these: later, perhaps
            errand.alarm = self.reactor.callLater(BRISK, self.step_aside, errand)

    async def outcomes(self, errand: Errand) -> Sequence[Outcome]:
        """Have a claim carried away; nothing, when it is not ours to say."""
        claim = errand.claim
        if is_late(claim.envelope, self.ledger.clock()):
            return [TOO_LATE] * len(claim.waiting)
        patience = self.reactor.callLater(PATIENCE, errand.call_back)
        try:
            return await errand.do(started(self.carried(claim)))
        except CancelledError:
            if self.running and errand.ours:
                return [ENDLESS] * len(claim.waiting)
        finally:
            if patience.active():
                patience.cancel()
        if errand.ours:
            await self.ledger.queue.give_back([errand.claim])
        return []

    async def carried(self, claim: Claim) -> Sequence[Outcome]:
        """What the carrier says; if that makes no sense, it is tried again."""
        carrier = self.carriers[claim.destination != HERE]
        try:
            content = await self.ledger.queue.content(claim.envelope.id)
            found = await carrier.carry(claim, content)
            if len(found) == len(claim.waiting):
                return found
            self.log.error("a carrier said {n} outcomes too few or many", n=len(found))
        except CancelledError:
            raise
        except MailError as error:
            self.log.warn("{id}: {error}", id=claim.envelope.id, error=error)
        except Exception:  # noqa: BLE001 - a carrier's fault is no fault of the message
            self.log.failure("the carrier of {id} stumbled", id=claim.envelope.id)
        return [STUMBLED] * len(claim.waiting)

    async def conclude(
        self, errand: Errand, outcomes: Sequence[Outcome], began: int
    ) -> None:
        """Write down what became of a claim, and what that says of its destination."""
        claim, now = errand.claim, self.ledger.clock()
        ledger, there = self.ledger, claim.destination
        times, relieved = 0, False
        if there != HERE and unreached(outcomes):
            times = self.pace.failed(claim, began=began, now=now)
        elif there != HERE:
            relieved = self.pace.answered(there, now)
        until = ledger.until(claim, times) if times else 0
        await self.settle(errand, outcomes, until)
        if times > 1:  # The first time, it may answer again before anybody minds
            await ledger.pass_over(
                there,
                outcomes[0],
                until,
                going=self.goes_on,
                new=self.not_in_hand,
                rest=self.rest,
            )
        if times or relieved:
            await ledger.queue.put_off(there, until)

    async def settle(
        self, errand: Errand, outcomes: Sequence[Outcome], until: int
    ) -> None:
        """Write down what became of a claim, however often that must be tried: what
        has been delivered must not be delivered again.

        @raise CancelledError: when the server stops meanwhile.
        """
        pause, name = PAUSE, errand.claim.envelope.id
        while errand.ours:
            claim = errand.claim
            try:
                async with errand.turn:
                    await self.ledger.settle(claim, outcomes, until)
            except NotFound:
                errand.lose(claim)
                continue
            except MailError as error:
                self.log.warn("{id} is not settled yet: {error}", id=name, error=error)
            except Exception:  # noqa: BLE001 - whatever it is, it must be written down
                self.log.failure("{id} is not settled yet", id=name)
            else:
                errand.ours = False
                return
            await errand.do(deferLater(self.reactor, pause))
            pause = min(pause * 2, LONGEST_PAUSE)
        self.log.warn("{id} was taken out of our hands", id=name)
