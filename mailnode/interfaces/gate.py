"""The one way in, for every protocol."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from zope.interface import Interface

from mailnode.interfaces.peer import IPeer, IVisitor

Ask = Callable[[bytes], Awaitable[bytes]]
"""Sends a challenge, already in base64, and returns the line that comes back."""
Avatar = TypeVar("Avatar")


class IGate(Interface):
    """Logs people in through the portal, slower for those who guess."""

    def mechanisms(peer: IPeer) -> Sequence[bytes]:
        """The SASL mechanisms this peer may use now, best first."""

    def admits_passwords(peer: IVisitor) -> bool:
        """Whether this peer may send a password as it is (USER, LOGIN, PLAIN)."""

    async def password(
        user: bytes,
        password: bytes,
        peer: IVisitor,
        interface: type[Avatar],
        *,
        quiet: bool = False,
    ) -> Avatar:
        """Log in with a name and a password.

        @param quiet: it has been told already that this client is in, and need
            not be again.
        @raise BadCredentials: when they do not fit; we do not say which.
        @raise Throttled: when this peer or this name has guessed too often.
        @raise PrivacyRequired: when passwords may not be said here.
        @raise Unavailable: when whoever knows cannot be asked.
        """

    async def sasl(
        mechanism: bytes,
        ask: Ask,
        initial: bytes | None,
        peer: IPeer,
        interface: type[Avatar],
    ) -> Avatar:
        """Log in by a SASL exchange (RFC 4422).

        @param initial: the initial response in base64, C{=} for an empty one.
        @raise NotFound: when there is no such mechanism.
        @raise SyntaxFault: when what comes back is not base64 or not the
            mechanism; L{Cancelled<mailnode.errors.Cancelled>} for C{*}.

        and all that C{password} raises.
        """

    async def vouched(account: str, peer: IVisitor, interface: type[Avatar]) -> Avatar:
        """The avatar of somebody who has shown a token of ours.

        @raise BadCredentials: when he does not live here any more.
        @raise Unavailable: when whoever knows cannot be asked.
        """

    async def stranger(peer: IPeer, interface: type[Avatar]) -> Avatar:
        """The avatar of somebody who has not said who he is."""
