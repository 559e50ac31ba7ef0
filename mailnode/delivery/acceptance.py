"""What becomes of a message whose targets are known: mailboxes here, or the queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from mailnode.errors import MailError
from mailnode.interfaces.account import IStore
from mailnode.interfaces.content import IContent
from mailnode.interfaces.queue import IQueue
from mailnode.model.envelope import Envelope, Letter, Notify

Report = tuple[Envelope, IContent]
Expand = Callable[[Envelope, IContent], Awaitable[tuple[Envelope, Sequence[Report]]]]
"""Says what the senders of lists are told at once, and what is left for later."""


class Acceptance:
    """Takes a message for all its targets or for none, in one transaction.

    What is for mailboxes here and needs no report is delivered at once;
    everything else goes by the queue, whole.

    @ivar expand: C{None} where nobody is told of lists.
    """

    def __init__(
        self, store: IStore, queue: IQueue, expand: Expand | None = None
    ) -> None:
        self.store = store
        self.queue = queue
        self.expand = expand

    async def accept(self, envelope: Envelope, content: IContent) -> None:
        """Take a message; when this returns, it is on stable storage.

        @param content: begins with a Return-Path field if it is L{direct}, and
            must not otherwise (RFC 5321, 4.4).
        @raise OverQuota: when an account has no room.
        @raise NoSpace: when the disk has none.
        """
        if not direct(envelope):
            await self.enqueue(envelope, content)
            return
        places: dict[str, str] = {}
        for target in envelope.targets:
            assert target.mailbox is not None, "it is direct"
            places.setdefault(target.address.key, target.mailbox)
        letter = Letter(envelope.id, tuple(places.items()), envelope.received)
        await self.store.deliver(letter, content)

    async def enqueue(self, envelope: Envelope, content: IContent) -> None:
        """Keep a message in the queue, and after it what its sender is told already."""
        reports: Sequence[Report] = ()
        if self.expand is not None:
            envelope, reports = await self.expand(envelope, content)
        try:
            await self.queue.put(envelope, content)
            # It is kept: whoever is told no now would bring it a second time.
            with suppress(MailError):
                for each in reports:
                    await self.queue.put(*each)
        finally:
            for _, report in reports:
                report.discard()


def direct(envelope: Envelope) -> bool:
    """Whether a message goes into mailboxes at once."""
    return envelope.sender.hold_until is None and all(
        target.mailbox is not None
        and Notify.SUCCESS not in (target.recipient.notify or ())
        for target in envelope.targets
    )
