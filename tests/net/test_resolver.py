"""The DNS as it is asked and remembered."""

from __future__ import annotations

import pytest
from net.naming import Names, a, aaaa, cname, mx
from store.keeping import now
from twisted.internet.defer import TimeoutError as DNSTimeout
from twisted.internet.error import CannotListenError, ConnectError, ConnectionLost
from twisted.internet.task import Clock
from twisted.names import dns
from twisted.names.error import DNSQueryRefusedError, DNSServerError

from mailnode.errors import NotFound, Unavailable
from mailnode.interfaces.resolver import Exchanger
from mailnode.net import resolver as module
from mailnode.net.resolver import Resolver, places

DOMAIN, HOST = "example.net", "mail.example.net"


def test_exchangers_as_they_stand_there() -> None:
    names = Names({(dns.MX, DOMAIN): mx(DOMAIN, (20, "B.example.net"), (10, HOST))})
    found = now(Resolver(names, Clock()).exchangers(DOMAIN))
    assert found == [Exchanger(20, "b.example.net"), Exchanger(10, HOST)]


def test_a_null_mx_has_an_empty_host() -> None:
    names = Names({(dns.MX, DOMAIN): mx(DOMAIN, (0, ""))})
    assert now(Resolver(names, Clock()).exchangers(DOMAIN)) == [Exchanger(0, "")]


def test_what_is_no_host_takes_no_mail() -> None:
    names = Names({(dns.MX, DOMAIN): mx(DOMAIN, (1, "under_score.x"), (2, HOST))})
    assert now(Resolver(names, Clock()).exchangers(DOMAIN)) == [Exchanger(2, HOST)]


def test_addresses_of_both_kinds_ipv6_first() -> None:
    names = Names(
        {
            (dns.A, HOST): a(HOST, "192.0.2.1", "192.0.2.2"),
            (dns.AAAA, HOST): aaaa(HOST, "2001:db8::1"),
        }
    )
    found = now(Resolver(names, Clock()).addresses(HOST))
    assert found == ["2001:db8::1", "192.0.2.1", "192.0.2.2"]


def test_addresses_while_one_kind_cannot_be_had() -> None:
    names = Names({(dns.A, HOST): a(HOST, "192.0.2.1"), (dns.AAAA, HOST): DNSTimeout()})
    assert now(Resolver(names, Clock()).addresses(HOST)) == ["192.0.2.1"]


def test_no_addresses_because_nobody_could_say() -> None:
    names = Names({(dns.A, HOST): (), (dns.AAAA, HOST): DNSServerError()})
    with pytest.raises(Unavailable):
        now(Resolver(names, Clock()).addresses(HOST))


@pytest.mark.parametrize(
    "trouble",
    [
        OSError("no route"),
        ConnectError(),
        ConnectionLost(),
        CannotListenError("", 0, OSError()),
        DNSQueryRefusedError(),
    ],
)
def test_whatever_goes_wrong_nobody_could_say(trouble: Exception) -> None:
    names = Names({(dns.MX, DOMAIN): trouble})
    with pytest.raises(Unavailable):
        now(Resolver(names, Clock()).exchangers(DOMAIN))


def test_no_addresses_of_one_kind_and_no_answer_about_the_other() -> None:
    names = Names({(dns.A, HOST): DNSTimeout()})
    with pytest.raises(Unavailable):
        now(Resolver(names, Clock()).addresses(HOST))


def test_addresses_that_are_nobodys_are_left_out() -> None:
    names = Names(
        {
            (dns.A, HOST): a(HOST, "0.0.0.0", "224.0.0.1", "192.0.2.1"),
            (dns.AAAA, HOST): aaaa(HOST, "::", "ff02::1", "::ffff:192.0.2.2"),
        }
    )
    found = now(Resolver(names, Clock()).addresses(HOST))
    assert found == ["192.0.2.2", "192.0.2.1"]


@pytest.mark.parametrize("name", [b"\xff.example", b"a..b", b"", b"a b.example"])
def test_a_cname_to_what_is_no_name(name: bytes) -> None:
    record = dns.Record_CNAME("x")
    record.name = dns.Name(name)
    names = Names({(dns.MX, DOMAIN): [dns.RRHeader(DOMAIN, dns.CNAME, payload=record)]})
    assert now(Resolver(names, Clock()).exchangers(DOMAIN)) == []
    assert names.asked == [(dns.MX, DOMAIN)]


