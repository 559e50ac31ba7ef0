"""Octets by the id of a blob, decoded on the way and never whole in memory (RFC 8620, 6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from mailnode.errors import NotFound
from mailnode.interfaces.content import IOctets
from mailnode.interfaces.mail import IMail
from mailnode.message.decoding import IDENTITIES, base64_size, plain, whole
from mailnode.message.transfer import decoded
from mailnode.wire.ids import BlobId, blob

ENCODINGS = {"0": b"binary", "b": b"base64", "q": b"quoted-printable"}
"""Content-Transfer-Encodings by what an id says of them."""
CODINGS = {b"base64": "b", b"quoted-printable": "q"}
"""The same the other way; the contents of a part with another encoding are its octets
as they are (RFC 8621, 4.1.4)."""

SMALL = 2**14
"""Octets that are decoded at once."""


@dataclass(frozen=True, slots=True)
class Blob:
    """Octets of an account, or a stretch of them that is decoded.

    @ivar kept: the whole that it is a stretch of.
    """

    id: BlobId
    kept: IOctets

    @property
    def start(self) -> int:
        """Where it begins in the whole."""
        return self.id.start or 0

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.kept.size if self.id.start is None else self.start + self.id.length

    @property
    def encoded(self) -> bool:
        """Whether its octets are others than those that are kept."""
        return ENCODINGS[self.id.coding] not in IDENTITIES

    def pieces(self) -> AsyncIterator[bytes]:
        """The octets in order, a chunk or less at a time, from the start every time.

        @raise NotFound: when they have been gone for too long.
        """
        return plain(self.kept, self.start, self.end, ENCODINGS[self.id.coding])

    async def size(self) -> int:
        """How many they are; what is encoded is read through for it."""
        length = self.end - self.start
        if not self.encoded:
            return length
        if length <= SMALL:
            text = await whole(self.kept, self.start, self.end)
            return len(decoded(text, ENCODINGS[self.id.coding]))
        if ENCODINGS[self.id.coding] == b"base64":
            counted = await base64_size(self.kept, self.start, self.end)
            if counted is not None:
                return counted
        size = 0
        async for piece in self.pieces():
            size += len(piece)
        return size


async def opened(mail: IMail, said: str) -> Blob:
    """The blob of an id.

    @raise NotFound: when there is none in the account.
    """
    if (known := blob(said)) is None:
        raise NotFound("no such blob")
    found = Blob(known, await mail.blob(known.hash))
    if found.end > found.kept.size:
        raise NotFound("no such stretch of a blob")
    return found
