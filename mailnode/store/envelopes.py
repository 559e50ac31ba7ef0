"""Envelopes, targets and outcomes as JSON, and back."""

from __future__ import annotations

import json

from mailnode.model.envelope import (
    Address,
    Body,
    Deadline,
    Envelope,
    Notify,
    OriginalRecipient,
    Recipient,
    Return,
    Sender,
    Target,
)
from mailnode.model.queue import Outcome, Result

UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)
"""What reading raises when a text is not what was written."""


def written(envelope: Envelope) -> str:
    """An envelope without its id and its targets."""
    sender, deadline = envelope.sender, envelope.sender.deadline
    return text(
        {
            "received": envelope.received,
            "account": envelope.account,
            "address": pair(sender.address),
            "body": sender.body.value,
            "size": sender.size,
            "utf8": sender.utf8,
            "ret": sender.ret and sender.ret.value,
            "envid": sender.envid,
            "priority": sender.priority,
            "hold_until": sender.hold_until,
            "deadline": deadline and (deadline.at, deadline.returned, deadline.traced),
            "require_tls": sender.require_tls,
        }
    )


def envelope(name: str, written: str, targets: tuple[Target, ...]) -> Envelope:
    """The same, read, with its id and some targets."""
    said = json.loads(written)
    sender = Sender(
        address=said["address"] and Address(*said["address"]),
        body=Body(said["body"]),
        size=said["size"],
        utf8=said["utf8"],
        ret=said["ret"] and Return(said["ret"]),
        envid=said["envid"],
        priority=said["priority"],
        hold_until=said["hold_until"],
        deadline=said["deadline"] and Deadline(*said["deadline"]),
        require_tls=said["require_tls"],
    )
    return Envelope(name, sender, targets, said["received"], said["account"])


def written_target(target: Target) -> str:
    """A target without its reverse-path."""
    recipient, original = target.recipient, target.recipient.original
    notify = recipient.notify
    return text(
        {
            "recipient": pair(recipient.address),
            "notify": None if notify is None else sorted(each.value for each in notify),
            "original": original and (original.kind, original.address),
            "address": pair(target.address),
            "mailbox": target.mailbox,
        }
    )


def target(written: str, path: str) -> Target:
    """The same, read, with its reverse-path."""
    said = json.loads(written)
    notify = said["notify"]
    return Target(
        Recipient(
            Address(*said["recipient"]),
            None if notify is None else frozenset(map(Notify, notify)),
            said["original"] and OriginalRecipient(*said["original"]),
        ),
        Address(*said["address"]),
        said["mailbox"],
        Address(*path.rsplit("@", 1)) if path else None,
    )


def reverse_path(target: Target) -> str:
    """The reverse-path of a target: C{local@domain}, or empty."""
    sender = target.sender
    return f"{sender.local}@{sender.domain}" if sender else ""


def written_outcome(outcome: Outcome) -> str:
    """An outcome."""
    return text(
        (
            outcome.result.value,
            outcome.status,
            outcome.text,
            outcome.host,
            outcome.tls,
            outcome.dsn,
        )
    )


def outcome(written: str) -> Outcome:
    """The same, read."""
    result, *others = json.loads(written)
    return Outcome(Result(result), *others)


def pair(address: Address | None) -> tuple[str, str] | None:
    """An address in two parts."""
    return None if address is None else (address.local, address.domain)


def text(value: object) -> str:
    """JSON in ASCII, which every engine takes."""
    return json.dumps(value, separators=(",", ":"))
