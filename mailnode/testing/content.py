"""The octets of messages, in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

from zope.interface import implementer

from mailnode.interfaces.content import IContent, IOctets, ISpool
from mailnode.message.projection import project
from mailnode.message.scan import Scanner
from mailnode.model.message import CHUNK, Projections


@implementer(IContent, IOctets)
class MemoryContent:
    """The octets of a message, on their way in or kept."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)
        self.hash = hashlib.sha256(data).digest()

    @cached_property
    def projections(self) -> Projections:
        """What a server computes on the way in."""
        scanner = Scanner()
        scanner.feed(self.data)
        return project(scanner.close())

    @property
    def header_size(self) -> int:
        """Octets of the header and its empty line."""
        return self.projections.header_size

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
