"""Every conversation of a server: one look at all deadlines each second, and the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from mailnode.net.limits import Limits

INTERVAL = 1.0
"""Seconds between two looks; a deadline is missed by no more than this."""


class Timed(Protocol):
    """What the rounds need to know of a conversation.

    @ivar deadline: when patience runs out, on the reactor's clock; 0 is never.
    """

    deadline: float

    def expire(self) -> None:
        """The deadline has passed."""

    def stop(self) -> None:
        """Say goodbye now, if the peer is idle."""

    def cut(self) -> None:
        """Close without another word."""


class Rounds:
    """Goes round the conversations once a second while there are any.

    One call for all of them: ten thousand idle connections cost one timer and
    about a millisecond a second.

    @ivar stopping: no conversation shall begin or wait for a new command.
    @ivar logouts: what is to be called when a conversation is over.
    """

    log = Logger()

    def __init__(self, clock: IReactorTime, limits: Limits | None = None) -> None:
        self.clock = clock
        self.limits = limits or Limits(clock.seconds)
        self.members: dict[Timed, str] = {}
        self.logouts: dict[object, list[Callable[[], None]]] = {}
        self.stopping = False
        self.next: IDelayedCall | None = None
        self.emptied: Deferred[None] | None = None

    def join(self, member: Timed, host: str) -> None:
        """Look after a conversation.

        @param host: what it was admitted under.
        """
        self.members[member] = host
        if self.next is None:
            self.next = self.clock.callLater(INTERVAL, self.look)

    def admitted_as(self, member: Timed, host: str) -> None:
        """A conversation was admitted under another name than its peer's."""
        if member in self.members:
            self.members[member] = host

    def recount(self, member: Timed, host: str) -> bool:
        """Count a conversation under this name from now on, if that may be."""
        if not self.limits.admit(host):
            return False
        self.limits.release(self.members[member])
        self.members[member] = host
        return True

    def entered(self, member: object, logout: Callable[[], None]) -> None:
        """Somebody has logged in: log him out when the conversation is over."""
        self.logouts.setdefault(member, []).append(logout)
        if member not in self.members:  # it was over before he was in
            self.log_out(member)

    def log_out(self, member: object) -> None:
        """Let everybody go who came in by a conversation."""
        for logout in self.logouts.pop(member, ()):
            try:
                logout()
            except Exception:  # noqa: BLE001 - a realm's own; it harms nobody else
                self.log.failure("a logout failed")

    def leave(self, member: Timed) -> None:
        """A conversation is over; harmless when done twice."""
        host = self.members.pop(member, None)
        if host is None:
            return
        self.limits.release(host)
        self.log_out(member)
        if not self.members:
            self.rest()

    def rest(self) -> None:
        """There is nobody to look after."""
        if self.next is not None:
            self.next.cancel()
            self.next = None
        if self.emptied is not None:
            emptied, self.emptied = self.emptied, None
            emptied.callback(None)

    def look(self) -> None:
        """Tell those whose time is up."""
        self.next = self.clock.callLater(INTERVAL, self.look)
        now = self.clock.seconds()
        for member in [each for each in self.members if 0 < each.deadline <= now]:
            member.expire()

    async def stop(self, grace: float) -> None:
        """Let everyone finish, for at most C{grace} seconds, then cut them off.

        The idle are told at once; the busy when their command is done.
        """
        self.stopping = True
        for member in list(self.members):
            member.stop()
        if not self.members:
            return
        emptied: Deferred[None] = Deferred()
        self.emptied = emptied
        cutting = self.clock.callLater(grace, self.cut)
        await emptied
        if cutting.active():
            cutting.cancel()

    def cut(self) -> None:
        """The time of grace is over."""
        for member in list(self.members):
            member.cut()
