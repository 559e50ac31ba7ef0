"""What became of a submission, for each of its recipients (RFC 8621, 7).

While a message waits in the queue, the queue knows; then the trail does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import Enum

from mailnode.interfaces.delivery import IOutbox
from mailnode.jmap.ijson import Object
from mailnode.model.envelope import Recipient
from mailnode.model.queue import Outcome, Stage, Waiting
from mailnode.model.trail import Event, Step

REPLY = re.compile(
    r"(?<!\S)([245]\d\d) (?:([245]\.\d{1,3}\.\d{1,3}) )?(.*?)(?: \([^()]*TLS[^()]*\))?\Z"
)
"""A reply of another server among the words of the trail."""
AGAIN = re.compile(r"; again [^;]*\Z")
"""When it is tried again, which is no part of the reply."""
CODE = {"2": "250", "4": "451", "5": "550"}
"""The reply that says no more than the class of a status (RFC 5321, 4.2.2)."""
WAITS = "250 2.0.0 the message waits here"
KEPT = "250 2.1.5 the message is in the mailbox"
PASSED_ON = "250 2.0.0 the message has been passed on"
UNKNOWN = "250 2.0.0 nothing more is known"


class Delivered(Enum):
    """Whether it has reached a recipient."""

    QUEUED = "queued"
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


ORDER = (Delivered.QUEUED, Delivered.NO, Delivered.UNKNOWN, Delivered.YES)
"""What counts first when one address leads to several."""
Status = tuple[Delivered, str]


class Undo(Enum):
    """Whether it can be taken back."""

    PENDING = "pending"
    FINAL = "final"
    CANCELED = "canceled"


def undo(waiting: Sequence[Waiting], now: int) -> Undo:
    """Whether a message can be taken back: while it is held, for everybody."""
    held = bool(waiting) and all(
        each.stage is Stage.INCOMING and not each.attempts and each.due > now
        for each in waiting
    )
    return Undo.PENDING if held else Undo.FINAL


async def statuses(
    outbox: IOutbox,
    name: str,
    recipients: Mapping[str, Recipient],
    waiting: Sequence[Waiting],
) -> Object:
    """What became of a message.

    @param recipients: by what the client calls them.
    @param waiting: what has not left yet.
    """
    found: dict[str, list[Status]] = {}
    for each in waiting:
        key = each.target.recipient.address.key
        found.setdefault(key, []).append((Delivered.QUEUED, waits(each.last)))
    if any(each.address.key not in found for each in recipients.values()):
        for key, status in settled(await outbox.steps(name)).items():
            found.setdefault(key, []).append(status)
    return {
        email: told(found.get(each.address.key, ()))
        for email, each in recipients.items()
    }


def told(known: Sequence[Status]) -> Object:
    """The DeliveryStatus of a recipient, of all that is known."""
    delivered, reply = min(
        known or [(Delivered.UNKNOWN, UNKNOWN)], key=lambda each: ORDER.index(each[0])
    )
    return {
        "smtpReply": reply,
        "delivered": delivered.value,
        "displayed": "unknown",
    }


def waits(last: Outcome | None) -> str:
    """The last reply for somebody who still waits."""
    if last is None:
        return WAITS
    return reply(last.text, last.status)


def settled(steps: Sequence[Step]) -> Mapping[str, Status]:
    """The last word of the trail for each recipient, by key."""
    return {each.recipient: word for each in steps if (word := final(each)) is not None}


def final(step: Step) -> Status | None:
    """What a step says of a recipient for good; C{None}: nothing.

    Where the address leads is not the sender's business (RFC 3461, 5.2.7.4).
    """
    if step.event is Event.DELIVERED:
        return Delivered.YES, KEPT
    if step.event is Event.RELAYED:
        found = reply(step.text, "")
        return Delivered.UNKNOWN, found or PASSED_ON
    if step.event is Event.FAILED:
        return Delivered.NO, reply(step.text, "5.0.0")
    return None


def reply(text: str, status: str) -> str:
    """A reply as one line: three digits, a status, and why (RFC 8621, 7).

    @param status: of what has no reply in it; empty: then nothing is said.
    """
    text = AGAIN.sub("", text)
    found = REPLY.search(text)
    if found is not None:
        code, known, words = found.groups()
        return " ".join(filter(None, (code, known or status, words)))
    if not status:
        return ""
    return f"{CODE.get(status[:1], '451')} {status} {text}".rstrip()
