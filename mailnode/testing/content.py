"""The octets of messages, in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import pairwise

from zope.interface import implementer

from mailnode.interfaces.content import IContent, IOctets, ISpool
from mailnode.model.message import CHUNK, Projections


@implementer(IContent, IOctets)
class MemoryContent:
    """The octets of a message, on their way in or kept."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)
        self.hash = hashlib.sha256(data).digest()
        ends = [
            data.find(end) + len(end) for end in (b"\n\r\n", b"\n\n") if end in data
        ]
        if data.startswith(b"\r\n"):
            ends.append(2)
        self.header_size = min(ends, default=len(data))
        self.projections = Projections(
            envelope=b"",
            structure=b"",
            parts=b"",
            header_size=self.header_size,
            lines=data.count(b"\n"),
            base_subject="",
            sent=None,
            preview="",
        )

    def chunks(self) -> Iterator[bytes]:
        """The octets in order."""
        edges = [*range(0, self.size, CHUNK), self.size]
        return (self.data[a:b] for a, b in pairwise(edges))

    def discard(self) -> None:
        """Memory forgets by itself."""

    async def read(self, start: int = 0) -> bytes:
        return self.data[start : (start // CHUNK + 1) * CHUNK]


@implementer(ISpool)
class MemorySpool:
    """A place to gather a message."""

    def __init__(self) -> None:
        self.data = bytearray()

    @property
    def size(self) -> int:
        """Octets so far."""
        return len(self.data)

    def write(self, data: bytes) -> None:
        self.data += data

    def seal(self) -> MemoryContent:
        return MemoryContent(bytes(self.data))

    def discard(self) -> None:
        self.data.clear()
