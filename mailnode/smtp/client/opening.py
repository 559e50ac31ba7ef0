"""How a conversation opens and ends: greeting, EHLO, STARTTLS, QUIT (RFC 5321, 3.1).

The client's half of STARTTLS (RFC 3207).
"""

from __future__ import annotations

from mailnode.errors import PeerGone, TimedOut
from mailnode.smtp.client import capabilities
from mailnode.smtp.client.capabilities import NOTHING
from mailnode.smtp.client.client import (
    Broken,
    Client,
    Declined,
    NoHandshake,
    NotPrivate,
)
from mailnode.smtp.client.patience import GREETING, HELLO, QUIT, STARTTLS


async def greet(client: Client) -> None:
    """Hear the greeting and say who we are.

    @raise Declined: when the server takes no mail (RFC 5321, 3.1; RFC 7504).
    @raise Broken: when it says nothing, or nothing that can be understood.
    """
    greeting = await client.answer(GREETING)
    if not greeting.good:
        raise Declined(greeting)
    await hello(client)


async def hello(client: Client) -> None:
    """Say EHLO, or HELO to a server that knows no better (RFC 5321, 3.2).

    @raise Declined: when it wants neither.
    @raise Broken: when it says nothing.
    """
    name = client.hostname.encode("ascii")
    client.capabilities = NOTHING
    client.look()
    heard = await client.ask(b"EHLO " + name, HELLO)
    if heard.good:
        client.capabilities = capabilities.read(heard)
        return
    if heard.final:
        heard = await client.ask(b"HELO " + name, HELLO)
    if not heard.good:
        raise Declined(heard)


async def start_tls(client: Client) -> None:
    """Go on in private; what was said in clear is forgotten (RFC 3207, 4.2).

    @raise NotPrivate: when it is not offered, or refused.
    @raise NoHandshake: when it fails.
    """
    if "STARTTLS" not in client.capabilities:
        raise NotPrivate("4.7.4", "STARTTLS is not offered")
    heard = await client.ask(b"STARTTLS", STARTTLS)
    if heard.code != 220:  # noqa: PLR2004 - RFC 3207, 4
        raise NotPrivate("4.7.4", f"STARTTLS was refused: {heard.text}")
    client.capabilities = NOTHING
    try:
        await client.peer.start_tls()
    except (PeerGone, TimedOut) as gone:
        client.usable = False
        raise NoHandshake("4.7.5", str(gone) or "TLS failed") from None
    await hello(client)


async def leave(client: Client) -> None:
    """Say goodbye, and wait a moment for the answer (RFC 5321, 4.1.1.10)."""
    try:
        if client.usable:
            _ = await client.ask(b"QUIT", QUIT)
    except Broken:
        pass  # It has left before us
    finally:
        client.usable = False
        client.peer.hang_up()
