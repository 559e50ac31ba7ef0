"""What a long answer goes through: gathered into decent writes, held back by the peer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from mailnode.errors import MailError, PeerGone
from mailnode.interfaces.peer import IPeer

FULL = 2**16
"""Octets gathered before they are written."""
HELD = 2**20
"""Octets of one response that are held back until all of it is there."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """What is too long to hold.

    @ivar head: how it begins, with the announcement of its literal.
    @ivar pieces: the octets of the literal, in full.
    """

    head: bytes
    pieces: AsyncIterator[bytes]


Said = bytes | Streamed


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
        self.size += len(said) if isinstance(said, bytes) else 0
        if self.begun or self.size > HELD:
            await self.release()

    async def release(self) -> None:
        """Say what there is so far."""
        for said in self.held:
            self.out.say(b" " if self.begun else self.head)
            self.begun = True
            if isinstance(said, bytes):
                self.out.say(said)
            else:
                await self.out.stream(said)
            await self.out.flow()
        self.held.clear()