def test_a_host_without_addresses() -> None:
    names = Names({(dns.A, HOST): ()})
    assert now(Resolver(names, Clock()).addresses(HOST)) == []


def test_no_such_name() -> None:
    resolver = Resolver(Names({}), Clock())
    with pytest.raises(NotFound):
        now(resolver.exchangers(DOMAIN))
    with pytest.raises(NotFound):
        now(resolver.addresses(HOST))


def test_a_cname_with_what_it_leads_to() -> None:
    answer = [*cname(DOMAIN, "example.com"), *mx("example.com", (10, HOST))]
    names = Names({(dns.MX, DOMAIN): answer})
    assert now(Resolver(names, Clock()).exchangers(DOMAIN)) == [Exchanger(10, HOST)]
    assert names.asked == [(dns.MX, DOMAIN)]


def test_a_cname_alone_is_followed() -> None:
    names = Names(
        {
            (dns.MX, DOMAIN): cname(DOMAIN, "example.com"),
            (dns.MX, "example.com"): mx("example.com", (10, HOST)),
        }
    )
    assert now(Resolver(names, Clock()).exchangers(DOMAIN)) == [Exchanger(10, HOST)]


@pytest.mark.parametrize("together", [True, False])
def test_cnames_in_circles(together: bool) -> None:
    there, back = cname(DOMAIN, "example.com"), cname("example.com", DOMAIN)
    names = Names(
        {
            (dns.MX, DOMAIN): [*there, *back] if together else there,
            (dns.MX, "example.com"): [*there, *back] if together else back,
        }
    )
    with pytest.raises(Unavailable, match="circles"):
        now(Resolver(names, Clock()).exchangers(DOMAIN))


def test_answers_are_remembered_as_long_as_they_say() -> None:
    clock = Clock()
    names = Names({(dns.MX, DOMAIN): mx(DOMAIN, (10, HOST), ttl=30)})
    resolver = Resolver(names, clock)
    for seconds, questions in ((0, 1), (29, 1), (1, 2)):
        clock.advance(seconds)
        now(resolver.exchangers(DOMAIN))
        assert len(names.asked) == questions


def test_failures_are_not_remembered() -> None:
    names = Names({(dns.MX, DOMAIN): OSError("no network")})
    resolver = Resolver(names, Clock())
    for _ in range(2):
        with pytest.raises(Unavailable):
            now(resolver.exchangers(DOMAIN))
    assert len(names.asked) == 2


def test_an_answer_about_somebody_else_is_none() -> None:
    names = Names({(dns.MX, DOMAIN): mx("example.com", (10, HOST))})
    assert now(Resolver(names, Clock()).exchangers(DOMAIN)) == []


def test_places() -> None:
    assert places(("127.0.0.1", "127.0.0.2:5353", "[::1]", "[::1]:54")) == [
        ("127.0.0.1", 53),
        ("127.0.0.2", 5353),
        ("::1", 53),
        ("::1", 54),
    ]


def test_a_domain_whose_exchangers_are_no_hosts_is_not_its_own() -> None:
    nothing = mx(DOMAIN, (1, "under_score.x"), (2, "a\0b.example"))
    names = Names({(dns.MX, DOMAIN): nothing, (dns.A, DOMAIN): a(DOMAIN, "192.0.2.1")})
    resolver = Resolver(names, Clock())
    for _ in range(2):
        with pytest.raises(Unavailable, match="no host"):
            now(resolver.exchangers(DOMAIN))
    assert len(names.asked) == 1


def test_large_answers_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 1000)
    hosts = [(n, f"h{n}.example.net") for n in range(10_000)]
    domains = [f"d{n}.example" for n in range(20)]
    names = Names({(dns.MX, domain): mx(domain, *hosts) for domain in domains})
    resolver = Resolver(names, Clock())
    for domain in domains:
        assert len(now(resolver.exchangers(domain))) == module.RECORDS
        now(resolver.exchangers(domain))
    assert len(names.asked) == 20
    memory = resolver.memory
    assert memory.weight <= 1000
    assert memory.weight == sum(
        map(module.weight, [k for _, k in memory.kept.values()])
    )


def test_an_answer_that_comes_again_counts_once() -> None:
    memory = module.Memory(Clock())
    for known in (a(HOST, *["192.0.2.1"] * 9), None, a(HOST, "192.0.2.1")):
        memory.keep(dns.A, HOST, known, 300)
    assert memory.weight == 2
