"""The octets of a message, on their way in and on their way out."""

from __future__ import annotations

from collections.abc import Iterator

from zope.interface import Attribute, Interface

from mailnode.model.message import Projections


class IContent(Interface):
    """A whole message that is not kept yet."""

    size: int = Attribute("Octets.")
    hash: bytes = Attribute("SHA-256 of the octets.")
    header_size: int = Attribute("Octets of the header and its empty line.")
    projections: Projections = Attribute("What was computed on the way in.")

    def chunks() -> Iterator[bytes]:
        """The octets in order, from the start, in pieces of CHUNK but the last.

        May be called in any thread, and again.
        """

    def discard() -> None:
        """Forget the octets; harmless when done twice."""


class ISpool(Interface):
    """Where a message is gathered: in memory while small, in a file beyond."""

    size: int = Attribute("Octets so far.")

    def write(data: bytes) -> None:
        """Add some octets.

        @raise NoSpace: when the disk is full.
        """

    def seal() -> IContent:
        """Say that this was all."""

    def discard() -> None:
        """Forget everything."""


class IOctets(Interface):
    """A message that is kept, open for reading.

    It stays readable for an hour even when the message is expunged meanwhile.
    """

    size: int = Attribute("Octets.")
    header_size: int = Attribute("Octets of the header and its empty line.")

    async def read(start: int = 0) -> bytes:
        """The octets from C{start} to the end of the chunk that holds it.

        At most L{CHUNK<mailnode.model.message.CHUNK>}; empty only at the end.
        """
