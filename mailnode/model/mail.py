"""Mail as an account has it, whatever mailboxes it is in (RFC 8621, 1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from mailnode.query import ALL, Query


class Kind(Enum):
    """What there is in an account, by the names of RFC 8621."""

    MAILBOX = "Mailbox"
    THREAD = "Thread"
    EMAIL = "Email"


class Role(Enum):
    """What a mailbox is for (RFC 8621, 2)."""

    INBOX = "inbox"
    ARCHIVE = "archive"
    DRAFTS = "drafts"
    JUNK = "junk"
    SENT = "sent"
    TRASH = "trash"


@dataclass(frozen=True, slots=True)
class Counted:
    """A mailbox and what it holds; C{\\Deleted} messages do not count (RFC 8621, 2).

    @ivar id: the mailbox for ever, whatever its name (RFC 8474).
    @ivar name: the whole name, levels and all.
    @ivar order: where it stands among its siblings; lower is earlier.
    @ivar unread: emails with neither C{$seen} nor C{$draft}.
    @ivar unread_threads: those of which an email is unread, wherever it is; the
        trash and the rest do not count for each other.
    """

    id: int
    name: str
    role: Role | None
    order: int
    subscribed: bool
    emails: int
    unread: int
    threads: int
    unread_threads: int


@dataclass(frozen=True, slots=True)
class Email:
    """A message as an account has it, in one mailbox or in several.

    @ivar id: drawn from the account, and never given again.
    @ivar hash: SHA-256 of its octets.
    @ivar keywords: in lower case, system flags as C{$seen} and the like (RFC 8621,
        4.1.1): C{$seen} if every message of it has it, others if one has.
    @ivar size: octets.
    @ivar received: milliseconds since 1970 in UTC.
    @ivar attached: it has a part that people would call an attachment.
    """

    id: int
    hash: bytes
    thread: int
    mailboxes: frozenset[int]
    keywords: frozenset[str]
    size: int
    header_size: int
    received: int
    attached: bool
    preview: str


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation.

    @ivar emails: oldest first.
    """

    id: int
    emails: Sequence[int]


@dataclass(frozen=True, slots=True)
class Changed:
    """What became different of one kind since a state (RFC 8620, 5.2).

    @ivar state: that this leads to.
    @ivar more: there are further changes behind it.
    @ivar counts_only: of mailboxes: nothing but the counters (RFC 8621, 2.2).
    """

    state: int
    created: Sequence[int] = ()
    updated: Sequence[int] = ()
    destroyed: Sequence[int] = ()
    more: bool = False
    counts_only: bool = False


class By(Enum):
    """What emails are sorted by (RFC 8621, 4.4.2)."""

    RECEIVED = "receivedAt"
    SENT = "sentAt"
    SIZE = "size"
    FROM = "from"
    TO = "to"
    SUBJECT = "subject"
    KEYWORD = "hasKeyword"
    ALL_IN_THREAD = "allInThreadHaveKeyword"
    SOME_IN_THREAD = "someInThreadHaveKeyword"


@dataclass(frozen=True, slots=True)
class Order:
    """One thing to sort by.

    @ivar keyword: in lower case, for those that want one.
    """

    by: By
    ascending: bool = True
    keyword: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Which emails, and in which order.

    @ivar collapse: of each thread only the first one (RFC 8621, 4.4.3).
    """

    asked: Query = ALL
    orders: tuple[Order, ...] = ()
    collapse: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """How the answer to a question changed (RFC 8620, 5.6).

    @ivar removed: emails that may be there no longer, or elsewhere.
    @ivar added: emails with their places, lowest first.
    """

    state: int
    total: int
    removed: Sequence[int]
    added: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class MailboxWish:
    """What a mailbox should become (RFC 8621, 2.5).

    @ivar name: its last level, without those above.
    @ivar parent: the mailbox above; C{None} for none.
    """

    name: str
    parent: int | None = None
    role: Role | None = None
    order: int = 0
    subscribed: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """Something an account keeps besides mail, which the store does not understand.

    @ivar id: drawn from the account, and never given again.
    @ivar value: as it is written in JSON.
    """

    id: int
    value: dict[str, object]
