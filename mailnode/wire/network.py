"""IP addresses as they are counted: plain, and by the network of one customer."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

IPV6_PREFIX = 64
"""What one customer has of IPv6 at least (RFC 6177, 2)."""
KNOWN = 1024
"""Texts of which we remember what they are."""


@lru_cache(KNOWN)
def plain(text: str) -> IPv4Address | IPv6Address | None:
    """The address in a text, if it is one, without its zone.

    IPv4 addresses in IPv6 clothes are IPv4 addresses (RFC 4291, 2.5.5.2).
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def network_of(text: str) -> str:
    """Whom an address stands for: itself, or its /64; any other word, itself."""
    address = plain(text) if ":" in text else None
    if isinstance(address, IPv6Address):
        return str(ip_network((address, IPV6_PREFIX), strict=False))
    return str(address or text)
