"""Gather one command, lines and literals, before anyone reads into it.

So no parser ever waits, and a malformed command cannot make us take its
octets for the next one.  The exception is the message of an APPEND: the
gathering stops where it is announced, and the handler lets it in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from mailnode.errors import MailError, SyntaxFault, TooLarge
from mailnode.imap.grammar import TAG, Arguments
from mailnode.interfaces.content import ISpool
from mailnode.interfaces.peer import IPeer

ANNOUNCED = re.compile(rb"(~?)\{(\d+)(\+?)\}\Z")
"""C{literal} or C{literal8}, without its octets (RFC 9051, 9; RFC 7888)."""
DIGITS = 18
"""Digits of a size; with more it is larger than anything."""
PIECE = 2**16
"""Octets of a literal taken at once."""
DISCARDED = 2**28
"""Octets of unwanted literals we read in one command; beyond we hang up."""
EARLY = 4
"""A message is among the first literals of its command, if it has one."""
GO_AHEAD = b"+ OK\r\n"


class Overlong(Exception):
    """Something was said that cannot be read to its end: time to hang up."""


@dataclass(slots=True)
class Announced:
    """A literal that comes next.

    @ivar size: octets still to come.
    @ivar waits: the client waits until we ask for it.
    @ivar binary: a C{literal8}, which may hold NUL.
    """

    size: int
    waits: bool
    binary: bool


@dataclass(slots=True)
class Command:
    """One command, gathered.

    @ivar tag: C{*} if there was none.
    @ivar name: in upper case, without UID.
    @ivar arguments: not yet looked at.
    @ivar ahead: the literal at which the gathering stopped.
    @ivar refusal: why it could not be gathered.
    """

    tag: bytes
    name: bytes
    arguments: Arguments
    ahead: Announced | None = None
    refusal: MailError | SyntaxFault | None = None


Begins = Callable[[Command], bool]
"""Whether the message of a command begins at its end, as far as it has come."""


def announced(line: bytes) -> Announced | None:
    """The literal that follows a line, if one does."""
    if not line.endswith(b"}"):
        return None
    found = ANNOUNCED.search(line)
    if found is None:
        return None
    binary, digits, ahead = found.groups()
    size = int(digits[-DIGITS:]) if len(digits) <= DIGITS else 10**DIGITS
    return Announced(size, not ahead, bool(binary))


class Gathering:
    """A command while it is gathered.

    @ivar room: octets it may still have.
    """

    def __init__(self, peer: IPeer, room: int, *, utf8: bool) -> None:
        self.peer = peer
        self.room = room
        self.utf8 = utf8
        self.lines: list[bytes] = []
        self.length = 0
        self.literals: dict[int, bytes] = {}

    async def command(self, begins: Begins) -> Command:
        """Read up to the line that announces no literal (RFC 9051, 4.3).

        @raise Overlong: when it must not go on.
        """
        while True:
            ahead = await self.line()
            if ahead is None:
                return self.read()
            early = len(self.literals) < EARLY
            if early and begins(command := self.read()):
                command.ahead = ahead
                return command
            if ahead.size > self.room:
                command = self.read()
                command.ahead = ahead
                command.refusal = TooLarge("that command is too long")
                return command
            await self.literal(ahead)

    async def line(self) -> Announced | None:
        """One line of it, and the literal that the line announces."""
        try:
            line = await self.peer.line(self.room)
        except TooLarge:
            raise Overlong("that line is too long") from None
        self.room = max(0, self.room - len(line))
        self.lines.append(line)
        self.length += len(line)
        return announced(line)

    async def literal(self, ahead: Announced) -> None:
        """Ask for a literal and keep it."""
        if ahead.waits:
            self.peer.write(GO_AHEAD)
        pieces, left = [], ahead.size
        while left:
            piece = await self.peer.some(min(left, PIECE))
            pieces.append(piece)
            left -= len(piece)
        start = self.lines[-1].rindex(b"{") - ahead.binary
        self.literals[self.length - len(self.lines[-1]) + start] = b"".join(pieces)
        self.room -= ahead.size

    def read(self) -> Command:
        """Tag and name; all else waits for whoever knows the name."""
        text = b"".join(self.lines)
        arguments = Arguments(text, 0, self.literals, utf8=self.utf8)
        tag = arguments.match(TAG)
        command = Command(tag or b"*", b"", arguments)
        if tag is None:
            command.refusal = SyntaxFault("a tag")
            return command
        try:
            name = arguments.sp().word()
            if name == b"UID":
                arguments.by_uid = True
                name = arguments.sp().word()
        except SyntaxFault as fault:
            command.refusal = fault
        else:
            command.name = name
        return command


async def take(command: Command, peer: IPeer, spool: ISpool, limit: int) -> None:
    """Let in the message at which the gathering stopped, and what follows it.

    @param limit: octets that may follow it.
    @raise NoSpace: when it could not be kept.
    """
    ahead = command.ahead
    if ahead is None:
        raise command.arguments.fault("a literal")
    if ahead.waits:
        peer.write(GO_AHEAD)
        ahead.waits = False
    while ahead.size:
        piece = await peer.some(min(ahead.size, PIECE))
        ahead.size -= len(piece)
        spool.write(piece)
    rest = Gathering(peer, limit, utf8=False)
    command.ahead = await rest.line()
    command.arguments.text += rest.lines[0]


async def discard(command: Command, peer: IPeer, limit: int) -> None:
    """Read what is left of a command that is refused, and throw it away.

    A literal that waits to be asked for never comes.  The others are on their
    way already (RFC 7888, 4).

    @raise Overlong: when there is too much of it.
    """
    ahead, allowed = command.ahead, limit
    while ahead is not None and not ahead.waits:
        allowed -= ahead.size
        if allowed < 0:
            raise Overlong("that literal is too large")
        while ahead.size:
            ahead.size -= len(await peer.some(min(ahead.size, PIECE)))
        rest = Gathering(peer, PIECE, utf8=False)
        ahead = await rest.line()
    command.ahead = None
