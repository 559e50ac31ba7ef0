"""The exchange around every mechanism, in base64 (RFC 4422; RFC 4954, 4)."""

from __future__ import annotations

from base64 import b64encode
from binascii import Error as NotBase64
from binascii import a2b_base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from twisted.cred.credentials import ICredentials

from mailnode.auth.credentials import ILogin
from mailnode.errors import Cancelled, SyntaxFault, TooLarge
from mailnode.interfaces import gate

Ask = Callable[[bytes], Awaitable[bytes]]
"""Sends a challenge and returns the response; neither is in base64."""
RESPONSE_LIMIT = 12288
"""Octets of a response in base64 (RFC 4954, 4)."""

BINDINGS = ("tls-exporter", "tls-server-end-point")
"""Kinds of channel binding we speak (RFC 9266; RFC 5929, 4).  Not tls-unique,
which TLS 1.3 does not have."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What a mechanism may know of the connection.

    @ivar binding: the data of a kind of channel binding, if the channel has it.
    @ivar offers_binding: mechanisms with channel binding were on offer.
    @ivar random: gives so many octets that nobody can foretell.
    @ivar account: whose the system says it is; empty when it says nothing.
    """

    binding: Callable[[str], bytes | None]
    offers_binding: bool
    random: Callable[[int], bytes]
    account: str = ""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A way to log in, as it is registered.

    A module of this package is known by its C{MECHANISMS}.

    @ivar name: the name in the registry of IANA.
    @ivar rank: lower is better; a client is shown the best first.
    @ivar credentials: what there must be a checker for.
    @ivar converse: the mechanism itself.
    @ivar plaintext: it shows the password to whoever listens.
    @ivar binds: it proves the TLS channel too, and needs one.
    @ivar vouched: it believes the system who the client is.
    """

    name: bytes
    rank: int
    credentials: type[ICredentials]
    converse: Callable[[Ask, Channel], Awaitable[ILogin]]
    plaintext: bool = False
    binds: bool = False
    vouched: bool = False


def asking(prompt: gate.Ask, initial: bytes | None) -> Ask:
    """Speak base64 through a protocol's own prompt, C{initial} being answered already.

    @param initial: the initial response in base64; C{=} is an empty one.
    """
    ready = [] if initial is None else [b"" if initial == b"=" else decoded(initial)]

    async def ask(challenge: bytes) -> bytes:
        if ready:
            return ready.pop()
        return decoded(await prompt(b64encode(challenge)))

    return ask


def decoded(response: bytes) -> bytes:
    """A response out of its base64 (RFC 4648, 4).

    @raise Cancelled: for C{*}.
    @raise SyntaxFault: when it is not base64.
    @raise TooLarge: when it is too long for any mechanism.
    """
    if response == b"*":
        raise Cancelled
    if len(response) > RESPONSE_LIMIT:
        raise TooLarge(f"a response has at most {RESPONSE_LIMIT} octets")
    try:
        return a2b_base64(response, strict_mode=True)
    except NotBase64:
        raise SyntaxFault("base64") from None
