"""What a person finds after login, and the store that keeps it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zope.interface import Attribute, Interface

from mailnode.interfaces.content import ISpool
from mailnode.interfaces.mail import IMail, IObjects
from mailnode.interfaces.mailbox import IMailbox
from mailnode.model.change import Change
from mailnode.model.envelope import Letter
from mailnode.model.mailbox import MailboxInfo, Quota, SpecialUse


class IMailAccount(Interface):
    """The avatar of a person who has mail: POP3, IMAP and JMAP log in to it."""

    id: int = Attribute("The account for ever, whatever its name.")
    name: str = Attribute("Its name, an address such as C{ana@example.org}.")

    async def mailboxes() -> Sequence[MailboxInfo]:
        """All mailboxes, INBOX first, then by name."""

    async def mailbox(name: str) -> IMailbox:
        """The mailbox of that name; INBOX is always there.

        @raise NotFound: when there is none.
        """

    async def create(name: str, special_use: SpecialUse | None = None) -> IMailbox:
        """Make a mailbox, and those above it that are missing.

        @raise AlreadyExists: when the name is taken, or the use.
        @raise NotPermitted: when no mailbox may have the name.
        @raise TooMany: when the account has as many mailboxes as it may.
        """

    async def rename(name: str, to: str) -> None:
        """Rename a mailbox and all below it.

        Renaming INBOX moves its messages and leaves it empty (RFC 9051, 6.3.6).

        @raise NotFound: when there is no C{name}.
        @raise AlreadyExists: when C{to} is taken.
        @raise NotPermitted: when no mailbox may have the name C{to}.
        """

    async def delete(name: str) -> None:
        """Remove a mailbox with its messages; those below it stay.

        @raise NotFound: when there is none.
        @raise NotPermitted: for INBOX.
        """

    async def subscribe(name: str, subscribed: bool = True) -> None:
        """Put a name on the list of subscriptions or take it off.

        There need not be a mailbox of that name (RFC 9051, 6.3.7), and its
        subscription outlives it.

        @raise NotPermitted: when no mailbox may have the name.
        @raise TooMany: when the list is full.
        """

    async def subscriptions() -> Sequence[str]:
        """All names on that list, of mailboxes or not, in order."""

    async def quota() -> Quota:
        """What it holds and may hold."""

    def spool() -> ISpool:
        """A place to gather a message that will be appended."""

    def mail() -> IMail:
        """Its mail as a whole.

        @raise NotPermitted: when this account is only seen mailbox by mailbox.
        """

    def objects() -> IObjects:
        """What it keeps besides mail.

        @raise NotPermitted: when it keeps nothing else.
        """

    def watch(listener: Callable[[Change], None]) -> Callable[[], None]:
        """Tell C{listener} of every change after it is committed, in order.

        @return: call it to stop.
        """


class IStore(Interface):
    """Every account there is."""

    async def account(name: str) -> IMailAccount:
        """The account of that name, made with its first mailboxes if new."""

    async def keepers(kind: str) -> Sequence[str]:
        """The names of accounts that keep objects of a kind.

        @param kind: as in L{IObjects<mailnode.interfaces.mail.IObjects>}.
        """

    async def deliver(letter: Letter, content: object) -> None:
        """Keep a message for all its destinations, or for none of them.

        When this returns, it is on stable storage.  A destination mailbox
        that does not exist (any more) means INBOX.  Delivering the same
        C{delivery_id} to an account again changes nothing there.

        @param content: an L{IContent<mailnode.interfaces.content.IContent>}.
        @raise OverQuota: when one of the accounts has no room.
        @raise NoSpace: when the disk has none.
        """

    def spool(*, passing: bool = False) -> ISpool:
        """A place to gather a message that will be delivered.

        @param passing: it goes to no mailbox now, so that its projections are
            computed only if somebody asks for them.
        """
