"""What a stranger's message goes through on its way into mailboxes (RFC 5321, 4.4)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence

from zope.interface import implementer

from mailnode.delivery import taking
from mailnode.delivery.acceptance import Acceptance, direct
from mailnode.delivery.directions import Directions
from mailnode.errors import NOWHERE, MailError
from mailnode.interfaces.content import IContent
from mailnode.interfaces.delivery import IDelivery, ITransaction
from mailnode.interfaces.trail import ITrail
from mailnode.model.envelope import (
    ID_OCTETS,
    Address,
    Envelope,
    Origin,
    Recipient,
    Sender,
    Target,
)

REFUSALS_NOTED = 20
"""Refused recipients of one message that are noted: whoever guesses addresses does
not fill the trail."""

Refusal = MailError | None
"""Why a message was not kept for somebody; C{None}: it was."""
Deliveries = Sequence[Coroutine[object, None, Refusal]]
Gather = Callable[[Deliveries], Awaitable[Sequence[Refusal]]]
"""Does some deliveries, at once if it can, and returns what they do in order."""


async def one_by_one(deliveries: Deliveries) -> Sequence[Refusal]:
    """A L{Gather} that needs no reactor; each delivery waits for the one before."""
    return [await delivery for delivery in deliveries]


@implementer(IDelivery)
class Inbound:
    """The way in for whoever brings mail: for addresses here, and no others.

    It remembers nothing of those who use it, so one will do for all of them.

    @ivar hostname: how we call ourselves in Received fields.
    @ivar clock: milliseconds since 1970 in UTC.
    @ivar chance: so many random octets.
    @ivar room: see L{taking.Room}.
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
        room: taking.Room | None = None,
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
        taking.see_to_disk(self.room, sender)
        return Incoming(self, sender, origin, together=together)

    async def verify(self, address: Address) -> bool:
        """Whether we would take mail for this address."""
        try:
            await self.directions.targets(Recipient(address), None)
        except NOWHERE:
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
    @ivar refusals: recipients that were refused.
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
        self.refusals = 0

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
            self.refusals += 1
            if self.refusals <= REFUSALS_NOTED:
                self.refused(error, recipient)
            raise
        self.recipients.append(recipient)
        self.leads.append(targets)

    async def content(self, octets: AsyncIterator[bytes]) -> Sequence[Refusal]:
        """Keep the message for all, or (one by one) for each who has room.

        @raise Looping: when it has been here too often.
        """
        everybody = self.envelope(self.leads, self.inbound.clock())
        spool = self.inbound.acceptance.store.spool()
        trace = taking.traced(
            everybody, self.origin, self.recipients, self.inbound.hostname
        )
        try:
            content = await taking.gathered(spool, trace, octets)
            try:
                taking.see_to_loops(content)
                return await self.take(everybody, content)
            finally:
                content.discard()
        except MailError as error:
            self.refused(error)
            raise

    async def take(self, everybody: Envelope, content: IContent) -> Sequence[Refusal]:
        """Hand the message on: what goes by the queue, for all or for nobody."""
        if self.together or not direct(everybody):
            await self.accept(everybody, content)
            return [None] * len(self.leads)
        each = [self.envelope([lead], everybody.received) for lead in self.leads]
        attempts = [self.attempt(one, content) for one in each]
        return await self.inbound.gather(attempts)

    def envelope(self, leads: Sequence[Sequence[Target]], moment: int) -> Envelope:
        """The message for some of its recipients."""
        targets = tuple(target for lead in leads for target in lead)
        return Envelope(self.name, self.sender, targets, moment)

    async def accept(self, envelope: Envelope, content: IContent) -> None:
        """Keep the message, and note it."""
        await self.inbound.acceptance.accept(envelope, content)
        taking.accepted(self.inbound.trail, envelope, self.origin, content)

    async def attempt(self, envelope: Envelope, content: IContent) -> Refusal:
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
