"""Who is told what of a message that we accepted (RFC 3461, 6; RFC 5321, 6.1).

Reports go to the reverse-path that came with the message, never to a null one (RFC 5321, 4.5.5).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from mailnode.errors import Looping, NotFound, NotLocal, NotPermitted, TooMany
from mailnode.interfaces.content import IContent, IOctets, ISpool
from mailnode.message import report, words
from mailnode.message.decoding import whole
from mailnode.message.header import Header
from mailnode.message.notice import ENGLISH, notice
from mailnode.message.report import Action, Letterhead, Report, Returned, Status
from mailnode.model.envelope import Address, Body, Envelope, Return, Sender, Target
from mailnode.model.queue import Claim
from mailnode.queue.verdict import Finding

FULL_LIMIT = 2**20
"""Octets of a message that comes back whole; of a larger one, its header does."""
HEADER_LIMIT = 64 * 2**10
"""Octets of a header that comes back."""
ID_OCTETS = 10
"""Octets of chance in the id of a report: nobody guesses it."""
NOBODY = (NotFound, NotLocal, NotPermitted, Looping, TooMany)
"""Why a sender cannot be told anything, now or later."""

Targets = Callable[[Address], Awaitable[Sequence[Target]]]
"""Where mail for an address goes; raises what L{NOBODY} has, and Unavailable."""


@dataclass(frozen=True, slots=True)
class Made:
    """A report that is ready for the queue.

    @ivar about: what it tells.
    """

    action: Action
    envelope: Envelope
    message_id: str
    content: IContent
    about: tuple[Finding, ...]


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
        told = [each for each in findings if each.action is not None]
        sender = claim.envelope.sender.address
        if sender is None or not told:
            return []
        try:
            targets = tuple(await self.targets(sender))
        except NOBODY:
            return []
        made: list[Made] = []
        try:
            for action in Action:
                about = tuple(each for each in told if each.action is action)
                if about and targets:
                    made.append(await self.made(claim, about, content, targets, now))
        except BaseException:
            discard(made)
            raise
        return made

    async def made(
        self,
        claim: Claim,
        about: tuple[Finding, ...],
        content: IOctets | None,
        targets: tuple[Target, ...],
        now: int,
    ) -> Made:
        """One report."""
        envelope = claim.envelope
        action, sender = about[0].action, envelope.sender
        assert action is not None
        assert sender.address is not None
        name = self.chance(ID_OCTETS).hex()
        full = action is Action.FAILED and sender.ret is not Return.HEADERS
        returned = await self.returned(content, full=full and sender.body is not BINARY)
        subject = Header(returned.octets).first(b"subject") if returned else None
        this = Report(
            name,
            self.hostname,
            sender.envid,
            envelope.received,
            tuple(status(each, now) for each in about),
        )
        octets = report.written(
            this,
            Letterhead(sender.address, ENGLISH.subjects[action], now, sender.utf8),
            notice(this, words.decoded(subject or b"")),
            returned,
        )
        return Made(
            action,
            Envelope(name, report_sender(octets, utf8=sender.utf8), targets, now),
            this.message_id,
            self.gathered(octets),
            about,
        )

    async def returned(self, content: IOctets | None, *, full: bool) -> Returned | None:
        """What comes back of a message (RFC 3461, 4.3), if it can be read."""
        if content is None:
            return None
        if full and content.size <= FULL_LIMIT:
            return Returned(await whole(content, 0, content.size), whole=True)
        size = min(content.header_size, HEADER_LIMIT)
        octets = await whole(content, 0, size)
        if size < content.header_size:
            octets = octets[: octets.rfind(b"\r\n") + 2]
        return Returned(octets, whole=False)

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


BINARY = Body.BINARY
"""Its octets may not stand in a report that goes line by line (RFC 3030, 3)."""


def status(finding: Finding, now: int) -> Status:
    """A finding as reports have it."""
    recipient, outcome = finding.waiting.target.recipient, finding.outcome
    assert finding.action is not None
    return Status(
        recipient=recipient.address,
        original=recipient.original,
        action=finding.action,
        status=outcome.status,
        text=outcome.text,
        host=outcome.host,
        attempted=now,
        until=finding.until if finding.action is Action.DELAYED else None,
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
