"""Clients that speak with real sessions, turn by turn, over peers that wait."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from imap.room import LOGIN, Room

from mailnode.errors import PeerGone
from mailnode.imap.options import IMAPOptions
from mailnode.testing import FakePeer

PATIENT = IMAPOptions(faults=10**6)
"""For those who make mistakes all the time."""
LITERAL = re.compile(rb"\{(\d+)\}\r\n\Z")


class Pause:
    """Waits until somebody has more to say."""

    def __await__(self) -> Generator[None, None, None]:
        yield


class WaitingPeer(FakePeer):
    """A client that says something now and then.

    @ivar gone: it has left, and will say nothing any more.
    @ivar yields: others have their turn in the midst of its commands.
    @ivar waits: it is the client's turn to say something.
    """

    gone = False
    yields = False
    waits = False

    async def turn(self) -> None:
        if self.yields:
            await Pause()

    async def drain(self) -> None:
        await self.turn()

    async def line(self, limit: int) -> bytes:
        await self.until(b"\r\n")
        return await super().line(limit)

    async def some(self, limit: int) -> bytes:
        await self.until(b"")
        return await super().some(limit)

    def hang_up(self) -> None:
        """Whoever waits for more hears that there will be none."""
        super().hang_up()
        self.gone = True

    async def until(self, end: bytes) -> None:
        """Wait for some octets, and these among them."""
        while not self.sent or end not in self.sent:
            if self.gone:
                raise PeerGone
            self.waits = True
            await Pause()
            self.waits = False


def responses(heard: bytes) -> Iterator[bytes]:
    """The lines a server said, each with its literals and without its CRLF."""
    line, rest = b"", heard
    while rest:
        part, end, rest = rest.partition(b"\r\n")
        assert end, "a line has an end"
        line += part + end
        literal = LITERAL.search(line)
        if literal is None:
            yield line[:-2]
            line = b""
        else:
            size = int(literal[1])
            line, rest = line + rest[:size], rest[size:]
    assert not line


@dataclass(frozen=True)
class Answer:
    """What came of a command.

    @ivar lines: untagged responses, in order.
    @ivar said: the tagged one, without its tag; nothing, if none came.
    """

    lines: list[bytes]
    said: bytes


class Client:
    """One connection, logged in as ana."""

    def __init__(self, room: Room) -> None:
        self.peer = WaitingPeer(local=True)
        self.session = room.session(self.peer, PATIENT)
        self.talk = self.session.run()
        self.number = 0
        self.ended = False
        self.say(LOGIN)
        assert b"\r\na OK" in self.peer.heard
        self.heard()

    def say(self, octets: bytes) -> None:
        """Say something, and let the server do what it does with it."""
        self.peer.sent += octets
        self.go()

    def go(self) -> None:
        """Let the session go on, until it waits or ends."""
        try:
            self.talk.send(None)
        except StopIteration:
            self.ended = True

    def heard(self) -> list[bytes]:
        """What was said since the last time somebody listened."""
        if self.peer.gone and not self.ended:
            self.go()
        lines = list(responses(self.peer.heard))
        self.peer.heard = b""
        return lines

    def __call__(self, command: bytes) -> Answer:
        """Give a command, and hear all of the answer."""
        assert not self.peer.heard, "nothing is said to those who have not asked"
        self.number += 1
        tag = b"t%d " % self.number
        self.say(tag + command + b"\r\n")
        lines = self.heard()
        said = next((line for line in lines if line.startswith(tag)), b"")
        return Answer([line for line in lines if line != said], said.removeprefix(tag))

    def leave(self) -> None:
        """Hang up, in the middle of whatever it is."""
        self.peer.gone = True
        if not self.ended:
            self.go()
        assert self.ended
