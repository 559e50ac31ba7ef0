"""Envelopes for a queue to play with."""

from __future__ import annotations

from collections.abc import Sequence

from store.keeping import START

from mailnode.model.envelope import Address, Envelope, Recipient, Sender, Target
from mailnode.model.queue import Claim, Outcome, Result, Settlement

SENT = Settlement(Outcome(Result.RELAYED, "2.0.0", "250 ok", "mx.example.net"))
BUSY = Outcome(Result.DEFERRED, "4.3.2", "421 busy", "mx.example.net", "TLSv1.3")


def address(written: str) -> Address:
    return Address(*written.rsplit("@", 1))


def target(
    to: str, sender: Address | None = None, mailbox: str | None = None
) -> Target:
    return Target(Recipient(address(to)), address(to), mailbox, sender)


def envelope(
    name: str,
    *to: str,
    sender: str = "ana@example.org",
    priority: int = 0,
    hold_until: int | None = None,
) -> Envelope:
    """A message to some addresses elsewhere."""
    by = address(sender) if sender else None
    said = Sender(by, priority=priority, hold_until=hold_until)
    return Envelope(name, said, tuple(target(each, by) for each in to), START)


def later(due: int) -> Settlement:
    """Not now."""
    return Settlement(BUSY, due)


def said(claims: Sequence[Claim]) -> list[str]:
    """The names of the messages that were claimed."""
    return [claim.envelope.id for claim in claims]
