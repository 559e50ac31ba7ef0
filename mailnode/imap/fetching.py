"""FETCH: what is asked of messages, read in bounded pieces and said (RFC 9051, 6.4.5)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from mailnode.errors import NotFound
from mailnode.imap.grammar import SequenceSet
from mailnode.imap.outflow import SHARE, Listed, Outflow, Said
from mailnode.imap.response import Refusal, without_nul
from mailnode.imap.selected import Selected
from mailnode.imap.session import Session
from mailnode.interfaces.content import IOctets
from mailnode.model.message import OCTETS, SEEN, Wanted

LIGHT = 512
"""Messages answered together when no content is asked for."""
HEAVY = 32
"""The same when it is: they become \\Seen together."""
FLAGS, MODSEQ = b"FLAGS", b"MODSEQ"


@dataclass(frozen=True, slots=True)
class Column:
    """An item as it is said of several messages.

    @ivar pattern: the C{msg-att}, with a C{%} for each of C{values}.
    @ivar values: columns, as long as there are messages.
    """

    pattern: bytes
    values: tuple[Sequence[object], ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages of which something is asked, and what is known of them.

    @ivar uids: ascending.
    @ivar recent: the client knows C{\\Recent}.
    @ivar known: by what was wanted: a column.
    """

    selected: Selected
    uids: Sequence[int]
    recent: bool
    known: dict[Wanted, Sequence[object]]

    def one(self, at: int) -> Batch:
        """One of them."""
        return self.part(at, at + 1)

    def part(self, start: int, end: int) -> Batch:
        """Some of them."""
        known = {wanted: column[start:end] for wanted, column in self.known.items()}
        return Batch(self.selected, self.uids[start:end], self.recent, known)

    def said(self, columns: Iterable[Column]) -> bytes:
        """The responses that say these columns."""
        columns = list(columns)
        values: list[Sequence[object]] = [self.selected.numbers(self.uids)]
        values += [each for column in columns for each in column.values]
        width = len(values)
        row: list[object] = [None] * (width * len(self.uids))
        for at, each in enumerate(values):
            row[at::width] = each
        items = b" ".join([column.pattern for column in columns])
        pattern = b"* %%d FETCH (%b)\r\n" % items
        return pattern * len(self.uids) % tuple(row)


@dataclass(slots=True)
class Fetched:
    """A message whose octets are asked for.

    @ivar known: of this one alone.
    @ivar turn: lets others have their turn, for work that takes long.
    """

    known: Batch
    octets: IOctets
    turn: Callable[[], Awaitable[None]]


