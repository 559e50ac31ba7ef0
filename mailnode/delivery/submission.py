"""What those who have logged in may send, and the steps it takes (RFC 6409)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace

from zope.interface import implementer

from mailnode.delivery import taking
from mailnode.delivery.acceptance import Acceptance, direct
from mailnode.delivery.directions import Directions
from mailnode.delivery.rates import Rates
from mailnode.errors import (
    NOWHERE,
    MailError,
    NotFound,
    NotLocal,
    NotPermitted,
    SyntaxFault,
)
from mailnode.interfaces.delivery import IOutbox, ITransaction
from mailnode.interfaces.trail import ITrail
from mailnode.message import submitted
from mailnode.model.envelope import (
    ID_OCTETS,
    Address,
    Envelope,
    Origin,
    Recipient,
    Sender,
    Target,
)
from mailnode.model.queue import Waiting
from mailnode.model.trail import Event, Step
from mailnode.wire.dates import write_mail_date
from mailnode.wire.domain import canonical
from mailnode.wire.path import mailbox

AUTHORS_LIMIT = 100
"""Addresses in From that are looked up; hardly any message has two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionOptions:
    """What the operator permits.

    @ivar hostname: how we call ourselves in Received fields and Message-IDs.
    @ivar senders: whose addresses an account may write in MAIL: C{own},
        C{domain} (anybody's in its own domain) or C{any}.
    @ivar any_sender: accounts that may write any.
    @ivar check_from: the same is asked of the From field.
    @ivar address_literals: mail may go to an address without a domain.
    @ivar hide_client: the Received field does not tell where the client is.
    @ivar priority: the highest that is granted (RFC 6710).
    """

    hostname: str
    senders: str = "own"
    any_sender: frozenset[str] = field(default_factory=frozenset)
    check_from: bool = False
    address_literals: bool = False
    hide_client: bool = False
    priority: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionAgent:
    """What all submissions have in common (an MSA: RFC 6409, 2.1).

    @ivar clock: milliseconds since 1970 in UTC.
    @ivar chance: so many random octets.
    @ivar room: see L{taking.Room}.
    """

    directions: Directions
    acceptance: Acceptance
    trail: ITrail
    rates: Rates
    options: SubmissionOptions
    clock: Callable[[], int]
    chance: Callable[[int], bytes]
    room: taking.Room | None = None


@implementer(IOutbox)
class Submission:
    """The way out for one account.

    @ivar account: its name.
    """

    def __init__(self, account: str, agent: SubmissionAgent) -> None:
        self.account = account
        self.agent = agent

    async def sender(
        self,
        sender: Sender,
        origin: Origin,
        *,
        together: bool = True,  # noqa: ARG002 - a message is accepted for all or none
    ) -> ITransaction:
        """Begin a transaction.

        A null reverse-path is for reports, which people send too (RFC 8098, 3).

        @raise NotPermitted: when the address is not the account's.
        @raise TooOften: when it has sent as much as it may for now.
        @raise NoSpace: when the disk is too full for what is announced.
        """
        agent = self.agent
        name = agent.chance(ID_OCTETS).hex()
        try:
            if sender.address is not None and not await self.owns(sender.address):
                raise NotPermitted("this sender is not yours")
            taking.see_to_disk(agent.room, sender)
            agent.rates.message(self.account, origin.address)
        except MailError as error:
            taking.refused(agent.trail, error, at=agent.clock(), id=name, sender=sender)
            raise
        granted = min(sender.priority, agent.options.priority)
        return Submitting(self, name, replace(sender, priority=granted), origin)

    async def owns(self, address: Address) -> bool:
        """Whether the account may send under an address."""
        options = self.agent.options
        if options.senders == "any" or self.account in options.any_sender:
            return True
        if options.senders == "domain":
            return address.domain == self.account.rpartition("@")[2]
        try:
            found = await self.agent.directions.targets(Recipient(address), None)
        except NOWHERE:
            return False
        return any(
            each.mailbox is not None and each.address.key == self.account
            for each in found
        )

    def now(self) -> int:
        """What time it is."""
        return self.agent.clock()

    async def recall(self, name: str) -> bool:
        """Take back a message that is held for later."""
        agent = self.agent
        waiting = await self.waiting(name)
        if not waiting or not await agent.acceptance.queue.recall(name):
            return False
        for each in waiting:
            sender, address = each.target.sender, each.target.recipient.address
            by = sender.key if sender is not None else ""
            step = Step(agent.clock(), name, Event.DROPPED, by, address.key)
            agent.trail.note(replace(step, text="taken back by its sender"))
        return True

    async def waiting(self, name: str) -> Sequence[Waiting]:
        """What has not left yet of a message of this account."""
        try:
            entry = await self.agent.acceptance.queue.entry(name)
        except NotFound:
            return ()
        return entry.waiting if entry.envelope.account == self.account else ()

    async def steps(self, name: str) -> Sequence[Step]:
        """What is known to have become of a message."""
        found = await self.agent.trail.about(name)
        return [each for each in found if each.id == name]

    async def verify(self, address: Address) -> bool:
        """Whether we would take mail for this address."""
        try:
            await self.agent.directions.targets(Recipient(address), None)
        except NotLocal:
            return qualified(address, self.agent.options)
        except NOWHERE:
            return False
        return True


