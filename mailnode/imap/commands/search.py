"""SEARCH, its keys and its results (RFC 9051, 6.4.4; RFC 3501, 6.4.4)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailnode import query
from mailnode.errors import MailError
from mailnode.imap.extension import Extension, SearchKey, State
from mailnode.imap.grammar import Arguments
from mailnode.imap.response import Refusal, string
from mailnode.imap.searching import Reading
from mailnode.imap.session import Session
from mailnode.model.message import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN
from mailnode.model.numbers import NumberSet
from mailnode.query import Query
from mailnode.wire.dates import A_DAY

RETURNS = (b"MIN", b"MAX", b"ALL", b"COUNT", b"SAVE")

extension = Extension(9051)
key = extension.search_key


@dataclass(frozen=True, slots=True)
class Results:
    """What a SEARCH shall say of what it finds.

    @ivar wanted: result options; empty for the SEARCH response of rev1.
    """

    wanted: frozenset[bytes]

    @property
    def saves(self) -> bool:
        """The result is kept for C{$}."""
        return b"SAVE" in self.wanted

    def saved(self, uids: Sequence[int]) -> list[int]:
        """What is kept (RFC 9051, 6.4.4.1, table 4)."""
        if self.wanted & {b"ALL", b"COUNT"} or not self.wanted & {b"MIN", b"MAX"}:
            return list(uids)
        ends = uids[:1] if b"MIN" in self.wanted else []
        return sorted({*ends, *(uids[-1:] if b"MAX" in self.wanted else [])})


@extension.command(b"SEARCH", State.SELECTED, uid=True, numbered=True)
async def search(session: Session, arguments: Arguments) -> bytes:
    results = search_returns(arguments)
    selected = session.mailbox
    reading = Reading(arguments.sp(), session.repertoire.search_keys, selected)
    try:
        asked = reading.program()
        arguments.end()
        await session.imply(reading.asked)
        uids = await found(session, asked)
    except (MailError, Refusal):
        if results.saves:
            selected.saved = []  # RFC 9051, 6.4.4.1
        raise
    if results.saves:
        selected.saved = results.saved(uids)
    numbers = uids if arguments.by_uid else selected.numbers(uids)
    tails = [
        b"%b %d" % (name, of(results.saved(uids)))
        for name, of in reading.tails.items()
        if uids
    ]
    if results.wanted or session.rev2:
        say_esearch(session, arguments, results, numbers, tails)
    else:
        words = [b" %d" % number for number in numbers]
        words += [b" (%b)" % tail for tail in tails]
        session.peer.write(b"* SEARCH%b\r\n" % b"".join(words))
    return b"searched"


async def found(session: Session, asked: Query) -> Sequence[int]:
    """The UIDs the client knows that answer yes."""
    selected = session.mailbox
    uids = await selected.view.mailbox.search(asked)
    # What it was told to have left is in no mailbox; what came since is not known.
    return uids[: bisect_right(uids, selected.last)]


def search_returns(arguments: Arguments) -> Results:
    """C{search-return-opts}; unknown ones are BAD."""
    if not arguments.take(b" RETURN "):
        return Results(frozenset())

    def search_return() -> bytes:
        at = arguments.at
        name = arguments.word()
        if name not in RETURNS:
            arguments.at = at
            raise arguments.fault("a result option")
        return name

    wanted = frozenset(arguments.listed(search_return, empty=True))
    return Results(wanted or frozenset((b"ALL",)))


def say_esearch(
    session: Session,
    arguments: Arguments,
    results: Results,
    numbers: Sequence[int],
    tails: Sequence[bytes],
) -> None:
    """ESEARCH (RFC 9051, 7.3.4); nothing for SAVE alone."""
    wanted = results.wanted or frozenset((b"ALL",))
    if wanted == {b"SAVE"}:
        return
    words = [b"ESEARCH (TAG %b)" % string(tag_of(arguments))]
    if arguments.by_uid:
        words.append(b"UID")
    if numbers and b"MIN" in wanted:
        words.append(b"MIN %d" % numbers[0])
    if numbers and b"MAX" in wanted:
        words.append(b"MAX %d" % numbers[-1])
    if numbers and b"ALL" in wanted:
        words.append(b"ALL " + NumberSet.of(numbers).written())
    if b"COUNT" in wanted:
        words.append(b"COUNT %d" % len(numbers))
    session.say(*words, *tails)


def tag_of(arguments: Arguments) -> bytes:
    """The tag the command came with."""
    return arguments.text.partition(b" ")[0]


@key(b"ALL")
def everything(_: Reading) -> Query:
    return query.ALL


@key(b"NOT")
def contrary(reading: Reading) -> Query:
    reading.arguments.sp()
    return query.Not(reading.key())


@key(b"OR")
def either(reading: Reading) -> Query:
    reading.arguments.sp()
    one = reading.key()
    reading.arguments.sp()
    return query.Some((one, reading.key()))


@key(b"UID")
def by_uid(reading: Reading) -> Query:
    return reading.uids(reading.arguments.sp().sequence_set())


def bears(flag: str) -> SearchKey:
    return lambda _: query.Flagged(flag)


def lacks(flag: str) -> SearchKey:
    return lambda _: query.Not(query.Flagged(flag))


for name, flag in {
    b"ANSWERED": ANSWERED,
    b"DELETED": DELETED,
    b"DRAFT": DRAFT,
    b"FLAGGED": FLAGGED,
    b"SEEN": SEEN,
}.items():
    extension.search_keys[name] = bears(flag)
    extension.search_keys[b"UN" + name] = lacks(flag)


@key(b"KEYWORD")
def keyword(reading: Reading) -> Query:
    return query.Flagged(reading.arguments.sp().atom().decode("ascii"))


@key(b"UNKEYWORD")
def unkeyword(reading: Reading) -> Query:
    return query.Not(query.Flagged(reading.arguments.sp().atom().decode("ascii")))


@key(b"LARGER")
def larger(reading: Reading) -> Query:
    return query.Larger(reading.arguments.sp().number())


@key(b"SMALLER")
def smaller(reading: Reading) -> Query:
    return query.Smaller(reading.arguments.sp().number())


@key(b"BEFORE")
def before(reading: Reading) -> Query:
    return query.Received(before=reading.arguments.sp().date())


@key(b"ON")
def on(reading: Reading) -> Query:
    start = reading.arguments.sp().date()
    return query.Received(start, start + A_DAY)


@key(b"SINCE")
def since(reading: Reading) -> Query:
    return query.Received(reading.arguments.sp().date())


@key(b"SENTBEFORE")
def sentbefore(reading: Reading) -> Query:
    return query.Sent(before=reading.arguments.sp().date() // A_DAY)


@key(b"SENTON")
def senton(reading: Reading) -> Query:
    day = reading.arguments.sp().date() // A_DAY
    return query.Sent(day, day + 1)


@key(b"SENTSINCE")
def sentsince(reading: Reading) -> Query:
    return query.Sent(reading.arguments.sp().date() // A_DAY)


def in_header(name: str) -> Callable[[Reading], Query]:
    return lambda reading: query.Header(name, reading.text())


for field in ("bcc", "cc", "from", "subject", "to"):
    extension.search_keys[field.upper().encode()] = in_header(field)


@key(b"HEADER")
def header(reading: Reading) -> Query:
    name = reading.arguments.sp().astring().decode("ascii", "replace").lower()
    return query.Header(name, reading.text())


@key(b"BODY")
def body(reading: Reading) -> Query:
    return query.Body(reading.text())


@key(b"TEXT")
def text(reading: Reading) -> Query:
    return query.Text(reading.text())
