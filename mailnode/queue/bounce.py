"""Who is told what of a message that we accepted (RFC 3461, 6; RFC 5321, 6.1).

Reports go to the reverse-path that came with the message, never to a null one (RFC 5321, 4.5.5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from mailnode.errors import NOWHERE, NotFound, Unavailable
from mailnode.interfaces.content import IContent, IOctets, ISpool
from mailnode.message import report, words
from mailnode.message.decoding import whole
from mailnode.message.downgrade import STRAY
from mailnode.message.header import Header
from mailnode.message.notice import ENGLISH, notice
from mailnode.message.report import Action, Letterhead, Report, Returned, Status
from mailnode.model.envelope import (
    ID_OCTETS,
    Address,
    Body,
    Envelope,
    Notify,
    Recipient,
    Return,
    Sender,
    Target,
)
from mailnode.model.queue import Claim
from mailnode.queue.verdict import Finding, wants

FULL_LIMIT = 2**20
"""Octets of a message that comes back whole; of a larger one, its header does."""
HEADER_LIMIT = 64 * 2**10
"""Octets of a header that comes back."""

Targets = Callable[[Address], Awaitable[Sequence[Target]]]
"""Where mail for an address goes; raises what L{NOWHERE} has, and Unavailable."""


@dataclass(frozen=True, slots=True)
class Made:
    """A report that is ready for the queue.

    @ivar about: whom it tells of.
    """

    action: Action
    envelope: Envelope
    message_id: str
    content: IContent
    about: tuple[Address, ...]


class Bounces:
    """Writes the reports that senders are owed.

    @ivar hostname: our name.
    @ivar spool: a place to gather a report.
    @ivar chance: so many random octets.
    """

    def __init__(
        self,
        *,
        hostname: str,
        spool: Callable[[], ISpool],
        targets: Targets,
        chance: Callable[[int], bytes],
    ) -> None:
        self.hostname = hostname
        self.spool = spool
        self.targets = targets
        self.chance = chance

    async def reports(
        self,
        claim: Claim,
        findings: Sequence[Finding],
        content: IOctets | None,
        now: int,
    ) -> list[Made]:
        """The reports about a claim: one for all targets of the same action.

        There are none when the sender cannot be told.

        @param content: C{None} when the message cannot be read any more.
        @param now: milliseconds since 1970 in UTC.
        @raise MailError: when they cannot be written now.
        """
        made: list[Made] = []
        try:
            for action in Action:
                about = [each for each in findings if each.action is action]
                if not about or not (way := await self.way(claim.envelope)):
                    continue
                returned = await self.returned(claim.envelope, action, content)
                statuses = tuple(status(each, action, now) for each in about)
                made.append(self.made(claim.envelope, way, statuses, returned, now))
        except BaseException:
            discard(made)
            raise
        return made

    async def expanded(
        self, envelope: Envelope, content: IContent, now: int
    ) -> tuple[Envelope, list[Made]]:
        """What is told of recipients that lead to several targets, before it is queued.

        The sender hears of success now, or from none of them (RFC 3461, 5.2.7.3).

        @return: the envelope without that wish, and at most one report.
        @raise MailError: when it cannot be written now.
        """
        counted = Counter(each.recipient for each in envelope.targets)
        several = [
            recipient
            for recipient, targets in counted.items()
            if targets > 1 and wants(recipient, Notify.SUCCESS)
        ]
        if not several or not (way := await self.way(envelope)):
            return envelope, []
        statuses = tuple(
            Status(each.address, each.original, Action.EXPANDED, "2.1.5", "", "", now)
            for each in several
        )
        size = min(content.header_size, HEADER_LIMIT)
        returned = Returned(
            whole_lines(next(content.chunks(), b"")[:size]), whole=False
        )
        made = self.made(envelope, way, statuses, returned, now)
        targets = tuple(
            replace(each, recipient=told_of(each.recipient))
            if each.recipient in several
            else each
            for each in envelope.targets
        )
        return replace(envelope, targets=targets), [made]

    async def way(self, envelope: Envelope) -> tuple[Target, ...]:
        """Where the sender is told; nowhere, if he cannot be."""
        sender = envelope.sender.address
        if sender is None:
            return ()
        try:
            targets = await self.targets(sender)
        except NOWHERE:
            return ()
        return tuple(replace(each, sender=None) for each in targets)

    def made(
        self,
        envelope: Envelope,
        way: tuple[Target, ...],
        statuses: tuple[Status, ...],
        returned: Returned | None,
        now: int,
    ) -> Made:
        """One report, whose statuses have the same action."""
        sender, name = envelope.sender, self.chance(ID_OCTETS).hex()
        assert sender.address is not None, "there is a way to it"
        action = statuses[0].action
        subject = Header(returned.octets).first(b"subject") if returned else None
        this = Report(name, self.hostname, sender.envid, envelope.received, statuses)
        octets = report.written(
            this,
            Letterhead(sender.address, ENGLISH.subjects[action], now, sender.utf8),
            notice(this, words.decoded(subject or b"")),
            returned,
        )
        mail = report_sender(octets, utf8=sender.utf8)
        return Made(
            action,
            Envelope(name, mail, way, now),
            this.message_id,
            self.gathered(octets),
            tuple(each.recipient for each in statuses),
        )

    async def returned(
        self, envelope: Envelope, action: Action, content: IOctets | None
    ) -> Returned | None:
        """What comes back of a message, if it can be read (RFC 3461, 4.3)."""
        sender = envelope.sender
        if content is None:
            return None
        full = (
            action is Action.FAILED
            and sender.ret is not Return.HEADERS
            and sender.body is not Body.BINARY  # It does not go by lines (RFC 3030, 3)
            and not sender.require_tls  # A report may go in clear (RFC 8689, 5)
            and content.size <= FULL_LIMIT
        )
        header = min(content.header_size, HEADER_LIMIT)
        try:
            octets = await whole(content, 0, content.size if full else header)
        except (NotFound, Unavailable):
            return None  # It is damaged, which is no reason for silence
        if full and STRAY.search(octets):  # Hardly a server would take such a report
            full, octets = False, octets[:header]
        return Returned(octets if full else whole_lines(octets), whole=full)

    def gathered(self, octets: bytes) -> IContent:
        """A report as content for the queue.

        @raise NoSpace: when the disk is full.
        """
        spool = self.spool()
        try:
            spool.write(octets)
            return spool.seal()
        except BaseException:
            spool.discard()
            raise


def whole_lines(octets: bytes) -> bytes:
    """As much of a header as ends with a line."""
    return octets[: octets.rfind(b"\r\n") + 2]


def told_of(recipient: Recipient) -> Recipient:
    """A recipient of whose success the sender has been told all there is."""
    left = (recipient.notify or frozenset()) - {Notify.SUCCESS}
    return replace(recipient, notify=left or frozenset((Notify.NEVER,)))


def status(finding: Finding, action: Action, now: int) -> Status:
    """A finding as reports have it."""
    recipient, outcome = finding.waiting.target.recipient, finding.outcome
    return Status(
        recipient=recipient.address,
        original=recipient.original,
        action=action,
        status=outcome.status,
        text=outcome.text,
        host=outcome.host,
        attempted=now,
        until=finding.until if action is Action.DELAYED else None,
    )


def report_sender(octets: bytes, *, utf8: bool) -> Sender:
    """What MAIL says of a report: nobody is to answer it (RFC 5321, 4.5.5)."""
    plain = octets.isascii()
    return Sender(
        address=None,
        body=Body.SEVEN_BIT if plain else Body.EIGHT_BIT,
        size=len(octets),
        utf8=utf8 and not plain,
    )


def discard(made: Sequence[Made]) -> None:
    """Forget reports that will not be kept, or have been."""
    for each in made:
        each.content.discard()
