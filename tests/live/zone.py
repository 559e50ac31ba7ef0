"""A small DNS server on loopback: what the tests' domains are, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.internet import reactor
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.internet.interfaces import IListeningPort, IReactorUDP
from twisted.names import dns
from twisted.names.common import ResolverBase
from twisted.names.error import DNSNameError
from twisted.names.server import DNSServerFactory

Answers = tuple[Sequence[dns.RRHeader], Sequence[dns.RRHeader], Sequence[dns.RRHeader]]
Record = dns.Record_MX | dns.Record_A | dns.Record_AAAA | dns.Record_CNAME
PACKET = 4096
"""Octets of a question at most."""
TTL = 1
"""Seconds an answer may be kept."""


class Zone(ResolverBase):
    """Knows what it was told; everything else does not exist.

    @ivar records: by name, in lower case.
    """

    def __init__(self, records: Mapping[str, Sequence[Record]]) -> None:
        ResolverBase.__init__(self)
        self.records = records

    def _lookup(
        self,
        name: bytes,
        cls: int,
        type: int,  # noqa: A002 - Twisted's word
        timeout: Sequence[int] | None,
    ) -> Deferred[Answers]:
        known = self.records.get(name.decode("ascii", "replace").lower())
        if known is None:
            return fail(DNSNameError(name))
        found = [
            dns.RRHeader(name, each.TYPE, cls, TTL, each, auth=True)
            for each in known
            if type in (each.TYPE, dns.ALL_RECORDS)
        ]
        return succeed((found, [], []))


def mx(host: str, preference: int = 10) -> dns.Record_MX:
    """A host that takes mail."""
    return dns.Record_MX(preference, host, TTL)


def a(address: str) -> dns.Record_A:
    """An IPv4 address."""
    return dns.Record_A(address, TTL)


class NameServer:
    """Serves a zone.

    @ivar place: C{address:port}, as a configuration has it.
    """

    def __init__(self, records: Mapping[str, Sequence[Record]]) -> None:
        factory = DNSServerFactory(clients=[Zone(records)])
        factory.noisy = False
        self.protocol = dns.DNSDatagramProtocol(factory)
        self.protocol.noisy = False
        udp = IReactorUDP(reactor)
        self.port: IListeningPort = udp.listenUDP(0, self.protocol, "127.0.0.1", PACKET)

    @property
    def place(self) -> str:
        here = self.port.getHost()
        assert isinstance(here, IPv4Address)
        return f"127.0.0.1:{here.port}"

    async def stop(self) -> None:
        """Answer no more."""
        await maybeDeferred(self.port.stopListening)
