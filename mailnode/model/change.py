"""What happened in an account, as its watchers hear it after the commit."""

from __future__ import annotations

from collections.abc import Sequence
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
    """Flags of messages in a mailbox changed, all in the same way.

    @ivar uids: of just those that are not as they were, ascending.
    @ivar add: flags they all have now.
    @ivar remove: flags that none of them has any more.
    @ivar replace: they have no others than C{add}.
    """

    mailbox: int
    uids: Sequence[int]
    add: frozenset[str]
    remove: frozenset[str]
    replace: bool
    modseq: int

    def of(self, flags: frozenset[str]) -> frozenset[str]:
        """What flags have become."""
        return self.add if self.replace else (flags - self.remove) | self.add


@dataclass(frozen=True, slots=True)
class Vanished:
    """Messages left a mailbox; their UIDs will not come again."""

    mailbox: int
    uids: tuple[int, ...]
    modseq: int


@dataclass(frozen=True, slots=True)
class Marked:
    """What came of a wish to change the flags of some messages.

    @ivar uids: of those whose flags are as they should be, ascending.
    @ivar refused: of those left alone because they had changed (RFC 7162,
        3.1.3), ascending; the others were not there.
    @ivar modseqs: of the changes that were made; none, if all was so already.
    """

    uids: Sequence[int] = ()
    refused: Sequence[int] = ()
    modseqs: Sequence[int] = ()


class News(Enum):
    """What became of a mailbox as a whole."""

    CREATED = "created"
    RENAMED = "renamed"
    DELETED = "deleted"
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    ARRANGED = "arranged"


@dataclass(frozen=True, slots=True)
class MailboxChanged:
    """A mailbox was made, renamed, deleted, (un)subscribed, or given a role or order.

    @ivar name: its name now; the last one, if it is deleted.
    @ivar before: its name until now, if it was renamed.
    """

    mailbox: int
    news: News
    name: str
    modseq: int
    before: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectChanged:
    """Something besides mail was kept, changed or forgotten.

    @ivar kind: by its name in JMAP.
    """

    kind: str
    modseq: int


Change = Arrived | Flagged | Vanished | MailboxChanged | ObjectChanged
