"""What a long answer goes through: gathered into decent writes, held back by the peer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from mailnode.interfaces.peer import IPeer

FULL = 2**16
"""Octets gathered before they are written."""


class Outflow:
    """Octets on their way to a peer; never more than a little here.

    @ivar pause: gives others their turn, after so much has been written.
    """

    def __init__(self, peer: IPeer, pause: Callable[[], Awaitable[None]]) -> None:
        self.peer = peer
        self.pause = pause
        self.pieces: list[bytes] = []
        self.size = 0

    def say(self, *pieces: bytes) -> None:
        """Add some octets."""
        self.pieces += pieces
        self.size += sum(map(len, pieces))

    async def flow(self) -> None:
        """Write when there is enough, and wait until there is room again."""
        if self.size >= FULL:
            self.flush()
            await self.pause()

    def flush(self) -> None:
        """Write what there is."""
        if self.pieces:
            self.peer.write(b"".join(self.pieces))
            self.pieces = []
            self.size = 0
