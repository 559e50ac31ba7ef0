"""A peer whose every word is known beforehand."""

from __future__ import annotations

from zope.interface import implementer

from mailnode.errors import PeerGone, TooLarge
from mailnode.interfaces.peer import IPeer


@implementer(IPeer)
class FakePeer:
    """A peer whose every line is known beforehand.

    @ivar sent: what it will say; when that is used up, it is gone.
    @ivar heard: what it was told.
    """

    protocol = ""

    def __init__(
        self, sent: bytes = b"", *, address: str = "192.0.2.1", local: bool = False
    ) -> None:
        self.sent = sent
        self.heard = b""
        self.address = address
        self.local = local
        self.user: str | None = None
        self.secure = False
        self.tls = ""
        self.patience = 0.0
        self.hung_up = False
        self.tls_offered = False

    async def line(self, limit: int) -> bytes:
        line, crlf, self.sent = self.sent.partition(b"\r\n")
        if not crlf:
            raise PeerGone
        if len(line) > limit:
            raise TooLarge(f"a line has at most {limit} octets")
        return line

    async def some(self, limit: int) -> bytes:
        if not self.sent:
            raise PeerGone
        data, self.sent = self.sent[:limit], self.sent[limit:]
        return data

    def unread(self, data: bytes) -> None:
        self.sent = data + self.sent

    def write(self, data: bytes) -> None:
        self.heard += data

    async def drain(self) -> None:
        """Everything leaves at once."""

    async def turn(self) -> None:
        """There are no others."""

    async def start_tls(self) -> None:
        self.sent, self.secure, self.tls = b"", True, "TLSv1.3 PRETENDED"

    def can_start_tls(self) -> bool:
        return self.tls_offered and not self.secure

    def channel_binding(self, kind: str) -> bytes | None:
        return kind.encode() if self.secure else None

    def became(self, address: str) -> None:
        self.address, self.local = address, False

    def hang_up(self) -> None:
        self.hung_up = True
