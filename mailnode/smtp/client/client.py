"""One conversation with a server that we have called: commands and answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from mailnode.errors import PeerGone, SyntaxFault, TimedOut
from mailnode.interfaces.dialing import IServerPeer
from mailnode.smtp.client import answer
from mailnode.smtp.client.answer import Answer, Garbled
from mailnode.smtp.client.capabilities import NOTHING, Capabilities
from mailnode.smtp.client.patience import PATIENCE
from mailnode.smtp.client.room import Room

UNSPEAKABLE = re.compile(rb"[\0\r\n]")
"""No command holds these (RFC 5321, 2.3.8): the last of several guards."""


@dataclass(eq=False)
class Fault(Exception):
    """What stands in the way of a message, in our own words.

    @ivar status: an enhanced status code (RFC 3463).
    @ivar text: why, for people.
    """

    status: str
    text: str


class Broken(Fault):
    """The conversation cannot go on, and the server did not say why."""


@dataclass(eq=False)
class Declined(Exception):
    """The server does not want to talk with us; what it says."""

    answer: Answer


class NotBelieved(Declined):
    """It does not want to after AUTH: a matter between the two servers."""


class NotPrivate(Fault):
    """There is no TLS to be had, or none to be trusted."""


class NoHandshake(NotPrivate):
    """TLS was begun and failed, and with it the conversation."""


class Client:
    """What lasts from one command to the next.

    @ivar host: the server for people: C{mx.example.net [192.0.2.1]}.
    @ivar tls: how the way to it is protected, for people; empty: not at all.
    @ivar hostname: how we call ourselves.
    @ivar capabilities: what the server can do, since the last EHLO.
    @ivar usable: it may be asked for something more.
    @ivar note: what people should know of this conversation; mostly nothing.
    @ivar now: milliseconds since 1970 in UTC.
    @ivar room: for messages that are converted, of all conversations together.
    """

    def __init__(
        self,
        peer: IServerPeer,
        name: str,
        hostname: str,
        now: Callable[[], int],
        room: Room | None = None,
    ) -> None:
        self.peer = peer
        self.now = now
        self.room = room or Room()
        self.host = f"{name} [{peer.address}]"
        self.tls = ""
        self.hostname = hostname
        self.capabilities: Capabilities = NOTHING
        self.usable = True
        self.note = ""

    def look(self) -> None:
        """See how the way to the server is protected."""
        if self.peer.secure:
            doubt = self.peer.doubt
            verdict = f"not verified: {doubt}" if doubt else "verified"
            self.tls = f"{self.peer.tls}, {verdict}"

    def say(self, *lines: bytes) -> None:
        """Say commands, all of which can be said together (RFC 2920, 3.1).

        @raise Broken: when the server has said something that was not asked
            for: what comes next could not be told from it.
        @raise SyntaxFault: when a line would be more than one.
        """
        if any(UNSPEAKABLE.search(line) for line in lines):
            raise SyntaxFault("a command in one line")
        if self.peer.early:
            raise self.broken("4.5.0", "it answered what it was not asked")
        self.peer.write(b"\r\n".join((*lines, b"")))

    async def answer(self, asked: str) -> Answer:
        """Wait for the answer to something.

        @param asked: one of the words in L{mailnode.smtp.client.patience}.
        @raise Broken: when none comes.
        """
        patience, begun = PATIENCE[asked], self.now()

        def left() -> float:
            return patience - max(0, self.now() - begun) / 1000

        try:
            heard = await answer.read(self.peer, left)
        except PeerGone:
            raise self.broken("4.4.2", f"connection lost at {asked}") from None
        except TimedOut:
            text = f"no answer at {asked} in {patience:.0f} seconds"
            raise self.broken("4.4.2", text) from None
        except Garbled as garbled:
            raise self.broken("4.5.0", f"at {asked}: {garbled}") from None
        if heard.closes:
            self.usable = False
        return heard

    async def ask(self, line: bytes, asked: str) -> Answer:
        """Say one command and wait for the answer.

        @raise Broken: when none comes.
        """
        self.say(line)
        return await self.answer(asked)

    def broken(self, status: str, text: str) -> Broken:
        """What to raise when it cannot go on."""
        self.usable = False
        return Broken(status, text)
