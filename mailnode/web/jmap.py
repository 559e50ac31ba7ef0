"""JMAP over HTTP: the session, and requests that are posted (RFC 8620, 2 and 3.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.delivery import IDelivery, IOutbox
from mailnode.interfaces.gate import IGate
from mailnode.jmap.call import Visit, no_way_out
from mailnode.jmap.errors import RequestError
from mailnode.jmap.extension import Repertoire
from mailnode.jmap.ijson import Object, written
from mailnode.jmap.request import Request as Asked
from mailnode.jmap.request import parse, respond, too_much
from mailnode.jmap.session import session
from mailnode.model.envelope import Origin
from mailnode.web.answer import JSON, PROBLEM, Answer
from mailnode.web.authentication import Authenticator, Login
from mailnode.web.coroutine import AsyncResource

if TYPE_CHECKING:
    from mailnode.web.request import Request

SESSION = "/jmap/session"
SLICE = 0.05
"""Seconds that one request works before others have their turn."""


class Turns:
    """Gives way to others, now and then.

    @param seconds: a clock that goes on while we work.
    """

    def __init__(
        self, clock: IReactorTime, seconds: Callable[[], float] = perf_counter
    ) -> None:
        self.clock = clock
        self.seconds = seconds
        self.begun = seconds()

    async def turn(self) -> None:
        """Let others have their turn, if this one has lasted long."""
        if self.seconds() - self.begun > SLICE:
            await deferLater(self.clock, 0)
            self.begun = self.seconds()


def origin(request: Request) -> str:
    """Scheme, host and port by which a client reaches us."""
    options = request.visitor.site.options
    if options.url:
        return options.url
    scheme = "https" if request.visitor.secure else "http"
    host = request.asked("Host") or options.hostname
    return f"{scheme}://{host}"


class WellKnown(AsyncResource):
    """C{/.well-known/jmap}: the session is elsewhere (RFC 8620, 2.2)."""

    shared = True

    async def get(self, _request: Request) -> Answer:
        """The way there."""
        return Answer(307, headers={"Location": SESSION})


class Session(AsyncResource):
    """The session object (RFC 8620, 2)."""

    shared = True

    def __init__(self, authenticator: Authenticator, repertoire: Repertoire) -> None:
        super().__init__()
        self.authenticator = authenticator
        self.repertoire = repertoire

    async def get(self, request: Request) -> Answer:
        """What somebody finds here."""
        account = await self.authenticator.account(request)
        told = session(account, self.repertoire, origin(request))
        return Answer(content=written(told), kind=JSON)


class API(AsyncResource):
    """Where requests are posted.

    @ivar gate: gives people their way out, once they have come in.
    @ivar busy: how many requests of each account are being answered.
    """

    shared = True

    def __init__(
        self, authenticator: Authenticator, repertoire: Repertoire, gate: IGate
    ) -> None:
        super().__init__()
        self.authenticator = authenticator
        self.gate = gate
        self.repertoire = repertoire
        self.content_limit = repertoire.limits.size_request
        self.busy: Counter[int] = Counter()

    async def post(self, request: Request) -> Answer:
        """Answer a request (RFC 8620, 3.1)."""
        login = await self.authenticator.login(request)
        try:
            with self.turn(login.account):
                return await self.responded(login, request)
        except RequestError as error:
            problem = written(error.problem())
            return Answer(error.status, problem, PROBLEM)

    async def responded(self, login: Login, request: Request) -> Answer:
        """Do what a request asks for.

        @raise RequestError: when it is none that we can meet.
        """
        kind = request.asked("Content-Type").partition(";")[0]
        if kind.strip().lower() != JSON:
            raise RequestError("notJSON", f"the content must be {JSON}")
        asked = parse(request.content.read(), self.repertoire)
        told = await self.told(asked, login, request)
        return Answer(content=written(told), kind=JSON)

    async def told(self, asked: Asked, login: Login, request: Request) -> Object:
        """The response to what somebody asks who came in by a request of HTTP."""
        visit = self.visit(login, request)
        state = session(login.account, self.repertoire, origin(request))["state"]
        return await respond(asked, visit, str(state))

    def visit(self, login: Login, request: Request) -> Visit:
        """Somebody who has come in, and by which way he sends."""
        visitor, account = request.visitor, login.account

        async def outbox() -> IOutbox:
            delivery = await self.gate.vouched(account.name, visitor, IDelivery)
            if not IOutbox.providedBy(delivery):
                return await no_way_out()
            return IOutbox(delivery)

        origin = Origin("JMAP", "", visitor.address, visitor.tls)
        key = 0 if login.token is None else login.token.id
        turns = Turns(visitor.site.clock)
        return Visit(
            account,
            self.repertoire,
            lambda: request.gone,
            outbox,
            origin,
            key,
            turns.turn,
        )

    @contextmanager
    def turn(self, account: IMailAccount) -> Iterator[None]:
        """Count a request while it is answered.

        @raise RequestError: when there are too many at a time.
        """
        if self.busy[account.id] >= self.repertoire.limits.concurrent_requests:
            raise too_much("maxConcurrentRequests")
        self.busy[account.id] += 1
        try:
            yield
        finally:
            self.busy[account.id] -= 1
            if not self.busy[account.id]:
                del self.busy[account.id]
