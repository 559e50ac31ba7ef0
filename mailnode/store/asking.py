"""A query as a condition of SQL, as far as SQL can answer it.

What must be read in a message is NULL there.  In the logic of SQL that makes a
condition true or false where the rest decides, and otherwise NULL: unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import singledispatchmethod

from mailnode import query
from mailnode.query import Query

SPANS = 20
"""Ranges of UIDs that are compared one by one; with more, somebody else must."""

TEXTS = (query.Header, query.Body, query.Text)
"""What is answered by the words of a message."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What an index knows of the texts that are asked for.

    @ivar upto: the last email it knows of; 0, if it knows nothing.
    @ivar candidates: by question: the emails that may answer yes, as JSON.
    """

    upto: int
    candidates: dict[Query, str]


NOT_NARROWED = Narrowed(0, {})


class Asking:
    """A query being put into SQL.

    @ivar values: of the marks so far.
    @ivar certain: SQL alone has the answer.
    @ivar dated: it asks for the Date field, which is the email's.
    @ivar bit: of a flag in the mailbox; 0 for one that it does not know.
    """

    def __init__(
        self, asked: Query, bit: Callable[[str], int], narrowed: Narrowed
    ) -> None:
        self.bit = bit
        self.narrowed = narrowed
        self.values: list[int | str] = []
        self.certain = True
        self.dated = False
        self.condition = self.put(asked)

    @property
    def source(self) -> str:
        """Where all that is asked for can be found."""
        if not self.dated:
            return " FROM message WHERE account = ? AND mailbox = ?"
        return (
            " FROM message JOIN email INDEXED BY email_sent_day"
            " ON email.account = message.account AND email.id = message.email"
            " WHERE message.account = ? AND mailbox = ?"
        )

    @property
    def day(self) -> str:
        """Where the day of the Date field is."""
        return "sent_day" if self.dated else "NULL"

    @singledispatchmethod
    def put(self, asked: Query) -> str:
        """One question."""
        raise TypeError(f"nobody knows how to ask {asked!r}")

    @put.register
    def everything(self, _: query.All) -> str:
        return "1"

    @put.register
    def every(self, asked: query.Every) -> str:
        return self.joined(asked.queries, " AND ") or "1"

    @put.register
    def some(self, asked: query.Some) -> str:
        return self.joined(asked.queries, " OR ") or "0"

    @put.register
    def contrary(self, asked: query.Not) -> str:
        return f"NOT ({self.put(asked.query)})"

    @put.register
    def flagged(self, asked: query.Flagged) -> str:
        return f"flags & {self.bit(asked.flag)} <> 0"

    @put.register
    def larger(self, asked: query.Larger) -> str:
        return f"message.size > {asked.octets}"

    @put.register
    def smaller(self, asked: query.Smaller) -> str:
        return f"message.size < {asked.octets}"

    @put.register
    def modified(self, asked: query.Modified) -> str:
        return f"modseq >= {asked.since}"

    @put.register
    def received(self, asked: query.Received) -> str:
        return within("received", asked.since, asked.before)

    @put.register
    def sent(self, asked: query.Sent) -> str:
        self.dated = True
        return f"({within('sent_day', asked.since, asked.before)})"

    @put.register
    def emails(self, asked: query.Emails) -> str:
        numbers = ", ".join(map(str, sorted(asked.ids)))
        return f"message.email IN ({numbers})"

    @put.register
    def uids(self, asked: query.Uids) -> str:
        spans = asked.uids.spans
        if len(spans) > SPANS:
            self.certain = False
            return "NULL"
        ranges = [f"uid BETWEEN {low} AND {high}" for low, high in spans]
        return " OR ".join(ranges) or "0"

    @put.register(query.Header)
    @put.register(query.Body)
    @put.register(query.Text)
    def text(self, asked: query.Header | query.Body | query.Text) -> str:
        """The empty text is everywhere, but in a field that is not there."""
        if not asked.text and not isinstance(asked, query.Header):
            return "1"
        self.certain = False
        candidates = self.narrowed.candidates.get(asked)
        if candidates is None:
            return "NULL"
        self.values += (self.narrowed.upto, candidates)
        return (
            "CASE WHEN email <= ? AND email NOT IN (SELECT value FROM json_each(?))"
            " THEN 0 END"
        )

    def joined(self, queries: Sequence[Query], word: str) -> str:
        """Several of them."""
        return word.join([f"({self.put(each)})" for each in queries])


def within(column: str, since: int | None, before: int | None) -> str:
    """A half-open range; of nothing, when there is no value."""
    bounds = [f"{column} IS NOT NULL"]
    bounds += [] if since is None else [f"{column} >= {since}"]
    bounds += [] if before is None else [f"{column} < {before}"]
    return " AND ".join(bounds)
