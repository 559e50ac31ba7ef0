"""What happened to a message, one step after the other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Event(Enum):
    """A step on the way of a message."""

    RECEIVED = "received"
    REFUSED = "refused"
    QUEUED = "queued"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    DEFERRED = "deferred"
    FAILED = "failed"
    EXPANDED = "expanded"
    REPORTED = "reported"
    HELD = "held"
    RELEASED = "released"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one message.

    @ivar at: milliseconds since 1970 in UTC.
    @ivar id: our name for the message (L{Envelope.id<mailnode.model.envelope.Envelope>}).
    @ivar sender: the reverse-path as C{local@domain}; empty for the null one.
    @ivar recipient: whom this step is about, as C{local@domain}; empty: all.
    @ivar message_id: the Message-ID field with its brackets, where it is known;
        at least the RECEIVED step has it.
    @ivar text: what there is to tell, in one presentable line: from where, to
        which mailbox or host, with which reply, under which TLS.
    """

    at: int
    id: str
    event: Event
    sender: str = ""
    recipient: str = ""
    message_id: str = ""
    text: str = ""
