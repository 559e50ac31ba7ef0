"""Where the mail for a recipient goes: aliases followed, forwards rewritten."""

from __future__ import annotations

from collections.abc import Sequence

from mailnode.delivery.aliases import Aliases
from mailnode.delivery.forward import Rewriting
from mailnode.errors import NotLocal, OverQuota
from mailnode.interfaces.account import IStore
from mailnode.model.envelope import Address, Recipient, Sender, Target


class Directions:
    """Leads recipients to their targets.

    A single target of an alias gets all the wishes that the sender has for the
    recipient; so does each of several, whose reports say for whom they are
    (RFC 3461, 5.2.7).

    @ivar rewriting: C{None} when mail is sent on under its own reverse-path.
    """

    def __init__(
        self, aliases: Aliases, store: IStore, rewriting: Rewriting | None = None
    ) -> None:
        self.aliases = aliases
        self.store = store
        self.rewriting = rewriting

    async def targets(
        self, recipient: Recipient, sender: Address | None
    ) -> Sequence[Target]:
        """Where mail from a reverse-path goes for a recipient.

        Raises all that L{Aliases.resolve} does, for an address of ours.
        """
        address = recipient.address
        origin = await self.way_back(address)
        if origin is not None:
            return [await self.onward(recipient, origin, sender)]
        found = []
        for each in await self.aliases.resolve(address):
            if each.mailbox is None:
                found.append(await self.onward(recipient, each.address, sender))
            else:
                found.append(Target(recipient, each.address, each.mailbox, sender))
        return found

    async def anywhere(self, address: Address) -> Sequence[Target]:
        """Where a report goes, which may be to any address there is."""
        try:
            return await self.targets(Recipient(address), None)
        except NotLocal:
            return [Target(Recipient(address), address, None, None)]

    async def way_back(self, address: Address) -> Address | None:
        """Who is behind an address that was made for a forward of ours.

        @raise NotFound: when it only looks like one.
        """
        if self.rewriting is None or not address.local[:4].upper().startswith("SRS"):
            return None
        home = address.domain == self.aliases.home  # Its postmaster sends on, too
        if not home and not await self.aliases.serves(address):
            return None
        return self.rewriting.back(address)

    async def onward(
        self, recipient: Recipient, to: Address, sender: Address | None
    ) -> Target:
        """A target elsewhere; what comes from us already need not be rewritten."""
        if (
            self.rewriting is None
            or sender is None
            or await self.aliases.serves(sender)
        ):
            return Target(recipient, to, None, sender)
        domain = recipient.address.domain or self.aliases.home
        rewritten = self.rewriting.forth(sender, domain)
        return Target(recipient, to, None, rewritten)

    async def see_to_room(self, targets: Sequence[Target], sender: Sender) -> None:
        """See that every mailbox here has room for what is announced.

        @raise OverQuota: when one of them has not.
        """
        for target in targets:
            if target.mailbox is not None:
                account = await self.store.account(target.address.key)
                if not (await account.quota()).admits(sender.size or 1):
                    raise OverQuota("the mailbox is full")
