"""What one may ask of mail; IMAP, JMAP and webmail all ask in these terms."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from mailnode.model.numbers import NumberSet


@dataclass(frozen=True, slots=True)
class Query:
    """A question that a message answers with yes or no."""


@dataclass(frozen=True, slots=True)
class All(Query):
    """Every message."""


@dataclass(frozen=True, slots=True)
class Every(Query):
    """Each of these holds."""

    queries: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Some(Query):
    """At least one of these holds."""

    queries: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Not(Query):
    """The contrary."""

    query: Query


@dataclass(frozen=True, slots=True)
class Uids(Query):
    """Has one of these UIDs in its mailbox."""

    uids: NumberSet


@dataclass(frozen=True, slots=True)
class Flagged(Query):
    """Bears this flag or keyword, whatever its case."""

    flag: str


@dataclass(frozen=True, slots=True)
class Larger(Query):
    """Has more octets than this."""

    octets: int


@dataclass(frozen=True, slots=True)
class Smaller(Query):
    """Has fewer octets than this."""

    octets: int


@dataclass(frozen=True, slots=True)
class Received(Query):
    """Came at C{since} or later and earlier than C{before}, in milliseconds.

    C{None} is no bound.
    """

    since: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Sent(Query):
    """Bears a Date at C{since} or later and earlier than C{before}.

    Days since 1970 of the date as it is written, whatever its time and zone
    (RFC 9051, 6.4.4); C{None} is no bound.
    A message without a readable Date answers no.
    """

    since: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Modified(Query):
    """Changed at this modseq or later (RFC 7162, 3.1.5)."""

    since: int


@dataclass(frozen=True, slots=True)
class Header(Query):
    """Has a field of this name whose decoded text contains C{text}.

    An empty text asks for the field alone.

    @ivar name: in lower case.
    """

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Body(Query):
    """Contains C{text} in its decoded text, no header of its own included."""

    text: str


@dataclass(frozen=True, slots=True)
class Text(Query):
    """Contains C{text} in its decoded headers or text."""

    text: str


@dataclass(frozen=True, slots=True)
class Within(Query):
    """Is in one of these mailboxes; of the account, not of one mailbox."""

    mailboxes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Outside(Query):
    """Is in a mailbox that is none of these; of the account."""

    mailboxes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Emails(Query):
    """Is one of these emails of the account (RFC 8474, 5.1)."""

    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class OfThread(Query):
    """Is in this thread of the account (RFC 8474, 5.2)."""

    thread: int


@dataclass(frozen=True, slots=True)
class Keyword(Query):
    """Bears this keyword in the account, as L{mailnode.model.mail.Email} has it."""

    keyword: str


@dataclass(frozen=True, slots=True)
class InThread(Query):
    """Emails of its thread bear a keyword: all of them, or at least one."""

    keyword: str
    every: bool


@dataclass(frozen=True, slots=True)
class Attached(Query):
    """Has a part that people would call an attachment."""


ALL = All()


PIECE = 512
"""Characters that are normalized together: to order many marks takes quadratic time
(UAX 15, 13), and a hostile text may be nothing else."""
MARKS = 30
"""Marks that are kept with the character before them, where a piece would end."""


def fold(text: str) -> str:
    """The form in which two texts are compared: case and composition set aside.

    One text contains another if its folded form contains the other's, as in
    the collation i;unicode-casemap (RFC 5051).
    """
    if text.isascii():
        return text.lower()
    return "".join(map(decomposed, pieces("".join(map(casefolded, pieces(text))))))


def decomposed(text: str) -> str:
    """A short text in its compatibility decomposition."""
    return unicodedata.normalize("NFKD", text)


def casefolded(text: str) -> str:
    """The same without case."""
    return decomposed(text).casefold()


def pieces(text: str) -> Iterator[str]:
    """A text in pieces, of which none begins with a mark unless there are very many."""
    start = 0
    while start < len(text):
        end = start + PIECE
        most = end + MARKS
        while end < most and unicodedata.combining(text[end : end + 1] or "a"):
            end += 1
        yield text[start:end]
        start = end
