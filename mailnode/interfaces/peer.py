"""The other end of a conversation, as a session sees it."""

from __future__ import annotations

from zope.interface import Attribute, Interface


class IVisitor(Interface):
    """A client, as those see it who decide whether it may come in."""

    address: str = Attribute("The client's IP address, or C{unix}.")
    local: bool = Attribute("The client is on this host: loopback or a socket.")
    secure: bool = Attribute("TLS is on.")
    tls: str = Attribute("Version and cipher for people, or an empty string.")
    protocol: str = Attribute("What it speaks, as listeners are called: C{imap}.")


class IPeer(IVisitor):
    """A client on a connection.

    Every coroutine here raises L{mailnode.errors.PeerGone} when the peer has
    gone, L{TimedOut<mailnode.errors.TimedOut>} when C{patience} runs out first,
    and L{Stopping<mailnode.errors.Stopping>} when the server is being stopped
    while the peer is idle.  After C{TimedOut} and C{Stopping} the session may
    still C{write} a last word and must then C{hang_up}.
    """

    user: str | None = Attribute(
        "The user of this host behind a local socket, as the system says."
    )
    patience: float = Attribute(
        "Seconds that one C{line}, C{some} or C{drain} may take as a whole."
    )

    async def line(limit: int) -> bytes:
        """Wait for a line and return it without its CRLF.

        Only CRLF ends a line.  A line longer than C{limit} octets is read to
        its end and thrown away, in bounded memory, before the complaint.

        @raise TooLarge: when it was longer than C{limit} octets.
        """

    async def some(limit: int) -> bytes:
        """Wait for whatever comes next: at least one octet, at most C{limit}."""

    def unread(data: bytes) -> None:
        """Give back octets from the end of what C{some} returned."""

    def write(data: bytes) -> None:
        """Send some octets, soon."""

    async def drain() -> None:
        """Wait until so much has left that more may be written."""

    async def turn() -> None:
        """Let the other conversations have their turn: for work that takes long."""

    async def start_tls() -> None:
        """Begin TLS and wait for the handshake.

        Whatever was received before it is thrown away: it was said in clear
        (RFC 3207, 4.2).

        @raise PeerGone: when the handshake fails.
        """

    def can_start_tls() -> bool:
        """Whether C{start_tls} is possible: configured, and not on already."""

    def channel_binding(kind: str) -> bytes | None:
        """The binding data of this TLS channel.

        @param kind: C{tls-exporter} (RFC 9266) or C{tls-server-end-point}
            (RFC 5929).
        @return: C{None} without TLS, or if the channel has no such binding.
        """

    def became(address: str) -> None:
        """A trusted proxy says who the client really is (XCLIENT)."""

    def hang_up() -> None:
        """Close once everything written has left."""
