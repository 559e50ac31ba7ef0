"""What the DNS says, asked through C{twisted.names} and remembered for a while."""

from __future__ import annotations

import re
import socket
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol, TypeVar, cast

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.defer import TimeoutError as DNSTimeout
from twisted.internet.error import BindError, ConnectError, ConnectionClosed
from twisted.internet.interfaces import IReactorTime
from twisted.names import client, dns
from twisted.names.error import DNSNameError, DomainError, ResolverError
from zope.interface import implementer

from mailnode.errors import MailError, NotFound, SyntaxFault, Unavailable
from mailnode.interfaces.resolver import Exchanger, IResolver
from mailnode.wire.domain import canonical
from mailnode.wire.network import host_and_port, is_host, plain

TIMES = (2, 4, 8)
"""Seconds that the tries of a question wait for an answer, each of all servers."""
PORT = 53
ALIASES = 8
"""CNAMEs that lead from one to the next."""
RECORDS = 100
"""Records of one answer that are looked at."""
KEPT = 20_000
"""Records that are remembered, and answers that there are none: some 25 MB."""
SHORTEST, LONGEST = 1, 3600
"""Seconds that an answer is remembered at least and at most."""
ABSENT = 60
"""Seconds that it is remembered that there is nothing."""
NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
"""What a CNAME may lead to; the DNS itself lets a label be any octets."""

FAILURES = (
    *(DomainError, ResolverError, OSError),
    *(BindError, ConnectError, ConnectionClosed),  # Long answers come by TCP.
)
"""What a question may end with, besides an answer and silence."""

Answers = tuple[Sequence[dns.RRHeader], object, object]
"""Answers, authorities and what else there is."""
Known = Sequence[dns.RRHeader] | None
T = TypeVar("T")


class Names(Protocol):
    """What we ask of C{twisted.names}."""

    def lookupMailExchange(self, name: str) -> Deferred[Answers]:
        """Who takes mail for a name."""

    def lookupAddress(self, name: str) -> Deferred[Answers]:
        """The IPv4 addresses of a name."""

    def lookupIPV6Address(self, name: str) -> Deferred[Answers]:
        """The IPv6 addresses of a name."""


