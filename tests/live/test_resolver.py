"""The DNS over sockets of loopback, asked of a server that is ours too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import cast

import pytest
from live.asynchronous import fresh, live
from twisted.internet import reactor as installed
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.tcp import Port
from twisted.names import dns, server
from twisted.names.error import DNSNameError

from mailnode.errors import NotFound, Unavailable
from mailnode.interfaces.resolver import Exchanger
from mailnode.net.resolver import Resolver, resolver

reactor = cast("PosixReactorBase", installed)
MANY = [Exchanger(n, f"mx{n}.example.net") for n in range(60)]


class Zone:
    """Answers what it was told to."""

    def query(
        self, query: dns.Query, timeout: Sequence[int] | None = None
    ) -> Deferred[tuple[list[dns.RRHeader], list[dns.RRHeader], list[dns.RRHeader]]]:
        name = query.name.name.decode()
        if name == "broken.example":
            return fail(RuntimeError("it is broken"))
        if name == "nobody.example":
            return fail(DNSNameError())
        answers = []
        if name == "many.example" and query.type == dns.MX:
            answers = [
                dns.RRHeader(name, dns.MX, payload=dns.Record_MX(e.preference, e.host))
                for e in MANY
            ]
        elif name == "mx.example" and query.type == dns.A:
            answers = [dns.RRHeader(name, dns.A, payload=dns.Record_A("192.0.2.1"))]
        elif name == "mx.example" and query.type == dns.AAAA:
            record = dns.Record_AAAA("2001:db8::1")
            answers = [dns.RRHeader(name, dns.AAAA, payload=record)]
        return succeed((answers, [], []))


@fresh
async def names() -> AsyncIterator[Resolver]:
    """A resolver, and the server it asks."""
    factory = server.DNSServerFactory(clients=[Zone()])
    factory.noisy = False
    udp = dns.DNSDatagramProtocol(factory, reactor=reactor)
    tcp = cast("Port", reactor.listenTCP(0, factory, interface="127.0.0.1"))
    number = tcp.getHost().port
    datagrams = reactor.listenUDP(number, udp, interface="127.0.0.1")
    made = resolver([f"127.0.0.1:{number}"], reactor)
    yield made
    for each in made.names.connections:  # type: ignore[attr-defined]  # Twisted's keeps its connection
        each.transport.loseConnection()
    for each in list(factory.connections):
        each.transport.loseConnection()
    await datagrams.stopListening()
    await tcp.stopListening()


@live
async def test_short_answers_come_by_udp(names: Resolver) -> None:
    assert await names.addresses("mx.example") == ["2001:db8::1", "192.0.2.1"]
    assert await names.exchangers("mx.example") == []


@live
async def test_long_answers_come_by_tcp(names: Resolver) -> None:
    assert await names.exchangers("many.example") == MANY


@live
async def test_refusals(names: Resolver) -> None:
    with pytest.raises(NotFound):
        await names.exchangers("nobody.example")
    with pytest.raises(Unavailable):
        await names.exchangers("broken.example")
