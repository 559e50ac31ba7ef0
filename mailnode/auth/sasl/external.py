"""EXTERNAL: who a client is, the system has said already (RFC 4422, appendix A)."""

from __future__ import annotations

from mailnode.auth.credentials import IVouched, Vouched
from mailnode.auth.sasl.exchange import Ask, Channel, Mechanism
from mailnode.errors import BadCredentials


async def external(ask: Ask, channel: Channel) -> Vouched:
    """Ask whom the client wants to be; an empty answer is himself."""
    ours = channel.account.encode()
    if await ask(b"") not in (b"", ours):
        raise BadCredentials("nobody may act for somebody else here")
    return Vouched(ours)


MECHANISMS = (Mechanism(b"EXTERNAL", 5, IVouched, external, vouched=True),)
