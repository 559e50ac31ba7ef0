"""A stretch of the octets of a blob, in bounded memory (RFC 9404, 4)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from mailnode.jmap.arguments import Arguments
from mailnode.jmap.blobs import Blob
from mailnode.message.decoding import span


@dataclass(frozen=True, slots=True)
class Range:
    """Which octets are meant.

    @ivar length: C{None} for all behind C{offset}.
    """

    offset: int = 0
    length: int | None = None

    def within(self, size: int) -> tuple[int, int]:
        """Where it begins and ends, among so many octets."""
        end = size if self.length is None else min(self.offset + self.length, size)
        return min(self.offset, size), max(end, min(self.offset, size))

    def exceeds(self, size: int) -> bool:
        """Whether it asks for more than there is."""
        return self.offset + (self.length or 0) > size


def taken(arguments: Arguments) -> Range:
    """The range that some arguments name."""
    offset = arguments.unsigned("offset", 0)
    return Range(offset, arguments.unsigned("length", None))


async def stretch(blob: Blob, start: int, end: int) -> AsyncIterator[bytes]:
    """The octets of a blob from C{start} to C{end}, decoded if it is encoded."""
    if not blob.encoded:
        async for piece in span(blob.kept, blob.start + start, blob.start + end):
            yield piece
        return
    at = 0
    async for piece in blob.pieces():
        if at >= end:
            break
        wanted = piece[max(0, start - at) : end - at]
        at += len(piece)
        if wanted:
            yield wanted
