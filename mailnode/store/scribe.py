"""The service that writes the trail down, a moment after it was noted."""

from __future__ import annotations

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from mailnode.errors import MailError
from mailnode.store.trail import Trail

INTERVAL = 0.5
"""Seconds for which a step waits at most."""


class Scribe(Service):
    """Writes every half second, or when many steps wait; never twice at a time.

    @ivar lost: how many steps have been said to be lost.
    """

    log = Logger()
    name = "scribe"

    def __init__(self, trail: Trail, reactor: IReactorTime) -> None:
        self.trail = trail
        self.rounds = LoopingCall(self.start_round)
        self.rounds.clock = reactor
        self.going: Deferred[None] | None = None
        self.lost = 0

    def startService(self) -> None:
        """Begin."""
        super().startService()  # type: ignore[no-untyped-call]  # Twisted's
        self.trail.hurry = self.hurry
        _ = self.rounds.start(
            INTERVAL, now=False
        )  # it never fails: round() catches all

    def stopService(self) -> Deferred[None]:
        """Write down what waits, and no more."""
        super().stopService()  # type: ignore[no-untyped-call]  # Twisted's
        if self.rounds.running:
            self.rounds.stop()
        return Deferred.fromCoroutine(self.end())

    async def end(self) -> None:
        """The last round."""
        if self.going is not None:
            await self.going
        await self.round()

    def hurry(self) -> None:
        """Many steps wait."""
        if self.going is None and self.running:
            self.start_round()

    def start_round(self) -> Deferred[None] | None:
        """What the clock calls."""
        if self.going is None:
            going = Deferred.fromCoroutine(self.round())
            self.going = None if going.called else going
        return self.going

    async def round(self) -> None:
        """Write, and complain of what cannot be written."""
        try:
            await self.trail.flush()
        except MailError:
            self.log.failure("The trail could not be written; later again")
        except Exception:  # noqa: BLE001 - a fault of ours must not end the service
            self.log.failure("The scribe stumbled")
        finally:
            self.going = None
        if self.trail.dropped > self.lost:
            lost, self.lost = self.trail.dropped - self.lost, self.trail.dropped
            self.log.warn("{lost} steps of the trail are lost", lost=lost)
