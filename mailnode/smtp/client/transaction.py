"""One message, from MAIL to what became of it (RFC 5321, 3.3; RFC 2920; RFC 3030)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace

from mailnode.errors import MailError, PeerGone, SyntaxFault, TimedOut
from mailnode.message.decoding import span
from mailnode.model.message import CHUNK
from mailnode.model.queue import Outcome, Result
from mailnode.smtp.client import parameters
from mailnode.smtp.client.answer import Answer
from mailnode.smtp.client.client import Broken, Client
from mailnode.smtp.client.fit import Fitted, Unfit, fit, needed
from mailnode.smtp.client.mail import Mail
from mailnode.smtp.client.patience import BLOCK, DATA, END, MAIL, PATIENCE, RCPT, RSET
from mailnode.smtp.client.room import Crowded
from mailnode.smtp.client.stuffing import Stuffing
from mailnode.wire import path

TOO_MANY = 552
"""What RFC 821 had for too many recipients (RFC 5321, 4.5.3.1.10)."""
FULL = "5.2.2"
"""What says that 552 means a mailbox instead (RFC 3463, 3.3)."""
TWICE = "; it may arrive twice"
"""What nobody can know who has said the last word and hears no answer."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message with one server.

    @ivar outcomes: one for each target, in order; C{None}: nothing yet, and
        another server may be asked.
    @ivar trouble: why there is nothing yet.
    """

    outcomes: tuple[Outcome | None, ...]
    trouble: Outcome | None = None


async def send(client: Client, mail: Mail, now: int) -> Sent:
    """Bring a message to a server, in as many transactions as it takes.

    @param now: milliseconds since 1970 in UTC.
    """
    so_far = Outcomes(client, len(mail.targets))
    try:
        with client.room.held(needed(mail, client.capabilities)):
            fitted = await fit(mail, client.capabilities, now)
            for batch in batches(client, mail, so_far):
                await Transaction(client, mail, fitted, so_far, batch).run()
                if not client.usable:
                    break
    except Crowded:
        text = "too many messages are being converted just now"
        so_far.rest(Result.DEFERRED, "4.3.1", text)
    except Unfit as unfit:
        so_far.rest(Result.FAILED, unfit.status, unfit.text)
    except MailError as error:
        so_far.rest(Result.DEFERRED, "4.3.0", f"the message cannot be read: {error}")
    except Broken as broken:
        trouble = so_far.made(Result.DEFERRED, broken.status, broken.text)
        return Sent(tuple(so_far.outcomes), trouble)
    if not so_far.open:
        return Sent(tuple(so_far.outcomes))
    gone = so_far.made(Result.DEFERRED, "4.4.2", "it has closed the connection")
    return Sent(tuple(so_far.outcomes), gone)


class Outcomes:
    """What has become of each target so far."""

    def __init__(self, client: Client, targets: int) -> None:
        self.client = client
        self.outcomes: list[Outcome | None] = [None] * targets

    @property
    def open(self) -> list[int]:
        """Targets of which nothing is known yet."""
        return [i for i, outcome in enumerate(self.outcomes) if outcome is None]

    def made(self, result: Result, status: str, text: str) -> Outcome:
        """An outcome with this server."""
        client = self.client
        relayed = result is Result.RELAYED
        note = f" ({client.note})" if client.note and relayed else ""
        dsn = relayed and "DSN" in client.capabilities
        return Outcome(result, status, text + note, client.host, client.tls, dsn)

    def heard(self, which: Sequence[int], answer: Answer) -> None:
        """The server has said this of some targets."""
        result = Result.DEFERRED
        if answer.good:
            result = Result.RELAYED
        elif answer.final:
            result = Result.FAILED
        outcome = self.made(result, answer.status, answer.text)
        for index in which:
            self.outcomes[index] = outcome

    def rest(self, result: Result, status: str, text: str) -> None:
        """All that is open ends so."""
        outcome = self.made(result, status, text)
        for index in self.open:
            self.outcomes[index] = outcome


def batches(client: Client, mail: Mail, so_far: Outcomes) -> Iterator[dict[int, bytes]]:
    """Recipients as RCPT names them, as many at a time as a server surely takes.

    Those that cannot be named to this server fail here.
    """
    lines: dict[int, bytes] = {}
    offered = client.capabilities
    for index, target in enumerate(mail.targets):
        if not target.address.local.isascii() and "SMTPUTF8" not in offered:
            text = "it takes no addresses outside of ASCII (SMTPUTF8)"
            so_far.outcomes[index] = so_far.made(Result.FAILED, "5.6.7", text)
            continue
        try:
            forward = path.written(target.address)
        except SyntaxFault as fault:
            so_far.outcomes[index] = so_far.made(Result.FAILED, "5.1.3", str(fault))
            continue
        wishes = parameters.rcpt(target.recipient, offered)
        lines[index] = b"RCPT TO:" + forward + wishes
        if len(lines) == offered.recipients:
            yield lines
            lines = {}
    if lines:
        yield lines


class Transaction:
    """One transaction.

    @ivar recipients: RCPT commands by the number of their target.
    @ivar accepted: targets whose RCPT was taken.
    @ivar together: commands may be said before the answers are there.
    @ivar chunked: the content goes by BDAT.
    @ivar ended: the last word of the content has been said.
    @ivar begun: the server thinks that there is a transaction.
    """

    def __init__(
        self,
        client: Client,
        mail: Mail,
        fitted: Fitted,
        so_far: Outcomes,
        recipients: dict[int, bytes],
    ) -> None:
        self.client = client
        self.mail = mail
        self.fitted = fitted
        self.so_far = so_far
        self.recipients = recipients
        self.accepted: list[int] = []
        self.together = "PIPELINING" in client.capabilities
        self.chunked = "CHUNKING" in client.capabilities
        self.ended = False
        self.begun = False

    async def run(self) -> None:
        """Go through with it, and leave the server ready for the next.

        @raise Broken: when it broke off before anything can have come of it.
        """
        try:
            if await self.envelope():
                await self.content()
            if self.begun and self.client.usable:
                reset = await self.client.ask(b"RSET", RSET)
                if not reset.good:
                    self.client.usable = False
        except Broken as broken:
            if not self.ended:
                raise
            outcome = self.so_far.made(
                Result.DEFERRED, broken.status, broken.text + TWICE
            )
            for index in self.accepted:
                self.so_far.outcomes[index] = self.so_far.outcomes[index] or outcome

    async def envelope(self) -> bool:
        """MAIL, RCPT, and DATA if need be; whether the content may follow."""
        try:
            reverse = path.written(self.mail.sender.address)
        except SyntaxFault as fault:
            self.so_far.rest(Result.FAILED, "5.1.7", str(fault))
            return False
        said = parameters.mail(self.fitted.said, self.client.capabilities)
        first = b"MAIL FROM:" + reverse + said
        if self.together:
            last = [] if self.chunked else [b"DATA"]
            self.client.say(first, *self.recipients.values(), *last)
        heard = await self.hear(first, MAIL)
        self.begun = heard.good
        if not heard.good:
            self.so_far.heard(list(self.recipients), heard)
        if heard.good or self.together:
            for index, line in self.recipients.items():
                self.judge(index, await self.hear(line, RCPT))
        if self.chunked or not (self.accepted or self.together):
            return bool(self.accepted)
        return await self.invited(await self.hear(b"DATA", DATA))

    async def hear(self, line: bytes, asked: str) -> Answer:
        """The answer to a command, which may have been said already.

        @raise Broken: when it is goodbye (RFC 5321, 3.8), or none.
        """
        client = self.client
        heard = await (
            client.answer(asked) if self.together else client.ask(line, asked)
        )
        if heard.closes:
            raise client.broken(heard.status, heard.text)
        return heard

    def judge(self, index: int, heard: Answer) -> None:
        """What the answer to RCPT says of a target."""
        if not self.begun:
            return
        if heard.good:
            self.accepted.append(index)
        elif heard.code == TOO_MANY and heard.enhanced != FULL:
            text = heard.text
            self.so_far.outcomes[index] = self.so_far.made(
                Result.DEFERRED, "4.5.3", text
            )
        else:
            self.so_far.heard([index], heard)

    async def invited(self, heard: Answer) -> bool:
        """Whether DATA was answered by an invitation that we can follow.

        One that nobody is left to follow ends with a dot (RFC 2920, 3.1).
        """
        if self.accepted:
            if not heard.onward:
                self.so_far.heard(self.accepted, refused(heard))
            return heard.onward
        if heard.onward:
            _ = await self.client.ask(b".", END)
            self.begun = False
        return False

    async def content(self) -> None:
        """The content, and the answer to it."""
        try:
            heard = await (self.chunks() if self.chunked else self.data())
        except MailError as error:
            text = f"the message cannot be read: {error}"
            raise self.client.broken("4.3.0", text) from None
        self.begun = not self.ended
        self.so_far.heard(self.accepted, heard)

    async def octets(self) -> AsyncIterator[bytes]:
        """The content in pieces."""
        content, octets = self.mail.content, self.fitted.octets
        if octets is None:
            async for piece in span(content, 0, content.size):
                yield piece
            return
        for start in range(0, len(octets), CHUNK):
            yield octets[start : start + CHUNK]

    async def chunks(self) -> Answer:
        """BDAT after BDAT (RFC 3030, 2)."""
        left = self.fitted.said.size
        heard = Answer(451, ("4.3.0 the message is empty",))
        async for piece in self.octets():
            left -= len(piece)
            self.ended = left == 0
            last = b" LAST" if self.ended else b""
            self.client.say(b"BDAT %d%b" % (len(piece), last))
            self.client.peer.write(piece)
            await self.drained()
            heard = await self.client.answer(END)
            if not heard.good:
                break
        return heard if self.ended or not heard.good else refused(heard)

    async def data(self) -> Answer:
        """The content, its dots stuffed, and the dot (RFC 5321, 4.1.1.4)."""
        stuffing = Stuffing()
        async for piece in self.octets():
            self.client.peer.write(stuffing.stuffed(piece))
            await self.drained()
        self.client.peer.write(stuffing.end())
        self.ended = True
        return await self.client.answer(END)

    async def drained(self) -> None:
        """Wait until the content has left, nearly.

        @raise Broken: when the server does not take it.
        """
        self.client.peer.patience = PATIENCE[BLOCK]
        try:
            await self.client.peer.drain()
        except PeerGone:
            raise self.client.broken("4.4.2", f"connection lost at {BLOCK}") from None
        except TimedOut:
            text = f"{BLOCK} was not taken in {PATIENCE[BLOCK]:.0f} seconds"
            raise self.client.broken("4.4.2", text) from None


def refused(heard: Answer) -> Answer:
    """The same, not to be mistaken for acceptance: 2yz where it means nothing."""
    return replace(heard, code=451) if heard.good else heard
