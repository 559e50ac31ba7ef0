"""Envelopes, contents, and a queue over a store to put them into."""

from __future__ import annotations

from collections.abc import Sequence

from store.keeping import START, Keeping, mail, now

from mailnode.model.envelope import Address, Envelope, Recipient, Sender, Target
from mailnode.model.message import CHUNK
from mailnode.model.queue import Claim, Outcome, Result, Settlement
from mailnode.store.content import LARGE
from mailnode.store.queue import Queue
from mailnode.testing import MemoryContent

SENT = Settlement(Outcome(Result.RELAYED, "2.0.0", "250 ok", "mx.example.net"))
BUSY = Outcome(Result.DEFERRED, "4.3.2", "421 busy", "mx.example.net", "TLSv1.3")
LEASE = 60_000
MAIL = MemoryContent(mail())
BIG = MemoryContent(mail("big", LARGE + 5 * CHUNK + 7))


class Line:
    """A queue over a store."""

    def __init__(self, keeping: Keeping, owner: str = "one") -> None:
        self.keeping = keeping
        self.clock = keeping.clock
        self.execute = keeping.main.connection.execute
        self.queue = Queue(keeping.main, keeping.store.reserve, keeping.clock, owner)

    def put(self, *envelopes: Envelope) -> None:
        for each in envelopes:
            now(self.queue.put(each, MAIL))

    def names(self) -> list[str]:
        return [each.envelope.id for each in now(self.queue.entries())]


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
