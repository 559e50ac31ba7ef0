"""Messages as DATA brings them: up to CRLF.CRLF and nothing else (RFC 5321, 4.5.2)."""

from __future__ import annotations

import re
from io import IncrementalNewlineDecoder

from mailnode.errors import MailError, Malformed, TimedOut, TooLarge
from mailnode.interfaces.peer import IPeer
from mailnode.smtp.options import SMTPOptions

BLOCK = 2**16
"""The most octets taken from the peer at a time."""
CRLF = b"\r\n"
END = CRLF + b"." + CRLF
LEADING_DOT = re.compile(rb"\.(?<=\r\n\.)")
"""A search for one octet, with a look behind it, is faster than one for three."""
FEW = 16
"""Lines with a leading dot that are looked at one by one."""
EXCESS = 4
"""We read on to the end of a message this many times too large, then hang up."""


class Pace:
    """How long a peer may take over one message (RFC 5321, 4.5.3.2)."""

    def __init__(self, options: SMTPOptions) -> None:
        self.options = options
        self.begun = options.clock()

    def patience(self, octets: int) -> float:
        """Seconds to wait for more, when so much has come.

        @raise TimedOut: when it has been too slow already.
        """
        options = self.options
        due = options.data_seconds + octets / options.data_rate
        left = min(due, options.message_seconds)
        left -= (options.clock() - self.begun) / 1000
        if left <= 0:
            raise TimedOut(f"less than {options.data_rate} octets a second")
        return min(left, options.data_seconds)


class DataReader:
    """A message on its way in: iterate over its octets, dots unstuffed.

    A message that is too large, or holds a CR or LF that is not part of a
    CRLF, is read to its real end, without keeping it, before the complaint:
    what follows it was not meant as content.  Refusing it (RFC 5321, 2.3.8) is
    what makes smuggling impossible.  A line may be of any
    length (RFC 5321, 4.5.3.1.6 lets a server accept more than 1000 octets):
    nothing here is done line by line.

    @ivar size: octets so far, as RFC 1870, 5 counts them.
    @ivar parting: nothing that follows may be taken for a command: we stopped
        reading far beyond the limit, or the peer may not think, as we do, that
        the message has ended.
    """

    def __init__(self, peer: IPeer, options: SMTPOptions) -> None:
        self.peer = peer
        self.limit = options.message_size
        self.pace = Pace(options)
        self.size = 0
        self.parting = False
        self.ended = False
        self.fault: MailError | None = None
        # A first line that is a dot ends the message too: pretend a CRLF before.
        self.held = CRLF
        self.skip = len(self.held)

    def __aiter__(self) -> DataReader:
        return self

    async def __anext__(self) -> bytes:
        """Some more of the message.

        @raise TooLarge: at its end, when it was larger than permitted.
        @raise Malformed: at its end, when it held a bare CR or LF.
        """
        while not self.ended:
            data = await self.block()
            if data and self.fault is None:
                return data
        if self.fault is not None:
            raise self.fault
        raise StopAsyncIteration

    async def finish(self) -> None:
        """Read whatever is left and forget it."""
        while not self.ended:
            await self.block()

    async def block(self) -> bytes:
        """What came now, less what may be the beginning of the end."""
        self.peer.patience = self.pace.patience(self.size)
        data = self.held + await self.peer.some(BLOCK)
        places, end = dots(data)
        if end >= 0:
            self.ended = True
            if rest := data[end + len(END) :]:
                self.peer.unread(rest)
            data = data[: end + 2]
        else:
            held = possible_end(data)
            self.held = data[len(data) - held :]
            data = data[: len(data) - held]
        text = unstuffed(data, places) if places else data
        if self.skip and text:
            text, self.skip = text[self.skip :], 0
        self.size += len(text)
        self.judge(data)
        return text

    def judge(self, data: bytes) -> None:
        """Note what is wrong; a block never ends between a CR and its LF."""
        if not self.parting and stray(data):
            self.fault = Malformed("a bare CR or LF: lines end with CRLF alone")
            self.parting = True
        if self.size > self.limit:
            self.fault = TooLarge(f"more than {self.limit} octets")
            if self.size > EXCESS * self.limit:
                self.parting = self.ended = True


def dots(data: bytes) -> tuple[list[int], int]:
    """Where lines begin that have a dot to lose, and where the message ends.

    A place is that of the CRLF before the dot, and -1 is nowhere.  Few lines begin
    with a dot, and to go from one to the next is faster than to look for the end;
    if there are more than a few, not all places are told.
    """
    found: list[int] = []
    for dot in LEADING_DOT.finditer(data):
        at = dot.start() - len(CRLF)
        if data.startswith(END, at):
            return found, at
        found.append(at)
        if len(found) > FEW:
            return found, data.find(END, at)
    return found, -1


def possible_end(data: bytes) -> int:
    """How many of the last octets may begin CRLF.CRLF."""
    for length in (4, 3, 2, 1):
        if data.endswith(END[:length]):
            return length
    return 0


def unstuffed(data: bytes, places: list[int]) -> bytes:
    """The same without the dot that leads a line (RFC 5321, 4.5.2).

    @param places: what L{dots} found.
    """
    if len(places) > FEW:
        return data.replace(CRLF + b".", CRLF)
    pieces, start = [], 0
    for at in places:
        pieces.append(data[start : at + 2])
        start = at + len(CRLF) + 1
    pieces.append(data[start:])
    return b"".join(pieces)


def stray(data: bytes) -> bool:
    """Whether there is a CR or LF that is not part of a CRLF (RFC 5321, 2.3.8).

    What Python has for reading texts with whatever line ends tells which it has
    met, three times as fast as they are counted.
    """
    reader = IncrementalNewlineDecoder(None, translate=False)
    reader.decode(data.decode("latin-1"), final=True)
    return reader.newlines not in (None, "\r\n")
