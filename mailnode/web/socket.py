"""JMAP over a WebSocket: requests side by side, and changes as they come (RFC 8887)."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from zope.interface import implementer

from mailnode.errors import MailError
from mailnode.jmap.errors import RequestError
from mailnode.jmap.ijson import Object, written
from mailnode.jmap.messages import Disable, Enable, Question, Wrong, pushed, understood
from mailnode.jmap.push import Listening, Pushes, StateChange
from mailnode.web.answer import Answer, Refused
from mailnode.web.authentication import Login
from mailnode.web.coroutine import AsyncResource
from mailnode.web.frames import AWAY, POLICY, TOO_BIG, TROUBLE, Frames, handshake
from mailnode.web.jmap import API
from mailnode.web.living import Living

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from mailnode.web.request import Request

SUBPROTOCOL = "jmap"
PING = 60.0
"""Seconds after which a client is asked whether it is there; after as many more in
which nothing was heard it is not."""


@implementer(IPushProducer)
class Conversation:
    """One client, from the handshake to the end.

    @ivar running: what is being done for it.
    @ivar wanted: which changes it wants to be told, if any.
    @ivar news: those that it has yet to be told, as one.
    @ivar full: it does not read.
    """

    log = Logger()

    def __init__(self, login: Login, api: API, pushes: Pushes, line: Frames) -> None:
        self.login = login
        self.api = api
        self.pushes = pushes
        self.line = line
        self.running: set[Deferred[None]] = set()
        self.wanted: Enable | None = None
        self.listening: Listening | None = None
        self.news: StateChange | None = None
        self.full = False
        self.ended: Deferred[None] = Deferred()

    # What comes in.

    def heard(self, message: bytes) -> None:
        """A message: see to it, beside the others."""
        try:
            said = understood(message, self.api.repertoire)
        except Wrong as wrong:
            self.say(wrong.value())
            return
        if isinstance(said, Question):
            self.run(self.answer(said))
        elif isinstance(said, Enable):
            self.run(self.enable(said))
        elif isinstance(said, Disable):
            self.wanted = self.news = None

    def too_long(self) -> None:
        """A message is longer than it may be."""
        why = RequestError("limit", "more than maxSizeRequest", "maxSizeRequest")
        self.say(Wrong(why).value())
        self.line.close(TOO_BIG)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside the rest."""
        running = Deferred.fromCoroutine(work)
        if not running.called:
            self.running.add(running)
            _ = running.addBoth(self.done, running)
        _ = running.addErrback(self.broken)

    def done(self, result: object, running: Deferred[None]) -> object:
        """It is done."""
        self.running.discard(running)
        return result

    def broken(self, failure: Failure) -> None:
        """It was cut short, or there is a fault of ours."""
        if failure.check(CancelledError) is None:
            self.log.failure("a WebSocket broke off", failure)
            self.line.close(TROUBLE)

    async def answer(self, question: Question) -> None:
        """Answer a request."""
        account = self.login.account
        try:
            with self.api.turn(account):
                told = await self.api.told(
                    question.request, self.login, self.line.request
                )
        except RequestError as why:
            self.say(Wrong(why, question.id).value())
        else:
            self.say(question.answered(told))

    async def enable(self, wanted: Enable) -> None:
        """Tell changes from now on, and those that were missed (RFC 8887, 4.3.5.2)."""
        self.wanted = wanted
        if self.listening is None:
            try:
                listening = await self.pushes.listen(self.login.account, self.changed)
            except MailError as error:
                why = RequestError("serverUnavailable", str(error))
                self.say(Wrong(why).value())
                return
            if self.listening is not None:
                listening.stop()
            else:
                self.listening = listening
        if wanted.since is not None:
            self.changed(self.listening.present.since(wanted.since))

    # What goes out.

    def changed(self, change: StateChange) -> None:
        """Something has changed; tell it, once the client reads."""
        if self.wanted is not None and change.concerns(self.wanted.types):
            self.news = change.after(self.news)
            self.tell()

    def tell(self) -> None:
        """Tell what there is to tell, if the client reads."""
        if self.news is not None and self.wanted is not None and not self.full:
            news, self.news = self.news, None
            self.say(pushed(news, self.wanted.types))

    def say(self, value: Object) -> None:
        """Send something."""
        self.line.say(written(value))

    def pauseProducing(self) -> None:
        """The client does not read: so neither do we."""
        self.full = True
        self.line.channel.stalled()
        self.line.channel.hold(True)

    def resumeProducing(self) -> None:
        """It does again."""
        self.full = False
        self.line.channel.flowing()
        self.line.channel.hold(False)
        self.tell()

    def stopProducing(self) -> None:
        """Nothing: we hear of the end from the connection."""

    # How it ends.

    def end(self) -> None:
        """It may not go on."""
        stopping = self.line.channel.site.rounds.stopping
        self.line.close(AWAY if stopping else POLICY)  # RFC 8887, 4.2

    def closed(self) -> None:
        """Nothing is said any more."""
        if not self.ended.called:
            self.ended.callback(None)

    def leave(self) -> None:
        """Leave nothing behind."""
        for each in list(self.running):
            each.cancel()
        if self.listening is not None:
            self.listening.stop()


class Socket(AsyncResource):
    """Where WebSockets begin."""

    def __init__(self, api: API, pushes: Pushes, living: Living) -> None:
        super().__init__()
        self.api = api
        self.pushes = pushes
        self.living = living

    async def get(self, request: Request) -> Answer | None:
        """Become a WebSocket, until one of us goes."""
        login = await self.api.authenticator.login(request)
        if not request.asked("Authorization") and not request.asked("Origin"):
            raise Refused(403, "no page says that it asks")  # RFC 6455, 10.2
        offered = request.asked("Sec-WebSocket-Protocol").split(",")
        if SUBPROTOCOL not in map(str.strip, offered):
            raise Refused(400, f"the subprotocol must be {SUBPROTOCOL}")
        said, connection = handshake(request, SUBPROTOCOL)
        limit = self.api.repertoire.limits.size_request
        line = Frames(request, connection, limit)
        talk = Conversation(login, self.api, self.pushes, line)
        channel = request.visitor
        with self.living.going_on(login, channel, talk.end):
            channel.upgrade(line)
            channel.transport.write(said)
            request.lighten()
            request.registerProducer(talk, True)  # type: ignore[no-untyped-call]  # Twisted's
            line.begin(talk, PING)
            try:
                await talk.ended
            finally:
                line.end()
                talk.leave()
        return None
