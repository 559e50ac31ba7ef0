"""Filters of emails as questions that a mailbox can answer (RFC 8621, 4.4.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailnode import query
from mailnode.errors import SyntaxFault
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.dates import utc_date
from mailnode.jmap.errors import InvalidArguments, MethodError
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.mail.terms import TooLong, terms
from mailnode.jmap.querying import Condition, Filter, Logic
from mailnode.query import Query
from mailnode.wire import ids

TERMS = 100
"""Words and phrases of a whole filter: each is looked for in every message."""
MAILBOXES = 10_000
"""Ids of mailboxes of one condition: as many as an account may have."""
FIELD_NAME = re.compile(r"[!-9;-~]{1,998}", re.ASCII)  # RFC 5322, 3.6.8
KEYWORD = re.compile(r"[!#$&'+-\[^-z|}~]{1,255}", re.ASCII)


@dataclass(slots=True)
class Reading:
    """A filter that is being read.

    @ivar account: whose mailboxes it is about.
    @ivar terms: how many words and phrases there may still be.
    """

    account: int
    terms: int = TERMS

    def sought(self, text: str) -> Sequence[str]:
        """The words and phrases of a text.

        @raise MethodError: C{unsupportedFilter}, when they are too many.
        """
        try:
            found = terms(text)
        except TooLong:
            raise unsupported("a text is too long") from None
        self.terms -= len(found)
        if self.terms < 0:
            raise unsupported(f"more than {TERMS} words")
        return found


Reader = Callable[[Reading, Arguments, str], Query]
"""Reads one property of a condition: its name is the last argument."""


def asked(filter_: Filter | None, account: int) -> Query:
    """What a filter asks of emails.

    @raise MethodError: C{unsupportedFilter} or C{invalidArguments}.
    """
    return query.ALL if filter_ is None else meant(filter_, Reading(account))


def meant(filter_: Filter, reading: Reading) -> Query:
    """A filter as a question."""
    if isinstance(filter_, Condition):
        return condition(filter_.value, reading)
    inner = tuple(meant(each, reading) for each in filter_.conditions)
    match filter_.logic:
        case Logic.AND:
            return every(inner)
        case Logic.OR:
            return inner[0] if len(inner) == 1 else query.Some(inner)
        case Logic.NOT:  # "none of the conditions must match" (RFC 8620, 5.5)
            return query.Not(inner[0] if len(inner) == 1 else query.Some(inner))


def every(inner: tuple[Query, ...]) -> Query:
    """All of some questions, in the fewest words."""
    if not inner:
        return query.ALL
    return inner[0] if len(inner) == 1 else query.Every(inner)


def condition(value: Object, reading: Reading) -> Query:
    """A FilterCondition: all of its properties must apply."""
    if unknown := sorted(value.keys() - READERS.keys()):
        raise unsupported(f"not by {unknown[0][:40]!r}")
    given = Arguments(value)
    return every(tuple(READERS[name](reading, given, name) for name in value))


def unsupported(why: str) -> MethodError:
    """The filter cannot be processed (RFC 8620, 5.5)."""
    return MethodError("unsupportedFilter", why)


def in_mailbox(reading: Reading, given: Arguments, name: str) -> Query:
    """One mailbox; one that is not there has no email."""
    mailbox = ids.number(ids.MAILBOX, reading.account, given.id(name))
    return query.Within(frozenset((mailbox,)))


def other_than(reading: Reading, given: Arguments, name: str) -> Query:
    """At least one mailbox that is none of these."""
    said = given.ids(name)
    if said is None:
        raise InvalidArguments(f"{name} must be a list of ids")
    if len(said) > MAILBOXES:
        raise unsupported(f"more than {MAILBOXES} mailboxes")
    known = (ids.number(ids.MAILBOX, reading.account, each) for each in said)
    return query.Outside(frozenset(known) - {0})


def before(_: Reading, given: Arguments, name: str) -> Query:
    return query.Received(before=moment(given, name))


def after(_: Reading, given: Arguments, name: str) -> Query:
    return query.Received(since=moment(given, name))


def moment(given: Arguments, name: str) -> int:
    """A UTCDate in milliseconds.

    C{receivedAt} is told in whole seconds: it lies before a part of a second,
    or not, as it lies before the next whole one.
    """
    said = given.string(name)
    try:
        whole = utc_date(said)
    except SyntaxFault:
        raise InvalidArguments(f"{name} must be a UTCDate") from None
    return whole + 1000 if "." in said else whole


def min_size(_: Reading, given: Arguments, name: str) -> Query:
    return query.Larger(unsigned(given, name) - 1)


def max_size(_: Reading, given: Arguments, name: str) -> Query:
    return query.Smaller(unsigned(given, name))


def unsigned(given: Arguments, name: str) -> int:
    """An UnsignedInt that must be there."""
    value = given.unsigned(name, None)
    if value is None:
        raise InvalidArguments(f"{name} must be a whole number from 0")
    return value


def has_keyword(_: Reading, given: Arguments, name: str) -> Query:
    return query.Keyword(keyword(given.take(name), name))


def not_keyword(reading: Reading, given: Arguments, name: str) -> Query:
    return query.Not(has_keyword(reading, given, name))


def all_in_thread(_: Reading, given: Arguments, name: str) -> Query:
    return query.InThread(keyword(given.take(name), name), every=True)


def some_in_thread(_: Reading, given: Arguments, name: str) -> Query:
    return query.InThread(keyword(given.take(name), name), every=False)


def none_in_thread(reading: Reading, given: Arguments, name: str) -> Query:
    return query.Not(some_in_thread(reading, given, name))


def keyword(value: JSON, name: str) -> str:
    """A keyword in lower case (RFC 8621, 4.1.1)."""
    if not isinstance(value, str) or not KEYWORD.fullmatch(value):
        raise InvalidArguments(f"{name} must be a keyword")
    return value.lower()


def has_attachment(_: Reading, given: Arguments, name: str) -> Query:
    wanted = given.boolean(name, default=True)
    return query.Attached() if wanted else query.Not(query.Attached())


def in_text(reading: Reading, given: Arguments, name: str) -> Query:
    """Each word anywhere: in the header or in the body."""
    return every(tuple(map(query.Text, reading.sought(given.string(name)))))


def in_body(reading: Reading, given: Arguments, name: str) -> Query:
    return every(tuple(map(query.Body, reading.sought(given.string(name)))))


def in_field(reading: Reading, given: Arguments, name: str) -> Query:
    """Each word in the field that has the name of the property."""
    return in_header(reading, name, given.string(name))


def header(reading: Reading, given: Arguments, name: str) -> Query:
    """A field, or words in it."""
    said = given.strings(name) or []
    if not 1 <= len(said) <= 2 or not FIELD_NAME.fullmatch(said[0]):  # noqa: PLR2004 - "either one or two elements"
        raise InvalidArguments(
            f"{name} must be the name of a field, and a text or none"
        )
    there = query.Header(said[0].lower(), "")
    if len(said) == 1 or not said[1].strip():
        return there
    return in_header(reading, said[0].lower(), said[1])


def in_header(reading: Reading, field: str, text: str) -> Query:
    """Each word of a text in a field."""
    return every(tuple(query.Header(field, each) for each in reading.sought(text)))


READERS: dict[str, Reader] = {
    "inMailbox": in_mailbox,
    "inMailboxOtherThan": other_than,
    "before": before,
    "after": after,
    "minSize": min_size,
    "maxSize": max_size,
    "allInThreadHaveKeyword": all_in_thread,
    "someInThreadHaveKeyword": some_in_thread,
    "noneInThreadHaveKeyword": none_in_thread,
    "hasKeyword": has_keyword,
    "notKeyword": not_keyword,
    "hasAttachment": has_attachment,
    "text": in_text,
    "from": in_field,
    "to": in_field,
    "cc": in_field,
    "bcc": in_field,
    "subject": in_field,
    "body": in_body,
    "header": header,
}
"""The properties of a FilterCondition."""
