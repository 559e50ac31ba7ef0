"""Resources of twisted.web whose methods are coroutines (RFC 9110, 9)."""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable, Mapping
from traceback import format_tb
from typing import TYPE_CHECKING, TypeVar, cast

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from mailnode.errors import MailError
from mailnode.web.answer import (
    JSON,
    PROBLEM,
    Answer,
    Refused,
    declined,
    phrase,
    problem,
)
from mailnode.web.cors import allowed, preflight
from mailnode.web.outflow import pour

if TYPE_CHECKING:
    from mailnode.web.request import Request

METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS")
"""Those that resources of this server may have."""
WORTH_IT = 1024
"""Octets from which an answer is compressed."""
TOO_LONG = 2**20
"""Octets beyond which it is not: all of it is done in one go."""
LEVEL = 4
"""Of compression: three times as fast as the usual 9, and 3 % longer."""
NO_CONTENT = (204, 304)
"""Statuses of answers without a length (RFC 9110, 8.6)."""
TURN = 32
"""Requests answered on one connection before others have their turn."""

Answering = Callable[["Request"], Awaitable[Answer | None]]
"""Answers a request; C{None} if it has done so itself."""
T = TypeVar("T")


class AsyncResource(Resource):
    """A resource that answers with an L{Answer}, or raises what is in the way.

    A method is a coroutine of its name in lower case: C{async def get(request)}.
    It is cancelled when the client goes.

    @cvar content_limit: octets of content that may come with a request.
    @cvar shared: pages of other origins may call it, if the operator lets them.
    @cvar takes_any: content of any type may come with a cookie; else JSON alone.
    """

    log = Logger()
    isLeaf = True
    content_limit = 0
    shared = False
    takes_any = False

    def __init__(self) -> None:
        Resource.__init__(self)

    def method(self, name: bytes) -> Answering | None:
        """What answers a method; HEAD is GET without its content."""
        name = b"GET" if name == b"HEAD" else name
        if name not in METHODS:
            return None
        return cast("Answering | None", getattr(self, name.decode().lower(), None))

    @property
    def allow(self) -> str:
        """The methods there are, for people and C{Allow}."""
        return ", ".join(each.decode() for each in METHODS if self.method(each))

    def refusal(self, method: bytes) -> Answer | None:
        """Why a method is not answered here; C{None} when it is."""
        if self.method(method):
            return None
        if method not in METHODS:
            return problem(501, "nobody here knows this method")
        words = "this method is not for this resource"
        return problem(405, words, {"Allow": self.allow})

    def too_large(self) -> Answer:
        """The answer to content that is longer than may come."""
        return problem(413, f"at most {self.content_limit} octets")

    async def options(self, request: Request) -> Answer:
        """What can be done here; for browsers, who may do it."""
        found = preflight(self, request)
        return found or Answer(204, headers={"Allow": self.allow})

    def render(self, request: Request) -> int:
        """Begin to answer."""
        ended = request.notifyFinish()
        running = Deferred.fromCoroutine(self.respond(request))
        _ = ended.addErrback(lambda _: running.cancel())
        _ = running.addErrback(self.broken, request)
        return NOT_DONE_YET

    async def respond(self, request: Request) -> None:
        """Answer a request, whatever comes of it."""
        channel = request.visitor
        if channel.served % TURN == TURN - 1:
            await deferLater(channel.site.clock, 0)
        answer = await self.answer(request)
        if answer is None or request.gone:
            return
        if answer.stream is None:
            send(request, answer, allowed(self, request))
        else:
            begin(request, answer, allowed(self, request))
            await pour(request, answer.stream)

    async def answer(self, request: Request) -> Answer | None:
        """What is to be said."""
        refusal = self.refusal(request.method)
        method = self.method(request.method)
        if refusal is not None or method is None:
            return refusal or problem(404, "there is nothing here")
        return await self.outcome(request, method(request))

    async def outcome(self, request: Request, work: Awaitable[T]) -> T | Answer:
        """What comes of some work; what goes wrong becomes a problem report."""
        try:
            return await work
        except Refused as refused:
            return refused.answer()
        except MailError as error:
            return declined(error)
        except Exception as trouble:
            if request.gone:
                raise
            # Its text and its locals may hold a password: only say where it was.
            self.log.error(
                "{method} {path} failed: {kind}\n{trace}",
                method=request.method.decode(),
                path=request.path.decode("ascii", "replace"),
                kind=type(trouble).__qualname__,
                trace="".join(format_tb(trouble.__traceback__)).rstrip(),
            )
            return problem(500, "something went wrong here")

    def broken(self, failure: Failure, request: Request) -> None:
        """The client has gone; or else there is a fault of ours: close."""
        if failure.check(CancelledError) is None:
            self.log.failure("a response broke off", failure)
            request.visitor.cut()


class Nothing(AsyncResource):
    """What is where nothing is."""

    def refusal(self, _method: bytes) -> Answer:
        """Whatever is asked for, it is not here."""
        return problem(404, "there is nothing here")


class Folder(Resource):
    """A resource that only leads to others."""

    def __init__(self, children: Mapping[bytes, Resource]) -> None:
        Resource.__init__(self)
        for name, child in children.items():
            self.putChild(name, child)

    def getChild(self, _path: bytes, _request: Request) -> Resource:
        """What was not put here is not here."""
        return Nothing()


def send(request: Request, answer: Answer, more: Mapping[str, str]) -> None:
    """Send an answer, with further fields."""
    content = answer.content
    begin(request, answer, more)
    if answer.kind in (JSON, PROBLEM) and WORTH_IT <= len(content) <= TOO_LONG:
        request.responseHeaders.addRawHeader("Vary", "Accept-Encoding")
        if accepts_gzip(request):
            content = gzip.compress(content, LEVEL, mtime=0)
            request.say("Content-Encoding", "gzip")
    if answer.status not in NO_CONTENT:
        request.say("Content-Length", str(len(content)))
    request.write(content)
    request.finish()


def begin(request: Request, answer: Answer, more: Mapping[str, str]) -> None:
    """Say what kind of answer comes."""
    request.setResponseCode(answer.status, phrase(answer.status).encode())
    for name, value in {**answer.headers, **more}.items():
        request.say(name, value)
    if answer.kind:
        request.say("Content-Type", answer.kind)
    if answer.length is not None:
        request.say("Content-Length", str(answer.length))


def accepts_gzip(request: Request) -> bool:
    """Whether a client takes gzip (RFC 9110, 12.5.3)."""
    for each in request.asked("Accept-Encoding").split(","):
        coding, _, weight = (part.strip().lower() for part in each.partition(";"))
        if coding in ("gzip", "x-gzip"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
