"""Mailboxes: their names, what they are for (RFC 6154) and how full they are."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from mailnode.errors import NotPermitted

INBOX = "INBOX"
SEPARATOR = "/"
NAME_LIMIT = 1000
"""Octets of a whole name in UTF-8."""
LEVEL_LIMIT = 32
"""How deep mailboxes may be nested."""
UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029\ud800-\udfff%*]")
"""Controls and line ends (RFC 9051, 5.1), and the wildcards of LIST."""


class SpecialUse(Enum):
    """What a mailbox is kept for (RFC 6154, 2)."""

    ARCHIVE = "\\Archive"
    DRAFTS = "\\Drafts"
    JUNK = "\\Junk"
    SENT = "\\Sent"
    TRASH = "\\Trash"


@dataclass(frozen=True, slots=True)
class MailboxInfo:
    """A mailbox as a list of mailboxes shows it.

    @ivar id: the mailbox for ever, whatever its name (RFC 8474).
    """

    id: int
    name: str
    special_use: SpecialUse | None
    subscribed: bool


@dataclass(frozen=True, slots=True)
class Status:
    """How full a mailbox is (RFC 9051, 6.3.11); sizes are octets."""

    messages: int
    unseen: int
    deleted: int
    size: int
    uidnext: int
    uidvalidity: int
    highest_modseq: int


@dataclass(frozen=True, slots=True)
class Index:
    """Some messages of a mailbox, packed.

    @ivar uids: ascending, 32 bits each.
    @ivar flags: for each of them, where its flags are in C{sets}, 32 bits.
    @ivar modseqs: for each of them, 64 bits (RFC 7162).
    @ivar sets: the sets of flags that they bear, each once.
    """

    uids: array[int]
    flags: array[int]
    modseqs: array[int]
    sets: Sequence[frozenset[str]]


@dataclass(frozen=True, slots=True)
class Columns:
    """Some of what is known of messages, column by column.

    @ivar uids: of those that are there, ascending.
    @ivar values: for each thing that was asked, what each of them has.
    @ivar upto: the last UID that was looked at, when it had become enough.
    """

    uids: Sequence[int]
    values: Sequence[Sequence[object]]
    upto: int


@dataclass(frozen=True, slots=True)
class Quota:
    """What an account holds and what it may hold; a limit of C{None} is none."""

    octets: int
    messages: int
    octets_limit: int | None
    messages_limit: int | None

    def admits(self, octets: int, messages: int = 1) -> bool:
        """Whether so much more would still fit."""
        return (
            self.octets_limit is None or self.octets + octets <= self.octets_limit
        ) and (
            self.messages_limit is None
            or self.messages + messages <= self.messages_limit
        )


@lru_cache(maxsize=1000)
def mailbox_name(name: str) -> str:
    """The canonical form of a mailbox name: NFC, and INBOX in upper case.

    @raise NotPermitted: when no mailbox may have this name.
    """
    name = unicodedata.normalize("NFC", name)
    levels = name.split(SEPARATOR)
    if not all(levels):
        raise NotPermitted("a mailbox name has no empty level")
    if len(levels) > LEVEL_LIMIT:
        raise NotPermitted(f"mailboxes may be nested {LEVEL_LIMIT} deep")
    if UNSPEAKABLE.search(name):
        raise NotPermitted("a mailbox name has no control characters, % or *")
    if len(name.encode()) > NAME_LIMIT:
        raise NotPermitted(f"a mailbox name has at most {NAME_LIMIT} octets")
    if levels[0].upper() == INBOX:
        levels[0] = INBOX  # RFC 9051, 5.1: INBOX is case-insensitive
    return SEPARATOR.join(levels)
