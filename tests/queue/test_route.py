"""Where mail goes: the operator's routes, MX records, and never back to us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store.keeping import now
from zope.interface import implementer

from mailnode.errors import NotFound, Unavailable
from mailnode.interfaces.resolver import Exchanger, IResolver
from mailnode.model.envelope import Address
from mailnode.queue.route import (
    ADDRESSES,
    HOSTS,
    LOOKUPS,
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
    assert route(table, Rule(way=Route((), port=2525))).hosts == (
        Host("a.x", (OUR_ADDRESS,)),
    )


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


def test_only_so_many_hosts_are_looked_up() -> None:
    class Counting(Table):
        asked = 0

        async def addresses(self, host: str) -> Sequence[str]:
            self.asked += 1
            return await super().addresses(host)

    for rank in (0, 1):
        table = Counting({DOMAIN: [(n * rank, f"h{n}.x") for n in range(100)]})
        assert refusal(table).status == "5.4.4"
        assert table.asked == LOOKUPS
    names = [(0, "h.x")] * 100
    table = Counting({DOMAIN: [*names, (0, US)]}, {"h.x": ["192.0.2.1"]})
    assert refusal(table).status == "5.4.6"  # Our name is known without


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
    way=Route(
        (),
        587,
        Privacy.VERIFIED,
        login=Login("ana", "faminta"),
        source4="192.0.2.7",
    ),
)
AT_PORT_25 = replace(SMART, way=replace(SMART.way, port=25))


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
    for address in ("192.0.2.5", "::1"):
        rule = replace(SMART, host=address)
        assert route(Table(), rule).hosts == (Host(address, (address,)),)


@pytest.mark.parametrize("name", ["localhost", "mail.localhost"])
def test_a_smarthost_on_this_machine(name: str) -> None:
    found = route(Table(), replace(SMART, host=name))
    assert found.hosts == (Host(name, ("::1", "127.0.0.1")),)
    nobody = Table({DOMAIN: [(1, name)]})
    assert refusal(nobody).status == "5.4.4"  # It is the operator's word alone


def test_a_smarthost_that_is_ourselves_loses_nothing() -> None:
    table = Table({}, {"smart.x": ["192.0.2.5", OUR_ADDRESS]})
    refused = refusal(table, AT_PORT_25)
    assert (refused.status, refused.permanent) == ("4.4.6", False)
    assert route(table, SMART).hosts
    literal = replace(AT_PORT_25, host=OUR_ADDRESS)
    assert refusal(Table(), literal).status == "4.4.6"


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


HERE = {
    "a.x": ["192.0.2.1"],
    "b.x": ["192.0.2.2", "2001:db8::2"],
    "us.x": ["192.0.2.3", OUR_ADDRESS],
    US: ["192.0.2.4"],
    DOMAIN: ["192.0.2.5"],
}
RECORDS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([*HERE, "gone.x", ""])),
    max_size=6,
    unique_by=lambda each: each[1],
)


@given(RECORDS)
def test_mail_only_goes_to_hosts_that_are_better_than_we_are(
    records: list[tuple[int, str]],
) -> None:
    try:
        found = route(Table({DOMAIN: records}, HERE)).hosts
    except NoRoute:
        return
    ranks = {name: rank for rank, name in records if name} or {DOMAIN: 0}
    us = [ranks[name] for name in ("us.x", US) if name in ranks]
    order = [ranks[each.name] for each in found]
    assert order == sorted(order)
    assert not us or max(order) < min(us)
    assert all(OUR_ADDRESS not in each.addresses for each in found)


@pytest.mark.parametrize(
    "nowhere", ["0.0.0.0", "IPv6:::", "224.0.0.1", "255.255.255.255", "169.254.1.1"]
)
def test_a_literal_that_is_no_host_is_not_called(nowhere: str) -> None:
    assert refusal(Table(), to=f"[{nowhere}]").status == "5.4.4"
