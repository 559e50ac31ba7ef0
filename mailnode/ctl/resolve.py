"""Where the mail of some domains goes, as the DNS has it (RFC 5321, 5.1)."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol, cast

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.defer import TimeoutError as DNSTimeout
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.task import react
from twisted.names import client, dns
from twisted.names.error import DNSNameError, DomainError, ResolverError

from mailnode.config import Config
from mailnode.ctl.outside import Found

TIMES = (1, 3)
"""Seconds that the tries of a question wait for an answer."""
PORT = 53
SERVER = re.compile(r"\[?(.*?)\]?(?::(\d+))?")
"""A host, an IPv6 address in brackets, and a port."""

Answers = tuple[Sequence[dns.RRHeader], object, object]
"""Answers, authorities and what else there is."""


class Resolver(Protocol):
    """What we ask of C{twisted.names}."""

    def lookupMailExchange(self, name: str) -> Deferred[Answers]:
        """Who takes mail for a name."""

    def lookupAddress(self, name: str) -> Deferred[Answers]:
        """The IPv4 addresses of a name."""

    def lookupIPV6Address(self, name: str) -> Deferred[Answers]:
        """The IPv6 addresses of a name."""


def hosts(config: Config, domains: Sequence[str]) -> Found:
    """The hosts that take the mail of domains; this runs the reactor, once."""
    found: dict[str, Sequence[str] | None] = {}

    async def look(resolver: Resolver, domain: str) -> None:
        found[domain] = await exchangers(resolver, domain)

    async def every(reactor: PosixReactorBase) -> None:
        asked = servers(config)
        resolver = client.Resolver(
            None if asked else "/etc/resolv.conf", asked, TIMES, reactor
        )
        await gatherResults(
            [Deferred.fromCoroutine(look(resolver, domain)) for domain in domains]
        )

    if domains:
        with suppress(SystemExit):  # That is how it says that it has done.
            react(lambda reactor: Deferred.fromCoroutine(every(reactor)))
    return {domain: found.get(domain) for domain in domains}


async def exchangers(resolver: Resolver, domain: str) -> Sequence[str] | None:
    """The hosts for one domain, best first; itself, if it has only an address.

    @return: C{None} when nobody could be asked.
    """
    try:
        answers = await ask(resolver.lookupMailExchange(domain))
        ranked = sorted(
            (record.preference, str(record.name).lower())
            for record in (
                cast("dns.Record_MX", each.payload)
                for each in answers
                if each.type == dns.MX  # and not a CNAME on the way to it
            )
        )
        if ranked:
            return [name for _, name in ranked if name]  # RFC 7505: "" is nobody
        for question in (resolver.lookupAddress, resolver.lookupIPV6Address):
            if await ask(question(domain)):
                return [domain]
    except (DomainError, ResolverError, DNSTimeout, OSError):
        return None
    return []


async def ask(question: Deferred[Answers]) -> Sequence[dns.RRHeader]:
    """The answers to a question; none, if there is no such name."""
    try:
        answers, _, _ = await question
    except DNSNameError:
        return []
    return answers


def servers(config: Config) -> list[tuple[str, int]]:
    """The resolvers of the configuration, by address and port."""
    found = []
    for each in config.dns.servers:
        match = SERVER.fullmatch(each)
        assert match is not None, "the configuration has been read"
        with suppress(OSError):
            place = socket.getaddrinfo(match[1], None, type=socket.SOCK_DGRAM)[0][4]
            found.append((str(place[0]), int(match[2] or PORT)))
    return found
