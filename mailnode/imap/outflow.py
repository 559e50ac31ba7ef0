"""What a long answer goes through: gathered into decent writes, held back by the peer."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from mailnode.interfaces.peer import IPeer

FULL = 2**16
"""Octets gathered before they are written."""
SHARE = 2**18
"""Octets written before others have their turn."""
SECONDS = 0.004
"""How long it takes until they have it, however little was written."""


class Outflow:
    """Octets on their way to a peer; never more than a little here.

    @ivar pause: gives others their turn.
    @ivar written: octets since they had it.
    @ivar until: when they have it again.
    """

    def __init__(
        self,
        peer: IPeer,
        pause: Callable[[], Awaitable[None]],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.peer = peer
        self.pause = pause
        self.monotonic = monotonic
        self.pieces: list[bytes] = []
        self.size = 0
        self.written = 0
        self.until = monotonic() + SECONDS

    def say(self, *pieces: bytes) -> None:
        """Add some octets."""
        self.pieces += pieces
        self.size += sum(map(len, pieces))

    async def flow(self) -> None:
        """Write when there is enough, and wait until there is room again."""
        if self.size >= FULL:
            self.flush()
            await self.peer.drain()
        if self.written >= SHARE or self.monotonic() >= self.until:
            await self.pause()
            self.written = 0
            self.until = self.monotonic() + SECONDS

    def flush(self) -> None:
        """Write what there is."""
        if self.pieces:
            self.peer.write(b"".join(self.pieces))
            self.written += self.size
            self.pieces = []
            self.size = 0
