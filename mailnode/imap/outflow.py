"""What a long answer goes through: gathered into decent writes, held back by the peer."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from mailnode.errors import MailError, PeerGone
from mailnode.interfaces.peer import IPeer

FULL = 2**16
"""Octets gathered before they are written."""
HELD = 2**20
"""Octets of one response that are held back until all of it is there."""
SHARE = 2**18
"""Octets written before others have their turn."""
SECONDS = 0.004
"""How long it takes until they have it, however little was written."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """What is too long to hold.

    @ivar head: how it begins, with the announcement of its literal.
    @ivar pieces: the octets of the literal, in full.
    """

    head: bytes
    pieces: AsyncIterator[bytes]


Said = Sequence[bytes] | Streamed
"""Part of a response: in pieces that are at hand, or not."""


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

    async def stream(self, streamed: Streamed) -> None:
        """Say what is long.

        @raise PeerGone: when it cannot be said to its end: half a literal
            cannot be taken back.
        """
        self.say(streamed.head)
        try:
            async for piece in streamed.pieces:
                self.say(piece)
                await self.flow()
        except MailError:
            raise PeerGone from None


class Listed:
    """A response whose parts come one by one.

    Until it is large nothing of it is said: it may come to nothing.

    @ivar begun: some of it has been said.
    """

    def __init__(self, head: bytes, out: Outflow) -> None:
        self.head = head
        self.out = out
        self.begun = False
        self.held: list[Said] = []
        self.size = 0

    async def add(self, said: Said) -> None:
        """One more part."""
        self.held.append(said)
        self.size += 0 if isinstance(said, Streamed) else sum(map(len, said))
        if self.begun or self.size > HELD:
            await self.release()

    async def release(self) -> None:
        """Say what there is so far."""
        for said in self.held:
            self.out.say(b" " if self.begun else self.head)
            self.begun = True
            if isinstance(said, Streamed):
                await self.out.stream(said)
            else:
                self.out.say(*said)
            await self.out.flow()
        self.held.clear()
