"""A message as a mailbox knows it, and the flags it can bear (RFC 9051, 2.3)."""

from __future__ import annotations

from dataclasses import dataclass

SEEN = "\\Seen"
ANSWERED = "\\Answered"
FLAGGED = "\\Flagged"
DELETED = "\\Deleted"
DRAFT = "\\Draft"
SYSTEM_FLAGS = (SEEN, ANSWERED, FLAGGED, DELETED, DRAFT)
"""The system flags of RFC 9051, 2.3.2, in the order of their bits in the store."""

CHUNK = 256 * 2**10
"""The most octets of a message that are ever read or written at once."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message in one mailbox; its octets are read apart.

    @ivar uid: its number in the mailbox, which only grows and is never reused.
    @ivar id: the email, the same for all its copies in the account (RFC 8474).
    @ivar modseq: the change of the account that last touched it (RFC 7162).
    @ivar flags: system flags and keywords; they belong to the message in this
        mailbox, a copy has its own.
    @ivar size: octets.
    @ivar received: INTERNALDATE, milliseconds since 1970 in UTC.
    """

    uid: int
    id: int
    modseq: int
    flags: frozenset[str]
    size: int
    received: int


@dataclass(frozen=True, slots=True)
class HeaderFields:
    """Some fields of a header, and the empty line that ends it.

    @ivar names: in lower case.
    @ivar others: those that have none of these names, instead.
    """

    names: frozenset[bytes]
    others: bool = False


@dataclass(frozen=True, slots=True)
class Projections:
    """What clients often ask of a message, computed once when it arrives.

    The store keeps these without understanding them.

    @ivar envelope: ENVELOPE in the syntax of RFC 9051, 7.5.2, ready to send.
    @ivar structure: BODYSTRUCTURE in the same syntax, extension data included.
    @ivar parts: where every part lies, as L{mailnode.message.parts} packs it.
    @ivar header_size: octets of the header with the empty line that ends it.
    @ivar lines: CRLF or LF in the whole message.
    @ivar base_subject: RFC 5256, 2.1, for threading and sorting.
    @ivar sent: the Date field as milliseconds since 1970 in UTC, or C{None}.
    @ivar sent_day: the day that is written there, in days since 1970, whatever
        its time and zone (RFC 9051, 6.4.4, SENTON), or C{None}.
    @ivar preview: the first words, at most 200 characters (RFC 8970).
    """

    envelope: bytes
    structure: bytes
    parts: bytes
    header_size: int
    lines: int
    base_subject: str
    sent: int | None
    sent_day: int | None
    preview: str


OCTETS = "octets"
THREAD = "thread"
Wanted = str | HeaderFields
"""Something to know of a message: the name of a value of L{Message}, other than its
UID and flags, or of L{Projections}; some fields of its header; C{THREAD}, the thread it
is in, if that is known; or C{OCTETS}, all that it has if that is little. What is not
known, or too much, is C{None}."""
