"""How many connections we admit: in all, from one address, and how fast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.address import UNIXAddress
from twisted.internet.interfaces import IAddress

from mailnode.wire.network import network_of, plain

UNIX = "unix"
UNKNOWN = "unknown"
REMEMBERED = 65536
"""Addresses whose rate we know; the one that came longest ago is forgotten."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is admitted.

    @ivar total: connections at a time.
    @ivar per_address: connections at a time from one IPv4 address or one
        IPv6 network of 64 bits, which is what one customer commonly has.
    @ivar rate: connections a second from one address in the long run.
    @ivar burst: connections from one address that may come at once.
    @ivar per_local_address: as C{per_address}, for loopback and local
        sockets; C{None} leaves only C{total}.  Their rate is not bounded.
    """

    total: int = 20_000
    per_address: int = 50
    rate: float = 10.0
    burst: float = 100.0
    per_local_address: int | None = None


def host(address: IAddress | None) -> str:
    """The IP address of a peer, C{unix} for a local socket.

    An IPv4 address in IPv6 clothes (RFC 4291, 2.5.5.2) is shown plain.
    """
    if isinstance(address, UNIXAddress):
        return UNIX
    name = getattr(address, "host", None)
    if not isinstance(name, str):
        return UNKNOWN
    return str(plain(name)) if name.startswith("::ffff:") else name


def is_local(name: str) -> bool:
    """Whether a C{host} is this one: loopback or a local socket."""
    if name == UNIX or name.startswith("127."):
        return True
    address = plain(name) if name != UNKNOWN else None
    return address is not None and address.is_loopback


class Limits:
    """Counts connections.

    @param seconds: the clock, in seconds.
    """

    def __init__(self, seconds: Callable[[], float], bounds: Bounds = Bounds()) -> None:
        self.seconds = seconds
        self.bounds = bounds
        self.total = 0
        self.held: dict[str, int] = {}
        self.buckets: dict[str, tuple[float, float]] = {}

    def admit(self, name: str) -> bool:
        """Count a connection from a C{host}, unless it is one too many."""
        here = is_local(name)
        most = self.bounds.per_local_address if here else self.bounds.per_address
        name = network_of(name)
        held = self.held.get(name, 0)
        if self.total >= self.bounds.total or (most is not None and held >= most):
            return False
        if not here and not self.paid(name):
            return False
        self.held[name] = held + 1
        self.total += 1
        return True

    def paid(self, name: str) -> bool:
        """Take a token from the bucket of an address, if it has one."""
        now = self.seconds()
        tokens, since = self.buckets.pop(name, (self.bounds.burst, now))
        tokens = min(self.bounds.burst, tokens + (now - since) * self.bounds.rate)
        enough = tokens >= 1
        if len(self.buckets) >= REMEMBERED:
            del self.buckets[next(iter(self.buckets))]
        self.buckets[name] = (tokens - enough, now)
        return enough

    def release(self, name: str) -> None:
        """A connection that was admitted has gone."""
        name = network_of(name)
        held = self.held.get(name, 0)
        if held == 0:
            return
        self.total -= 1
        if held == 1:
            del self.held[name]
        else:
            self.held[name] = held - 1
