"""An answer that is written piece by piece, no faster than its client reads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mailnode.web.request import Request


@implementer(IPushProducer)
class Outflow:
    """Lets a coroutine write as long as the client reads.

    While it waits for the client, the time runs: whoever does not read in
    L{Patience.stall<mailnode.web.site.Patience>} seconds what was sent is cut off.

    @ivar waiting: fires when more may be written; C{None} when it may be.
    @ivar on_room: called when there is room again.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.waiting: Deferred[None] | None = None
        request.registerProducer(self, True)  # type: ignore[no-untyped-call]  # Twisted's

    @property
    def full(self) -> bool:
        """The client has yet to read what was sent."""
        return self.waiting is not None

    def pauseProducing(self) -> None:
        if self.waiting is None:
            self.waiting = Deferred()
            self.request.visitor.stalled()

    def resumeProducing(self) -> None:
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            self.request.visitor.flowing()
            waiting.callback(None)

    def stopProducing(self) -> None:
        """Nothing: the coroutine hears of it when the request ends."""

    async def room(self) -> None:
        """Wait until the client has read enough."""
        if self.waiting is not None:
            await self.waiting

    def end(self) -> None:
        """That was all."""
        self.request.unregisterProducer()  # type: ignore[no-untyped-call]  # Twisted's
        self.request.finish()


async def pour(request: Request, pieces: AsyncIterator[bytes]) -> None:
    """Send a stream to its end."""
    outflow = Outflow(request)
    async with aclosing(cast("AsyncGenerator[bytes, None]", pieces)):
        if request.method != b"HEAD":
            async for each in pieces:
                await outflow.room()
                request.write(each)
    outflow.end()
