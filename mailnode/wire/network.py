"""IP addresses and servers as configurations write them, and how they are counted."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from mailnode.errors import SyntaxFault

IPV6_PREFIX = 64
"""What one customer has of IPv6 at least (RFC 6177, 2)."""
KNOWN = 1024
"""Texts of which we remember what they are."""
THIS_NETWORK = ip_network("0.0.0.0/8")
"""No host elsewhere, but often another name for this one (RFC 6890, 2.2.2)."""

PUBLIC = ip_network("2000::/3")
"""What of IPv6 was given out (RFC 4291, 2.4)."""
INNER = [
    ip_network(each)
    for each in (
        *("64:ff9b::/96", "64:ff9b:1::/48"),  # NAT64 (RFC 6052, RFC 8215)
        *("2001::/23", "2001:db8::/32", "3fff::/20"),  # RFC 6890, RFC 9637
        *("2002::/16", "192.88.99.0/24"),  # 6to4 (RFC 3056, RFC 7526)
        *("100.64.0.0/10", "192.0.0.0/24"),  # CGNAT and others (RFC 6598, RFC 6890)
        *("198.18.0.0/15", "240.0.0.0/4"),  # RFC 2544, RFC 1112
    )
]
"""Networks behind which there may be ours, or nothing."""

SERVER = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?", re.ASCII)
"""A host, an IPv6 address in brackets (RFC 3986, 3.2.2), and a port."""
PORT_LIMIT = 2**16 - 1


def host_and_port(text: str, port: int) -> tuple[str, int]:
    """C{host} or C{host:port}: the host in lower case, without brackets.

    @param port: the one that is meant when none is written.
    @raise SyntaxFault: when it is neither.
    """
    found = SERVER.fullmatch(text)
    if found is None or int(found[3] or 0) > PORT_LIMIT:
        raise SyntaxFault("a host, and perhaps a port")
    return (found[1] or found[2]).lower(), int(found[3] or port)


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


def is_host(text: str) -> bool:
    """Whether an address can be that of one host elsewhere (RFC 6890, 2.2).

    It cannot when it means any host, many of them, those of one link, or nothing yet.
    """
    address = plain(text)
    if address is None or address.is_multicast or address.is_link_local:
        return False
    if isinstance(address, IPv6Address):
        return not address.is_unspecified
    return address not in THIS_NETWORK and not address.is_reserved


def is_public(text: str) -> bool:
    """Whether an address is that of a host that anybody can reach.

    Those are none that lead into a network of ours, or through something that
    translates them into such.
    """
    address = plain(text)
    if address is None or not is_host(text) or not address.is_global:
        return False
    if isinstance(address, IPv6Address) and address not in PUBLIC:
        return False
    return not any(address in each for each in INNER if each.version == address.version)
