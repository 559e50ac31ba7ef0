"""A message on its way to the client: dots, surrogates and the end (RFC 1939, 3)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from mailnode.errors import MailError
from mailnode.interfaces.content import IOctets
from mailnode.interfaces.peer import IPeer
from mailnode.pop3.surrogate import Surrogate

LINE_ENDS = (b"\r", b"\n")
LEADING_DOT = re.compile(rb"\.(?<=[\r\n]\.)")
"""A dot that begins a line, to one client or another.  To search for one octet, and
look behind it, is several times faster than to search for two of them, with this
or with C{bytes.replace}."""


class Torn(Exception):
    """A message could not be read to its end after the first words were sent.

    There is no way to say so in POP3: the connection is closed, so that
    nobody takes the half for the whole.
    """


class Stuffing:
    """Puts a dot before every dot that begins a line (RFC 1939, 3).

    Lines end with CRLF.  But a message may hold a bare CR or LF, many clients
    end or begin lines there too, and C{LF . CRLF} or C{LF CR . LF} would be the
    end of the response to them: the sender of a message could say the rest of
    it in our name.  So a dot after a bare CR or LF is doubled as well.  Those
    clients take it away again; the others see one dot more in a message that
    RFC 5322, 2.3 does not allow.  All other octets are sent as they are.

    @ivar last: the last two octets so far.
    """

    def __init__(self) -> None:
        self.last = b"\r\n"

    def stuffed(self, data: bytes) -> bytes:
        """The next piece of the message, as it is sent."""
        if not data:
            return data
        begins = self.last[-1:] in LINE_ENDS and data[:1] == b"."
        self.last = (self.last + data[-2:])[-2:]
        data = LEADING_DOT.sub(b"..", data)
        return b"." + data if begins else data

    def end(self) -> bytes:
        """What ends the response; the last line gets a CRLF if it has none."""
        return b".\r\n" if self.last == b"\r\n" else b"\r\n.\r\n"


async def send(
    peer: IPeer,
    octets: IOctets,
    words: bytes,
    *,
    utf8: bool,
    lines: int | None = None,
) -> None:
    """Send a message, or its header and some C{lines} of its body.

    The common small message leaves in one write; a large one piece by piece,
    as fast as the peer takes it.

    @param words: the first line of the response, with CRLF.
    @raise MailError: when the message cannot be read at all.
    @raise Torn: when it cannot be read to its end.
    """
    stuffing = Stuffing()
    if lines is None:
        data = await octets.read()
        complete = len(data) == octets.size
        if complete and (utf8 or data[: octets.header_size].isascii()):
            peer.write(words + stuffing.stuffed(data) + stuffing.end())
            return
    pieces = whole(octets) if lines is None else top(octets, lines)
    if not utf8:
        pieces = Surrogate(octets.header_size).pieces(pieces)
    waiting = None
    try:
        async for piece in pieces:
            if waiting is None:
                waiting = words + stuffing.stuffed(piece)
                continue
            peer.write(waiting)
            waiting = b""
            await peer.drain()
            waiting = stuffing.stuffed(piece)
    except MailError as error:
        if waiting is None:
            raise
        raise Torn from error
    peer.write((words if waiting is None else waiting) + stuffing.end())


async def whole(octets: IOctets) -> AsyncIterator[bytes]:
    """A message in pieces."""
    start = 0
    while start < octets.size:
        piece = await octets.read(start)
        start += len(piece)
        yield piece


async def top(octets: IOctets, lines: int) -> AsyncIterator[bytes]:
    """The header, the empty line and some lines of the body (RFC 1939, 7)."""
    start = 0
    while start < octets.size and (start < octets.header_size or lines > 0):
        piece = await octets.read(start)
        header = piece[: max(0, octets.header_size - start)]
        start += len(piece)
        body = piece[len(header) :]
        ends = body.count(b"\n")
        if start >= octets.header_size and ends >= lines:
            body = b"".join(part + b"\n" for part in body.split(b"\n", lines)[:lines])
            start = octets.size
        lines -= ends
        yield header + body
