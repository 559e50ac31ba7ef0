"""FETCH: what is asked of messages, read in bounded pieces and said (RFC 9051, 6.4.5)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntFlag

from mailnode.errors import NotFound
from mailnode.imap.grammar import SequenceSet
from mailnode.imap.outflow import Listed, Outflow, Said
from mailnode.imap.response import Refusal
from mailnode.imap.selected import Selected
from mailnode.imap.session import Session
from mailnode.imap.view import View
from mailnode.interfaces.content import IOctets
from mailnode.model.message import SEEN, Message, Projections

LIGHT = 500
"""Messages answered together when no content is asked for."""
HEAVY = 32
"""The same when it is: they become \\Seen together."""
OPENED = 16
"""Messages whose octets are read together, as far as they are small."""
TOGETHER = 4
"""Batches of messages before others have their turn, however little was said."""
SPREAD = 4
"""A stretch of a mailbox is read as a whole if one message in so many is asked for."""
FLAGS, MODSEQ = b"FLAGS", b"MODSEQ"


class Needs(IntFlag):
    """What must be read to answer an item; flags and UIDs are at hand."""

    NOTHING = 0
    MESSAGE = 1
    PROJECTIONS = 2
    CONTENT = 4


@dataclass(slots=True)
class Fetched:
    """A message of which something is asked, and what was read of it.

    @ivar recent: the client knows C{\\Recent}.
    @ivar turn: lets others have their turn, for work that takes long.
    """

    selected: Selected
    uid: int
    recent: bool
    turn: Callable[[], Awaitable[None]]
    message: Message | None = None
    projections: Projections | None = None
    octets: IOctets | None = None

    def read_message(self) -> Message:
        """The message; its item needs C{MESSAGE}."""
        if self.message is None:
            raise NotFound("the message is gone")
        return self.message

    def read_projections(self) -> Projections:
        """What was computed at arrival; its item needs C{PROJECTIONS}."""
        if self.projections is None:
            raise NotFound("the message is gone")
        return self.projections

    def read_octets(self) -> IOctets:
        """The octets; its item needs C{CONTENT}."""
        if self.octets is None:
            raise NotFound("the message is gone")
        return self.octets


Answer = Callable[[Fetched], bytes]
Telling = Callable[[Fetched], Awaitable[Said]]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that FETCH asks of a message.

    @ivar name: as it is answered.
    @ivar answer: the whole C{msg-att}, at once.
    @ivar tell: the same, for what must be read first.
    @ivar sees: it makes the message \\Seen.
    """

    name: bytes
    needs: Needs = Needs.NOTHING
    answer: Answer | None = None
    tell: Telling | None = None
    sees: bool = False


