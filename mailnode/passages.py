"""The ways of mail as a configuration has them: in for strangers, out for people."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twisted.internet.defer import gatherResults

from mailnode.clock import DAY, HOUR
from mailnode.config import Config
from mailnode.config import Submission as Table
from mailnode.delivery.acceptance import Acceptance, Expand, Report
from mailnode.delivery.aliases import Aliases
from mailnode.delivery.directions import Directions
from mailnode.delivery.forward import Rewriting
from mailnode.delivery.inbound import Deliveries, Inbound, Refusal
from mailnode.delivery.rates import Meter, Rate, Rates
from mailnode.delivery.submission import (
    Submission,
    SubmissionAgent,
    SubmissionOptions,
)
from mailnode.delivery.vacation import Answering, Vacations
from mailnode.interfaces.account import IStore
from mailnode.interfaces.content import IContent
from mailnode.interfaces.realm import IDirectory, Person
from mailnode.model.envelope import Envelope
from mailnode.queue.bounce import Bounces
from mailnode.queue.errand import started

if TYPE_CHECKING:
    from mailnode.house import Cellar


@dataclass(frozen=True, slots=True)
class Passages:
    """How mail gets to the people of a directory, and away from them.

    @ivar bounces: what they are told of what they sent.
    @ivar inbound: for strangers; one does for all of them.
    @ivar store: keeps what is delivered, and has it answered for who is away.
    """

    directory: IDirectory
    bounces: Bounces
    inbound: Inbound
    agent: SubmissionAgent
    store: IStore

    def outbound(self, person: Person) -> Submission:
        """For one of the people."""
        return Submission(person.name, self.agent)

    async def lives(self, name: str) -> bool:
        """Whether there is still somebody with the account of that name."""
        return await self.directory.find(name) is not None


def passages(config: Config, directory: IDirectory, cellar: Cellar) -> Passages:
    """The ways of mail among the people of a directory."""
    store = cellar.store
    aliases = Aliases(
        directory,
        home=config.hostname,
        postmaster=config.smtp.postmaster,
        separator=config.smtp.subaddress_separator,
        detail_mailboxes=config.smtp.subaddress_mailboxes,
    )
    rewriting = Rewriting(cellar.secret, cellar.clock) if config.relay.srs else None
    directions = Directions(aliases, store, rewriting)
    bounces = Bounces(
        hostname=config.hostname,
        spool=store.spool,
        targets=directions.anywhere,
        chance=os.urandom,
    )
    answering = Answering(store, vacations(config, directions, cellar))
    acceptance = Acceptance(answering, cellar.queue, expanding(bounces))
    inbound = Inbound(
        directions,
        acceptance,
        cellar.trail,
        hostname=config.hostname,
        clock=cellar.clock,
        chance=os.urandom,
        gather=side_by_side,
        room=store.reserve.left,
    )
    agent = SubmissionAgent(
        directions=directions,
        acceptance=acceptance,
        trail=cellar.trail,
        rates=cellar.rates(config.submission),
        options=options(config),
        clock=cellar.clock,
        chance=os.urandom,
        room=store.reserve.left,
    )
    return Passages(directory, bounces, inbound, agent, answering)


def vacations(config: Config, directions: Directions, cellar: Cellar) -> Vacations:
    """Answers for those who are away."""
    return Vacations(
        cellar.store,
        cellar.queue,
        cellar.trail,
        directions,
        hostname=config.hostname,
        clock=cellar.clock,
        chance=os.urandom,
        start=started,
        away=cellar.memory.away,
    )


def expanding(bounces: Bounces) -> Expand:
    """What the senders of lists are told, for an L{Acceptance}."""

    async def expand(
        envelope: Envelope, content: IContent
    ) -> tuple[Envelope, Sequence[Report]]:
        left, made = await bounces.expanded(envelope, content, envelope.received)
        return left, [(each.envelope, each.content) for each in made]

    return expand


def options(config: Config) -> SubmissionOptions:
    """What people may send."""
    said = config.submission
    return SubmissionOptions(
        hostname=config.hostname,
        senders=said.senders,
        any_sender=frozenset(said.any_sender),
        check_from=said.check_from,
        address_literals=said.address_literals,
        hide_client=said.hide_client,
        priority=said.max_priority,
    )


def metered(table: Table, clock: Callable[[], int]) -> Rates:
    """The rates of a configuration."""

    def meter(kind: str, hourly: int, daily: int = 0) -> Meter:
        limits = ((hourly, HOUR), (daily, DAY))
        rates = [Rate(most, period) for most, period in limits if most]
        return Meter(kind, rates, clock)

    return Rates(
        messages=meter("messages", table.messages_per_hour, table.messages_per_day),
        recipients=meter(
            "recipients", table.recipients_per_hour, table.recipients_per_day
        ),
        from_network=meter(
            "messages from your network", table.network_messages_per_hour
        ),
    )


async def side_by_side(deliveries: Deliveries) -> Sequence[Refusal]:
    """Deliver to everybody at once, so that they share a commit."""
    waiting = [started(each) for each in deliveries]
    outcomes: Sequence[Refusal] = await gatherResults(waiting, consumeErrors=True)
    return outcomes
