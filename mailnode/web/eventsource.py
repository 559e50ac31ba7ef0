"""What changes, told as it does, in a response that does not end (RFC 8620, 7.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from mailnode.jmap.push import Listening, Pushes, StateChange, Types
from mailnode.web.answer import Answer, Refused
from mailnode.web.authentication import Authenticator
from mailnode.web.coroutine import AsyncResource, begin
from mailnode.web.cors import allowed
from mailnode.web.living import Living
from mailnode.web.outflow import pour

if TYPE_CHECKING:
    from mailnode.web.request import Request

KIND = "text/event-stream"
SHORTEST, LONGEST = 5, 900
"""Seconds between pings; RFC 8620, 7.3 wants no more than 30 and no less than 300."""
TYPES = re.compile(r"[A-Za-z0-9]{1,64}(?:,[A-Za-z0-9]{1,64}){0,63}")
PING = re.compile(r"\d{1,9}", re.ASCII)
HELLO = b":\n\n"
"""A comment, so that the header leaves at once (HTML, 9.2.6)."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a client wants to hear.

    @ivar once: the response ends with the first change.
    @ivar ping: seconds after which silence is broken; 0 for never.
    """

    types: Types
    once: bool
    ping: int


def wishes(request: Request) -> Wishes:
    """What stands in the query.

    @raise Refused: when it is not what the template has.
    """
    types = asked(request, "types")
    if types != "*" and not TYPES.fullmatch(types):
        raise Refused(400, "types must be names with commas between, or *")
    after = asked(request, "closeafter")
    if after not in ("state", "no"):
        raise Refused(400, "closeafter must be state or no")
    ping = asked(request, "ping")
    if not PING.fullmatch(ping):
        raise Refused(400, "ping must be a number of seconds")
    seconds = min(max(int(ping), SHORTEST), LONGEST) if int(ping) else 0
    names = None if types == "*" else frozenset(types.split(","))
    return Wishes(names, after == "state", seconds)


def asked(request: Request, name: str) -> str:
    """A word of the query; empty when it is not there once."""
    said = request.args.get(name.encode(), [])
    return said[0].decode("latin-1") if len(said) == 1 else ""


class Events:
    """The events of one client, as an iterator of octets.

    Of changes that come while a client does not read there is only their sum.

    @ivar waiting: fires when there is something to say, or no more.
    @ivar news: what it has yet to hear.
    @ivar silent: nothing was said for as long as it wants that to be.
    """

    __slots__ = (
        *("clock", "listening", "news", "over"),
        *("silent", "timer", "waiting", "wishes"),
    )

    def __init__(self, wishes: Wishes, clock: IReactorTime) -> None:
        self.wishes = wishes
        self.clock = clock
        self.listening: Listening | None = None
        self.news: StateChange | None = None
        self.silent = False
        self.over = False
        self.waiting: Deferred[None] | None = None
        self.timer: IDelayedCall | None = None

    def heard(self, change: StateChange) -> None:
        """Something has changed."""
        if change.concerns(self.wishes.types):
            self.news = change.after(self.news)
            self.wake()

    def tick(self) -> None:
        """It has been silent for long."""
        self.timer = None
        self.silent = True
        self.wake()

    def end(self) -> None:
        """That was all; harmless when done twice."""
        self.over = True
        self.wake()

    def wake(self) -> None:
        """Let whoever waits for the next event look."""
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.callback(None)

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> bytes:
        """The next event."""
        while not self.over:
            if self.news is not None:
                news, self.news = self.news, None
                self.over = self.wishes.once
                return self.told(state_event(news, self.wishes.types))
            if self.silent:
                return self.told(ping_event(self.wishes.ping))
            self.waiting = Deferred()
            await self.waiting
        raise StopAsyncIteration

    def told(self, event: bytes) -> bytes:
        """An event that is said now: the silence begins anew."""
        self.silent = False
        self.count_silence()
        return event

    def count_silence(self) -> None:
        """Wait from now for as long as silence may last."""
        if self.wishes.ping and self.timer is None:
            self.timer = self.clock.callLater(self.wishes.ping, self.tick)
        elif self.timer is not None:
            self.timer.reset(self.wishes.ping)

    async def aclose(self) -> None:
        """Nobody listens any more."""
        self.over = True
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self.listening is not None:
            self.listening.stop()


def state_event(change: StateChange, types: Types) -> bytes:
    """An event with a change, and the id that tells all states (RFC 8620, 7.3)."""
    token = change.token.encode()
    return b"event: state\nid: %s\ndata: %s\n\n" % (token, change.text(types))


def ping_event(interval: int) -> bytes:
    """An event that says nothing, and has no id."""
    return b'event: ping\ndata: {"interval":%d}\n\n' % interval


class EventSource(AsyncResource):
    """Tells changes to whoever listens."""

    shared = True

    def __init__(
        self, authenticator: Authenticator, pushes: Pushes, living: Living
    ) -> None:
        super().__init__()
        self.authenticator = authenticator
        self.pushes = pushes
        self.living = living

    async def get(self, request: Request) -> Answer | None:
        """Answer until the client goes, or may not stay."""
        login = await self.authenticator.login(request)
        channel = request.visitor
        events = Events(wishes(request), channel.site.clock)
        with self.living.going_on(login, channel, events.end):
            try:
                events.listening = await self.pushes.listen(login.account, events.heard)
                if token := request.asked("Last-Event-ID"):
                    events.heard(events.listening.present.since(token))
                await self.told(request, events)
            finally:
                await events.aclose()
        return None

    async def told(self, request: Request, events: Events) -> None:
        """Send the events."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        request.visitor.keep_alive()
        answer = Answer(kind=KIND, headers=headers)
        begin(request, answer, allowed(self, request))
        request.write(HELLO)
        request.lighten()
        events.count_silence()
        await pour(request, events)