@dataclass
class Fetch:
    """A FETCH under way.

    @ivar since: only what changed after this modseq is meant (RFC 7162, 3.1.4.1).
    @ivar first: what is to be said before all else, of the messages that were named.
    @ivar missed: some messages were expunged by somebody else.
    @ivar refusal: why something could not be said of some message.
    """

    session: Session
    items: list[Item]
    since: int | None = None
    first: Callable[[SequenceSet], Awaitable[None]] | None = None
    missed: bool = False
    refusal: Refusal | None = None
    seen: set[int] = field(default_factory=set)

    @property
    def selected(self) -> Selected:
        """The mailbox it is about."""
        return self.session.mailbox

    async def run(self, uids: Sequence[int]) -> None:
        """Answer for each message, a few at a time."""
        needs = Needs.NOTHING
        for item in self.items:
            needs |= item.needs
        sees = any(item.sees for item in self.items) and not self.selected.read_only
        out = Outflow(self.session.peer, self.session.pause)
        size = HEAVY if needs & Needs.CONTENT else LIGHT
        try:
            for start in range(0, len(uids), size):
                batch = uids[start : start + size]
                if sees:
                    await self.see(batch)
                await self.say(await self.read(batch, needs), needs, out)
                if start // size % TOGETHER == 0:
                    await self.session.pause()
        finally:
            out.flush()

    async def say(self, rows: Sequence[Fetched], needs: Needs, out: Outflow) -> None:
        """Answer for some messages that were read."""
        if needs & Needs.CONTENT:
            for start in range(0, len(rows), OPENED):
                await self.open(rows[start : start + OPENED], out)
        else:
            self.answer(rows, out)
            await out.flow()

    async def open(self, rows: Sequence[Fetched], out: Outflow) -> None:
        """Answer for some messages with their octets."""
        mailbox = self.selected.view.mailbox
        known = dict(await mailbox.opened([row.uid for row in rows]))
        for row in rows:
            row.octets = known.get(row.uid)
            if row.octets is None:
                self.missed = True
            else:
                await self.tell(row, out)
            row.octets = None

    async def see(self, uids: Sequence[int]) -> None:
        """Make messages \\Seen that are not; it is told with their answers."""
        selected = self.selected
        unseen = [
            uid for uid in uids if SEEN.lower() not in selected.view.flags_of(uid)
        ]
        unseen = [uid for uid in unseen if selected.view.at(uid) >= 0]
        self.seen.clear()
        if unseen:
            mailbox = selected.view.mailbox
            marked = await mailbox.store(unseen, add=(SEEN,))
            self.seen.update(marked.uids)

    async def read(self, uids: Sequence[int], needs: Needs) -> list[Fetched]:
        """The messages that are still there, with what is needed of them."""
        selected, recent = self.selected, not self.session.rev2
        mailbox = selected.view.mailbox
        here = selected.still(uids)
        turn = self.session.peer.turn
        rows = [Fetched(selected, uid, recent, turn) for uid in here]
        if needs & Needs.MESSAGE:
            messages = await read_messages(selected.view, here)
            for row in rows:
                row.message = messages.get(row.uid)
            rows = [row for row in rows if row.message is not None]
        if needs & Needs.PROJECTIONS and rows:
            known = dict(await mailbox.projected([row.uid for row in rows]))
            for row in rows:
                row.projections = known.get(row.uid)
            rows = [row for row in rows if row.projections is not None]
        self.missed = self.missed or len(rows) < len(uids)
        return rows

    def answer(self, rows: Sequence[Fetched], out: Outflow) -> None:
        """Say what is at hand of some messages."""
        answers = [item.answer for item in self.items if item.answer is not None]
        number = self.selected.number
        out.say(
            *[
                b"* %d FETCH (%b)\r\n"
                % (number(row.uid), b" ".join([answer(row) for answer in answers]))
                for row in rows
            ]
        )
        self.flags_said(row.uid for row in rows)

    async def tell(self, row: Fetched, out: Outflow) -> None:
        """Say what must be read first of one message."""
        listed = Listed(b"* %d FETCH (" % self.selected.number(row.uid), out)
        try:
            for item in self.items:
                if item.tell is not None:
                    await listed.add(await item.tell(row))
                elif item.answer is not None:
                    await listed.add(item.answer(row))
            if row.uid in self.seen and not self.tells_flags():
                await listed.add(self.change(row))
                self.selected.said((row.uid,))
            await listed.release()
        except NotFound:
            self.missed = True
        except Refusal as refusal:
            self.refusal = refusal
        if listed.begun:
            out.say(b")\r\n")
            self.flags_said((row.uid,))
        await out.flow()

    def change(self, row: Fetched) -> bytes:
        """What is told of a message that has become \\Seen, and was not asked for."""
        if any(item.name == FLAGS for item in self.items):
            return self.selected.modseq(row.uid)
        return self.selected.state(row.uid, recent=row.recent)

    def flags_said(self, uids: Iterator[int] | tuple[int, ...]) -> None:
        """Flags that were just said need not be told again."""
        if self.tells_flags():
            self.selected.said(uids)

    def tells_flags(self) -> bool:
        """Whether flags are among what is asked for, with all that goes with them."""
        names = {item.name for item in self.items}
        return FLAGS in names and (MODSEQ in names or not self.selected.modseqs)


async def read_messages(view: View, uids: Sequence[int]) -> dict[int, Message]:
    """Those of some ascending UIDs that are still there."""
    found: dict[int, Message] = {}
    if not uids:
        return found
    mailbox, last = view.mailbox, uids[-1]
    stretch = bisect_right(view.uids, last) - bisect_left(view.uids, uids[0])
    if stretch > SPREAD * len(uids):
        for uid in uids:
            try:
                found[uid] = await mailbox.message(uid)
            except NotFound:
                continue
        return found
    wanted, after = frozenset(uids), uids[0] - 1
    while after < last and (batch := await mailbox.messages(after, LIGHT)):
        found.update((each.uid, each) for each in batch if each.uid in wanted)
        after = batch[-1].uid
    return found


def distinct(items: Sequence[Item]) -> list[Item]:
    """Each item once, where it was first."""
    return list({item.name: item for item in items}.values())
