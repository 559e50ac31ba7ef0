"""Whatever takes a message: local mailboxes, and later the queue and relays."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from zope.interface import Attribute, Interface

from mailnode.errors import MailError
from mailnode.model.envelope import Address, Origin, Recipient, Sender
from mailnode.model.queue import Waiting
from mailnode.model.trail import Step


class IDelivery(Interface):
    """The avatar of whoever brings mail: what SMTP and LMTP log in to."""

    async def sender(
        sender: Sender, origin: Origin, *, together: bool = True
    ) -> ITransaction:
        """Begin a transaction (MAIL).

        @param together: the message is accepted for all recipients or for
            none (SMTP); otherwise for each on its own (LMTP).
        @raise MailError: when mail from this sender is not welcome.
        """

    async def verify(address: Address) -> bool:
        """Whether we would take mail for this address (VRFY)."""


class IOutbox(IDelivery):
    """The way out for one account, which can be asked for what it has taken.

    Messages are called by the C{name} of their transaction; those of others are
    as good as none.
    """

    def now() -> int:
        """What time it is, in milliseconds since 1970 in UTC."""

    async def owns(address: Address) -> bool:
        """Whether the account may send under an address."""

    async def recall(name: str) -> bool:
        """Take back a message that is held for later (RFC 4865); whether that was
        possible: nobody has got it then, and nobody will."""

    async def waiting(name: str) -> Sequence[Waiting]:
        """What has not left yet of a message, for each of its targets."""

    async def steps(name: str) -> Sequence[Step]:
        """What is known to have become of a message, in order."""


class ITransaction(Interface):
    """One message on its way in."""

    name: str = Attribute("What it is called here, in the trail and to its sender.")

    async def recipient(recipient: Recipient) -> None:
        """Add a recipient (RCPT).

        @raise NotFound: when nobody here has this address.
        @raise NotLocal: when the domain is not ours.
        @raise OverQuota: when the mailbox is full already.
        """

    async def content(octets: AsyncIterator[bytes]) -> Sequence[MailError | None]:
        """Take the message (DATA, BDAT), and end the transaction.

        When this returns, the message is on stable storage for every
        recipient whose outcome is C{None}.  What C{octets} raises passes
        through, and nothing is kept then.

        @return: one outcome for each recipient, in order of RCPT.  When all
            are taken together, either all are C{None} or an error is raised.
        """

    async def abandon() -> None:
        """End the transaction; nothing is kept (RSET, QUIT, a lost peer)."""
