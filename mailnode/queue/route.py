"""Where the mail of a domain goes: hosts, and how to talk with them (RFC 5321, 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Privacy(Enum):
    """How the way to a host is protected.

    NONE: not at all.  OPPORTUNISTIC: by TLS if that is offered (RFC 7435).
    ENCRYPTED: by TLS, or nothing is delivered.  VERIFIED: by TLS with a
    certificate that is to be trusted, or nothing is delivered.
    """

    NONE = "none"
    OPPORTUNISTIC = "opportunistic"
    ENCRYPTED = "encrypted"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """Who we are to a smarthost."""

    user: str
    password: str

    def __repr__(self) -> str:
        """The name alone."""
        return f"Login({self.user!r})"


@dataclass(frozen=True, slots=True)
class Host:
    """A host and its addresses, in the order to try."""

    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """The hosts to try, in order; equal routes may share connections.

    @ivar implicit: TLS comes before the first word (RFC 8314, 3.3).
    @ivar source4: our own IPv4 address to call from; empty: the system chooses.
    @ivar source6: the same for IPv6.
    """

    hosts: tuple[Host, ...]
    port: int = 25
    privacy: Privacy = Privacy.OPPORTUNISTIC
    implicit: bool = False
    login: Login | None = None
    source4: str = ""
    source6: str = ""


class NoRoute(Exception):
    """There is no way to a domain.

    @ivar status: an enhanced status code (RFC 3463).
    @ivar permanent: nor will there ever be.
    """

    def __init__(self, text: str, status: str, *, permanent: bool) -> None:
        super().__init__(text)
        self.status = status
        self.permanent = permanent
