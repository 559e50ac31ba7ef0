"""Taking a message in: its octets into a spool, its steps into the trail."""

from __future__ import annotations

from collections.abc import AsyncIterator

from mailnode.delivery.acceptance import direct
from mailnode.errors import MailError
from mailnode.interfaces.content import IContent, ISpool
from mailnode.interfaces.trail import ITrail
from mailnode.model.envelope import Address, Envelope, Origin, Sender
from mailnode.model.trail import Event, Step


async def gathered(
    spool: ISpool, start: bytes, octets: AsyncIterator[bytes]
) -> IContent:
    """A whole message, in a spool that is forgotten when it does not come to its end.

    @param start: what stands before the octets.
    """
    try:
        spool.write(start)
        async for data in octets:
            spool.write(data)
        return spool.seal()
    except BaseException:
        spool.discard()
        raise


def accepted(
    trail: ITrail, envelope: Envelope, origin: Origin, *, message_id: str, size: int
) -> None:
    """Note that a message was taken, and where it went for each target."""
    who = f" from {envelope.account}" if envelope.account else ""
    tls = f", {origin.tls}" if origin.tls else ""
    text = f"{origin.protocol}{who} at {origin.address}{tls}, {size} octets"
    sender = envelope.sender.key
    step = Step(
        envelope.received,
        envelope.id,
        Event.RECEIVED,
        sender,
        message_id=message_id,
        text=text,
    )
    trail.note(step)
    event = Event.DELIVERED if direct(envelope) else Event.QUEUED
    for target in envelope.targets:
        here = target.mailbox is not None
        where = f"{target.mailbox} of {target.address.key}" if here else ""
        text = where or f"for {target.address.domain}"
        recipient = target.recipient.address.key
        trail.note(
            Step(envelope.received, envelope.id, event, sender, recipient, text=text)
        )


def refused(
    trail: ITrail,
    error: MailError,
    *,
    at: int,
    id: str,  # noqa: A002 - as a step calls it
    sender: Sender,
    recipient: Address | None = None,
) -> None:
    """Note that somebody was told no."""
    whom = recipient.key if recipient is not None else ""
    trail.note(Step(at, id, Event.REFUSED, sender.key, whom, text=str(error)))
