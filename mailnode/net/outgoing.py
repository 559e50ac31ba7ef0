"""What is said to a peer, gathered so that what belongs together leaves together."""

from __future__ import annotations

BURST = 64 * 2**10
"""Octets that are gathered; with more it costs less to send than to join them."""


class Outgoing:
    """What waits to be written to a transport, and what is known to wait in it.

    @ivar held: more may follow at once, so do not write yet.
    @ivar unsent: octets written since the transport asked us to pause; -1
        while it has not.
    """

    __slots__ = ("held", "pieces", "size", "unsent")

    def __init__(self) -> None:
        self.held = False
        self.pieces: list[bytes] = []
        self.size = 0
        self.unsent = -1

    def add(self, data: bytes) -> bool:
        """Gather some octets; whether there are enough of them to be written."""
        self.pieces.append(data)
        self.size += len(data)
        return not self.held or self.size > BURST

    def taken(self) -> bytes:
        """All that was gathered, which is about to be written."""
        pieces = self.pieces
        if not pieces:
            return b""
        if self.unsent >= 0:
            self.unsent += self.size
        self.pieces, self.size = [], 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
