"""One client's conversation: greeting, commands, goodbye (RFC 5321, 3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailnode.errors import (
    MailError,
    PeerGone,
    Stopping,
    SyntaxFault,
    TimedOut,
    TooLarge,
)
from mailnode.interfaces.delivery import IDelivery
from mailnode.interfaces.gate import IGate
from mailnode.interfaces.peer import IPeer
from mailnode.model.envelope import Origin, Sender
from mailnode.smtp.extension import Dialect, Repertoire
from mailnode.smtp.grammar import Arguments
from mailnode.smtp.options import SMTPOptions
from mailnode.smtp.reply import CLOSING, Refused, Reply, correction, refusal
from mailnode.smtp.transaction import Tally, Transaction

LINE_LIMIT = 2048
"""Octets of a command; RFC 5321, 4.5.3.1.4 asks for 512, and extensions add."""
UNSPEAKABLE = re.compile(rb"[\0\r\n]")
"""No command holds these, wherever its line seems to end (RFC 5321, 2.3.8)."""
FOREIGN = re.compile(
    rb"(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|CONNECT|TRACE|PATCH|PRI)\Z"
    rb"|[A-Z][A-Z0-9-]*:\Z"
    rb"|\x16\x03"
)
"""The first word of HTTP, of one of its header fields, or of a TLS handshake."""
PERMANENT = 500


@dataclass(frozen=True, slots=True)
class Hello:
    """How the client has greeted us.

    @ivar name: presentable characters only.
    @ivar extended: it said EHLO or LHLO.
    """

    name: str
    extended: bool


@dataclass(frozen=True, slots=True)
class Claims:
    """What a proxy says of the client behind it (XCLIENT).

    @ivar made: there are some, so the peer is a proxy that we trust.
    @ivar settled: the client itself may be speaking now.
    """

    made: bool = False
    settled: bool = False
    helo: str | None = None
    protocol: str | None = None


class Session:
    """What lasts from one command to the next; the commands are elsewhere."""

    def __init__(
        self,
        peer: IPeer,
        gate: IGate,
        repertoire: Repertoire,
        options: SMTPOptions,
    ) -> None:
        self.peer = peer
        self.gate = gate
        self.repertoire = repertoire
        self.options = options
        self.tally = Tally()
        self.hello: Hello | None = None
        self.claims = Claims()
        self.delivery: IDelivery | None = None
        self.transaction: Transaction | None = None
        self.done = False

    async def run(self) -> None:
        """Talk until one side has enough; raises nothing but faults of ours."""
        try:
            self.greet()
            while not self.done:
                await self.step()
        except PeerGone:
            pass
        except TimedOut:  # RFC 5321, 4.5.3.2.7
            self.say(Reply(CLOSING, "4.4.2", "that took too long"))
        except Stopping:  # RFC 5321, 3.8
            self.say(Reply(CLOSING, "4.3.2", "the server is being stopped"))
        except Exception:
            self.say(Reply(CLOSING, "4.3.0", "something went wrong here"))
            raise
        finally:
            await self.end_transaction()
            self.peer.hang_up()

    def greet(self) -> None:
        """Speak first (RFC 5321, 3.1)."""
        tongue = "LMTP" if self.dialect is Dialect.LMTP else "ESMTP"
        self.say(Reply(220, "", f"{self.options.hostname} {tongue} mailnode"))

    async def step(self) -> None:
        """Wait for one command, obey it and say how it went."""
        self.peer.patience = self.options.command_seconds
        try:
            line = await self.peer.line(LINE_LIMIT)
        except TooLarge:
            reply: Reply | None = Reply(500, "5.5.2", "that line is too long")
        else:
            reply = await self.obey(line)
        if reply is not None:
            self.say(self.counted(reply))

    async def obey(self, line: bytes) -> Reply | None:
        """Do what a line says; the reply, if it is not on its way already."""
        if UNSPEAKABLE.search(line):
            return Reply(500, "5.5.2", "a command has no NUL, CR or LF")
        word = line.partition(b" ")[0]
        verb = self.repertoire.verbs.get(word.upper())
        if verb is None:
            return unknown(word.upper())
        if not verb.carries:
            self.tally.idle += 1
        try:
            return await verb.answer(self, Arguments(line, len(word)))
        except Refused as refused:
            return refused.reply
        except SyntaxFault as fault:
            return correction(fault)
        except MailError as error:
            return refusal(error)

    def counted(self, reply: Reply) -> Reply:
        """The reply, or goodbye when this has gone on for too long."""
        tally, options = self.tally, self.options
        if reply.code >= PERMANENT:
            tally.errors += 1
        if reply.closes:
            return reply
        if tally.errors - tally.strangers > options.errors:
            return Reply(CLOSING, "4.7.0", "too many errors")
        if tally.idle > options.commands:
            return Reply(CLOSING, "4.7.0", "too many commands that bring no mail")
        return reply

    def stranger(self) -> None:
        """Count an address that nobody here knows.

        Stale lists have some among many that are known; guesses are mostly wrong.

        @raise Refused: with a goodbye, when this looks like guessing.
        """
        tally = self.tally
        tally.strangers += 1
        if tally.strangers - tally.known > self.options.strangers:
            raise Refused(CLOSING, "4.7.0", "too many unknown addresses")

    def say(self, reply: Reply) -> None:
        """Send a reply; one that closes ends the conversation."""
        self.done = self.done or reply.closes
        self.peer.write(reply.octets)

    @property
    def dialect(self) -> Dialect:
        """The language spoken here."""
        return self.repertoire.dialect

    @property
    def known(self) -> bool:
        """The client has logged in; strangers have a delivery elsewhere only."""
        return self.dialect is Dialect.SUBMISSION and self.delivery is not None

    async def taker(self) -> IDelivery:
        """Where this client's mail goes; asked once, before the first message.

        @raise Refused: when only those who have logged in are served (RFC 6409, 4.3).
        """
        if self.delivery is None:
            if self.dialect is Dialect.SUBMISSION:
                raise Refused(530, "5.7.0", "log in first")  # RFC 4954, 6
            self.delivery = await self.gate.stranger(self.peer, IDelivery)
        return self.delivery

    def envelope(self) -> Transaction:
        """The transaction that is open (RFC 5321, 4.1.4).

        @raise Refused: when there is none.
        """
        if self.transaction is None:
            raise Refused(503, "5.5.1", "MAIL comes first")
        return self.transaction

    def origin(self, sender: Sender) -> Origin:
        """Where a message comes from (RFC 5321, 4.4)."""
        hello, claims = self.hello, self.claims
        extended = hello is not None and hello.extended
        return Origin(
            protocol=claims.protocol or self.protocol(sender, extended=extended),
            helo=claims.helo or (hello.name if hello is not None else ""),
            address=self.peer.address,
            tls=self.peer.tls,
        )

    def protocol(self, sender: Sender, *, extended: bool) -> str:
        """How the message comes, in the registered words (RFC 3848; RFC 6531, 4.3)."""
        if self.dialect is Dialect.LMTP:
            name = "LMTP"
        elif sender.utf8:
            name = "SMTP"
        else:
            name = "ESMTP" if extended else "SMTP"
        secure = "S" if self.peer.secure and extended else ""
        known = "A" if self.known and extended else ""
        return f"{'UTF8' if sender.utf8 else ''}{name}{secure}{known}"

    async def end_transaction(self) -> None:
        """Forget the open transaction, if there is one (RFC 5321, 4.1.1.5)."""
        transaction, self.transaction = self.transaction, None
        if transaction is not None and not transaction.taking:
            await transaction.taker.abandon()

    async def restart(self) -> None:
        """Forget all the client said: it begins anew (RFC 3207, 4.2)."""
        await self.end_transaction()
        self.hello = None
        self.delivery = None


def unknown(word: bytes) -> Reply:
    """The reply to what is no command; a peer that speaks something else is cut.

    A browser made to send a form here (a cross-protocol attack) must not get
    as far as its body.
    """
    if FOREIGN.match(word):
        return Reply(CLOSING, "4.7.0", "this is not the protocol spoken here")
    return Reply(500, "5.5.2", "that is no command here")
