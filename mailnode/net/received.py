"""Octets that came and that nobody has read yet."""

from __future__ import annotations

from mailnode.errors import TooLarge

CRLF = b"\r\n"


class Received:
    """What a peer has sent, taken by the line or by the piece.

    @ivar searched: where the search for the next CRLF goes on, so that a line
        that comes octet by octet is searched once.
    @ivar overlong: the beginning of the line has been thrown away already.
    @ivar ended: nothing more will come.
    @ivar held: reading from the transport is stopped, there is enough here.
    @ivar served: lines taken since we last waited for anything.
    """

    __slots__ = ("ended", "held", "octets", "overlong", "searched", "served")

    def __init__(self) -> None:
        self.octets = bytearray()
        self.searched = 0
        self.overlong = False
        self.ended = False
        self.held = False
        self.served = 0

    def __len__(self) -> int:
        return len(self.octets)

    def feed(self, data: bytes) -> None:
        """Add what just came."""
        self.octets += data

    def line(self, limit: int) -> bytes | None:
        """The next line without its CRLF, or C{None} if it is not all here.

        @raise TooLarge: once, at the end of a line of more than C{limit} octets.
        """
        octets = self.octets
        end = octets.find(CRLF, self.searched)
        if end < 0:
            self.searched = max(0, len(octets) - 1)
            if len(octets) > limit + 1:
                self.skip()
            return None
        self.searched = 0
        if self.overlong or end > limit:
            self.overlong = False
            del octets[: end + 2]
            raise TooLarge(f"a line has at most {limit} octets")
        line = bytes(octets[:end])
        del octets[: end + 2]
        return line

    def skip(self) -> None:
        """Throw away the line so far; its last octet may be half a CRLF."""
        self.overlong = True
        self.searched = 0
        del self.octets[:-1]

    def some(self, limit: int) -> bytes:
        """At most C{limit} octets; none if there are none."""
        self.searched = 0
        data = bytes(self.octets[:limit])
        del self.octets[:limit]
        return data

    def unread(self, data: bytes) -> None:
        """Put octets back in front."""
        self.searched = 0
        self.octets[:0] = data

    def clear(self) -> None:
        """Throw everything away."""
        self.octets.clear()
        self.searched = 0
        self.overlong = False
