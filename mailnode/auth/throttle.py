"""Slower for those who guess: one throttle for every protocol.

Each guess fills a bucket that leaks: one for the network it comes from, one for
the account it is about.  When either is full, nothing is tried.  Whoever gets in
takes his own mistakes out again, nobody else's; and a network that has been let
into an account before has a bucket of its own for it, so that a stranger's
guessing locks nobody out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network

from mailnode.errors import Throttled

ENTRIES = 50_000
"""Buckets kept of each kind, about 10 MB; the least recently used goes first.
To push a full one out takes as many guesses from other networks."""
IPV6_PREFIX = 64
"""What one customer has of IPv6 at least (RFC 6177, 2)."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The size of a bucket, and how it leaks.

    @ivar burst: guesses it holds.
    @ivar every: milliseconds in which one leaks away.
    """

    burst: int
    every: int


NETWORK = Allowance(40, 30_000)
"""An office behind one address may log in at once; guesses, 2,880 a day."""
LOCAL = Allowance(400, 1_000)
"""This host: a webmail or a proxy speaks for everybody from here."""
ACCOUNT = Allowance(20, 60_000)
"""All strangers together guess 1,440 times a day at one account."""
KNOWN = Allowance(20, 30_000)
"""A network that has been let into the account before."""


class Debts:
    """How full the buckets of one kind are, for at most so many keys.

    A bucket is kept as the moment at which it will have leaked empty.
    """

    def __init__(self, entries: int) -> None:
        self.entries = entries
        self.until: OrderedDict[Hashable, int] = OrderedDict()

    def owed(self, key: Hashable, now: int) -> int:
        """How much is in the bucket, as milliseconds of leaking."""
        return max(0, self.until.get(key, now) - now)

    def add(self, key: Hashable, amount: int, now: int) -> None:
        """Put something in, or take it out again."""
        rest = self.owed(key, now) + amount
        if rest > 0:
            self.until[key] = now + rest
            self.until.move_to_end(key)
            if len(self.until) > self.entries:
                self.until.popitem(last=False)
        else:
            self.until.pop(key, None)


class Buckets:
    """Buckets of one kind, and what each of those who fill one has put in."""

    def __init__(self, allowance: Allowance, entries: int) -> None:
        self.allowance = allowance
        self.whole = Debts(entries)
        self.parts = Debts(entries)

    def wait(self, key: Hashable, now: int) -> int:
        """Milliseconds until there is room for a guess; 0 if there is."""
        room = (self.allowance.burst - 1) * self.allowance.every
        return max(0, self.whole.owed(key, now) - room)

    def charge(self, key: Hashable, part: Hashable, now: int) -> None:
        """Put a guess in."""
        self.whole.add(key, self.allowance.every, now)
        self.parts.add(part, self.allowance.every, now)

    def refund(self, key: Hashable, part: Hashable, now: int) -> None:
        """Take one guess out."""
        amount = min(self.allowance.every, self.parts.owed(part, now))
        self._take(key, part, amount, now)

    def forgive(self, key: Hashable, part: Hashable, now: int) -> None:
        """Take out whatever is left of all that C{part} put in."""
        self._take(key, part, self.parts.owed(part, now), now)

    def _take(self, key: Hashable, part: Hashable, amount: int, now: int) -> None:
        self.whole.add(key, -amount, now)
        self.parts.add(part, -amount, now)


Filled = tuple[Buckets, Hashable]
"""A bucket: its kind, and whose it is."""


class Attempt:
    """One login on its way; it counts as a guess until something else is said.

    @ivar pair: the network it comes from, and the account it is about.
    @ivar filled: the buckets that it was put in.
    """

    def __init__(
        self, throttle: Throttle, pair: tuple[str, str], filled: Sequence[Filled]
    ) -> None:
        self.throttle = throttle
        self.pair = pair
        self.filled = filled

    def succeeded(self) -> None:
        """It was right: forget what this network got wrong with this account."""
        now = self.throttle.clock()
        for buckets, key in self.filled:
            buckets.forgive(key, self.pair, now)
        self.throttle.befriend(self.pair)

    def void(self) -> None:
        """Nothing was tried, through no fault of the client's."""
        now = self.throttle.clock()
        for buckets, key in self.filled:
            buckets.refund(key, self.pair, now)


class Throttle:
    """Who may guess now.

    @param clock: milliseconds since 1970 in UTC.
    @param entries: buckets kept of each kind.
    """

    def __init__(
        self,
        clock: Callable[[], int],
        *,
        network: Allowance = NETWORK,
        local: Allowance = LOCAL,
        account: Allowance = ACCOUNT,
        known: Allowance = KNOWN,
        entries: int = ENTRIES,
    ) -> None:
        self.clock = clock
        self.entries = entries
        self.networks = Buckets(network, entries)
        self.locals = Buckets(local, entries)
        self.accounts = Buckets(account, entries)
        self.known = Buckets(known, entries)
        self.friends: OrderedDict[tuple[str, str], None] = OrderedDict()

    def begin(self, address: str, account: str, *, local: bool = False) -> Attempt:
        """Count a guess before it is made, so that many at a time are no way round.

        @param address: the peer's IP address, or any other word for a socket.
        @param account: the name that he says is his, prepared.
        @param local: the peer is on this host.
        @raise Throttled: when he must wait; nothing is counted then.
        """
        network, now = network_of(address), self.clock()
        pair = (network, account)
        filled: Sequence[Filled]
        if pair in self.friends:
            filled = [(self.known, pair)]
        else:
            origin = self.locals if local else self.networks
            filled = [(origin, network), (self.accounts, account)]
        wait = max(buckets.wait(key, now) for buckets, key in filled)
        if wait:
            raise Throttled(f"too many wrong guesses, wait {-(-wait // 1000)} seconds")
        for buckets, key in filled:
            buckets.charge(key, pair, now)
        return Attempt(self, pair, filled)

    def befriend(self, pair: tuple[str, str]) -> None:
        """Remember that this network was let into this account."""
        self.friends[pair] = None
        self.friends.move_to_end(pair)
        if len(self.friends) > self.entries:
            self.friends.popitem(last=False)


def network_of(address: str) -> str:
    """Whom an address stands for: itself, or its /64 (RFC 6177).

    IPv4 addresses in IPv6 clothes are IPv4 addresses (RFC 4291, 2.5.5.2).
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, IPv4Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ip_network((ip, IPV6_PREFIX), strict=False))
