"""Carries mail to other servers (RFC 5321, 2.3.10 and 5.1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from twisted.internet import defer
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from mailnode.errors import MailError, PeerGone, Stopping
from mailnode.interfaces.content import IOctets
from mailnode.model.envelope import Address, Target
from mailnode.model.queue import Claim, Outcome, Result
from mailnode.queue.carrier import STUMBLED
from mailnode.queue.destination import Destination
from mailnode.queue.means import Means
from mailnode.queue.route import NoRoute, Privacy, Route
from mailnode.smtp.client.mail import Mail
from mailnode.smtp.client.survey import at_hand, survey

LAST_WORDS = 1.0
"""Seconds for those that were cut to come to their end."""
STOPPING = Outcome(Result.DEFERRED, "4.3.2", "this server is being stopped")
LOST = Outcome(Result.DEFERRED, "4.4.2", "connection lost")


Find = Callable[[str, Address | None], Awaitable[Route]]
"""The way to a destination for mail from a reverse-path; raises L{NoRoute}."""


class Relay:
    """A carrier to other servers: one for all of them.

    Each route has connections of its own, so that a slow server holds nobody
    but those who want to go there.
    """

    log = Logger()

    def __init__(self, find: Find, means: Means) -> None:
        self.find = find
        self.means = means
        self.destinations: dict[Route, Destination] = {}
        self.stopping = False

    async def carry(self, claim: Claim, content: IOctets) -> Sequence[Outcome]:
        """Try to deliver a message for all targets of a claim; raises nothing."""
        try:
            outcomes = await self.carried(claim, content)
        except NoRoute as none:
            result = Result.FAILED if none.permanent else Result.DEFERRED
            outcomes = [Outcome(result, none.status, str(none))] * len(claim.waiting)
        except MailError as error:
            text = f"the message cannot be read: {error}"
            unread = Outcome(Result.DEFERRED, "4.3.0", text)
            outcomes = [unread] * len(claim.waiting)
        except Stopping:
            outcomes = [STOPPING] * len(claim.waiting)
        except PeerGone:
            outcomes = [LOST] * len(claim.waiting)
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001 - it is logged, and tried again
            self.log.failure("message {id} stumbled", id=claim.envelope.id)
            outcomes = [STUMBLED] * len(claim.waiting)
        return outcomes

    async def carried(self, claim: Claim, content: IOctets) -> list[Outcome]:
        """The same, as far as nothing prevents it.

        @raise NoRoute: when there is no way.
        @raise MailError: when the message cannot be read.
        @raise Stopping: when it is too late to begin.
        """
        targets = [each.target for each in claim.waiting]
        once: dict[object, Target] = {}
        for each in targets:
            _ = once.setdefault(same(each), each)
        sender = replace(claim.envelope.sender, address=targets[0].sender)
        route = await self.find(claim.destination, sender.address)
        if sender.require_tls:  # RFC 8689, 4.2.1
            route = replace(route, privacy=Privacy.VERIFIED)
        content = await at_hand(content)
        found = await survey(content, utf8=sender.utf8)
        if self.stopping:
            raise Stopping
        destination = self.destination(route)
        mail = Mail(sender, tuple(once.values()), content, found)
        outcomes = dict(zip(once, await destination.carry(mail), strict=True))
        return [outcomes[same(each)] for each in targets]

    def destination(self, route: Route) -> Destination:
        """The connections along a route; what is not used any more is forgotten."""
        found = self.destinations.get(route)
        if found is None:
            used = {r: d for r, d in self.destinations.items() if not d.unused}
            found = Destination(route, self.means)
            self.destinations = {**used, route: found}
        return found

    async def stop(self, grace: float) -> None:
        """Finish what is in flight, say goodbye, and then cut what is left.

        @param grace: seconds for that.
        """
        self.stopping = True
        for destination in self.destinations.values():
            destination.stop()
        clock = self.means.clock
        cutting = clock.callLater(grace, self.means.dialer.cut)
        leaving: Deferred[None] = Deferred.fromCoroutine(self.emptied())
        _ = leaving.addTimeout(grace + LAST_WORDS, clock)
        with suppress(defer.TimeoutError):
            await leaving
        if cutting.active():
            cutting.cancel()

    async def emptied(self) -> None:
        """Wait until no connection is left."""
        while held := [
            each for there in self.destinations.values() for each in there.open.values()
        ]:
            await held[0]


def same(target: Target) -> object:
    """What is equal for targets that need only one copy: recipients of whom some lead
    to one address.  Otherwise aliases that lead in circles would double their mail."""
    return target.address, target.recipient.notify
