"""What happened in an account, as its watchers hear it after the commit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mailnode.model.message import Message


@dataclass(frozen=True, slots=True)
class Arrived:
    """Messages came into a mailbox, by delivery, APPEND, COPY or MOVE."""

    mailbox: int
    messages: tuple[Message, ...]
    modseq: int


@dataclass(frozen=True, slots=True)
class Flagged:
    """Flags of messages in a mailbox changed; each message is as it is now."""

    mailbox: int
    messages: tuple[Message, ...]
    modseq: int


@dataclass(frozen=True, slots=True)
class Vanished:
    """Messages left a mailbox; their UIDs will not come again."""

    mailbox: int
    uids: tuple[int, ...]
    modseq: int


class News(Enum):
    """What became of a mailbox as a whole."""

    CREATED = "created"
    RENAMED = "renamed"
    DELETED = "deleted"
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class MailboxChanged:
    """A mailbox was made, renamed, deleted or (un)subscribed.

    @ivar name: its name now; the last one, if it is deleted.
    @ivar before: its name until now, if it was renamed.
    """

    mailbox: int
    news: News
    name: str
    modseq: int
    before: str | None = None


Change = Arrived | Flagged | Vanished | MailboxChanged
