"""Taking a message in: room, trace fields and loops, and its steps in the trail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

from mailnode.delivery.acceptance import direct
from mailnode.errors import Looping, MailError, NoSpace
from mailnode.interfaces.content import IContent, ISpool
from mailnode.interfaces.trail import ITrail
from mailnode.message import trace
from mailnode.message.header import message_id
from mailnode.model.envelope import Address, Envelope, Origin, Recipient, Sender
from mailnode.model.trail import Event, Step
from mailnode.wire.path import mailbox

HOP_LIMIT = 100
"""Received fields a message may come with; with more it is going in circles
(RFC 5321, 6.3: a large threshold, normally at least 100)."""

Room = Callable[[], int]
"""Octets that may still be written to the disk."""


def see_to_disk(room: Room | None, sender: Sender) -> None:
    """See that the disk has room for what is announced.

    @raise NoSpace: when it has not.
    """
    if room is not None and room() < (sender.size or 1):
        raise NoSpace("there is no room for this now")


def traced(
    envelope: Envelope, origin: Origin, recipients: Sequence[Recipient], by: str
) -> bytes:
    """The fields of RFC 5321, 4.4, which stand before all others.

    What goes by the queue gets its Return-Path at the end of the way.  The
    recipient is told only if there is one: nobody else is to know who else
    got a copy (RFC 5321, 7.2).

    @param by: how we call ourselves.
    """
    alone = recipients[0].address if len(recipients) == 1 else None
    first = trace.return_path(envelope.sender.address) if direct(envelope) else b""
    return first + trace.received(
        origin,
        by=by,
        id=envelope.id,
        recipient=mailbox(alone).decode() if alone is not None else None,
        moment=envelope.received,
    )


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


def see_to_loops(content: IContent) -> None:
    """Stop a message that goes in circles (RFC 5321, 6.3).

    Every turn puts its field at the top, so the first chunk tells.

    @raise Looping: when it does.
    """
    if trace.hops(start(content)) - 1 > HOP_LIMIT:  # One of them is ours, of just now
        raise Looping("this message has been going in circles")


def start(content: IContent) -> bytes:
    """The header of a message, as far as it is in the first chunk."""
    return next(content.chunks(), b"")[: content.header_size]


def accepted(
    trail: ITrail, envelope: Envelope, origin: Origin, content: IContent
) -> None:
    """Note that a message was taken, and where it went for each target."""
    who = f" from {envelope.account}" if envelope.account else ""
    tls = f", {origin.tls}" if origin.tls else ""
    text = f"{origin.protocol}{who} at {origin.address}{tls}, {content.size} octets"
    sender = envelope.sender.key
    step = Step(
        envelope.received,
        envelope.id,
        Event.RECEIVED,
        sender,
        message_id=message_id(start(content)),
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
