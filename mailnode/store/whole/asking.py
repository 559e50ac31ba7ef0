"""A question about all the mail of an account, put into SQL (RFC 8621, 4.4).

What must be read in an email is NULL in SQL until somebody has read it, which makes
a condition true or false where the rest decides, and otherwise NULL: unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import singledispatchmethod

from mailnode import query
from mailnode.errors import NotPermitted
from mailnode.model.mail import By, Order, Question
from mailnode.model.message import SYSTEM_FLAGS
from mailnode.query import Query
from mailnode.store.asking import TEXTS, within

DEPTH = 64
"""How deep questions are put into one another; nobody asks like that, and SQLite
has an end, too."""
TOGETHER = 8
"""Conditions that stand beside each other; more are put into groups."""

NEWEST = (Order(By.RECEIVED, ascending=False),)
"""The usual order."""
COLUMNS = {
    By.RECEIVED: "e.received",
    By.SENT: "coalesce(e.sent, e.received)",
    By.SIZE: "e.size",
    By.FROM: "e.sender",
    By.TO: "e.recipient",
    By.SUBJECT: "e.subject",
}
MAIL = " FROM whole_email AS e WHERE e.account = ? AND e.destroyed IS NULL"
PLACE = (
    " FROM whole_place AS p CROSS JOIN whole_email AS e"
    " ON e.account = p.account AND e.id = p.email WHERE p.account = ? AND p.mailbox = ?"
)
OF_THREAD = (
    "EXISTS (SELECT 1 FROM whole_email AS t INDEXED BY whole_email_thread"
    " WHERE t.account = e.account AND t.thread = e.thread AND t.destroyed IS NULL"
    " AND instr(t.keywords, ?) {0} 0)"
)
IN = (
    "EXISTS (SELECT 1 FROM whole_place AS i WHERE i.account = e.account"
    " AND i.mailbox IN ({0}) AND i.received = e.received AND i.email = e.id)"
)
OUT = "EXISTS (SELECT 1 FROM json_each(e.mailboxes) WHERE value NOT IN ({0}))"
DAY = (
    "(SELECT {0} FROM email INDEXED BY email_sent_day"
    " WHERE email.account = e.account AND email.id = e.id)"
)


def parts_of(asked: Query) -> Sequence[Query]:
    """All that must hold."""
    found: list[Query] = []
    left = [asked]
    while left:
        each = left.pop()
        if isinstance(each, query.Every):
            left += reversed(each.queries)
        else:
            found.append(each)
    return found


def mailbox_of(asked: Query) -> int | None:
    """A mailbox in which all must be that answer yes."""
    for part in parts_of(asked):
        if isinstance(part, query.Within) and len(part.mailboxes) == 1:
            return next(iter(part.mailboxes))
    return None


class Asking:
    """A question being put into SQL.

    @ivar known: by question: the emails that are known to answer yes, as JSON.
    @ivar values: of the marks so far.
    @ivar source: where all are that may answer yes, and C{first} its values.
    @ivar depth: how many questions are around this one.
    """

    def __init__(
        self, account: int, asked: Query, known: Mapping[Query, str] | None = None
    ) -> None:
        self.known = known or {}
        self.values: list[int | str] = []
        self.depth = 0
        mailbox = mailbox_of(asked)
        self.source = MAIL if mailbox is None else PLACE
        self.first = (account,) if mailbox is None else (account, mailbox)
        self.condition = self.put(asked)

    def order(self, orders: Sequence[Order]) -> tuple[str, list[str]]:
        """What is sorted by, and the values of its marks; at last the newest first."""
        values: list[str] = []
        columns = []
        for each in orders or NEWEST:
            column = COLUMNS.get(each.by)
            if column is None:
                values.append(marked(each.keyword))
                column = {
                    By.KEYWORD: "(instr(e.keywords, ?) > 0)",
                    By.ALL_IN_THREAD: f"NOT {OF_THREAD.format('=')}",
                    By.SOME_IN_THREAD: OF_THREAD.format(">"),
                }[each.by]
            columns.append(f"{column} {'ASC' if each.ascending else 'DESC'}")
        return ", ".join([*columns, "e.id DESC"]), values

    def put(self, asked: Query) -> str:
        """One question.

        @raise NotPermitted: when it is too deep.
        """
        if self.depth >= DEPTH:
            raise NotPermitted("no question may be that deep")
        self.depth += 1
        condition = self.written(asked)
        self.depth -= 1
        return condition

    @singledispatchmethod
    def written(self, asked: Query) -> str:
        """One question, of one kind."""
        raise TypeError(f"nobody knows how to ask {asked!r}")

    @written.register
    def everything(self, _: query.All) -> str:
        return "1"

    @written.register
    def every(self, asked: query.Every) -> str:
        return joined([self.put(each) for each in asked.queries], " AND ") or "1"

    @written.register
    def some(self, asked: query.Some) -> str:
        return joined([self.put(each) for each in asked.queries], " OR ") or "0"

    @written.register
    def contrary(self, asked: query.Not) -> str:
        return f"NOT ({self.put(asked.query)})"

    @written.register
    def flagged(self, asked: query.Flagged) -> str:
        """C{\\Deleted} emails are not here."""
        name = asked.flag.lower()
        if name in (flag.lower() for flag in SYSTEM_FLAGS):
            name = "$" + name.removeprefix("\\")
        return self.put(query.Keyword(name))

    @written.register
    def keyword(self, asked: query.Keyword) -> str:
        self.values.append(marked(asked.keyword))
        return "instr(e.keywords, ?) > 0"

    @written.register
    def in_thread(self, asked: query.InThread) -> str:
        self.values.append(marked(asked.keyword))
        return f"NOT {OF_THREAD.format('=')}" if asked.every else OF_THREAD.format(">")

    @written.register
    def larger(self, asked: query.Larger) -> str:
        return f"e.size > {asked.octets}"

    @written.register
    def smaller(self, asked: query.Smaller) -> str:
        return f"e.size < {asked.octets}"

    @written.register
    def modified(self, asked: query.Modified) -> str:
        return f"e.modseq >= {asked.since}"

    @written.register
    def received(self, asked: query.Received) -> str:
        return within("e.received", asked.since, asked.before)

    @written.register
    def sent(self, asked: query.Sent) -> str:
        return DAY.format(within("sent_day", asked.since, asked.before))

    @written.register
    def inside(self, asked: query.Within) -> str:
        return IN.format(numbers(asked.mailboxes))

    @written.register
    def outside(self, asked: query.Outside) -> str:
        return OUT.format(numbers(asked.mailboxes))

    @written.register
    def attached(self, _: query.Attached) -> str:
        return "e.attached"

    @written.register(query.Header)
    @written.register(query.Body)
    @written.register(query.Text)
    def text(self, asked: query.Header | query.Body | query.Text) -> str:
        """Somebody must have read them."""
        known = self.known.get(asked)
        if known is None:
            return "NULL"
        self.values.append(known)
        return "e.id IN (SELECT value FROM json_each(?))"


def texts_of(asked: Query) -> list[Query]:
    """What must be read in emails, each once."""
    found: dict[Query, None] = {}
    left = [asked]
    while left:
        each = left.pop()
        if isinstance(each, query.Every | query.Some):
            left += reversed(each.queries)
        elif isinstance(each, query.Not):
            left.append(each.query)
        elif isinstance(each, TEXTS):
            found[each] = None
    return list(found)


def indexed(question: Question) -> int | None:
    """The mailbox that has the answer in an index, if it is asked for just that."""
    mailbox = mailbox_of(question.asked)
    plain = len(parts_of(question.asked)) == 1 and question.orders in ((), NEWEST)
    return mailbox if plain else None


def marked(keyword: str) -> str:
    """A keyword as it is found among others."""
    return f" {keyword.lower()} "


def numbers(ids: Collection[int]) -> str:
    """Some numbers, in SQL."""
    return ", ".join(str(int(each)) for each in sorted(ids))


def joined(conditions: Sequence[str], word: str) -> str:
    """Several conditions, in groups of groups: what is too long is too deep."""
    while len(conditions) > TOGETHER:
        conditions = [
            joined(conditions[n : n + TOGETHER], word)
            for n in range(0, len(conditions), TOGETHER)
        ]
    return word.join(f"({each})" for each in conditions)
