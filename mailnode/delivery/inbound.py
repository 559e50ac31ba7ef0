"""What a stranger's message goes through on its way into mailboxes (RFC 5321, 4.4)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence

from zope.interface import implementer

from mailnode.delivery import taking
from mailnode.delivery.acceptance import Acceptance, direct
from mailnode.delivery.directions import Directions
from mailnode.errors import (
    Looping,
    MailError,
    NoSpace,
    NotFound,
    NotLocal,
    NotPermitted,
)
from mailnode.interfaces.content import IContent
from mailnode.interfaces.delivery import IDelivery, ITransaction
from mailnode.interfaces.trail import ITrail
from mailnode.message import trace
from mailnode.message.envelope import message_id
from mailnode.model.envelope import (
    Address,
    Envelope,
    Origin,
    Recipient,
    Sender,
    Target,
)
from mailnode.wire.path import mailbox

HOP_LIMIT = 100
"""Received fields a message may come with; with more it is going in circles
(RFC 5321, 6.3: a large threshold, normally at least 100)."""
ID_OCTETS = 10
"""Octets of chance in a message's id: enough that no two are ever the same."""

Outcome = MailError | None
Deliveries = Sequence[Coroutine[object, None, Outcome]]
Gather = Callable[[Deliveries], Awaitable[Sequence[Outcome]]]
"""Does some deliveries, at once if it can, and returns their outcomes in order."""


async def one_by_one(deliveries: Deliveries) -> Sequence[Outcome]:
    """A L{Gather} that needs no reactor; each delivery waits for the one before."""
    return [await delivery for delivery in deliveries]


@implementer(IDelivery)
class Inbound:
    """The way in for whoever brings mail: for addresses here, and no others.

    It remembers nothing of those who use it, so one will do for all of them.

    @ivar hostname: how we call ourselves in Received fields.
    @ivar clock: milliseconds since 1970 in UTC.
    @ivar chance: so many random octets.
    @ivar room: octets that may still be written to the disk.
    """

    def __init__(
        self,
        directions: Directions,
        acceptance: Acceptance,
        trail: ITrail,
        *,
        hostname: str,
        clock: Callable[[], int],
        chance: Callable[[int], bytes],
        gather: Gather = one_by_one,
        room: Callable[[], int] | None = None,
    ) -> None:
        self.directions = directions
        self.acceptance = acceptance
        self.trail = trail
        self.hostname = hostname
        self.clock = clock
        self.chance = chance
        self.gather = gather
        self.room = room

    async def sender(
        self, sender: Sender, origin: Origin, *, together: bool = True
    ) -> ITransaction:
        """Begin a transaction; everybody is welcome while there is room.

        @raise NoSpace: when the disk is too full for what is announced.
        """
        if self.room is not None and self.room() < (sender.size or 1):
            raise NoSpace("there is no room for this now")
        return Incoming(self, sender, origin, together=together)

    async def verify(self, address: Address) -> bool:
        """Whether we would take mail for this address."""
        try:
            await self.directions.targets(Recipient(address), None)
        except (NotFound, NotLocal, NotPermitted, Looping):
            return False
        return True

    def id(self) -> str:
        """A name for a message, in the log and in its Received field."""
        return self.chance(ID_OCTETS).hex()


@implementer(ITransaction)
class Incoming:
    """One message on its way to some of the addresses here.

    @ivar name: of the message, in the log and in its Received field.
    @ivar leads: for each recipient, where its mail goes.
    """

    def __init__(
        self, inbound: Inbound, sender: Sender, origin: Origin, *, together: bool
    ) -> None:
        self.inbound = inbound
        self.name = inbound.id()
        self.sender = sender
        self.origin = origin
        self.together = together
        self.recipients: list[Recipient] = []
        self.leads: list[Sequence[Target]] = []

    async def recipient(self, recipient: Recipient) -> None:
        """Add a recipient, and with it all targets behind the address.

        @raise OverQuota: when a mailbox has no room for what is announced.

        and all that L{Aliases.resolve<mailnode.delivery.aliases.Aliases.resolve>}
        raises.
        """
        directions = self.inbound.directions
        try:
            targets = await directions.targets(recipient, self.sender.address)
            await directions.see_to_room(targets, self.sender)
        except MailError as error:
            self.refused(error, recipient)
            raise
        self.recipients.append(recipient)
        self.leads.append(targets)

    async def content(self, octets: AsyncIterator[bytes]) -> Sequence[Outcome]:
        """Keep the message for all, or (one by one) for each who has room.

        @raise Looping: when it has been here too often.
        """
        inbound = self.inbound
        everybody = self.envelope(self.leads, inbound.clock())
        spool = inbound.acceptance.store.spool()
        content = await taking.gathered(spool, self.trace(everybody), octets)
        try:
            see_to_loops(content)
            if self.together or not direct(everybody):
                await self.accept(everybody, content)
                return [None] * len(self.leads)
            each = [self.envelope([lead], everybody.received) for lead in self.leads]
            return await inbound.gather([self.attempt(one, content) for one in each])
        except MailError as error:
            self.refused(error)
            raise
        finally:
            content.discard()

    def envelope(self, leads: Sequence[Sequence[Target]], moment: int) -> Envelope:
        """The message for some of its recipients."""
        targets = tuple(target for lead in leads for target in lead)
        return Envelope(self.name, self.sender, targets, moment)

    def trace(self, envelope: Envelope) -> bytes:
        """The fields of RFC 5321, 4.4, which stand before all others.

        What goes by the queue gets its Return-Path at the end of the way.  The
        recipient is told only if there is one: nobody else is to know who else
        got a copy (RFC 5321, 7.2).
        """
        alone = self.recipients[0].address if len(self.recipients) == 1 else None
        first = trace.return_path(self.sender.address) if direct(envelope) else b""
        return first + trace.received(
            self.origin,
            by=self.inbound.hostname,
            id=self.name,
            recipient=mailbox(alone).decode() if alone is not None else None,
            moment=envelope.received,
        )

    async def accept(self, envelope: Envelope, content: IContent) -> None:
        """Keep the message, and note it."""
        await self.inbound.acceptance.accept(envelope, content)
        taking.accepted(
            self.inbound.trail,
            envelope,
            self.origin,
            message_id=message_id(content.projections.envelope),
            size=content.size,
        )

    async def attempt(self, envelope: Envelope, content: IContent) -> Outcome:
        """Keep the message for one recipient; what becomes of it.

        An account behind several recipients gets one copy: all these envelopes
        have the same id.
        """
        try:
            await self.accept(envelope, content)
        except MailError as error:
            self.refused(error, envelope.targets[0].recipient)
            return error
        return None

    def refused(self, error: MailError, recipient: Recipient | None = None) -> None:
        """Note that the client was told no."""
        taking.refused(
            self.inbound.trail,
            error,
            at=self.inbound.clock(),
            id=self.name,
            sender=self.sender,
            recipient=recipient.address if recipient is not None else None,
        )

    async def abandon(self) -> None:
        """Forget it: nothing is kept before the content is whole."""


def see_to_loops(content: IContent) -> None:
    """Stop a message that goes in circles (RFC 5321, 6.3).

    Every turn puts its field at the top, so the first chunk tells.

    @raise Looping: when it does.
    """
    start = next(content.chunks(), b"")[: content.header_size]
    if trace.hops(start) - 1 > HOP_LIMIT:  # One of them is ours, of just now
        raise Looping("this message has been going in circles")
