"""Where the DNS says that mail goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.defer import TimeoutError as DNSTimeout
from twisted.names import dns
from twisted.names.error import DNSNameError, DNSServerError

from mailnode.config import Config, Dns
from mailnode.ctl.resolve import Answers, Resolver, exchangers, servers

MX = (
    dns.RRHeader("example.org", dns.MX, payload=dns.Record_MX(20, "b.example.org")),
    dns.RRHeader("example.org", dns.MX, payload=dns.Record_MX(10, "A.example.org")),
)
NULL_MX = (dns.RRHeader("example.org", dns.MX, payload=dns.Record_MX(0, "")),)
ALIAS = (dns.RRHeader("example.org", dns.CNAME, payload=dns.Record_CNAME("x.org")),)
A = (dns.RRHeader("example.org", dns.A, payload=dns.Record_A("192.0.2.1")),)
Said = Sequence[dns.RRHeader] | Exception


class Names:
    """A resolver that knows its answers beforehand."""

    def __init__(self, mx: Said = (), a: Said = (), aaaa: Said = ()) -> None:
        self.mx, self.a, self.aaaa = mx, a, aaaa

    def lookupMailExchange(self, name: str) -> Deferred[Answers]:
        return said(self.mx)

    def lookupAddress(self, name: str) -> Deferred[Answers]:
        return said(self.a)

    def lookupIPV6Address(self, name: str) -> Deferred[Answers]:
        return said(self.aaaa)


def said(answers: Said) -> Deferred[Answers]:
    if isinstance(answers, Exception):
        return fail(answers)
    return succeed((answers, (), ()))


@pytest.mark.parametrize(
    ("names", "hosts"),
    [
        (Names(mx=MX), ["a.example.org", "b.example.org"]),
        (Names(mx=[*ALIAS, *MX]), ["a.example.org", "b.example.org"]),
        (Names(mx=NULL_MX, a=A), []),
        (Names(a=A), ["example.org"]),
        (Names(aaaa=A), ["example.org"]),
        (Names(mx=DNSNameError(), a=DNSNameError(), aaaa=DNSNameError()), []),
        (Names(mx=DNSTimeout()), None),
        (Names(mx=OSError("no route")), None),
    ],
)
def test_exchangers(names: Names, hosts: list[str] | None) -> None:
    results: list[object] = []
    work = exchangers(cast("Resolver", names), "example.org")
    _ = Deferred.fromCoroutine(work).addBoth(results.append)
    assert results == [hosts]


def test_a_server_that_fails_is_not_an_answer() -> None:
    results: list[object] = []
    work = exchangers(Names(mx=DNSServerError()), "example.org")
    _ = Deferred.fromCoroutine(work).addBoth(results.append)
    assert results == [None]


def test_servers() -> None:
    named = ("127.0.0.1", "127.0.0.2:5353", "[::1]", "[::1]:54")
    assert servers(Config(dns=Dns(servers=named))) == [
        ("127.0.0.1", 53),
        ("127.0.0.2", 5353),
        ("::1", 53),
        ("::1", 54),
    ]
