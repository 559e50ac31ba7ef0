"""What opens an account in place of its password: sessions, keys of programs, app passwords."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256

LABEL_LIMIT = 100
"""Characters of what somebody calls a token."""
AGENT_LIMIT = 300
"""Characters that are kept of what a client calls itself."""
SCOPES = ("imap", "pop3", "submission", "http")
"""Protocols that a token may be for, as listeners are called."""


class Purpose(Enum):
    """What a token is for."""

    SESSION = "session"
    """Somebody who signed in at the webmail; a browser keeps it in a cookie."""
    BEARER = "bearer"
    """A program, with each request (RFC 6750)."""
    PASSWORD = "password"  # noqa: S105 - not one, but the name of all of them
    """A mail program that knows names and passwords only."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who came with a token.

    @ivar agent: what the client calls itself, if it does.
    """

    address: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a token shall be.

    @ivar account: whose: the name of the account.
    @ivar lasts: milliseconds for which it is good after it was last used; 0: for ever.
    @ivar scope: protocols that it is for; none are all of them.
    """

    account: str
    purpose: Purpose
    label: str = ""
    lasts: int = 0
    scope: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is known; what it opens the account with is not.

    @ivar id: drawn from a counter, and never given again.
    @ivar created: in ms since 1970 in UTC, as C{seen} and C{expires} are.
    @ivar seen: when it was last used, to some minutes.
    @ivar expires: when it is good no longer; C{None}: never.
    """

    id: int
    wish: Wish
    created: int
    seen: int
    expires: int | None
    last: Visit


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token, with its secret, which nobody can be told again."""

    secret: str = field(repr=False)
    token: Token = field(repr=False)


def digest(said: str) -> bytes:
    """What is kept of a secret.

    It is drawn from 125 bits or more: there is nothing to be guessed, so nothing
    needs to be slow.
    """
    return sha256(said.encode("utf-8", "surrogatepass")).digest()
