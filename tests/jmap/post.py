"""Somebody who sends by JMAP: a real store, a way out, and a queue to look into."""

from __future__ import annotations

from collections.abc import Coroutine
from itertools import count
from pathlib import Path
from typing import Any

from delivery.people import People
from jmap.toy import HERE
from store.keeping import ANA, START, Keeping, now

from mailnode.clock import HOUR
from mailnode.delivery.acceptance import Acceptance
from mailnode.delivery.aliases import Aliases
from mailnode.delivery.away import Away
from mailnode.delivery.directions import Directions
from mailnode.delivery.inbound import Inbound
from mailnode.delivery.rates import Meter, Rate, Rates
from mailnode.delivery.submission import Submission, SubmissionAgent, SubmissionOptions
from mailnode.delivery.vacation import Answering, Vacations
from mailnode.interfaces.delivery import IOutbox
from mailnode.jmap.call import Visit
from mailnode.jmap.extension import Limits, Repertoire, Sending
from mailnode.jmap.ijson import JSON, Object, written
from mailnode.jmap.request import parse, respond
from mailnode.model.envelope import Origin
from mailnode.model.mail import Question
from mailnode.model.queue import Claim, Outcome
from mailnode.queue.ledger import attempt
from mailnode.queue.verdict import Finding
from mailnode.testing import MemoryQueue, MemoryTrail
from mailnode.wire import ids

HOSTNAME = "mx.example.org"
USING = ("core", "mail", "submission", "vacationresponse")


class Post:
    """A server with ana and bob, and mail that leaves.

    @ivar chance: names messages by number.
    """

    def __init__(
        self,
        directory: Path,
        *,
        people: People | None = None,
        sending: Sending | None = None,
        messages: int = 1000,
        **options: Any,
    ) -> None:
        self.keeping = Keeping(directory)
        self.clock = self.keeping.clock
        self.queue = MemoryQueue(self.clock)
        self.trail = MemoryTrail()
        self.people = people or People()
        turns = count(1)
        aliases = Aliases(self.people, home=HOSTNAME)
        directions = Directions(aliases, self.keeping.store)

        def chance(octets: int) -> bytes:
            return next(turns).to_bytes(octets, "big")

        self.vacations = Vacations(
            self.keeping.store,
            self.queue,
            self.trail,
            directions,
            hostname=HOSTNAME,
            clock=self.clock,
            chance=chance,
            start=at_once,
            away=Away(),
        )
        store = Answering(self.keeping.store, self.vacations)
        acceptance = Acceptance(store, self.queue)
        self.agent = SubmissionAgent(
            directions=directions,
            acceptance=acceptance,
            trail=self.trail,
            rates=self.rates(messages),
            options=SubmissionOptions(hostname=HOSTNAME, **options),
            clock=self.clock,
            chance=chance,
        )
        self.inbound = Inbound(
            directions,
            acceptance,
            self.trail,
            hostname=HOSTNAME,
            clock=self.clock,
            chance=chance,
        )
        limits = Limits(sending=sending or Sending())
        self.repertoire = Repertoire(limits=limits)

    def rates(self, messages: int) -> Rates:
        """So many messages an hour."""

        def meter(kind: str, most: int) -> Meter:
            return Meter(kind, [Rate(most, HOUR)], self.clock)

        return Rates(
            messages=meter("messages", messages),
            recipients=meter("recipients", 10_000),
            from_network=meter("messages from your network", 10_000),
        )

    def visit(self, who: str = ANA) -> Visit:
        """Somebody who asks."""

        async def outbox() -> IOutbox:
            return Submission(who, self.agent)

        account = self.keeping.account(who)
        origin = Origin("JMAP", "", "192.0.2.1")
        return Visit(account, self.repertoire, outbox=outbox, origin=origin)

    def ask(
        self, *calls: tuple[str, Object], who: str = ANA, **more: JSON
    ) -> list[list[Any]]:
        """The responses to some calls, whose marks are their numbers."""
        visit = self.visit(who)
        account = HERE | {"accountId": f"A{visit.account.id}"}
        named: list[JSON] = [
            [name, {**account, **given}, str(n)]
            for n, (name, given) in enumerate(calls)
        ]
        using: list[JSON] = [f"urn:ietf:params:jmap:{each}" for each in USING]
        known: list[JSON] = [
            each for each in using if each in self.repertoire.extensions
        ]
        asked: Object = {"using": known, "methodCalls": named}
        request = parse(written(asked | more), self.repertoire)
        told: list[list[Any]] = now(respond(request, visit, "s"))["methodResponses"]  # type: ignore[assignment]  # JSON
        return told

    def one(self, name: str, who: str = ANA, **arguments: JSON) -> dict[str, Any]:
        """The arguments of the response to one call."""
        told = self.ask((name, arguments), who=who)[0]
        found: dict[str, Any] = told[1]
        return found

    def draft(self, octets: bytes, who: str = ANA) -> str:
        """The id of an email that is there to be sent."""
        self.keeping.deliver(octets, who, mailbox="INBOX")
        account = self.keeping.account(who)
        found = now(account.mail().find(Question()))
        newest = max(now(found.window(0, 1000)))
        return ids.written(ids.EMAIL, account.id, newest)

    def identity(self, who: str = ANA) -> str:
        """The id of the first identity."""
        return str(self.one("Identity/get", who, ids=None)["list"][0]["id"])

    def noted(self, claim: Claim, outcome: Outcome, due: int | None) -> None:
        """Note in the trail what became of a claim, as the ledger does."""
        for each in claim.waiting:
            finding = Finding(each, outcome, due, warned=False, action=None, until=0)
            self.trail.note(attempt(claim, finding, self.clock(), 0))

    def pass_time(self, seconds: float) -> None:
        """Time passes."""
        self.clock.moment += int(seconds * 1000)

    def close(self) -> None:
        """Everything agrees with everything."""
        self.keeping.sound()
        assert self.keeping.failures == []
        self.keeping.close()


def at_once(work: Coroutine[Any, Any, None]) -> None:
    """Do it here and now."""
    now(work)


__all__ = ["ANA", "START", "Post"]
