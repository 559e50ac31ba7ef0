"""A DNS that knows its answers beforehand, as C{twisted.names} would give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.internet.defer import Deferred, fail, succeed
from twisted.names import dns
from twisted.names.error import DNSNameError

from mailnode.net.resolver import Answers

Said = Sequence[dns.RRHeader] | Exception


class Names:
    """Answers by kind and name; what it was not told does not exist.

    @ivar asked: every question, in order.
    """

    def __init__(self, answers: Mapping[tuple[int, str], Said]) -> None:
        self.answers = answers
        self.names = {name for _, name in answers}
        self.asked: list[tuple[int, str]] = []

    def answer(self, kind: int, name: str) -> Deferred[Answers]:
        self.asked.append((kind, name))
        nothing: Said = () if name in self.names else DNSNameError()
        said = self.answers.get((kind, name), nothing)
        if isinstance(said, Exception):
            return fail(said)
        return succeed((said, (), ()))

    def lookupMailExchange(self, name: str) -> Deferred[Answers]:
        return self.answer(dns.MX, name)

    def lookupAddress(self, name: str) -> Deferred[Answers]:
        return self.answer(dns.A, name)

    def lookupIPV6Address(self, name: str) -> Deferred[Answers]:
        return self.answer(dns.AAAA, name)


def mx(name: str, *hosts: tuple[int, str], ttl: int = 300) -> list[dns.RRHeader]:
    """MX records of a name."""
    return [
        dns.RRHeader(name, dns.MX, ttl=ttl, payload=dns.Record_MX(rank, host))
        for rank, host in hosts
    ]


def a(name: str, *addresses: str) -> list[dns.RRHeader]:
    """Its IPv4 addresses."""
    return [
        dns.RRHeader(name, dns.A, ttl=300, payload=dns.Record_A(each))
        for each in addresses
    ]


def aaaa(name: str, *addresses: str) -> list[dns.RRHeader]:
    """Its IPv6 addresses."""
    return [
        dns.RRHeader(name, dns.AAAA, ttl=300, payload=dns.Record_AAAA(each))
        for each in addresses
    ]


def cname(name: str, other: str) -> list[dns.RRHeader]:
    """Another name for it."""
    payload = dns.Record_CNAME(other)
    return [dns.RRHeader(name, dns.CNAME, ttl=300, payload=payload)]
