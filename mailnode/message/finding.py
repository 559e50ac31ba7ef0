"""Which messages answer yes to a query: asked of each, the cheap questions first.

This needs nothing of a mailbox but its octets and what is listed of it.  A
store that has an index answers the same question faster.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import singledispatch
from itertools import islice

from mailnode import query
from mailnode.errors import NotFound
from mailnode.imap.envelope import sent_day
from mailnode.imap.texts import header_text, look_for
from mailnode.interfaces.mailbox import IMailbox
from mailnode.message.header import Header
from mailnode.message.words import decoded
from mailnode.model.message import Message
from mailnode.query import Query, fold

BATCH = 500
"""Messages asked together."""
TOGETHER = 16
"""Messages read before others have their turn."""
HEADER_LIMIT = 2**20
"""Octets of a header that are searched; the scanner reads no further either."""

NEVER = -(10**9)
"""The day of a message without a date."""

Verdict = bool | None
"""Yes, no, or: more must be known of the message."""


class Facts:
    """What is known of a message so far.

    @ivar flags: in lower case.
    @ivar day: of the Date field, C{NEVER} without one; C{None} when not known.
    @ivar header: C{None} when not known yet.
    @ivar folded: the header as text to be searched; as C{header}.
    @ivar found: needles found in the body so far.
    @ivar whole: the body has been searched to its end.
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
        self, mailbox: IMailbox, asked: Query, pause: Callable[[], Awaitable[None]]
    ) -> None:
        self.mailbox = mailbox
        self.verdict = judge(asked)
        self.pause = pause
        self.kinds = {type(leaf) for leaf in leaves(asked)}
        self.needles = [
            leaf
            for leaf in dict.fromkeys(leaves(asked))
            if isinstance(leaf, query.Body | query.Text)
        ]

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
        for number, facts in enumerate(open_, 1):
            if await self.read(facts):
                found.append(facts.uid)
            if number % TOGETHER == 0:
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
        while after < last and (rows := await self.mailbox.messages(after, BATCH)):
            for message in rows:
                facts = missing.get(message.uid)
                if facts is not None:
                    facts.message = message
            after = rows[-1].uid

    async def read_days(self, batch: Sequence[Facts]) -> None:
        """Look up when messages say they were sent."""
        for facts in batch:
            try:
                projections = await self.mailbox.projections(facts.uid)
            except NotFound:
                continue
            day = sent_day(projections.envelope)
            facts.day = NEVER if day is None else day

    async def read(self, facts: Facts) -> bool:
        """Read a message as far as it takes."""
        try:
            octets = await self.mailbox.content(facts.uid)
            size = min(octets.header_size, HEADER_LIMIT)
            header = b""
            while len(header) < size:
                header += (await octets.read(len(header)))[: size - len(header)]
            facts.header = Header(header)
            if query.Text in self.kinds:
                facts.folded = fold(header_text(facts.header))
            answer = self.verdict(facts)
            if answer is None and self.needles:
                answer = await self.read_body(facts)
        except NotFound:
            return False  # It was expunged meanwhile.
        return bool(answer)

    async def read_body(self, facts: Facts) -> Verdict:
        """Read a body until the answer is certain."""
        octets = await self.mailbox.content(facts.uid)
        table = (await self.mailbox.projections(facts.uid)).parts
        needles: dict[Query, str] = {
            leaf: fold(leaf.text) for leaf in self.needles if leaf.text
        }
        async for hit in look_for(octets, table, needles, self.pause):
            facts.found.add(hit)
            answer = self.verdict(facts)
            if answer is not None:
                return answer
        facts.whole = True
        return self.verdict(facts)


async def find(
    mailbox: IMailbox,
    asked: Query,
    known: Iterable[Facts],
    pause: Callable[[], Awaitable[None]],
) -> list[int]:
    """The UIDs of the messages that answer yes, ascending.

    @param known: the messages that are asked, ascending, with what is known.
    @param pause: awaited often, so that others have their turn.
    """
    finding = Finding(mailbox, asked, pause)
    found: list[int] = []
    waiting = iter(known)
    while batch := list(islice(waiting, BATCH)):
        found += await finding.settle(batch)
        await pause()
    return found
