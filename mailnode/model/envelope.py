"""The envelope of a message: from whom, for whom, and how it may travel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Body(Enum):
    """What the octets of a message may be (RFC 6152, RFC 3030)."""

    SEVEN_BIT = "7BIT"
    EIGHT_BIT = "8BITMIME"
    BINARY = "BINARYMIME"


class Return(Enum):
    """How much of a message a report about it brings back (RFC 3461, 4.3)."""

    FULL = "FULL"
    HEADERS = "HDRS"


class Notify(Enum):
    """What a sender wants to hear of a recipient (RFC 3461, 4.1)."""

    NEVER = "NEVER"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    DELAY = "DELAY"


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox address (RFC 5321, 4.1.2; RFC 6531, 3.3).

    @ivar local: the local part without quotes or backslashes, case kept.
    @ivar domain: lower-case A-labels or an address literal in its brackets;
        empty only for C{<postmaster>} (RFC 5321, 4.5.1).
    """

    local: str
    domain: str

    @property
    def key(self) -> str:
        """The address as directories know it: C{local@domain}, case folded."""
        return f"{self.local.casefold()}@{self.domain}"


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when a message is to be delivered (RFC 2852, 4.1).

    @ivar at: milliseconds since 1970 in UTC.
    @ivar returned: it comes back when it is late (mode R); otherwise the sender
        is told, and it goes on (mode N).
    @ivar traced: every relay is to be told of (the trace modifier, T).
    """

    at: int
    returned: bool
    traced: bool = False


@dataclass(frozen=True, slots=True)
class Sender:
    """What MAIL said.

    @ivar address: the reverse-path; C{None} is the null one (RFC 5321, 4.5.5).
    @ivar size: octets announced (RFC 1870), or C{None}.
    @ivar utf8: the envelope or the header may hold UTF-8 (RFC 6531).
    @ivar ret: how much comes back in a report (RFC 3461, 4.3); C{None}: unsaid.
    @ivar envid: the sender's name for this transmission (RFC 3461, 4.4), decoded.
    @ivar priority: from -9 to 9 (RFC 6710).
    @ivar hold_until: not to be sent earlier (RFC 4865), in ms since 1970 in UTC.
    @ivar deadline: by when to deliver it (RFC 2852).
    @ivar require_tls: only over TLS, and only to servers that see to that
        (RFC 8689).
    """

    address: Address | None
    body: Body = Body.SEVEN_BIT
    size: int | None = None
    utf8: bool = False
    ret: Return | None = None
    envid: str | None = None
    priority: int = 0
    hold_until: int | None = None
    deadline: Deadline | None = None
    require_tls: bool = False

    @property
    def key(self) -> str:
        """The reverse-path as the trail has it; empty for the null one."""
        return self.address.key if self.address is not None else ""


@dataclass(frozen=True, slots=True)
class OriginalRecipient:
    """Whom the sender wrote to at first (RFC 3461, 4.2).

    @ivar kind: the address type, such as C{rfc822} or C{utf-8}.
    @ivar address: decoded; presentable characters only.
    """

    kind: str
    address: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """What RCPT said.

    @ivar notify: what the sender wants to hear; C{None}: unsaid.
    """

    address: Address
    notify: frozenset[Notify] | None = None
    original: OriginalRecipient | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message comes from, for the Received field (RFC 5321, 4.4).

    @ivar protocol: SMTP, ESMTP, ESMTPS, UTF8SMTPS, LMTP… (RFC 3848, RFC 6531).
    @ivar helo: the name the peer gave itself, in presentable characters only.
    @ivar address: the peer's address, or C{unix} for a local socket.
    @ivar tls: protocol and cipher for people, or an empty string.
    """

    protocol: str
    helo: str
    address: str
    tls: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message for some of the accounts of a store.

    @ivar delivery_id: the same for every attempt to deliver this message;
        an account keeps a message of one delivery_id once.
    @ivar destinations: account name and mailbox name, at least one pair.
    @ivar received: milliseconds since 1970 in UTC.
    """

    delivery_id: str
    destinations: tuple[tuple[str, str], ...]
    received: int


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes for one of its recipients.

    @ivar recipient: as RCPT named it, for reports.
    @ivar address: where that leads: for a mailbox here, its account's address.
    @ivar mailbox: the mailbox of the account; C{None} when it leads elsewhere.
    @ivar sender: the reverse-path on this way, which a forward may rewrite;
        C{None} is the null one.
    """

    recipient: Recipient
    address: Address
    mailbox: str | None
    sender: Address | None

    @property
    def destination(self) -> str:
        """Where that is, for the queue: a domain, or L{HERE}."""
        return HERE if self.mailbox is not None else self.address.domain


HERE = ""
"""The destination of what stays on this server."""


ID_OCTETS = 10
"""Octets of chance in the id of a message: no two are ever the same, and nobody
guesses one."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message that has been accepted, or is about to be, for some targets.

    @ivar id: its name in the log, the trail, the queue and its Received field.
    @ivar received: milliseconds since 1970 in UTC.
    @ivar account: who submitted it, by account name; empty for a stranger.
    """

    id: str
    sender: Sender
    targets: tuple[Target, ...]
    received: int
    account: str = ""

    @property
    def whose(self) -> str:
        """Who takes turns with others in the queue: the account, or the sender."""
        return self.account or self.sender.key
