"""Where the mail of a domain goes: the operator's routes, or the DNS (RFC 5321, 5.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby

from mailnode.errors import NotFound, Unavailable
from mailnode.interfaces.resolver import Exchanger, IResolver
from mailnode.model.envelope import Address
from mailnode.wire.network import is_host, plain

SMTP_PORT = 25
HOSTS = 10
"""Hosts of one domain that are tried: a sender need not try more (RFC 5321, 5.1)."""
LOOKUPS = 20
"""Hosts of one domain whose addresses are looked up; others are passed over."""
ADDRESSES = 4
"""Addresses of one host that are tried."""

LOOPBACK = ("::1", "127.0.0.1")
"""What C{localhost} is, whatever the DNS has to say of it (RFC 6761, 6.3)."""

Shuffle = Callable[[Sequence[Exchanger]], Sequence[Exchanger]]
"""Brings hosts of one preference into an order of chance (RFC 5321, 5.1)."""


class Privacy(Enum):
    """What has to be true of the way to a server.

    OPPORTUNISTIC is TLS if the server offers it, whatever its certificate;
    ENCRYPTED is TLS with any certificate, VERIFIED with one to be trusted, and
    otherwise nothing is delivered.
    """

    NONE = "none"
    OPPORTUNISTIC = "opportunistic"
    ENCRYPTED = "encrypted"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Login:
    """How we log in to a server that sends our mail on (RFC 4954)."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"<Login {self.user}>"


