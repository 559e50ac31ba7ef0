"""What is asked of the DNS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zope.interface import Interface


@dataclass(frozen=True, slots=True)
class Exchanger:
    """A host that takes mail for a domain (RFC 5321, 5.1).

    @ivar host: lower-case A-labels without a dot at the end; empty in a null
        MX (RFC 7505).
    """

    preference: int
    host: str


class IResolver(Interface):
    """Asks the DNS, in bounded time."""

    async def exchangers(domain: str) -> Sequence[Exchanger]:
        """The MX records of a domain as they stand there, CNAMEs followed.

        Nothing when the domain is there and has none.

        @raise NotFound: when there is no such domain.
        @raise Unavailable: when nobody could say.
        """

    async def addresses(host: str) -> Sequence[str]:
        """The addresses of a host, IPv6 and IPv4, CNAMEs followed.

        Nothing when the host is there and has none.

        @raise NotFound: when there is no such host.
        @raise Unavailable: when nobody could say.
        """
