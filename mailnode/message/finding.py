"""Which messages answer yes to a query: asked of each, the cheap questions first.

This needs nothing of a mailbox but its octets and what is listed of it, so it
serves whoever keeps mail (RFC 9051, 6.4.4, says what the questions mean).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import singledispatch
from itertools import islice
from typing import Protocol

from mailnode import query
from mailnode.errors import NotFound
from mailnode.interfaces.content import IOctets
from mailnode.message.header import Header
from mailnode.message.texts import TOP_LIMIT, Words, header_text, look_for
from mailnode.message.words import decoded
from mailnode.model.message import Message, Projections
from mailnode.query import Query, fold

BATCH = 500
"""Messages asked together."""
TOGETHER = 16
"""Messages read together, before others have their turn."""

NEVER = -(10**9)
"""The day of a message without a date."""

Verdict = bool | None
"""Yes, no, or: more must be known of the message."""


class Source(Protocol):
    """What is asked of a mailbox to search it; as L{IMailbox} promises it."""

    async def messages(self, after: int = 0, limit: int = 500) -> Sequence[Message]:
        """Some messages in order."""

    async def projected(self, uids: Sequence[int]) -> Sequence[tuple[int, Projections]]:
        """What was computed of some."""

    async def opened(self, uids: Sequence[int]) -> Sequence[tuple[int, IOctets]]:
        """The octets of some."""


class Facts:
    """What is known of a message so far.

    @ivar flags: in lower case.
    @ivar day: of the Date field, C{NEVER} without one; C{None} when not known.
    @ivar header: C{None} when not known yet.
    @ivar folded: the header as text to be searched; as C{header}.
    @ivar found: needles found in the body so far.
    @ivar whole: the body has been searched to its end.
    @ivar words: all its text, if somebody keeps that; then nothing is read.
    """

    __slots__ = (
        "day",
        "flags",
        "folded",
        "found",
        "header",
        "message",
        "modseq",
        "uid",
        "whole",
        "words",
    )

    def __init__(self, uid: int, flags: frozenset[str], modseq: int) -> None:
        self.uid = uid
        self.flags = flags
        self.modseq = modseq
        self.message: Message | None = None
        self.day: int | None = None
        self.header: Header | None = None
        self.folded = ""
        self.found: set[Query] = set()
        self.whole = False
        self.words: Words | None = None


Judge = Callable[[Facts], Verdict]


@singledispatch
def judge(asked: Query) -> Judge:
    """A query as a function of what is known."""
    raise TypeError(f"nobody knows how to ask {asked!r}")


@judge.register
def everything(_: query.All) -> Judge:
    return lambda facts: True  # noqa: ARG005 - whatever they are


@judge.register
def every(asked: query.Every) -> Judge:
    return combined([judge(each) for each in asked.queries], decisive=False)


@judge.register
def some(asked: query.Some) -> Judge:
    return combined([judge(each) for each in asked.queries], decisive=True)


@judge.register
def contrary(asked: query.Not) -> Judge:
    inner = judge(asked.query)

    def verdict(facts: Facts) -> Verdict:
        answer = inner(facts)
        return None if answer is None else not answer

    return verdict


@judge.register
def by_uid(asked: query.Uids) -> Judge:
    return lambda facts: facts.uid in asked.uids


@judge.register
def flagged(asked: query.Flagged) -> Judge:
    flag = asked.flag.lower()
    return lambda facts: flag in facts.flags


@judge.register
def emails(asked: query.Emails) -> Judge:
    def verdict(facts: Facts) -> Verdict:
        return None if facts.message is None else facts.message.id in asked.ids

    return verdict


@judge.register
def modified(asked: query.Modified) -> Judge:
    return lambda facts: facts.modseq >= asked.since


def combined(judges: Sequence[Judge], *, decisive: bool) -> Judge:
    """All of them, or one of them: the first C{decisive} answer settles it."""

    def verdict(facts: Facts) -> Verdict:
        found: Verdict = not decisive
        for each in judges:
            answer = each(facts)
            if answer is decisive:
                return decisive
            if answer is None:
                found = None
        return found

    return verdict


@judge.register
def larger(asked: query.Larger) -> Judge:
    return of_message(lambda message: message.size > asked.octets)


@judge.register
def smaller(asked: query.Smaller) -> Judge:
    return of_message(lambda message: message.size < asked.octets)


@judge.register
def received(asked: query.Received) -> Judge:
    return of_message(
        lambda message: within(message.received, asked.since, asked.before)
    )


def of_message(answer: Callable[[Message], bool]) -> Judge:
    """What the list of messages knows: sizes and INTERNALDATE."""

    def verdict(facts: Facts) -> Verdict:
        return None if facts.message is None else answer(facts.message)

    return verdict


def within(value: int, since: int | None, before: int | None) -> bool:
    """Whether a value lies in a half-open range."""
    return (since is None or since <= value) and (before is None or value < before)


@judge.register
def sent(asked: query.Sent) -> Judge:
    def verdict(facts: Facts) -> Verdict:
        if facts.day is None:
            return None
        return facts.day != NEVER and within(facts.day, asked.since, asked.before)

    return verdict


@judge.register
def in_field(asked: query.Header) -> Judge:
    name, needle = asked.name.encode(), fold(asked.text)

    def verdict(facts: Facts) -> Verdict:
        if facts.words is not None:
            return facts.words.field(asked.name, needle)
        if facts.header is None:
            return None
        values = facts.header.every(name)
        return any(not needle or needle in fold(decoded(value)) for value in values)

    return verdict


@judge.register(query.Body)
@judge.register(query.Text)
def in_text(asked: query.Body | query.Text) -> Judge:
    """BODY, and TEXT, which may be found in the header already."""
    needle = fold(asked.text)
    if not needle:
        return lambda _: True
    everywhere = isinstance(asked, query.Text)

    def verdict(facts: Facts) -> Verdict:
        if facts.words is not None:
            return facts.words.contain(needle, everywhere=everywhere)
        if asked in facts.found:
            return True
        if everywhere and facts.header is not None and needle in facts.folded:
            return True
        return False if facts.whole else None

    return verdict


def leaves(asked: Query) -> Iterable[Query]:
    """The questions that a query is made of."""
    match asked:
        case query.Every(queries=queries) | query.Some(queries=queries):
            for each in queries:
                yield from leaves(each)
        case query.Not(query=inner):
            yield from leaves(inner)
        case _:
            yield asked


class Finding:
    """A search under way.

    @ivar needles: what is looked for in bodies.
    @ivar pause: lets others have their turn.
    """

    def __init__(
        self, source: Source, asked: Query, pause: Callable[[], Awaitable[None]]
    ) -> None:
        self.source = source
        self.verdict = judge(asked)
        self.pause = pause
        self.kinds = {type(leaf) for leaf in leaves(asked)}
        self.needles: dict[Query, str] = {
            leaf: fold(leaf.text)
            for leaf in leaves(asked)
            if isinstance(leaf, query.Body | query.Text) and leaf.text
        }

    async def settle(self, batch: Sequence[Facts]) -> list[int]:
        """The UIDs of those that answer yes."""
        found: list[int] = []
        open_ = self.sorted(batch, found)
        if open_ and self.kinds & {query.Larger, query.Smaller, query.Received}:
            await self.list_messages(open_)
            open_ = self.sorted(open_, found)
        if open_ and query.Sent in self.kinds:
            await self.read_days(open_)
            open_ = self.sorted(open_, found)
        for start in range(0, len(open_), TOGETHER):
            found += await self.read(open_[start : start + TOGETHER])
            await self.pause()
        return sorted(found)

    def sorted(self, batch: Iterable[Facts], found: list[int]) -> list[Facts]:
        """Those about whom nothing is certain yet; the found go into C{found}."""
        left = []
        for facts in batch:
            answer = self.verdict(facts)
            if answer is None:
                left.append(facts)
            elif answer:
                found.append(facts.uid)
        return left

    async def list_messages(self, batch: Sequence[Facts]) -> None:
        """Look up sizes and dates."""
        missing = {facts.uid: facts for facts in batch}
        after, last = batch[0].uid - 1, batch[-1].uid
        while after < last and (rows := await self.source.messages(after, BATCH)):
            for message in rows:
                facts = missing.get(message.uid)
                if facts is not None:
                    facts.message = message
            after = rows[-1].uid

    async def read_days(self, batch: Sequence[Facts]) -> None:
        """Look up when messages say they were sent."""
        known = dict(await self.source.projected([facts.uid for facts in batch]))
        for facts in batch:
            if facts.uid in known:
                day = known[facts.uid].sent_day
                facts.day = NEVER if day is None else day

    async def read(self, batch: Sequence[Facts]) -> list[int]:
        """Read a few messages as far as it takes; those that answer yes.

        One that was expunged meanwhile does not.
        """
        uids = [facts.uid for facts in batch]
        opened = dict(await self.source.opened(uids))
        known = dict(await self.source.projected(uids)) if self.needles else {}
        found = []
        for facts in batch:
            octets = opened.pop(facts.uid, None)
            if octets is None:
                continue
            try:
                answer = await self.read_header(facts, octets)
                if answer is None and facts.uid in known:
                    answer = await self.read_body(facts, octets, known[facts.uid].parts)
            except NotFound:
                continue
            if answer:
                found.append(facts.uid)
        return found

    async def read_header(self, facts: Facts, octets: IOctets) -> Verdict:
        """Read a header, and see whether the answer is certain."""
        size = min(octets.header_size, TOP_LIMIT)
        header = b""
        while len(header) < size:
            header += (await octets.read(len(header)))[: size - len(header)]
        facts.header = Header(header)
        if query.Text in self.kinds:
            facts.folded = fold(header_text(facts.header))
        return self.verdict(facts)

    async def read_body(self, facts: Facts, octets: IOctets, table: bytes) -> Verdict:
        """Read a body until the answer is certain."""
        async for hit in look_for(octets, table, self.needles, self.pause):
            facts.found.add(hit)
            answer = self.verdict(facts)
            if answer is not None:
                return answer
        facts.whole = True
        return self.verdict(facts)


async def find(
    source: Source,
    asked: Query,
    known: Iterable[Facts],
    pause: Callable[[], Awaitable[None]],
) -> list[int]:
    """The UIDs of the messages that answer yes, ascending.

    @param known: the messages that are asked, ascending, with what is known.
    @param pause: awaited often, so that others have their turn.
    """
    finding = Finding(source, asked, pause)
    found: list[int] = []
    waiting = iter(known)
    while batch := list(islice(waiting, BATCH)):
        found += await finding.settle(batch)
        await pause()
    return found
