"""Content that goes where its resource says as it comes, and is not gathered first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from twisted.internet.defer import Deferred

from mailnode.errors import MailError
from mailnode.web.answer import Answer, declined
from mailnode.web.coroutine import AsyncResource, send
from mailnode.web.cors import allowed

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from mailnode.web.request import Request


class Intake(Protocol):
    """Takes the content of one request."""

    def write(self, data: bytes) -> None:
        """The next octets.

        @raise MailError: when they cannot be taken.
        """

    def discard(self) -> None:
        """Nothing comes of it; harmless when done twice, or after all came of it."""


class StreamedResource(AsyncResource):
    """A resource that takes the content of POST as it comes."""

    def streams(self, request: Request) -> bool:
        """Whether the content of this request is taken so."""
        return request.method == b"POST"

    async def intake(self, request: Request) -> Intake:
        """What takes the content; asked for once the header of a request is whole.

        Until it is there, nothing more is read.

        @raise Refused: when it shall not come.
        @raise MailError: likewise.
        """
        raise NotImplementedError


class Admission:
    """The way of some content into the hands of its resource.

    @ivar waiting: what came before it was known who takes it: no more than was
        read in one piece.
    @ivar intake: who takes it.
    @ivar whole: all of it has come.
    @ivar refusal: what to say instead of taking it.
    """

    def __init__(self, request: Request, resource: StreamedResource) -> None:
        self.request = request
        self.resource = resource
        self.waiting: list[bytes] = []
        self.intake: Intake | None = None
        self.whole = False
        self.refusal: Answer | None = None

    def begin(self) -> None:
        """Ask who takes it."""
        ended = self.request.notifyFinish()
        asking = Deferred.fromCoroutine(self.ask())
        _ = ended.addErrback(lambda _: asking.cancel())
        _ = ended.addBoth(self.over)
        _ = asking.addErrback(self.resource.broken, self.request)

    async def ask(self) -> None:
        """Ask the resource, and do as it says."""
        channel = self.request.visitor
        channel.hold(True)
        try:
            asked = self.resource.intake(self.request)
            found = await self.resource.outcome(self.request, asked)
        finally:
            channel.hold(False)
        if isinstance(found, Answer):
            self.refuse(found)
        else:
            self.intake = found
            waiting, self.waiting = self.waiting, []
            for each in waiting:
                self.take(each)
        if self.whole:
            self.respond()
        elif self.refusal is None:
            channel.welcome()

    def take(self, data: bytes) -> None:
        """Some content has come."""
        if self.refusal is not None:
            return
        if self.intake is None:
            self.waiting.append(data)
            return
        try:
            self.intake.write(data)
        except MailError as error:
            self.refuse(declined(error))

    def refuse(self, answer: Answer) -> None:
        """Take nothing more, and say why; at once, if more would come."""
        more = allowed(self.resource, self.request)
        self.refusal = replace(answer, headers={**answer.headers, **more})
        self.waiting.clear()
        if not self.whole:
            self.request.visitor.refuse(self.refusal)

    def complete(self) -> None:
        """All of it has come."""
        self.whole = True
        if self.intake is not None or self.refusal is not None:
            self.respond()

    def respond(self) -> None:
        """Have the request answered."""
        if self.refusal is None:
            self.request.process()
        else:
            self.request.greet()
            send(self.request, self.refusal, {})

    def over(self, _: Failure | None) -> None:
        """The request has ended, one way or the other."""
        if self.intake is not None:
            self.intake.discard()
