"""One client's conversation in POP3, from greeting to goodbye (RFC 1939)."""

from __future__ import annotations

from mailnode.errors import (
    BadCredentials,
    MailError,
    Stopping,
    SyntaxFault,
    TimedOut,
)
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.gate import IGate
from mailnode.interfaces.peer import IPeer
from mailnode.model.mailbox import INBOX
from mailnode.pop3.extension import Repertoire, State
from mailnode.pop3.maildrop import Maildrop
from mailnode.pop3.options import POP3Options
from mailnode.pop3.reply import Refused, declined, refusal

COMMAND_LIMIT = 253
"""Octets of a command without its CRLF (RFC 2449, 4)."""


class Session:
    """What stands still is here; what commands do is in their own modules.

    @ivar user: what USER said, until PASS.
    @ivar utf8: the client has asked for UTF-8 (RFC 6856, 2).
    @ivar failures: logins that were wrong.
    @ivar faults: commands that were none.
    """

    def __init__(
        self,
        peer: IPeer,
        gate: IGate,
        repertoire: Repertoire,
        options: POP3Options,
    ) -> None:
        self.peer = peer
        self.gate = gate
        self.repertoire = repertoire
        self.options = options
        self.state = State.AUTHORIZATION
        self.user: bytes | None = None
        self.opened: Maildrop | None = None
        self.utf8 = False
        self.failures = 0
        self.faults = 0

    async def run(self) -> None:
        """Talk until one side has enough."""
        peer = self.peer
        peer.patience = self.options.patience
        peer.write(b"+OK %s POP3 is ready\r\n" % self.options.hostname.encode())
        try:
            while self.state is not State.UPDATE:
                await self.obey()
        except TimedOut:
            pass  # "without ... sending any response" (RFC 1939, 3)
        except Stopping:
            peer.write(refusal(b"[SYS/TEMP] the server is being stopped"))
        finally:
            peer.hang_up()

    async def obey(self) -> None:
        """Take one command and say how it went."""
        try:
            words = await self.answer(await self.peer.line(COMMAND_LIMIT))
        except SyntaxFault as fault:
            self.peer.write(declined(fault))
            self.count_fault()
        except (Refused, MailError) as error:
            self.peer.write(declined(error))
            if isinstance(error, BadCredentials):
                self.count_failure()
        else:
            if words is not None:
                self.peer.write(b"+OK " + words + b"\r\n" if words else b"+OK\r\n")

    async def answer(self, line: bytes) -> bytes | None:
        """Do what a line asks for."""
        verb, _, rest = line.partition(b" ")
        entry = self.repertoire.verbs.get(verb.upper())
        if entry is None:
            raise SyntaxFault("a command")
        if self.state not in entry.states:
            raise Refused(f"not {self.state.value}")
        return await entry.answer(self, rest)

    def count_fault(self) -> None:
        """Who does not know POP3 and has not logged in is not a mail client."""
        self.faults += 1
        if self.state is State.AUTHORIZATION and self.faults >= self.options.faults:
            self.state = State.UPDATE

    def count_failure(self) -> None:
        """Who guesses may come back later."""
        self.failures += 1
        if self.failures >= self.options.failures:
            self.state = State.UPDATE

    async def welcome(self, account: IMailAccount) -> bytes:
        """Let someone in (RFC 1939, 4)."""
        for admission in self.repertoire.admissions:
            admission(self, account)
        opened = Maildrop(await account.mailbox(INBOX))
        await opened.fill(self.peer)
        self.opened = opened
        self.state = State.TRANSACTION
        return b"%d messages (%d octets)" % (opened.count, opened.size)

    @property
    def maildrop(self) -> Maildrop:
        """The maildrop, for commands of the TRANSACTION state."""
        if self.opened is None:
            raise Refused(f"not {self.state.value}")
        return self.opened

    def forget(self) -> None:
        """What was said in clear counts for nothing (RFC 2595, 4)."""
        self.user = None
        self.utf8 = False
        self.failures = self.faults = 0
