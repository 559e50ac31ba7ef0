"""Where the DNS says that mail goes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from net.naming import Names, Said, a, aaaa, mx
from store.keeping import now
from twisted.internet.defer import TimeoutError as DNSTimeout
from twisted.internet.task import Clock
from twisted.names import dns
from twisted.names.error import DNSServerError

from mailnode.ctl.resolve import exchangers
from mailnode.net.resolver import Resolver

DOMAIN = "example.org"
IPV4, IPV6 = a(DOMAIN, "192.0.2.1"), aaaa(DOMAIN, "2001:db8::1")
BOTH = mx(DOMAIN, (20, "b.example.org"), (10, "A.example.org"))


@pytest.mark.parametrize(
    ("answers", "hosts"),
    [
        ({dns.MX: BOTH}, ["a.example.org", "b.example.org"]),
        ({dns.MX: mx(DOMAIN, (0, "")), dns.A: IPV4}, []),
        ({dns.A: IPV4}, [DOMAIN]),
        ({dns.AAAA: IPV6}, [DOMAIN]),
        ({dns.MX: ()}, []),
        ({}, []),
        ({dns.MX: DNSTimeout()}, None),
        ({dns.MX: DNSServerError()}, None),
        ({dns.MX: OSError("no route")}, None),
    ],
)
def test_exchangers(answers: Mapping[int, Said], hosts: list[str] | None) -> None:
    names = Names({(kind, DOMAIN): said for kind, said in answers.items()})
    assert now(exchangers(Resolver(names, Clock()), DOMAIN)) == hosts