class Memory:
    """Answers until their time is over, the oldest in front; C{None} is that there is
    no such name.

    @ivar weight: of all that is kept.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self.clock = clock
        self.kept: OrderedDict[tuple[int, str], tuple[float, Known]] = OrderedDict()
        self.weight = 0

    def get(self, kind: int, name: str) -> tuple[Known] | None:
        """What is known, in a tuple."""
        found = self.kept.get((kind, name))
        if found is None or found[0] <= self.clock.seconds():
            return None
        return (found[1],)

    def keep(self, kind: int, name: str, answer: Known, seconds: int) -> None:
        """Remember an answer, and forget others that it has no room beside."""
        until = self.clock.seconds() + min(max(seconds, SHORTEST), LONGEST)
        if (before := self.kept.pop((kind, name), None)) is not None:
            self.weight -= weight(before[1])
        self.kept[kind, name] = (until, answer)
        self.weight += weight(answer)
        while self.weight > KEPT:
            _, (_, oldest) = self.kept.popitem(last=False)
            self.weight -= weight(oldest)


def weight(answer: Known) -> int:
    """How much room an answer takes."""
    return 1 + len(answer or ())


@implementer(IResolver)
class Resolver:
    """Asks some name servers."""

    def __init__(self, names: Names, clock: IReactorTime) -> None:
        self.names = names
        self.memory = Memory(clock)

    async def exchangers(self, domain: str) -> Sequence[Exchanger]:
        """The MX records of a domain as they stand there."""
        records = await self.records(dns.MX, domain)
        found = []
        for each in records:
            record = cast("dns.Record_MX", each.payload)
            with suppress(SyntaxFault):  # What is no host takes no mail.
                found.append(Exchanger(record.preference, hostname(record.name)))
        if records and not found:  # RFC 5321, 5.1: it is not its own exchanger then
            raise Unavailable("its MX records name no host")
        return found

    async def addresses(self, host: str) -> Sequence[str]:
        """The addresses of a host, IPv6 first (RFC 6724, 2.1)."""
        families = [
            Deferred.fromCoroutine(self.family(kind, host))
            for kind in (dns.AAAA, dns.A)
        ]
        known = await gatherResults(families)
        found = [
            text for each in known if not isinstance(each, MailError) for text in each
        ]
        for error in (Unavailable, NotFound):
            for each in known:
                if isinstance(each, error) and not found:
                    raise each
        return found

    async def family(self, kind: int, host: str) -> Sequence[str] | MailError:
        """The addresses of one kind that can be called, or why there are none."""
        try:
            records = await self.records(kind, host)
        except (NotFound, Unavailable) as error:
            return error
        return [text for each in records if (text := address(each))]

    async def records(self, kind: int, name: str) -> Sequence[dns.RRHeader]:
        """The records of one kind that a name has, wherever CNAMEs lead from it."""
        known = self.memory.get(kind, name)
        if known is None:
            known = (await self.asked(kind, name),)
        if known[0] is None:
            raise NotFound("there is no such name")
        return known[0]

    async def asked(self, kind: int, name: str) -> Sequence[dns.RRHeader] | None:
        """The same, from the servers; C{None}, if there is no such name."""
        called, lifetime = name, LONGEST
        for _ in range(ALIASES):
            answers = await self.ask(kind, called)
            if answers is None:
                self.memory.keep(kind, name, None, ABSENT)
                return None
            called, found, seconds = followed(answers, kind, called)
            lifetime = min(lifetime, seconds)
            if found or not NAME.fullmatch(called):
                self.memory.keep(kind, name, found, lifetime if found else ABSENT)
                return found
        raise Unavailable("the DNS goes in circles")

    async def ask(self, kind: int, name: str) -> Sequence[dns.RRHeader] | None:
        """One question."""
        question = {
            dns.MX: self.names.lookupMailExchange,
            dns.A: self.names.lookupAddress,
            dns.AAAA: self.names.lookupIPV6Address,
        }[kind]
        try:
            answers, _, _ = await question(name)
        except DNSNameError:
            return None
        except DNSTimeout:
            raise Unavailable("no name server answers") from None
        except FAILURES as error:
            raise Unavailable(f"the DNS fails: {type(error).__name__}") from error
        return answers[:RECORDS]


def followed(
    answers: Sequence[dns.RRHeader], kind: int, name: str
) -> tuple[str, Sequence[dns.RRHeader], int]:
    """Where CNAMEs in an answer lead from a name, and what is there.

    @return: the name to ask for next, empty if it is the same; the records of
        this name; and for how many seconds all that holds.
    """
    by_name: dict[str, list[dns.RRHeader]] = {}
    for each in answers:
        by_name.setdefault(spelled(each.name), []).append(each)
    at, lifetime = name.lower(), LONGEST
    for _ in range(ALIASES):
        here = by_name.get(at, [])
        found = [each for each in here if each.type == kind]
        aliases = [each for each in here if each.type == dns.CNAME]
        lifetime = min([lifetime, *(each.ttl or 0 for each in found or aliases)])
        if found or not aliases:
            return "" if found or at == name.lower() else at, found, lifetime
        at = spelled(cast("dns.Record_CNAME", aliases[0].payload).name)
    return at, [], lifetime


def spelled(name: dns.Name | None) -> str:
    """A name of the DNS, whatever octets it is made of, in lower case."""
    return "" if name is None else name.name.decode("latin-1").lower()


def hostname(name: dns.Name) -> str:
    """A host of the DNS in its canonical form; empty for the root (RFC 7505).

    @raise SyntaxFault: when it is none.
    """
    said = spelled(name).rstrip(".")
    return canonical(said) if said else ""


def address(record: dns.RRHeader) -> str:
    """The IP address in a record; empty when it is nobody's.

    C{0.0.0.0}, for one, would be called on this machine.
    """
    known = cast("dns.Record_A | dns.Record_AAAA", record.payload)
    family = socket.AF_INET6 if record.type == dns.AAAA else socket.AF_INET
    text = socket.inet_ntop(family, cast("bytes", known.address))
    return str(plain(text)) if is_host(text) else ""


def resolver(servers: Sequence[str], reactor: IReactorTime) -> Resolver:
    """A resolver that asks the servers named, or those of the system.

    @param servers: C{host}, C{host:port}; none for C{/etc/resolv.conf}.
    """
    asked = places(servers)
    system = None if asked else "/etc/resolv.conf"
    return Resolver(client.Resolver(system, asked, TIMES, reactor), reactor)


def places(servers: Sequence[str]) -> list[tuple[str, int]]:
    """Name servers by address and port; those that are not found are left out."""
    found = []
    for each in servers:
        host, port = host_and_port(each, PORT)
        with suppress(OSError):
            place = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)[0][4]
            found.append((str(place[0]), port))
    return found
