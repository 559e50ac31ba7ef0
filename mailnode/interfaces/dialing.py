"""Calling other servers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from zope.interface import Attribute, Interface

from mailnode.interfaces.peer import IPeer


@dataclass(frozen=True, slots=True)
class Call:
    """Whom to call, and how.

    @ivar host: the name its certificate should bear, in lower-case A-labels.
    @ivar address: its IP address.
    @ivar source: our own address to call from; empty: the system chooses.
    @ivar implicit: TLS comes before the first word (RFC 8314, 3.3).
    """

    host: str
    address: str
    port: int
    source: str = ""
    implicit: bool = False


class IServerPeer(IPeer):
    """A server that we have called.

    C{start_tls} does not throw anything away here: octets that came before the
    handshake were slipped in by somebody, and the call ends with C{PeerGone}.
    """

    doubt: str = Attribute(
        "Why the server's certificate is not to be trusted, in one line; empty"
        " when its chain leads to an authority and its name is the host's."
    )
    early: bool = Attribute("Octets have come that nobody has read yet.")


Talk = Callable[[IServerPeer], Awaitable[None]]


class IDialer(Interface):
    """Makes calls."""

    async def call(call: Call, talk: Talk) -> None:
        """Connect and talk; returns, or raises, when the talk has.

        When it is cancelled, the connection is cut.

        @raise Unavailable: when there is no connection, or no TLS where it is
            implicit; the text says why, for people.
        """

    def cut() -> None:
        """End every call at once; those who talk hear that the peer has gone."""
