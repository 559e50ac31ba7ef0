"""What waits to leave, kept so that nothing of it is ever lost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from zope.interface import Interface

from mailnode.interfaces.content import IContent, IOctets
from mailnode.model.envelope import Envelope
from mailnode.model.queue import Claim, Entry, Settlement


class IQueue(Interface):
    """Messages on their way to somebody, each target with a state of its own.

    A claim is a lease: whoever has it tries to deliver, and says what became
    of it before the lease ends or renews it in time.  A lease that has ended
    is as good as none: its targets are claimed again.

    A message is called by its C{Envelope.id}.
    """

    async def put(envelope: Envelope, content: IContent) -> None:
        """Keep a message for all its targets, or for none of them.

        When this returns, it is on stable storage.  A message whose id is in
        the queue already changes nothing.

        @raise NoSpace: when the disk is full.
        """

    async def claim(
        limit: int,
        busy: Collection[str] = (),
        *,
        lease: int,
        only: str | None = None,
    ) -> Sequence[Claim]:
        """Take what is due, C{limit} claims at most, for so many ms.

        Destinations take turns, senders to one destination take turns, and a
        higher priority goes first (RFC 6710).

        @param busy: destinations that are not to be tried now.
        @param only: the one destination that is to be tried; C{None}: any.
        """

    async def renew(claim: Claim, *, lease: int) -> Claim:
        """Keep a claim for so many ms from now.

        @raise NotFound: when it is ours no longer.
        """

    async def settle(
        claim: Claim,
        settlements: Sequence[Settlement],
        reports: Sequence[tuple[Envelope, IContent]] = (),
    ) -> None:
        """Write down what became of a claim: one settlement for each target.

        All of it happens or nothing: what is delivered leaves the queue, what
        is deferred gets its next time, and the reports are in the queue.

        @raise NotFound: when the claim is ours no longer; nothing happens then.
        """

    async def give_back(claims: Sequence[Claim]) -> None:
        """Return claims untried, due at once."""

    async def put_off(destination: str, until: int) -> None:
        """Try nothing of a destination before a moment, in ms (back-off)."""

    async def content(name: str) -> IOctets:
        """The octets of a message in the queue, readable while it is there.

        @raise NotFound: when it is not there.
        @raise Unavailable: when its octets are not what they were; it is
            CORRUPT from now on, and no claim of it is ours any longer.
        """

    async def next_due() -> int | None:
        """When something will be due next, in ms; C{None} when nothing waits."""

    def watch(listener: Callable[[], None]) -> Callable[[], None]:
        """Tell C{listener} when something new is there, after it is committed.

        @return: call it to stop.
        """

    async def recall(name: str) -> bool:
        """Take back a message that is held for later (RFC 4865), as if it had
        never come; whether that was possible.

        It is not when its time has come, for any of its targets: then somebody
        may have got it.
        """

    # For operators.

    async def entries(after: str = "", limit: int = 1000) -> Sequence[Entry]:
        """Messages with an id above C{after}, by id.

        Those that cannot be read have no targets at all.  What is put off is
        due when its destination is.
        """

    async def entry(name: str) -> Entry:
        """One message.

        @raise NotFound: when it is not there.
        """

    async def retry(name: str | None = None) -> int:
        """Let deferred targets be due now, of one message or of all; how many.

        Where they go is put off no longer.

        @raise NotFound: when there is no such message.
        """

    async def hold(name: str) -> int:
        """Keep what is not being tried from being tried; how many targets.

        @raise NotFound: when there is no such message.
        """

    async def release(name: str) -> int:
        """Let held targets be due now; how many.

        @raise NotFound: when there is no such message.
        """

    async def drop(name: str) -> int:
        """Remove a message without telling anybody; how many targets it had.

        @raise NotFound: when there is no such message.
        """