@dataclass(frozen=True, slots=True)
class Host:
    """A server, and its addresses in the order in which they are tried."""

    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """How a message gets to its destination; equal routes may share connections.

    @ivar hosts: in the order in which they are tried.
    @ivar implicit: TLS comes before the first word (RFC 8314, 3.3).
    @ivar source4: our own address to call IPv4 from; empty: the system chooses.
    @ivar source6: the same for IPv6.
    """

    hosts: tuple[Host, ...]
    port: int = SMTP_PORT
    privacy: Privacy = Privacy.OPPORTUNISTIC
    implicit: bool = False
    login: Login | None = None
    source4: str = ""
    source6: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What the operator says of some of the mail.

    @ivar to: recipient domains, C{*.example.net} for all below one; none: any.
    @ivar senders: the same for the domains of reverse-paths.
    @ivar host: where it goes, by the addresses of that host; empty: by MX.
    @ivar way: how it gets to the hosts, which are not known yet.
    """

    to: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    host: str = ""
    way: Route = Route(())

    def fits(self, destination: str, sender: str) -> bool:
        """Whether it is about this mail."""
        return matches(self.to, destination) and matches(self.senders, sender)

    def route(self, hosts: Sequence[Host]) -> Route:
        """The route over some hosts."""
        return replace(self.way, hosts=tuple(hosts))


class NoRoute(Exception):
    """There is no way to a destination.

    @ivar status: an enhanced status code (RFC 3463).
    @ivar permanent: there will be none later either.
    """

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.permanent = status.startswith("5")


class Router:
    """Finds routes.

    @ivar rules: the first that fits is taken; the last should fit everything.
    @ivar hostname: how we call ourselves.
    @ivar is_us: whether we ourselves listen at an address and a port.
    @ivar shuffle: see L{Shuffle}.
    """

    def __init__(
        self,
        resolver: IResolver,
        rules: Sequence[Rule],
        *,
        hostname: str,
        is_us: Callable[[str, int], bool],
        shuffle: Shuffle,
    ) -> None:
        self.resolver = resolver
        self.rules = rules
        self.hostname = hostname
        self.is_us = is_us
        self.shuffle = shuffle

    async def route(self, destination: str, sender: Address | None) -> Route:
        """The route of a message to a domain or an address literal.

        @raise NoRoute: when there is none, or nobody can say now.
        """
        origin = sender.domain if sender is not None else ""
        rule = next(each for each in self.rules if each.fits(destination, origin))
        if rule.host:
            return rule.route([await self.named(rule.host, rule.way.port)])
        if destination.startswith("["):
            return rule.route([self.literal(destination, rule.way.port)])
        return rule.route(await self.exchangers(destination, rule.way.port))

    async def named(self, host: str, port: int) -> Host:
        """The host that the operator has named, whoever that is.

        It is his to name another: nothing is lost meanwhile.
        """
        addresses = await self.known(host)
        if not addresses:
            raise NoRoute("4.4.4", f"{host}, which mail goes by, has no address")
        if any(self.is_us(each, port) for each in addresses):
            raise NoRoute("4.4.6", f"{host}, which mail goes by, is ourselves")
        return Host(host, tuple(addresses[:ADDRESSES]))

    async def known(self, host: str) -> Sequence[str]:
        """The addresses of a host that the operator has named.

        @raise NoRoute: when nobody can say.
        """
        if plain(host) is not None:
            return (host,)
        if f".{host}".endswith(".localhost"):
            return LOOPBACK
        try:
            return await self.resolver.addresses(host)
        except NotFound:
            return ()
        except Unavailable as error:
            raise NoRoute("4.4.3", f"{host}: {error}") from error

    def literal(self, destination: str, port: int) -> Host:
        """The host behind an address literal (RFC 5321, 4.1.3)."""
        address = destination[1:-1].removeprefix("IPv6:")
        if self.is_us(address, port):
            raise NoRoute("5.4.6", f"{destination} is ourselves")
        if not is_host(address):
            raise NoRoute("5.4.4", f"{destination} is no host")
        return Host(destination, (address,))

    async def exchangers(self, domain: str, port: int) -> Sequence[Host]:
        """The hosts of a domain, best first, up to the first that is ourselves."""
        found = sorted(await self.records(domain), key=rank)
        hosts: list[Host] = []
        unsure, lookups = "", 0
        for _, group in groupby(found, rank):
            equals: list[Host] = []
            for each in self.shuffle(list(group)):
                addresses: Sequence[str] = ()
                lookups += 1
                try:
                    if lookups <= LOOKUPS:
                        addresses = await self.resolver.addresses(each.host)
                except NotFound:
                    pass
                except Unavailable as error:
                    unsure = f"{each.host}: {error}"
                if self.ourselves(each.host, addresses, port):
                    # Equal or worse ones would send it back to us (RFC 5321, 5.1).
                    return self.some(hosts, unsure, NoRoute("5.4.6", LOOP % domain))
                if addresses:
                    equals.append(Host(each.host, tuple(addresses[:ADDRESSES])))
            hosts += equals
            if len(hosts) >= HOSTS:
                break
        nowhere = NoRoute("5.4.4", f"no server of {domain} has an address")
        return self.some(hosts, unsure, nowhere)

    async def records(self, domain: str) -> Sequence[Exchanger]:
        """The MX records of a domain, or itself in their place (RFC 5321, 5.1)."""
        try:
            found = await self.resolver.exchangers(domain)
        except NotFound:
            raise NoRoute("5.1.2", f"there is no domain {domain}") from None
        except Unavailable as error:
            raise NoRoute("4.4.3", f"{domain}: {error}") from error
        if [each.host for each in found] == [""]:
            raise NoRoute("5.1.10", f"{domain} takes no mail")  # RFC 7505, 4.1
        named = [each for each in found if each.host]
        return named or [Exchanger(0, domain)]

    def ourselves(self, host: str, addresses: Sequence[str], port: int) -> bool:
        """Whether a host is this server."""
        return host == self.hostname or any(
            self.is_us(address, port) for address in addresses
        )

    def some(
        self, hosts: Sequence[Host], unsure: str, otherwise: NoRoute
    ) -> Sequence[Host]:
        """The hosts, if there are any.

        @param unsure: why there might be more, if we could only ask.
        @raise NoRoute: when there is none.
        """
        if hosts:
            return hosts[:HOSTS]
        raise NoRoute("4.4.3", unsure) if unsure else otherwise


LOOP = "mail for %s loops back to us, and it is not ours"


def matches(patterns: Sequence[str], domain: str) -> bool:
    """Whether a domain is one of those; if there are none, every domain is."""
    if not patterns:
        return True
    return any(
        domain.endswith(each[1:]) if each.startswith("*.") else domain == each
        for each in patterns
    )


def rank(exchanger: Exchanger) -> int:
    """By what hosts are put in order; the least is the best (RFC 5321, 5.1)."""
    return exchanger.preference
