"""Vacation responses: who is away has what arrives for him answered (RFC 3834; RFC 8621, 8).

An answer is given after the delivery, and never in its way: whatever goes wrong with
it is written down, and forgotten.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Sequence
from hashlib import sha256

from zope.interface import implementer

from mailnode.clock import DAY
from mailnode.delivery.away import Away
from mailnode.delivery.directions import Directions
from mailnode.errors import NOWHERE, SyntaxFault
from mailnode.interfaces.account import IMailAccount, IStore
from mailnode.interfaces.content import IContent, ISpool
from mailnode.interfaces.mail import IObjectPen, IObjects
from mailnode.interfaces.queue import IQueue
from mailnode.interfaces.trail import ITrail
from mailnode.message import autoreply
from mailnode.message.addresses import address_list
from mailnode.message.autoreply import Answer
from mailnode.message.header import Header
from mailnode.message.submitted import HEADER_LIMIT, text
from mailnode.model.envelope import (
    ID_OCTETS,
    Address,
    Body,
    Envelope,
    Letter,
    Recipient,
    Sender,
)
from mailnode.model.trail import Event, Step
from mailnode.wire.address import address
from mailnode.wire.domain import canonical

ANSWERED = "VacationAnswered"
"""What an account keeps of whom it has answered."""
PAUSE = 7 * DAY
"""For so long nobody is answered again (RFC 3834, 2: a number of days)."""
PEOPLE = 1000
"""Senders that an account answers in that time: a flood of forged ones is not
answered without end, and whom we have answered fits into one object."""
BUSY = 100
"""Messages that are being answered at a time; others are not."""
LOOKED_UP = 100
"""Addresses of a message of which is asked whose they are."""

log = logging.getLogger(__name__)

Start = Callable[[Coroutine[object, object, None]], object]
"""Does some work for which nobody waits."""


class Vacations:
    """Answers what arrives for those who are away.

    @ivar clock: milliseconds since 1970 in UTC.
    @ivar chance: so many random octets.
    @ivar away: who is.
    @ivar busy: messages that are being answered.
    """

    def __init__(
        self,
        store: IStore,
        queue: IQueue,
        trail: ITrail,
        directions: Directions,
        *,
        hostname: str,
        clock: Callable[[], int],
        chance: Callable[[int], bytes],
        start: Start,
        away: Away,
    ) -> None:
        self.store = store
        self.queue = queue
        self.trail = trail
        self.directions = directions
        self.hostname = hostname
        self.clock = clock
        self.chance = chance
        self.start = start
        self.away = away
        self.busy = 0

    def arrived(self, letter: Letter, content: IContent) -> None:
        """A message has been delivered; whoever is away answers it, soon."""
        away = [name for name, _ in letter.destinations if self.away.may_be(name)]
        if not away or self.busy >= BUSY:
            return
        size = min(content.header_size, HEADER_LIMIT)
        header = Header(next(content.chunks(), b"")[:size])
        sender = autoreply.answerable(header)
        if sender is not None:
            self.busy += 1
            self.start(self.answered(away, header, sender, letter.received))

    async def answered(
        self, names: list[str], header: Header, sender: Address, moment: int
    ) -> None:
        """Answer a message for some accounts; what goes wrong stops nothing."""
        try:
            for name in names:
                await self.answer(name, header, sender, moment)
        except Exception:
            log.exception("a vacation response could not be sent")
        finally:
            self.busy -= 1

    async def answer(
        self, name: str, header: Header, sender: Address, moment: int
    ) -> None:
        """Answer a message for one account, if it is to be."""
        account = await self.store.account(name)
        vacation = await self.away.vacation(account)
        if vacation is None or not vacation.answers(moment) or sender.key == name:
            return
        if not await self.is_for(name, header):
            return
        objects, now = account.objects(), self.clock()
        if not await objects.write(lambda pen: noted(pen, sender, now)):
            return
        author = address(name)
        answer = Answer(
            f"<{self.chance(ID_OCTETS).hex()}@{self.hostname}>",
            author,
            await called(objects, name),
            sender,
            now,
            header,
        )
        await self.send(answer, autoreply.written(answer, vacation), name)

    async def is_for(self, name: str, header: Header) -> bool:
        """Whether a message names an address of the account (RFC 3834, 2)."""
        listed = [
            each
            for field in autoreply.TO
            for value in header.every(field)
            for each in address_list(value)
            if each.host
        ]
        for each in listed[:LOOKED_UP]:
            try:
                said = Address(text(each.mailbox), canonical(text(each.host)))
                if said.key == name or await self.leads_to(name, said):
                    return True
            except SyntaxFault:
                continue
        return False

    async def leads_to(self, name: str, said: Address) -> bool:
        """Whether an address leads to an account, and nowhere else."""
        try:
            found = await self.directions.targets(Recipient(said), None)
        except NOWHERE:
            return False
        return bool(found) and all(
            each.mailbox is not None and each.address.key == name for each in found
        )

    async def send(self, answer: Answer, octets: bytes, name: str) -> None:
        """Put an answer into the queue; nobody is to answer it (RFC 3834, 3.3)."""
        plain = octets.isascii()
        sender = Sender(
            None,
            body=Body.SEVEN_BIT if plain else Body.EIGHT_BIT,
            size=len(octets),
            utf8=not answer.recipient.local.isascii(),
        )
        targets = tuple(await self.directions.anywhere(answer.recipient))
        id_ = answer.message_id[1:].partition("@")[0]
        envelope = Envelope(id_, sender, targets, answer.moment, name)
        spool = self.store.spool(passing=True)
        try:
            spool.write(octets)
            content = spool.seal()
        except BaseException:
            spool.discard()
            raise
        try:
            await self.queue.put(envelope, content)
        finally:
            content.discard()
        self.trail.note(
            Step(
                answer.moment,
                id_,
                Event.QUEUED,
                recipient=answer.recipient.key,
                message_id=answer.message_id,
                text=f"vacation response of {name}",
            )
        )


def noted(pen: IObjectPen, sender: Address, now: int) -> bool:
    """Note that somebody is answered; C{False}: he has been lately, or too many have."""
    key = sha256(sender.key.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    kept = pen.objects(ANSWERED)
    before = kept[0].value if kept else {}
    fresh = {
        each: at
        for each, at in before.items()
        if isinstance(at, int) and at > now - PAUSE
    }
    if key in fresh or len(fresh) >= PEOPLE:
        return False
    fresh[key] = now
    if kept:
        pen.change(ANSWERED, kept[0].id, fresh)
    else:
        pen.add(ANSWERED, fresh)
    return True


async def called(objects: IObjects, name: str) -> str:
    """The name of a person, as the identity of his own address has it."""
    for each in await objects.objects("Identity"):
        if each.value.get("email") == name:
            return str(each.value.get("name", ""))
    return ""


@implementer(IStore)
class Answering:
    """A store for those who deliver: what they bring is answered by who is away."""

    def __init__(self, store: IStore, vacations: Vacations) -> None:
        self.store = store
        self.vacations = vacations

    async def account(self, name: str) -> IMailAccount:
        """The account of that name."""
        return await self.store.account(name)

    async def keepers(self, kind: str) -> Sequence[str]:
        """The names of accounts that keep objects of a kind."""
        return await self.store.keepers(kind)

    async def deliver(self, letter: Letter, content: object) -> None:
        """Keep a message for all its destinations, and then answer it."""
        await self.store.deliver(letter, content)
        try:
            self.vacations.arrived(letter, IContent(content))
        except Exception:
            log.exception("a message could not be looked at for an answer")

    def spool(self, *, passing: bool = False) -> ISpool:
        """A place to gather a message."""
        return self.store.spool(passing=passing)
