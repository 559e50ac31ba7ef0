"""One client's conversation, from greeting to goodbye (RFC 9051, 3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mailnode.errors import (
    MailError,
    NotFound,
    PeerGone,
    Stopping,
    SyntaxFault,
    TimedOut,
)
from mailnode.imap import response
from mailnode.imap.command import DISCARDED, Command, Gathering, Overlong, discard
from mailnode.imap.extension import Entry, Outcome, Repertoire, State, Then
from mailnode.imap.options import IMAPOptions
from mailnode.imap.response import Refusal
from mailnode.imap.selected import Selected, silent
from mailnode.imap.view import Views
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.gate import IGate
from mailnode.interfaces.mailbox import IMailbox
from mailnode.interfaces.peer import IPeer

LISTENING = 2**20
"""Octets of news told in one IDLE; what comes after waits for its end, for a
client that does not read must not fill our memory."""


class Session:
    """What stands still is here; what commands do is in their own modules.

    @ivar views: the mailboxes that are open, shared by all sessions of a server.
    @ivar enabled: what ENABLE switched on, in upper case.
    @ivar faults: commands in a row that were not understood.
    @ivar done: the conversation is to end.
    """

    __slots__ = (
        "done",
        "enabled",
        "faults",
        "gate",
        "options",
        "peer",
        "person",
        "repertoire",
        "selected",
        "views",
    )

    def __init__(
        self,
        peer: IPeer,
        gate: IGate,
        repertoire: Repertoire,
        options: IMAPOptions,
        views: Views | None = None,
    ) -> None:
        self.peer = peer
        self.gate = gate
        self.repertoire = repertoire
        self.options = options
        self.views = Views() if views is None else views
        self.person: IMailAccount | None = None
        self.selected: Selected | None = None
        self.enabled: set[bytes] = set()
        self.faults = 0
        self.done = False

    # What a command may ask.

    @property
    def account(self) -> IMailAccount:
        """Whose mail it is.

        @raise SyntaxFault: before login.
        """
        if self.person is None:
            raise SyntaxFault("a login first")
        return self.person

    @property
    def mailbox(self) -> Selected:
        """The selected mailbox.

        @raise SyntaxFault: when there is none.
        """
        if self.selected is None:
            raise SyntaxFault("a mailbox to be selected")
        return self.selected

    @property
    def state(self) -> State:
        """RFC 9051, 3."""
        if self.selected is not None:
            return State.SELECTED
        return State.STRANGER if self.person is None else State.AUTHENTICATED

    @property
    def rev2(self) -> bool:
        """The client speaks IMAP4rev2."""
        return b"IMAP4REV2" in self.enabled

    @property
    def utf8(self) -> bool:
        """The client reads mailbox names in UTF-8."""
        return self.rev2 or b"UTF8=ACCEPT" in self.enabled

    def name(self, mailbox: str) -> bytes:
        """A mailbox name for this client."""
        return response.mailbox(mailbox, utf8=self.utf8)

    def say(self, *parts: bytes) -> None:
        """One untagged response."""
        self.peer.write(b"* %b\r\n" % b" ".join(parts))

    async def prompt(self, words: bytes) -> bytes:
        """Ask for a line in the middle of a command (RFC 9051, 7.6)."""
        self.peer.write(b"+ " + words + b"\r\n")
        return await self.peer.line(self.options.stranger_limit)

    async def target(self, name: str) -> IMailbox:
        """A mailbox that messages shall go to.

        @raise Refusal: TRYCREATE when it is not there (RFC 9051, 6.3.12).
        """
        try:
            return await self.account.mailbox(name)
        except NotFound:
            raise Refusal(b"TRYCREATE", "no such mailbox") from None

    def capabilities(self) -> Sequence[bytes]:
        """What we offer this client now (RFC 9051, 7.2.2)."""
        offered = list(self.repertoire.capabilities)
        for announce in self.repertoire.announces:
            offered += announce(self)
        return list(dict.fromkeys(offered))

    # The conversation.

    async def run(self) -> None:
        """Talk until one side has enough."""
        try:
            self.greet()
            while not self.done:
                await self.obey(await self.gather())
        except TimedOut:  # RFC 9051, 5.4
            self.say(b"BYE that took too long")
        except Stopping:
            self.say(b"BYE [UNAVAILABLE] the server is being stopped")
        except Overlong as why:
            self.say(b"BYE [TOOBIG]", response.human(str(why)))
        except PeerGone:
            pass
        except Exception:
            self.say(b"BYE [SERVERBUG] something went wrong here")
            raise
        finally:
            self.unselect()
            self.peer.hang_up()

    def greet(self) -> None:
        """Speak first (RFC 9051, 7.1)."""
        self.peer.patience = self.options.stranger_patience
        known = b" ".join(self.capabilities())
        hostname = self.options.hostname.encode()
        self.say(b"OK [CAPABILITY %b] %b IMAP mailnode" % (known, hostname))

    async def gather(self) -> Command:
        """Wait for the next command."""
        options = self.options
        stranger = self.person is None
        room = options.stranger_limit if stranger else options.command_limit
        gathering = Gathering(self.peer, room, utf8=self.utf8)
        return await gathering.command(self.begins)

    def begins(self, command: Command) -> bool:
        """Whether the message of a command comes next.

        What is wrong with the rest of it is noted before the message comes.
        """
        entry = self.repertoire.commands.get(command.name)
        if entry is None or entry.begins is None or command.refusal is not None:
            return False
        if self.state < entry.state:
            return False
        arguments = command.arguments
        start = arguments.at
        try:
            return entry.begins(arguments)
        except (SyntaxFault, MailError) as error:
            literal = arguments.text.rindex(b"{")
            if arguments.at >= literal - arguments.text[:literal].endswith(b"~"):
                return False  # A string of it is what comes next.
            command.refusal = error
            return True
        finally:
            arguments.at = start

    async def obey(self, command: Command) -> None:
        """Do one command and say how it went (RFC 9051, 7.1)."""
        entry = self.repertoire.commands.get(command.name, UNKNOWN)
        then = None
        try:
            outcome = await self.perform(command, entry)
            if isinstance(outcome, Then):
                then = outcome.then
            words = outcome.words if isinstance(outcome, Then) else outcome
            said = b"OK " + words
            self.faults = 0
        except SyntaxFault as fault:
            said = b"BAD " + response.human(str(fault))
            self.faults += 1
        except (MailError, Refusal) as error:
            said = b"NO " + response.refused(error)
        if command.ahead is not None:
            known = self.person is not None
            await discard(command, self.peer, DISCARDED if known else 0)
        numbered = entry.numbered and not command.arguments.by_uid
        await self.tell(expunges=not numbered)
        self.peer.write(b"%b %b\r\n" % (command.tag, said))
        if then is not None:
            await then()
        if self.faults >= self.options.faults:
            self.say(b"BYE [CLIENTBUG] too many commands that nobody understands")
            self.done = True

    async def perform(self, command: Command, entry: Entry) -> Outcome:
        """Hand a command to whoever answers it.

        @raise SyntaxFault: when it is not to be given now, or not at all.
        @raise NotFound: when it is about a mailbox that is no longer there.
        """
        if command.refusal is not None:
            raise command.refusal
        state, now = entry.state, self.state
        if now < state or (state is State.STRANGER and now is not state):
            raise SyntaxFault(f"the {state.name.lower()} state for this command")
        if command.arguments.by_uid and not entry.uid:
            raise SyntaxFault("a command that takes UIDs")
        if state is State.SELECTED and self.mailbox.view.gone and not entry.leaves:
            raise NotFound("the selected mailbox has been deleted")
        if entry.lets_in is not None:
            return await entry.lets_in(self, command)
        if entry.handler is None:
            raise SyntaxFault("a command that I know")
        return await entry.handler(self, command.arguments)

    async def imply(self, names: Iterable[bytes]) -> None:
        """The client asks for these, which may mean something for all that follows."""
        for hear in {self.repertoire.implies.get(name): None for name in names}:
            if hear is not None:
                await hear(self)

    # Login, mailboxes and their news.

    def welcome(self, person: IMailAccount) -> bytes:
        """Somebody has logged in; words that say what he may do now."""
        self.person = person
        self.peer.patience = self.options.patience
        return b"[CAPABILITY %b] welcome" % b" ".join(self.capabilities())

    async def select(self, mailbox: IMailbox, *, read_only: bool) -> Selected:
        """Open a mailbox; there is none selected now."""
        view = await self.views.join(self.account, mailbox, self.pause)
        self.selected = Selected(view, read_only=read_only)
        self.selected.enabled = self.enabled
        return self.selected

    def unselect(self) -> bool:
        """Leave the selected mailbox; whether there was one."""
        if self.selected is None:
            return False
        self.views.leave(self.selected.view, self.selected)
        self.selected = None
        return True

    async def tell(self, *, expunges: bool = True) -> None:
        """Pass the news of the selected mailbox on to the client."""
        selected = self.selected
        if selected is None:
            return
        if selected.view.gone:
            self.part()
            return
        recent = not self.rev2
        while lines := selected.news(expunges=expunges, recent=recent):
            self.peer.write(b"".join(lines))
            await self.peer.drain()

    def part(self) -> None:
        """The selected mailbox was deleted by somebody else (RFC 2180, 3.3)."""
        self.unselect()
        self.say(b"BYE [NONEXISTENT] the selected mailbox has been deleted")
        self.done = True

    def listen(self) -> None:
        """Tell news as soon as there is any, until C{deafen}."""
        selected, left = self.selected, LISTENING

        def voice() -> None:
            nonlocal left
            if selected is None or self.selected is not selected:
                return
            if selected.view.gone:
                self.part()
                self.peer.hang_up()
                return
            while left > 0 and (
                lines := selected.news(expunges=True, recent=not self.rev2)
            ):
                told = b"".join(lines)
                left -= len(told)
                self.peer.write(told)

        if selected is not None:
            selected.voice = voice
            voice()

    def deafen(self) -> None:
        """Keep news until the end of the next command."""
        if self.selected is not None:
            self.selected.voice = silent

    async def pause(self) -> None:
        """Let what was said leave, and other conversations have their turn."""
        await self.peer.drain()
        await self.peer.turn()


UNKNOWN = Entry(None, State.ANY)
