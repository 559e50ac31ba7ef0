"""The rules that the arguments of commands are made of (RFC 9051, 9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import TypeVar

from mailnode.errors import NotPermitted, SyntaxFault, TooMany
from mailnode.model.mailbox import INBOX, SEPARATOR, mailbox_name
from mailnode.model.message import SYSTEM_FLAGS
from mailnode.model.numbers import NumberSet
from mailnode.wire import utf7
from mailnode.wire.cursor import Cursor
from mailnode.wire.dates import read_day, read_internal_date

TAG = re.compile(rb"[^(){ \x00-\x1f\x7f-\xff%*\"\\+]+(?= |\Z)")
ATOM = re.compile(rb"[^(){ \x00-\x1f\x7f-\xff%*\"\\\]]+")
ASTRING = re.compile(rb"[^(){ \x00-\x1f\x7f-\xff%*\"\\]+")
LIST_CHARS = re.compile(rb"[^(){ \x00-\x1f\x7f-\xff\"\\]+")
QUOTED = re.compile(rb'"((?:[^"\\\r\n\x00]|\\["\\])*+)"')
ESCAPED = re.compile(rb"\\(.)")
LITERAL = re.compile(rb"~?\{\d+\+?\}")
NUMBER = re.compile(rb"\d{1,18}(?!\d)")
"""C{number64}: a little less than the 63 bits there might be."""
MOD_SEQUENCE = re.compile(rb"\d{1,19}(?!\d)")
FLAG = re.compile(rb"\\?[^(){ \x00-\x1f\x7f-\xff%*\"\\\]]+")
SEQUENCE_SET = re.compile(
    rb"(?:\d{1,10}|\*)(?::(?:\d{1,10}|\*))?"
    rb"(?:,(?:\d{1,10}|\*)(?::(?:\d{1,10}|\*))?)*+"
)
DATE = re.compile(rb'"?[0-9A-Za-z-]{9,11}"?')
DATE_TIME = re.compile(rb'"[^"]{26}"')

NESTING = 64
"""How deep parentheses, NOT and OR may be nested."""
SPANS = 10_000
"""Ranges in one set; a client names 1,000 octets' worth (RFC 7162, 4)."""
FLAGS = 100
"""Flags in one command."""
LARGEST = 2**32 - 1
"""The greatest message number or UID."""
STAR = 0
"""C{*} in a span, as written."""

SYSTEM = {flag.lower(): flag for flag in SYSTEM_FLAGS}

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """Message numbers or UIDs as the client wrote them, C{*} and all.

    @ivar spans: pairs in any order, C{STAR} for the star.
    @ivar saved: it was C{$}, the result of the last search (RFC 9051, 6.4.4.1).
    """

    spans: tuple[tuple[int, int], ...]
    saved: bool = False

    def resolved(self, last: int) -> NumberSet:
        """The numbers that are meant when the last one there is C{last}."""
        if last == 0:
            return NumberSet.covering(
                sorted_pair(low, high) for low, high in self.spans if low and high
            )
        return NumberSet.covering(
            sorted_pair(low or last, high or last) for low, high in self.spans
        )


def sorted_pair(low: int, high: int) -> tuple[int, int]:
    """The two, the smaller one first: C{2:4} and C{4:2} are the same."""
    return (low, high) if low <= high else (high, low)


