"""Whom an address means: people, aliases, subaddresses, catch-alls, others elsewhere.

RFC 5321, 3.9.1 for aliases, RFC 5233 for subaddresses, RFC 5321, 4.5.1 for the
postmaster.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an address leads in the end.

    @ivar address: that of an account here, which is the account's name, or any
        address elsewhere.
    @ivar mailbox: the mailbox of the account; C{None} elsewhere.
    """

    address: Address
    mailbox: str | None


Step = tuple[Destination | None, Sequence[Address]]
"""Where an address leads: to its end, and to further addresses."""


class Aliases:
    """Finds those behind an address.

    An address is, in this order: an alias; a person's own; either of these
    with a detail after the separator; anything at all in a domain that has a
    catch-all; the postmaster.  An alias of a person's own address decides where
    all mail for it goes, and may lead to that address itself: that is the
    person's mailbox then.  Percent signs, exclamation marks and quoted at-signs
    mean nothing: they are part of a name that nobody has.

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
        """Those behind an address, each of them once.

        @raise NotLocal: when the domain is not ours.
        @raise NotFound: when nobody has the address.
        @raise NotPermitted: when an alias leads to what is no address.
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
            return (Destination(Address(POSTMASTER, address.domain), INBOX),)

    async def expanded(self, address: Address) -> tuple[Destination, ...]:
        """Follow an address to where it ends."""
        found: dict[str, Destination] = {}
        seen: set[str] = set()
        waiting = deque([(address, 0)])
        while waiting:
            address, depth = waiting.popleft()
            end, further = await self.step(address, seen)
            if end is not None:
                found.setdefault(end.address.key, end)
            if further and depth >= DEPTH_LIMIT:
                raise Looping("the aliases behind this address lead too far")
            waiting.extend((each, depth + 1) for each in further)
            if len(found) + len(waiting) > TARGET_LIMIT:
                raise TooMany("this address leads to too many others")
        if not found:
            raise NotFound("nobody here has this address")
        return tuple(found.values())

    async def serves(self, address: Address) -> bool:
        """Whether mail for the address is our business at all."""
        if address.domain == self.home and is_postmaster(address):
            return True
        return await self.directory.serves(address.domain)

    async def step(self, address: Address, seen: set[str]) -> Step:
        """Where an address leads next.

        @param seen: aliases that were followed already; this adds to them.
        """
        if not await self.serves(address):
            return Destination(address, None), ()
        for known, mailbox in self.names(address):
            if known in seen:  # What its alias says has been done.
                return None, ()
            targets = await self.follow(known, seen)
            further = [each for each in targets if each.key != known]
            end = None
            if not targets or len(further) < len(targets):
                end = await self.own(known, mailbox)
            if targets or end is not None:
                return end, further
        if targets := await self.follow(f"@{address.domain}", seen):
            return None, targets
        if self.postmaster and is_postmaster(address):
            return None, [wanted(self.postmaster)]
        return None, ()

    async def own(self, known: str, mailbox: str) -> Destination | None:
        """A mailbox of the person whose own address this is."""
        person = await self.directory.find(known)
        if person is None:
            return None
        local, _, domain = person.name.rpartition("@")
        return Destination(Address(local, domain), mailbox)

    def names(self, address: Address) -> Iterable[tuple[str, str]]:
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

    async def follow(self, name: str, seen: set[str]) -> Sequence[Address]:
        """Where an alias leads that was not followed before.

        @raise NotPermitted: when one of its targets is no address.
        """
        if name in seen:
            return ()
        targets = [wanted(each) for each in await self.directory.targets(name)]
        if targets:
            seen.add(name)
        return targets


def wanted(target: str) -> Address:
    """The target of an alias as an address.

    @raise NotPermitted: when it is none: to keep only some would lose mail.
    """
    try:
        return read_address(target)
    except SyntaxFault:
        raise NotPermitted("this address leads to no address") from None


def is_postmaster(address: Address) -> bool:
    """Whether this is who RFC 5321, 4.5.1 wants to be there, in any case."""
    return address.local.casefold() == POSTMASTER
