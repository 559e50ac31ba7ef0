"""CHUNKING: a message comes in chunks whose size is said before (RFC 3030, 2).

The octets of a chunk are always read, whatever becomes of the message, so
that none of them can be taken for a command.
"""

from __future__ import annotations

from mailnode.errors import MailError, Malformed, SyntaxFault, TooLarge
from mailnode.model.envelope import Body
from mailnode.smtp import content
from mailnode.smtp.data import BLOCK, EXCESS, Pace, stray
from mailnode.smtp.extension import Extension
from mailnode.smtp.grammar import Arguments
from mailnode.smtp.reply import CLOSING, Refused, Reply
from mailnode.smtp.session import Session
from mailnode.smtp.transaction import Abandoned, Chunk, Transaction

SMALL = 512
"""Octets: a chunk below, that is not the last, is hardly worth its command."""
SMALL_CHUNKS = 1000
"""So many of them a message may have."""

extension = Extension(3030)
extension.offers("CHUNKING")


class Chunks:
    """A message on its way in: iterate over its octets.

    Between two chunks it lets the session go on obeying commands, until one of
    them is the next BDAT, or ends the transaction.

    @ivar left: octets of the chunk that are still to come.
    @ivar size: octets of the message so far.
    @ivar held: a CR whose LF may come with the next octets.
    """

    parting = False

    def __init__(self, session: Session, transaction: Transaction) -> None:
        self.session = session
        self.transaction = transaction
        self.pace = Pace(session.options)
        self.chunk: Chunk | None = None
        self.left = 0
        self.size = 0
        self.small = 0
        self.held = b""
        self.fault: MailError | None = None

    def __aiter__(self) -> Chunks:
        return self

    async def __anext__(self) -> bytes:
        """Some more of the message.

        @raise TooLarge: at the end of the chunk that made it too large.
        @raise Malformed: at the end of a chunk with a bare CR or LF in it.
        @raise Abandoned: when the transaction has ended instead.
        """
        while True:
            while self.left:
                data = await self.block()
                if data and self.fault is None:
                    return data
            if self.last and self.held:
                self.fault = self.fault or malformed()
            if self.fault is not None:
                raise self.fault
            if self.last:
                raise StopAsyncIteration
            await self.more()

    async def finish(self) -> None:
        """Read what is left of the chunk and forget it (RFC 3030, 2)."""
        while self.left:
            await self.block()

    @property
    def last(self) -> bool:
        """The message ends with this chunk."""
        return self.chunk is not None and self.chunk.last

    def announce(self, chunk: Chunk) -> None:
        """Here comes the next chunk.

        @raise Refused: when there are too many that are hardly worth it.
        """
        if chunk.size < SMALL and not chunk.last:
            self.small += 1
            if self.small > SMALL_CHUNKS:
                raise Refused(CLOSING, "4.7.0", "too many small chunks")
        limit = self.session.options.message_size
        if self.size + chunk.size > limit:
            self.fault = TooLarge(f"more than {limit} octets")
        self.chunk, self.left = chunk, chunk.size

    async def more(self) -> None:
        """Say that this chunk is here, and obey commands until the next one."""
        before = self.chunk
        size = 0 if before is None else before.size
        self.session.say(Reply(250, "2.0.0", f"{size} octets taken"))
        while self.chunk is before:
            await self.session.step()
            if self.session.done or self.session.transaction is not self.transaction:
                raise Abandoned

    async def block(self) -> bytes:
        """Some octets of the chunk, less a CR that may be half a CRLF."""
        peer = self.session.peer
        peer.patience = self.pace.patience(self.size)
        data = await peer.some(min(self.left, BLOCK))
        self.left -= len(data)
        self.size += len(data)
        if self.transaction.sender.body is Body.BINARY:
            return data  # RFC 3030, 3: not a bit may change
        data = self.held + data
        self.held = b"\r" if data.endswith(b"\r") else b""
        data = data.removesuffix(b"\r")
        if self.fault is None and stray(data):  # RFC 3030, 2: lines end with CRLF
            self.fault = malformed()
        return data


@extension.verb(b"BDAT", "SP size [SP LAST]", carries=True)
async def bdat(session: Session, arguments: Arguments) -> Reply | None:
    """Take a chunk: the first begins the content, those after it go on."""
    chunk = announced(session, arguments)
    transaction = session.transaction
    if transaction is None or not transaction.recipients:
        await discard(session, chunk)
        raise Refused(503, "5.5.1", "there is no valid recipient")
    if transaction.more is not None:
        transaction.more(chunk)
        return None
    chunks = Chunks(session, transaction)
    chunks.announce(chunk)
    transaction.begin()
    transaction.more = chunks.announce
    try:
        outcomes = await content.take(session, transaction, chunks)
    except Abandoned:
        return None  # The command that ended it has been answered
    if not chunks.last:  # RFC 2033, 4.3: only LAST is answered for each recipient
        outcomes = outcomes[-1:]
    return content.answer(session, transaction, outcomes, parting=chunks.parting)


def announced(session: Session, arguments: Arguments) -> Chunk:
    """What BDAT says.

    @raise Refused: and hang up, when nobody knows how many octets to skip, or
        they are too many to wait for.
    """
    try:
        size = arguments.sp().number()
        last = arguments.take(b" LAST")
        arguments.end()
    except SyntaxFault as fault:
        raise Refused(501, "5.5.4", str(fault), last=True) from None
    limit = session.options.message_size
    if size > EXCESS * limit:
        raise Refused(552, "5.3.4", f"more than {limit} octets", last=True)
    return Chunk(size, last)


async def discard(session: Session, chunk: Chunk) -> None:
    """Read a chunk of no message (RFC 3030, 2)."""
    pace = Pace(session.options)
    taken = 0
    while taken < chunk.size:
        session.peer.patience = pace.patience(taken)
        taken += len(await session.peer.some(min(chunk.size - taken, BLOCK)))


def malformed() -> Malformed:
    """The complaint about text that is not in lines."""
    return Malformed("a bare CR or LF: lines end with CRLF alone")
