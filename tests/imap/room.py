"""A session over a real store in memory, with a peer that follows a script."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self, cast

from store.keeping import ANA, Keeping, now

from mailnode.errors import PeerGone
from mailnode.imap.extension import repertoire
from mailnode.imap.options import IMAPOptions
from mailnode.imap.session import Session
from mailnode.imap.view import Views
from mailnode.interfaces.mailbox import IMailbox
from mailnode.testing import FakePeer, MemoryGate, MemoryStore

LOGIN = b"a LOGIN ana@example.org x\r\n"
REPERTOIRE = repertoire()


class Peer(FakePeer):
    """A scripted client that counts.

    @ivar turns: how often others had their turn.
    @ivar largest: octets of the largest single write.
    @ivar flows: whether what was heard is kept.
    """

    def __init__(self, sent: bytes) -> None:
        super().__init__(sent, local=True)
        self.turns = 0
        self.largest = 0
        self.octets = 0
        self.keeps = True

    def write(self, data: bytes) -> None:
        self.octets += len(data)
        self.largest = max(self.largest, len(data))
        if self.keeps:
            super().write(data)

    async def turn(self) -> None:
        """Somebody else's."""
        self.turns += 1


class EndlessPeer(Peer):
    """A client that sends zeros where the script is used up.

    @ivar left: how many.
    """

    left = 0

    async def some(self, limit: int) -> bytes:
        if self.sent:
            return await super().some(limit)
        if not self.left:
            raise PeerGone
        size = min(limit, self.left)
        self.left -= size
        return b"0" * size


class Room:
    """ana's mail, and sessions that look at it."""

    def __init__(self) -> None:
        self.directory = TemporaryDirectory()
        self.keeping = Keeping(Path(self.directory.name))
        self.ana = self.keeping.account(ANA)
        self.views = Views()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.keeping.sound()
        self.keeping.close()
        self.directory.cleanup()

    def mailbox(self, name: str = "INBOX") -> IMailbox:
        """One of ana's mailboxes."""
        return now(self.ana.mailbox(name))

    def keep(self, *messages: bytes, name: str = "INBOX") -> None:
        """Put messages in a mailbox."""
        mailbox = self.mailbox(name)
        for message in messages:
            _ = now(mailbox.append(self.keeping.content(message)))

    def session(self, peer: FakePeer, options: IMAPOptions | None = None) -> Session:
        """Somebody's, who may log in as ana."""
        store = cast("MemoryStore", self.keeping.store)
        gate = MemoryGate(store, {ANA: "x"})
        return Session(peer, gate, REPERTOIRE, options or IMAPOptions(), self.views)

    def talk(self, said: bytes, options: IMAPOptions | None = None) -> Peer:
        """Say something after login, and return who heard the answers."""
        peer = Peer(LOGIN + said)
        now(self.session(peer, options).run())
        return peer

    def ask(self, *commands: bytes) -> bytes:
        """What is answered to commands on INBOX."""
        lines = b"".join(b"c%d %b\r\n" % pair for pair in enumerate(commands))
        heard = self.talk(b"b SELECT INBOX\r\n" + lines).heard
        return heard[re.search(rb"^b OK.*\r\n", heard, re.MULTILINE).end() :]  # type: ignore[union-attr]  # it is there
