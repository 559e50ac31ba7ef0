"""Whose mailbox an address means: people, aliases, subaddresses, catch-alls.

RFC 5321, 3.9.1 for aliases, RFC 5233 for subaddresses, RFC 5321, 4.5.1 for the
postmaster.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from mailnode.errors import (
    Looping,
    NotFound,
    NotLocal,
    NotPermitted,
    SyntaxFault,
    TooMany,
)
from mailnode.interfaces.realm import IDirectory
from mailnode.model.envelope import Address
from mailnode.model.mailbox import INBOX, mailbox_name
from mailnode.wire.address import address as read_address

DEPTH_LIMIT = 10
"""How many aliases may lead from one to the next."""
TARGET_LIMIT = 1000
"""How many addresses one address may lead to, all in all."""
POSTMASTER = "postmaster"

Destination = tuple[str, str]
"""The name of an account, and of a mailbox in it."""
Step = Destination | Sequence[str]
"""Where an address leads: to an account, or to further addresses."""


class Aliases:
    """Finds the accounts behind an address.

    An address is, in this order: a person's own; an alias; either of these
    with a detail after the separator; anything at all in a domain that has a
    catch-all; the postmaster.  Percent signs, exclamation marks and quoted
    at-signs mean nothing: they are part of a name that nobody has.

    @ivar home: the domain of C{<postmaster>} without one; its postmaster can
        be reached even if we do not serve it otherwise.
    @ivar postmaster: who gets mail for a postmaster that nobody has been named
        for; if empty, an account called C{postmaster@} that domain.
    @ivar separator: what stands before the detail; empty for no subaddresses.
    @ivar detail_mailboxes: the detail names a mailbox, if there is one so
        called; otherwise, and in any other case, mail goes to INBOX.
    """

    def __init__(
        self,
        directory: IDirectory,
        *,
        home: str,
        postmaster: str = "",
        separator: str = "+",
        detail_mailboxes: bool = False,
    ) -> None:
        self.directory = directory
        self.home = home
        self.postmaster = postmaster
        self.separator = separator
        self.detail_mailboxes = detail_mailboxes

    async def resolve(self, address: Address) -> tuple[Destination, ...]:
        """The accounts behind an address, each of them once.

        @raise NotLocal: when the domain is not ours.
        @raise NotFound: when nobody has the address.
        @raise NotPermitted: when an alias leads to a domain that is not ours.
        @raise Looping: when aliases lead further than they should.
        @raise TooMany: when an alias leads to too many addresses.
        """
        if not address.domain:
            address = Address(POSTMASTER, self.home)
        if not await self.serves(address):
            raise NotLocal("we do not relay for this domain")
        try:
            return await self.expanded(address)
        except (NotFound, NotPermitted, Looping, TooMany):
            if not is_postmaster(address):  # RFC 5321, 4.5.1: there is always one
                raise
            return ((address.key, INBOX),)

    async def expanded(self, address: Address) -> tuple[Destination, ...]:
        """Follow an address to where it ends."""
        found: dict[str, str] = {}
        seen: set[str] = set()
        waiting = deque([(address, 0)])
        while waiting:
            address, depth = waiting.popleft()
            step = await self.step(address, seen)
            if isinstance(step, tuple):
                found.setdefault(*step)
            elif step and depth >= DEPTH_LIMIT:
                raise Looping("the aliases behind this address lead too far")
            else:
                waiting.extend((each, depth + 1) for each in await self.ours(step))
            if len(found) + len(waiting) > TARGET_LIMIT:
                raise TooMany("this address leads to too many others")
        if not found:
            raise NotFound("nobody here has this address")
        return tuple(found.items())

    async def serves(self, address: Address) -> bool:
        """Whether mail for the address is our business at all."""
        if address.domain == self.home and is_postmaster(address):
            return True
        return await self.directory.serves(address.domain)

    async def step(self, address: Address, seen: set[str]) -> Step:
        """Where an address leads next.

        @param seen: aliases that were followed already; this adds to them.
        """
        for known, mailbox in self.names(address):
            person = await self.directory.find(known)
            if person is not None:
                return (person.name, mailbox)
            if targets := await self.follow(known, seen):
                return targets
        if targets := await self.follow(f"@{address.domain}", seen):
            return targets
        if self.postmaster and is_postmaster(address):
            return [self.postmaster]
        return []

    def names(self, address: Address) -> Iterable[Destination]:
        """The address, and without its detail (RFC 5233), with their mailboxes."""
        yield address.key, INBOX
        if not self.separator:
            return
        user, separator, detail = address.local.partition(self.separator)
        if user and separator:
            yield Address(user, address.domain).key, self.mailbox(detail)

    def mailbox(self, detail: str) -> str:
        """The mailbox that a detail means."""
        try:
            return mailbox_name(detail) if self.detail_mailboxes else INBOX
        except NotPermitted:
            return INBOX

    async def follow(self, name: str, seen: set[str]) -> list[str]:
        """Where an alias leads that was not followed before."""
        if name in seen:
            return []
        targets = list(await self.directory.targets(name))
        if targets:
            seen.add(name)
        return targets

    async def ours(self, targets: Iterable[str]) -> list[Address]:
        """Targets as addresses.

        @raise NotPermitted: when one is not ours: to keep only some of them
            would lose mail.
        """
        found = []
        for target in targets:
            try:
                address = read_address(target)
            except SyntaxFault:
                raise NotPermitted("this address leads to no address") from None
            if not await self.serves(address):
                raise NotPermitted("this address leads elsewhere: we do not forward")
            found.append(address)
        return found


def is_postmaster(address: Address) -> bool:
    """Whether this is who RFC 5321, 4.5.1 wants to be there, in any case."""
    return address.local.casefold() == POSTMASTER