@implementer(ITransaction)
class Submitting:
    """One message on its way out.

    @ivar name: of the message, in the log and in its Received field.
    @ivar recipients: those accepted.
    @ivar targets: where they lead.
    """

    def __init__(
        self, submission: Submission, name: str, sender: Sender, origin: Origin
    ) -> None:
        self.submission = submission
        self.agent = submission.agent
        self.name = name
        self.sender = sender
        self.origin = origin
        self.recipients: list[Recipient] = []
        self.targets: list[Target] = []

    async def recipient(self, recipient: Recipient) -> None:
        """Add a recipient, be it here or elsewhere.

        @raise NotPermitted: when an address elsewhere is not one to write to.
        @raise TooOften: when the account has sent as much as it may for now.
        @raise OverQuota: when a mailbox here has no room for what is announced.

        and what L{Directions.targets} raises for an address of ours.
        """
        agent = self.agent
        try:
            targets = await self.leads(recipient)
            agent.rates.recipient(self.submission.account)
        except MailError as error:
            self.refused(error, recipient)
            raise
        self.recipients.append(recipient)
        self.targets += targets

    async def leads(self, recipient: Recipient) -> Sequence[Target]:
        """Where mail for a recipient goes."""
        directions, sender = self.agent.directions, self.sender.address
        try:
            targets = await directions.targets(recipient, sender)
        except NotLocal:
            if not qualified(recipient.address, self.agent.options):
                raise NotPermitted("write to a domain of the Internet") from None
            return [Target(recipient, recipient.address, None, sender)]
        await directions.see_to_room(targets, self.sender)
        return targets

    async def content(self, octets: AsyncIterator[bytes]) -> Sequence[MailError | None]:
        """Take the message: put its header right, and hand it on, for all or none.

        @raise NotPermitted: when it says that somebody else has written it.
        @raise Looping: when it has been here too often.
        """
        try:
            await self.take(octets)
        except BaseException as error:
            await self.abandon()
            if isinstance(error, MailError):
                self.refused(error)
            raise
        return [None] * len(self.recipients)

    async def take(self, octets: AsyncIterator[bytes]) -> None:
        """Keep the message; the body passes through without being looked at."""
        header, rest = await submitted.opened(octets)
        if self.agent.options.check_from:
            await self.check_authors(header)
        envelope = Envelope(
            self.name,
            self.sender,
            tuple(self.targets),
            self.agent.clock(),
            self.submission.account,
        )
        complete = submitted.completed(header, self.defaults(envelope))
        start = self.trace(envelope) + complete + rest
        store = self.agent.acceptance.store
        spool = store.spool(passing=not direct(envelope))
        content = await taking.gathered(spool, start, octets)
        try:
            taking.see_to_loops(content)
            await self.agent.acceptance.accept(envelope, content)
            taking.accepted(self.agent.trail, envelope, self.origin, content)
        finally:
            content.discard()

    async def check_authors(self, header: bytes) -> None:
        """See that the account may write as all those in From.

        @raise NotPermitted: when it may not.
        """
        authors = submitted.authors(header)
        if not authors and submitted.has(header, "From"):
            raise NotPermitted("there is no address in From")
        if len(authors) > AUTHORS_LIMIT:
            raise NotPermitted("there are too many addresses in From")
        for local, host in authors:
            try:
                known = await self.submission.owns(Address(local, canonical(host)))
            except SyntaxFault:
                known = False
            if not known:
                raise NotPermitted("an address in From is not yours")

    def defaults(self, envelope: Envelope) -> dict[str, bytes]:
        """What must stand in a header (RFC 6409, 8.2 and 8.3; RFC 5322, 3.6)."""
        local, _, domain = self.submission.account.rpartition("@")
        author = self.sender.address or Address(local, domain)
        name = f"<{envelope.id}@{self.agent.options.hostname}>"
        return {
            "Date": write_mail_date(envelope.received),
            "From": mailbox(author),
            "Message-ID": name.encode(),
        }

    def trace(self, envelope: Envelope) -> bytes:
        """The trace fields, which do not tell where the client is if that is private."""
        options, origin = self.agent.options, self.origin
        if options.hide_client:
            origin = replace(origin, helo=options.hostname, address="submitted")
        return taking.traced(envelope, origin, self.recipients, options.hostname)

    def refused(self, error: MailError, recipient: Recipient | None = None) -> None:
        """Note in the trail that the client was told no."""
        agent = self.agent
        taking.refused(
            agent.trail,
            error,
            at=agent.clock(),
            id=self.name,
            sender=self.sender,
            recipient=recipient.address if recipient is not None else None,
        )

    async def abandon(self) -> None:
        """Forget it: it does not count as sent."""
        self.agent.rates.nothing_sent(
            self.submission.account, self.origin.address, len(self.recipients)
        )


def qualified(address: Address, options: SubmissionOptions) -> bool:
    """Whether the domain is one that means the same everywhere (RFC 6409, 4.2)."""
    if address.domain.startswith("["):
        return options.address_literals
    return "." in address.domain