Telling = Callable[[Fetched], Awaitable[Said]]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that FETCH asks of messages.

    @ivar name: as it is answered.
    @ivar wanted: what must be known of them; flags and UIDs are at hand.
    @ivar column: says it of several messages at once.
    @ivar tell: says it of one message when its octets must be read, piece by piece:
        always, or where C{column} wants C{OCTETS} and they are too many.
    @ivar sees: it makes the message \\Seen.
    """

    name: bytes
    wanted: tuple[Wanted, ...] = ()
    column: Callable[[Batch], Column] | None = None
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
        sees = any(item.sees for item in self.items) and not self.selected.read_only
        tells = any(item.tell is not None for item in self.items)
        out = Outflow(self.session.peer, self.session.pause)
        size = HEAVY if tells or sees else LIGHT
        try:
            at = 0
            while at < len(uids):
                some = uids[at : at + size]
                if sees:
                    await self.see(some)
                batch, upto = await self.read(some)
                at = bisect_right(uids, upto, at)
                if tells:
                    await self.open(batch, out)
                else:
                    self.say(batch, out)
                    await out.flow()
        finally:
            out.flush()

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

    async def read(self, uids: Sequence[int]) -> tuple[Batch, int]:
        """The messages that are still there, with what is wanted of them.

        @return: and the UID up to which they were looked at.
        """
        selected, recent = self.selected, not self.session.rev2
        here, upto = selected.still(uids), uids[-1]
        wanted = list(
            dict.fromkeys(each for item in self.items for each in item.wanted)
        )
        known: dict[Wanted, Sequence[object]] = {}
        if wanted and here:
            columns = await selected.view.mailbox.columns(here, wanted)
            known = dict(zip(wanted, columns.values, strict=True))
            upto = upto if columns.upto == here[-1] else columns.upto
            here = columns.uids
        asked = bisect_right(uids, upto)
        self.missed = self.missed or len(here) < asked
        return Batch(selected, here, recent, known), upto

    def say(self, batch: Batch, out: Outflow) -> None:
        """Say what is known of some messages."""
        if self.seen:
            for at in range(len(batch.uids)):
                self.say_one(batch.one(at), out)
        elif batch.uids:
            out.say(without_nul(batch.said(self.columns(batch))))
            self.flags_said(batch.uids)

    def say_one(self, batch: Batch, out: Outflow) -> None:
        """Say what is known of one message that may have become \\Seen."""
        out.say(without_nul(batch.said(self.columns(batch) + self.news(batch))))
        self.flags_said(batch.uids)

    def columns(self, batch: Batch) -> list[Column]:
        """All that is said of messages together."""
        return [item.column(batch) for item in self.items if item.column is not None]

    def news(self, batch: Batch) -> list[Column]:
        """What is told of a message that has become \\Seen, and was not asked for."""
        if batch.uids[0] not in self.seen or self.tells_flags():
            return []
        self.selected.said(batch.uids)
        told = [] if any(item.name == FLAGS for item in self.items) else [flags(batch)]
        return [*told, modseqs(batch)] if self.selected.modseqs else told

    async def open(self, batch: Batch, out: Outflow) -> None:
        """Answer for some messages with their octets, together while they are small."""
        octets: Sequence[object] = [None] * len(batch.uids)
        if all(item.column is not None for item in self.items):
            octets = batch.known.get(OCTETS, octets)
        sizes = [len(each) if isinstance(each, bytes) else -1 for each in octets]
        at = 0
        while at < len(sizes):
            if sizes[at] < 0:
                await self.open_one(batch.one(at), out)
                at += 1
                continue
            end, size = at + 1, sizes[at]
            while end < len(sizes) and sizes[end] >= 0 and size + sizes[end] <= SHARE:
                size += sizes[end]
                end += 1
            self.say(batch.part(at, end), out)
            await out.flow()
            at = end

    async def open_one(self, batch: Batch, out: Outflow) -> None:
        """Answer for a message whose octets are to be read."""
        opened = await self.selected.view.mailbox.opened(batch.uids)
        self.missed = self.missed or not opened
        for _, octets in opened:
            await self.tell(Fetched(batch, octets, self.session.peer.turn), out)

    async def tell(self, fetched: Fetched, out: Outflow) -> None:
        """Say what must be read first of one message."""
        known = fetched.known
        listed = Listed(b"* %d FETCH (" % self.selected.number(known.uids[0]), out)
        try:
            for item in self.items:
                if item.tell is not None:
                    await listed.add(await item.tell(fetched))
                elif item.column is not None:
                    await listed.add((alone(item.column(known)),))
            for column in self.news(known):
                await listed.add((alone(column),))
            await listed.release()
        except NotFound:
            self.missed = True
        except Refusal as refusal:
            self.refusal = refusal
        if listed.begun:
            out.say(b")\r\n")
            self.flags_said(known.uids)
        await out.flow()

    def flags_said(self, uids: Iterable[int]) -> None:
        """Flags that were just said need not be told again."""
        if self.tells_flags():
            self.selected.said(uids)

    def tells_flags(self) -> bool:
        """Whether flags are among what is asked for, with all that goes with them."""
        names = {item.name for item in self.items}
        return FLAGS in names and (MODSEQ in names or not self.selected.modseqs)


def alone(column: Column) -> bytes:
    """An item as it is said of a single message."""
    return column.pattern % tuple(value for [value] in column.values)


def flags(batch: Batch) -> Column:
    """C{FLAGS}."""
    written = batch.selected.written(batch.uids, recent=batch.recent)
    return Column(b"FLAGS (%b)", (written,))


def modseqs(batch: Batch) -> Column:
    """C{MODSEQ} (RFC 7162, 3.1.4.2)."""
    return Column(b"MODSEQ (%d)", (batch.selected.modseqs_of(batch.uids),))


def distinct(items: Sequence[Item]) -> list[Item]:
    """Each item once, where it was first."""
    return list({item.name: item for item in items}.values())
