"""What a stranger's message goes through on its way into mailboxes (RFC 5321, 4.4)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence

from zope.interface import implementer

from mailnode.delivery.aliases import Aliases, Destination
from mailnode.errors import (
    Looping,
    MailError,
    NoSpace,
    NotFound,
    NotLocal,
    NotPermitted,
    OverQuota,
)
from mailnode.interfaces.account import IStore
from mailnode.interfaces.content import IContent
from mailnode.interfaces.delivery import IDelivery, ITransaction
from mailnode.message import trace
from mailnode.model.envelope import Address, Letter, Origin, Recipient, Sender
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
    """The way in for whoever brings mail: for the people here, and nobody else.

    It remembers nothing of those who use it, so one will do for all of them.

    @ivar hostname: how we call ourselves in Received fields.
    @ivar clock: milliseconds since 1970 in UTC.
    @ivar chance: so many random octets.
    @ivar room: octets that may still be written to the disk.
    """

    def __init__(
        self,
        aliases: Aliases,
        store: IStore,
        *,
        hostname: str,
        clock: Callable[[], int],
        chance: Callable[[int], bytes],
        gather: Gather = one_by_one,
        room: Callable[[], int] | None = None,
    ) -> None:
        self.aliases = aliases
        self.store = store
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
            await self.aliases.resolve(address)
        except (NotFound, NotLocal, NotPermitted, Looping):
            return False
        return True

    def id(self) -> str:
        """A name for a message, in the log and in its Received field."""
        return self.chance(ID_OCTETS).hex()


@implementer(ITransaction)
class Incoming:
    """One message on its way to some of the people here.

    @ivar places: for each recipient, the accounts behind the address.
    """

    def __init__(
        self, inbound: Inbound, sender: Sender, origin: Origin, *, together: bool
    ) -> None:
        self.inbound = inbound
        self.envelope = sender
        self.origin = origin
        self.together = together
        self.recipients: list[Recipient] = []
        self.places: list[tuple[Destination, ...]] = []

    async def recipient(self, recipient: Recipient) -> None:
        """Add a recipient, and with it all accounts behind the address.

        @raise OverQuota: when one of them has no room for what is announced.

        and all that L{Aliases.resolve} raises.
        """
        places = await self.inbound.aliases.resolve(recipient.address)
        for name, _ in places:
            account = await self.inbound.store.account(name)
            if not (await account.quota()).admits(self.envelope.size or 1):
                raise OverQuota("the mailbox is full")
        self.recipients.append(recipient)
        self.places.append(places)

    async def content(self, octets: AsyncIterator[bytes]) -> Sequence[Outcome]:
        """Keep the message for all, or (one by one) for each who has room.

        @raise Looping: when it has been here too often.
        """
        moment, name = self.inbound.clock(), self.inbound.id()
        spool = self.inbound.store.spool()
        try:
            spool.write(self.trace(name, moment))
            async for data in octets:
                spool.write(data)
            content = spool.seal()
        except BaseException:
            spool.discard()
            raise
        try:
            see_to_loops(content)
            return await self.deliver(content, name, moment)
        finally:
            content.discard()

    def trace(self, name: str, moment: int) -> bytes:
        """The fields of RFC 5321, 4.4, which stand before all others.

        The recipient is told only if there is one: nobody else is to know who
        else got a copy (RFC 5321, 7.2).
        """
        alone = self.recipients[0].address if len(self.recipients) == 1 else None
        return trace.return_path(self.envelope.address) + trace.received(
            self.origin,
            by=self.inbound.hostname,
            id=name,
            recipient=mailbox(alone).decode() if alone is not None else None,
            moment=moment,
        )

    async def deliver(
        self, content: IContent, name: str, moment: int
    ) -> Sequence[Outcome]:
        """Hand the message to the store.

        An account behind several recipients gets one copy: the letters of one
        message have the same C{delivery_id}.
        """
        if self.together:
            merged: dict[str, str] = {}
            for places in self.places:
                merged = dict(places) | merged
            letter = Letter(name, tuple(merged.items()), moment)
            await self.inbound.store.deliver(letter, content)
            return [None] * len(self.places)
        letters = [Letter(name, places, moment) for places in self.places]
        return await self.inbound.gather(
            [self.attempt(each, content) for each in letters]
        )

    async def attempt(self, letter: Letter, content: IContent) -> Outcome:
        """Hand a letter to the store; what becomes of it."""
        try:
            await self.inbound.store.deliver(letter, content)
        except MailError as error:
            return error
        return None

    async def abandon(self) -> None:
        """Forget it: nothing is kept before the content is whole."""


def see_to_loops(content: IContent) -> None:
    """Stop a message that goes in circles (RFC 5321, 6.3).

    Every turn puts its field at the top, so the first chunk tells.

    @raise Looping: when it does.
    """
    start = next(content.chunks(), b"")[: content.projections.header_size]
    if trace.hops(start) - 1 > HOP_LIMIT:  # One of them is ours, of just now
        raise Looping("this message has been going in circles")
