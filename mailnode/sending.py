"""Everything by which mail leaves, as a configuration has it."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from typing import cast

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.posixbase import PosixReactorBase

from mailnode.house import House
from mailnode.interfaces.resolver import Exchanger
from mailnode.jmap.sending.following import Following
from mailnode.net.dialing import Dialer
from mailnode.net.resolver import resolver
from mailnode.net.trust import Trust
from mailnode.queue.errand import started
from mailnode.queue.ledger import Ledger
from mailnode.queue.local import LocalCarrier
from mailnode.queue.means import Absent, Idle, Means, Terms
from mailnode.queue.pace import Pace
from mailnode.queue.relay import Relay
from mailnode.queue.route import Router
from mailnode.queue.runner import Runner
from mailnode.routes import listening, rules

Places = Callable[[], Sequence[tuple[str, int]]]
"""Interfaces and ports where we take mail from other servers."""

_CHANCE = random.SystemRandom()


class Sending(Service):
    """Has the mail that waits carried away, into mailboxes here and to others.

    @ivar grace: seconds for what is in flight when it stops.
    """

    name = "sending"

    def __init__(self, house: House, reactor: PosixReactorBase, places: Places) -> None:
        """Put everything together.

        @raise BadConfiguration: when a password of a route cannot be read.
        """
        config = house.config
        self.grace = config.limits.drain
        router = Router(
            resolver(config.dns.servers, reactor),
            rules(config),
            hostname=config.hostname,
            is_us=listening(places),
            shuffle=shuffled,
        )
        self.relay = Relay(router.route, means(house, reactor))
        ledger = Ledger(
            house.queue,
            house.trail,
            house.everybody.bounces,
            config.queue.schedule,
            clock=house.cellar.clock,
            chance=_CHANCE.random,
            settled=Following(house.store, house.outbox, started),
        )
        self.runner = Runner(
            ledger,
            Pace(config.queue.connections, config.queue.connections_per_destination),
            reactor,
            here=LocalCarrier(house.everybody.store, house.everybody.lives),
            elsewhere=self.relay,
            grace=self.grace,
        )

    def startService(self) -> None:
        """Begin with what was left the last time."""
        super().startService()  # type: ignore[no-untyped-call]  # Twisted's
        self.runner.startService()

    def stopService(self) -> Deferred[object]:
        """Finish what is in flight, or give it back."""
        super().stopService()  # type: ignore[no-untyped-call]  # Twisted's
        leaving = Deferred.fromCoroutine(self.relay.stop(self.grace))
        return cast(
            "Deferred[object]", gatherResults([self.runner.stopService(), leaving])
        )


def means(house: House, reactor: PosixReactorBase) -> Means:
    """What other servers are called with."""
    config = house.config
    terms = Terms(
        hostname=config.hostname, connections=config.queue.connections_per_destination
    )
    return Means(
        dialer=Dialer(reactor, reactor, Trust()),
        clock=reactor,
        now=house.cellar.clock,
        chance=os.urandom,
        terms=terms,
        absent=Absent(reactor, terms.absent_seconds),
        idle=Idle(terms.idle),
    )


def shuffled(hosts: Sequence[Exchanger]) -> Sequence[Exchanger]:
    """Hosts of one preference, in an order of chance."""
    return _CHANCE.sample(hosts, len(hosts))
