"""The maildrop as one session sees it: what was there at login (RFC 1939, 4)."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate

from mailnode.errors import NotFound
from mailnode.interfaces.content import IOctets
from mailnode.interfaces.mailbox import IMailbox
from mailnode.interfaces.peer import IPeer
from mailnode.model.message import SEEN
from mailnode.pop3 import grammar

PAGE = 500
"""Messages asked of the mailbox at a time."""
PAGES = 4
"""Pages after which others have their turn: about ten milliseconds."""
AHEAD = 128 * 2**10
"""Octets read ahead for a client that takes one message after the other."""
GROUP = 64
"""Messages read ahead at most."""
DELETED = 1
RETRIEVED = 2
ALREADY_SEEN = 4


class Maildrop:
    """Messages by number, from 0 here and from 1 in what is said.

    A message takes thirteen octets: its UID, its size and its marks.  Nothing
    is locked, as nothing has to be: UIDs stay true whatever others do, and what
    somebody else removes is merely no longer found (RFC 1939, 4: a lock "as
    necessary").

    @ivar count: messages not marked as deleted.
    @ivar size: their octets.
    @ivar ahead: messages that are open already, by UID.
    @ivar latest: the message that was opened last.
    """

    def __init__(self, mailbox: IMailbox) -> None:
        self.mailbox = mailbox
        self.uids = array("I")
        self.sizes = array("Q")
        self.marks = bytearray()
        self.count = 0
        self.size = 0
        self.ahead: dict[int, IOctets] = {}
        self.latest = -1

    async def fill(self, peer: IPeer) -> None:
        """Note all messages, page by page."""
        after = 0
        while page := await self.mailbox.messages(after, PAGE):
            after = page[-1].uid
            self.uids.extend([message.uid for message in page])
            self.sizes.extend([message.size for message in page])
            self.marks += bytes(
                [ALREADY_SEEN * (SEEN in message.flags) for message in page]
            )
            if len(self.uids) % (PAGE * PAGES) == 0:
                await peer.turn()
        self.restore()

    def restore(self) -> None:
        """Nothing is marked as deleted any more."""
        self.count, self.size = len(self.uids), sum(self.sizes)
        self.marks = bytearray(mark & ~DELETED for mark in self.marks)

    def number(self, words: bytes) -> int:
        """The message that is meant.

        @raise SyntaxFault: when that is no number.
        @raise NotFound: when there is no such message, or not any more.
        """
        index = grammar.number(words, "a message number") - 1
        if not 0 <= index < len(self.uids):
            raise NotFound(f"there are {len(self.uids)} messages")
        if self.marks[index] & DELETED:
            raise NotFound(f"message {index + 1} is deleted")
        return index

    async def content(self, index: int) -> IOctets:
        """A message, open for reading.

        Clients take message after message, so for one that does, those that
        come next are opened in the same read.

        @raise NotFound: when somebody else has removed it.
        """
        uid, follows = self.uids[index], index == self.latest + 1
        self.latest = index
        if uid not in self.ahead:
            self.ahead = {}
            if not follows or self.sizes[index] > AHEAD:
                return await self.mailbox.content(uid)
            self.ahead = dict(await self.mailbox.opened(self.following(index)))
        octets = self.ahead.pop(uid, None)
        if octets is None:
            raise NotFound(f"message {index + 1} is gone")
        return octets

    def following(self, index: int) -> Sequence[int]:
        """UIDs from a message on, as many as are read together."""
        sizes = accumulate(self.sizes[index : index + GROUP])
        return self.uids[index : index + sum(size <= AHEAD for size in sizes)]

    def present(self) -> Iterator[int]:
        """Every message that is not marked as deleted."""
        marks = self.marks
        return (index for index in range(len(marks)) if not marks[index] & DELETED)

    def delete(self, index: int) -> None:
        """Mark a message as deleted."""
        self.marks[index] |= DELETED
        self.count -= 1
        self.size -= self.sizes[index]

    def retrieved(self, index: int) -> None:
        """Note that the client has a message now."""
        self.marks[index] |= RETRIEVED

    def unique_id(self, index: int) -> bytes:
        """The same in every session, and for no other message (RFC 1939, 7)."""
        return b"%d-%d" % (self.mailbox.uidvalidity, self.uids[index])

    async def update(self, *, seen: bool) -> None:
        """Do what was asked for (RFC 1939, 6): once, and not one by one.

        Messages that stay and were retrieved become C{\\Seen} in one change of
        the mailbox.  That is done here and not after each RETR because it is
        a write that must reach the disk, and because a session that broke off
        has promised its client nothing.
        """
        gone, read = [], []
        for uid, mark in zip(self.uids, self.marks, strict=True):
            if mark & DELETED:
                gone.append(uid)
            elif mark & (RETRIEVED | ALREADY_SEEN) == RETRIEVED:
                read.append(uid)
        if seen and read:
            await self.mailbox.store(read, add=(SEEN,))
        if gone:
            await self.mailbox.expunge(gone)