class Arguments(Cursor):
    """What follows the name of a command; literals stand where they are announced.

    @ivar literals: their octets by the place of their announcement.
    @ivar by_uid: the command came after UID (RFC 9051, 6.4.9).
    @ivar utf8: the client may say UTF-8 where rev1 has modified UTF-7.
    @ivar given: the last mailbox name read, as the client said it.
    """

    def __init__(
        self,
        text: bytes,
        at: int = 0,
        literals: Mapping[int, bytes] | None = None,
        *,
        utf8: bool = False,
    ) -> None:
        super().__init__(text, at)
        self.literals = literals or {}
        self.utf8 = utf8
        self.by_uid = False
        self.given = ""

    def sp(self) -> Arguments:
        self.need(b" ")
        return self

    def next_is(self, octets: bytes) -> bool:
        """Whether these octets come next; they stay."""
        return self.text.startswith(octets, self.at)

    def atom(self) -> bytes:
        return self.expect(ATOM, "an atom")

    def word(self) -> bytes:
        """An atom that means the same in any case, in upper case."""
        return self.expect(ATOM, "an atom").upper()

    def one_of(self, known: Container[bytes], rule: str) -> bytes:
        """One of the words there are for a rule, in upper case."""
        at = self.at
        name = self.word()
        if name not in known:
            raise SyntaxFault(rule, at)
        return name

    def number(self) -> int:
        return int(self.expect(NUMBER, "a number"))

    def mod_sequence(self) -> int:
        """C{mod-sequence-valzer}: 63 bits (RFC 7162, 7)."""
        at = self.at
        number = int(self.expect(MOD_SEQUENCE, "a mod-sequence"))
        if number >= 2**63:
            raise SyntaxFault("a mod-sequence below 2**63", at)
        return number

    def nz_number(self) -> int:
        at = self.at
        number = int(self.expect(NUMBER, "a number"))
        if not number or number > LARGEST:
            raise SyntaxFault("a number from 1 to 4294967295", at)
        return number

    def literal(self) -> bytes | None:
        found = self.literals.get(self.at)
        if found is not None:
            self.expect(LITERAL, "a literal")
        return found

    def quoted(self) -> bytes | None:
        found = self.match(QUOTED)
        if found is None:
            return None
        return ESCAPED.sub(rb"\1", found[1:-1]) if b"\\" in found else found[1:-1]

    def string(self) -> bytes:
        found = self.quoted()
        if found is None:
            found = self.literal()
        if found is None:
            raise self.fault("a string")
        return found

    def nstring(self) -> bytes | None:
        return None if self.take(b"NIL") else self.string()

    def astring(self) -> bytes:
        return self.match(ASTRING) or self.string()

    def mailbox(self) -> str:
        """The canonical form of a name.

        @raise NotPermitted: when no mailbox may have such a name.
        """
        self.given = self.spelled(self.astring())
        return mailbox_name(self.given)

    def new_mailbox(self) -> str:
        """The same; one separator at its end means nothing (RFC 9051, 6.3.4)."""
        self.given = self.spelled(self.astring()).removesuffix(SEPARATOR)
        return mailbox_name(self.given)

    def spelled(self, name: bytes) -> str:
        """What a name or a pattern says."""
        try:
            return name.decode() if self.utf8 else utf7.decode(name)
        except (SyntaxFault, UnicodeDecodeError):
            raise NotPermitted("no mailbox is spelled like that") from None

    def list_mailbox(self) -> str:
        return self.spelled(self.match(LIST_CHARS) or self.string())

    def sequence_set(self) -> SequenceSet:
        if self.take(b"$"):
            return SequenceSet((), saved=True)
        at = self.at
        text = self.expect(SEQUENCE_SET, "a sequence set")
        parts = text.split(b",", SPANS)
        if len(parts) > SPANS:
            raise TooMany(f"a set has at most {SPANS} ranges")
        spans = []
        for part in parts:
            low, colon, high = part.partition(b":")
            first = STAR if low == b"*" else int(low) or -1
            second = first if not colon else STAR if high == b"*" else int(high) or -1
            if not (0 <= first <= LARGEST and 0 <= second <= LARGEST):
                raise SyntaxFault("numbers from 1 to 4294967295", at)
            spans.append((first, second))
        return SequenceSet(tuple(spans))

    def flag(self) -> str:
        """A flag that may be set; C{\\Recent} may not (RFC 9051, 9)."""
        at = self.at
        name = self.expect(FLAG, "a flag").decode("ascii")
        if not name.startswith("\\"):
            return name
        known = SYSTEM.get(name.lower())
        if known is None:
            raise SyntaxFault("a flag that can be set", at)
        return known

    def flag_list(self) -> list[str]:
        return self.limited(self.listed(self.flag, empty=True))

    def flags(self) -> list[str]:
        """C{flag-list} or some flags without parentheses (RFC 9051, 6.4.6)."""
        if self.next_is(b"("):
            return self.flag_list()
        return self.limited(self.spaced(self.flag))

    def limited(self, flags: list[str]) -> list[str]:
        """Flags, if there are not too many.

        @raise TooMany: when there are.
        """
        if len(flags) > FLAGS:
            raise TooMany(f"a command has at most {FLAGS} flags")
        return flags

    def date(self) -> int:
        """A C{date} as the first millisecond of its day."""
        at = self.at
        try:
            return read_day(self.expect(DATE, "a date"))
        except SyntaxFault:
            raise SyntaxFault("a date", at) from None

    def date_time(self) -> int:
        """A C{date-time} in milliseconds."""
        at = self.at
        try:
            return read_internal_date(self.expect(DATE_TIME, "a date-time"))
        except SyntaxFault:
            raise SyntaxFault("a date-time", at) from None

    def listed(self, rule: Callable[[], Value], *, empty: bool = False) -> list[Value]:
        """Some of a rule with spaces between them, in parentheses."""
        self.need(b"(")
        if empty and self.take(b")"):
            return []
        values = self.spaced(rule)
        self.need(b")")
        return values

    def spaced(self, rule: Callable[[], Value]) -> list[Value]:
        """One or more of a rule with spaces between them."""
        values = [rule()]
        while self.take(b" "):
            values.append(rule())
        return values


def is_inbox(name: str) -> bool:
    """Whether this means INBOX, in whichever case."""
    return name.upper() == INBOX
