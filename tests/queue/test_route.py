"""Where mail goes: the operator's routes, MX records, and never back to us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from store.keeping import now
from zope.interface import implementer

from mailnode.errors import NotFound, Unavailable
from mailnode.interfaces.resolver import Exchanger, IResolver
from mailnode.model.envelope import Address
from mailnode.queue.route import (
    ADDRESSES,
    HOSTS,
    Host,
    Login,
    NoRoute,
    Privacy,
    Route,
    Router,
    Rule,
)

DOMAIN = "example.net"
SENDER = Address("ana", "example.org")
US = "mail.example.org"
OUR_ADDRESS = "192.0.2.9"
BY_MX = Rule()


@implementer(IResolver)
class Table:
    """Answers out of two tables; an error stands for itself."""

    def __init__(
        self,
        exchangers: Mapping[str, Sequence[tuple[int, str]] | Exception] = {},
        addresses: Mapping[str, Sequence[str] | Exception] = {},
    ) -> None:
        self.mx, self.hosts = exchangers, addresses

    async def exchangers(self, domain: str) -> Sequence[Exchanger]:
        known = self.mx.get(domain, NotFound())
        if isinstance(known, Exception):
            raise known
        return [Exchanger(*each) for each in known]

    async def addresses(self, host: str) -> Sequence[str]:
        known = self.hosts.get(host, NotFound())
        if isinstance(known, Exception):
            raise known
        return known


def router(table: Table, *rules: Rule) -> Router:
    return Router(
        table,
        [*rules, BY_MX],
        hostname=US,
        is_us=lambda address, port: (address, port) == (OUR_ADDRESS, 25),
        shuffle=lambda hosts: list(reversed(hosts)),
    )


def route(table: Table, *rules: Rule, to: str = DOMAIN) -> Route:
    return now(router(table, *rules).route(to, SENDER))


def refusal(table: Table, *rules: Rule, to: str = DOMAIN) -> NoRoute:
    with pytest.raises(NoRoute) as caught:
        route(table, *rules, to=to)
    return caught.value


def test_by_preference_and_by_chance_among_equals() -> None:
    table = Table(
        {DOMAIN: [(20, "c.x"), (10, "a.x"), (10, "b.x")]},
        {
            "a.x": ["192.0.2.1"],
            "b.x": ["2001:db8::2", "192.0.2.2"],
            "c.x": ["192.0.2.3"],
        },
    )
    assert route(table) == Route(
        (
            Host("b.x", ("2001:db8::2", "192.0.2.2")),
            Host("a.x", ("192.0.2.1",)),
            Host("c.x", ("192.0.2.3",)),
        )
    )


def test_without_mx_the_domain_is_the_host() -> None:
    found = route(Table({DOMAIN: []}, {DOMAIN: ["192.0.2.1"]}))
    assert found.hosts == (Host(DOMAIN, ("192.0.2.1",)),)


@pytest.mark.parametrize(
    ("table", "status"),
    [
        (Table({DOMAIN: [(0, "")]}, {DOMAIN: ["192.0.2.1"]}), "5.1.10"),
        (Table(), "5.1.2"),
        (Table({DOMAIN: Unavailable("silence")}), "4.4.3"),
        (Table({DOMAIN: []}, {DOMAIN: []}), "5.4.4"),
        (Table({DOMAIN: []}, {DOMAIN: Unavailable("silence")}), "4.4.3"),
        (Table({DOMAIN: [(1, "a.x"), (2, "b.x")]}, {"a.x": []}), "5.4.4"),
        (Table({DOMAIN: [(1, "a.x")]}, {"a.x": Unavailable("silence")}), "4.4.3"),
        (Table({DOMAIN: [(1, US)]}, {US: ["192.0.2.1"]}), "5.4.6"),
        (Table({DOMAIN: [(1, "a.x")]}, {"a.x": [OUR_ADDRESS]}), "5.4.6"),
    ],
)
def test_no_route(table: Table, status: str) -> None:
    refused = refusal(table)
    assert refused.status == status
    assert refused.permanent is status.startswith("5")


def test_a_host_without_addresses_is_passed_over() -> None:
    table = Table(
        {DOMAIN: [(1, "a.x"), (2, "b.x"), (3, "c.x")]},
        {"a.x": [], "b.x": Unavailable("silence"), "c.x": ["192.0.2.3"]},
    )
    assert [each.name for each in route(table).hosts] == ["c.x"]


def test_those_behind_us_and_our_equals_are_left_out() -> None:
    table = Table(
        {DOMAIN: [(1, "a.x"), (2, "b.x"), (2, US), (3, "c.x")]},
        {name: ["192.0.2.1"] for name in ("a.x", "b.x", "c.x", US)},
    )
    assert [each.name for each in route(table).hosts] == ["a.x"]


def test_our_address_at_another_port_is_somebody_else() -> None:
    table = Table({DOMAIN: [(1, "a.x")]}, {"a.x": [OUR_ADDRESS]})
    assert route(table, Rule(port=2525)).hosts == (Host("a.x", (OUR_ADDRESS,)),)


def test_bounds() -> None:
    many = [f"198.51.100.{n}" for n in range(20)]
    names = [f"h{n}.x" for n in range(30)]
    table = Table(
        {DOMAIN: [(n, name) for n, name in enumerate(names)]},
        dict.fromkeys(names, many),
    )
    found = route(table)
    assert len(found.hosts) == HOSTS
    assert {len(each.addresses) for each in found.hosts} == {ADDRESSES}


def test_ten_thousand_hosts_are_not_asked_for() -> None:
    names = [f"h{n}.x" for n in range(10_000)]
    asked: list[str] = []

    class Slow(Table):
        async def addresses(self, host: str) -> Sequence[str]:
            asked.append(host)
            raise Unavailable("silence")

    assert refusal(Slow({DOMAIN: [(0, name) for name in names]})).status == "4.4.3"
    assert len(asked) == HOSTS


@pytest.mark.parametrize(
    "nowhere", ["0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "169.254.1.1"]
)
def test_what_is_no_host_is_not_called(nowhere: str) -> None:
    table = Table({DOMAIN: [(1, "a.x")]}, {"a.x": [nowhere]})
    assert refusal(table).status == "5.4.4"
    tag = "IPv6:" if ":" in nowhere else ""
    assert refusal(Table(), to=f"[{tag}{nowhere}]").status == "5.4.4"
    table = Table({DOMAIN: [(1, "a.x")]}, {"a.x": [nowhere, "192.0.2.1"]})
    assert route(table).hosts == (Host("a.x", ("192.0.2.1",)),)


@pytest.mark.parametrize(
    ("literal", "address"),
    [("[192.0.2.1]", "192.0.2.1"), ("[IPv6:2001:db8::1]", "2001:db8::1")],
)
def test_literals(literal: str, address: str) -> None:
    assert route(Table(), to=literal).hosts == (Host(literal, (address,)),)


def test_our_own_literal() -> None:
    assert refusal(Table(), to=f"[{OUR_ADDRESS}]").status == "5.4.6"


SMART = Rule(
    host="smart.x",
    port=587,
    privacy=Privacy.VERIFIED,
    login=Login("ana", "faminta"),
    source4="192.0.2.7",
)


def test_a_smarthost_takes_everything() -> None:
    table = Table({DOMAIN: [(1, "a.x")]}, {"smart.x": ["192.0.2.5"]})
    assert route(table, SMART) == Route(
        (Host("smart.x", ("192.0.2.5",)),),
        587,
        Privacy.VERIFIED,
        login=Login("ana", "faminta"),
        source4="192.0.2.7",
    )


def test_a_smarthost_by_address() -> None:
    for written, address in (("192.0.2.5", "192.0.2.5"), ("[::1]", "::1")):
        rule = replace(SMART, host=written)
        assert route(Table(), rule).hosts == (Host(written, (address,)),)


@pytest.mark.parametrize("known", [[], Unavailable("silence"), NotFound()])
def test_a_smarthost_that_is_not_found_loses_nothing(
    known: Sequence[str] | Exception,
) -> None:
    refused = refusal(Table({}, {"smart.x": known}), SMART)
    assert not refused.permanent


@pytest.mark.parametrize(
    ("rule", "to", "fits"),
    [
        (Rule(to=("example.net",)), "example.net", True),
        (Rule(to=("example.net",)), "a.example.net", False),
        (Rule(to=("*.example.net",)), "a.b.example.net", True),
        (Rule(to=("*.example.net",)), "example.net", False),
        (Rule(to=("*.example.net",)), "badexample.net", False),
        (Rule(senders=("example.org",)), "anything.x", True),
        (Rule(senders=("example.com",)), "anything.x", False),
        (Rule(to=("example.net",), senders=("example.com",)), "example.net", False),
    ],
)
def test_rules(rule: Rule, to: str, fits: bool) -> None:
    assert rule.fits(to, SENDER.domain) is fits


def test_a_null_reverse_path_comes_from_no_domain() -> None:
    table = Table({DOMAIN: []}, {DOMAIN: ["192.0.2.1"], "smart.x": ["192.0.2.5"]})
    rule = replace(SMART, senders=("example.org",))
    found = now(router(table, rule).route(DOMAIN, None))
    assert found.hosts == (Host(DOMAIN, ("192.0.2.1",)),)


def test_a_password_is_not_shown() -> None:
    assert "faminta" not in repr(SMART)
