"""The envelope of a message: from whom, for whom, and how it may travel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Body(Enum):
    """What the octets of a message may be (RFC 6152, RFC 3030)."""

    SEVEN_BIT = "7BIT"
    EIGHT_BIT = "8BITMIME"
    BINARY = "BINARYMIME"


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
class Sender:
    """What MAIL said.

    @ivar address: the reverse-path; C{None} is the null one (RFC 5321, 4.5.5).
    @ivar size: octets announced (RFC 1870), or C{None}.
    @ivar utf8: the envelope or the header may hold UTF-8 (RFC 6531).
    """

    address: Address | None
    body: Body = Body.SEVEN_BIT
    size: int | None = None
    utf8: bool = False


@dataclass(frozen=True, slots=True)
class Recipient:
    """What RCPT said."""

    address: Address


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
