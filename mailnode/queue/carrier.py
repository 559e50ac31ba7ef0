"""Whoever carries messages out of the queue to where they go (RFC 5321, 2.3.8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mailnode.interfaces.content import IOctets
from mailnode.model.queue import Claim, Outcome, Result

STUMBLED = Outcome(Result.DEFERRED, "4.3.0", "something went wrong on this server")
"""What becomes of what a carrier, by a fault of ours, says nothing of."""


class Carrier(Protocol):
    """Carries a claim to where it goes; what becomes of each target is never an
    exception."""

    async def carry(self, claim: Claim, content: IOctets) -> Sequence[Outcome]:
        """Try to deliver a message for all targets of a claim.

        It may be cancelled when the server stops; nobody waits for it then.

        @return: one outcome for each of C{claim.waiting}, in order.
        """
