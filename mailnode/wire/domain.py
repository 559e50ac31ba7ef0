"""Domains and address literals, in their one canonical form (RFC 5321, 4.1.2).

Internationalised names become A-labels (RFC 5891), so that equal domains are
equal strings everywhere in the house.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

import idna

from mailnode.errors import SyntaxFault

DOMAIN_LIMIT = 255
"""Octets of a domain (RFC 5321, 4.5.3.1.2)."""

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
LDH = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
"""C{sub-domain *("." sub-domain)}: letters, digits and inner hyphens, and at
most 63 octets a label (RFC 1035, 2.3.4)."""
LITERAL = re.compile(r"\[(IPv6:)?([0-9A-Fa-f.:]+)\]", re.IGNORECASE)
"""C{IPv4-address-literal / IPv6-address-literal}, its numbers not yet looked at."""


def canonical(domain: str) -> str:
    """The one form of a domain or address literal.

    Domains come out as lower-case A-labels, literals in their brackets with
    the address in its shortest writing (RFC 5952).

    @raise SyntaxFault: when it is neither.
    """
    if domain.startswith("["):
        return literal(domain)
    if len(domain) > DOMAIN_LIMIT:
        raise SyntaxFault(f"a domain of at most {DOMAIN_LIMIT} octets")
    if not domain.isascii():
        domain = _to_ascii(domain)
    if len(domain) > DOMAIN_LIMIT or not LDH.fullmatch(domain):
        raise SyntaxFault("a domain")  # It may have grown on the way to A-labels
    return domain.lower()


def literal(text: str) -> str:
    """The one form of C{[192.0.2.1]} and C{[IPv6:2001:db8::1]}.

    @raise SyntaxFault: when it is no address literal (RFC 5321, 4.1.3).
    """
    found = LITERAL.fullmatch(text)
    if found is None:
        raise SyntaxFault("an address literal")
    try:
        if found[1]:
            return f"[IPv6:{_shortest(IPv6Address(found[2]))}]"
        return f"[{IPv4Address(found[2])}]"
    except ValueError:
        raise SyntaxFault("an address literal") from None


def _shortest(address: IPv6Address) -> str:
    """RFC 5952, the same in every release of Python."""
    mapped = address.ipv4_mapped
    return f"::ffff:{mapped}" if mapped else str(address)


def _to_ascii(domain: str) -> str:
    """U-labels as A-labels (RFC 5891, 4; mapped first as UTS 46 says)."""
    try:
        return idna.encode(domain, uts46=True, std3_rules=True).decode("ascii")
    except UnicodeError:  # idna.IDNAError is one
        raise SyntaxFault("a domain") from None
