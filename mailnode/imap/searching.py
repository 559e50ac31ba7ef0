"""What SEARCH asks, read into a query (RFC 9051, 6.4.4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from mailnode import query
from mailnode.errors import SyntaxFault, TooMany
from mailnode.imap.extension import SearchKey
from mailnode.imap.grammar import NESTING, Arguments, SequenceSet
from mailnode.imap.response import Refusal
from mailnode.imap.selected import Selected
from mailnode.message.charset import NAMES
from mailnode.model.numbers import NumberSet
from mailnode.query import Query

KEYS = 500
"""Keys in one SEARCH; each may be asked of every message."""
SET = re.compile(rb"[0-9*$]")
PUNCTUATION = re.compile(rb"[^a-z0-9]+")


class Reading:
    """The keys of a SEARCH while they are read.

    @ivar codec: Python's, of the charset that the strings are in.
    @ivar depth: how many keys the next one is inside of.
    @ivar count: keys so far.
    @ivar asked: the names among them.
    @ivar tails: what they add to the answer, each made of the UIDs it is about.
    """

    def __init__(
        self, arguments: Arguments, keys: Mapping[bytes, SearchKey], selected: Selected
    ) -> None:
        self.arguments = arguments
        self.keys = keys
        self.selected = selected
        self.asked: set[bytes] = set()
        self.tails: dict[bytes, Callable[[Sequence[int]], int]] = {}
        self.codec = "utf_8"
        self.depth = 0
        self.count = 0

    def program(self) -> Query:
        """C{search-program}: one key or more; all must hold."""
        if self.arguments.take(b"CHARSET "):
            self.codec = codec(self.arguments.astring())
            self.arguments.sp()
        return every(self.arguments.spaced(self.key))

    def key(self) -> Query:
        """C{search-key}.

        @raise TooMany: when there are too many, or too deep inside each other.
        """
        self.count += 1
        if self.count > KEYS:
            raise TooMany(f"a search has at most {KEYS} keys")
        arguments = self.arguments
        if arguments.next_is(b"("):
            with self.deeper():
                return every(arguments.listed(self.key))
        if SET.match(arguments.text, arguments.at):
            return self.numbers(arguments.sequence_set())
        name = arguments.one_of(self.keys, "a search key")
        self.asked.add(name)
        with self.deeper():
            return self.keys[name](self)

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One level down."""
        if self.depth >= NESTING:
            raise TooMany(f"a search is nested at most {NESTING} deep")
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def text(self) -> str:
        """A string in the charset of the search."""
        at = self.arguments.sp().at
        try:
            return self.arguments.astring().decode(self.codec)
        except UnicodeError:
            raise SyntaxFault("a string in the charset of the search", at) from None

    def numbers(self, which: SequenceSet) -> Query:
        """Messages by their numbers; one that is not there is not found."""
        if which.saved:
            return self.uids(which)
        uids = self.selected.uids
        numbers = which.resolved(len(uids)).among(range(1, len(uids) + 1))
        return query.Uids(NumberSet.of(uids[number - 1] for number in numbers))

    def uids(self, which: SequenceSet) -> Query:
        """Messages by their UIDs."""
        return query.Uids(NumberSet.of(self.selected.chosen(which, by_uid=True)))


def every(queries: list[Query]) -> Query:
    """All of them; a single one is just itself."""
    return queries[0] if len(queries) == 1 else query.Every(tuple(queries))


def codec(charset: bytes) -> str:
    """Python's codec for a charset.

    @raise Refusal: BADCHARSET (RFC 9051, 6.4.4).
    """
    name = PUNCTUATION.sub(b"_", charset.lower()).strip(b"_").decode("ascii")
    if name == "us_ascii":
        return "ascii"
    if name not in NAMES:
        raise Refusal(b"BADCHARSET (US-ASCII UTF-8)", "that charset is not known here")
    return NAMES[name]
