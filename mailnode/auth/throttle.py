"""Slower for those who guess: one throttle for every protocol.

Each guess fills a bucket that leaks: one for the network it comes from, one for
the account it is about.  When either is full, nothing is tried.  Whoever gets in
takes his own mistakes out again, nobody else's; and a network that has been let
into an account before has a bucket of its own for it, so that a stranger's
guessing locks nobody out.

A guess is counted before it is made, so that many at a time are no way round.
When a bucket is full only of passwords that are being checked this moment, the
next one waits for that: a hundred telephones may come back at once.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from twisted.internet.defer import Deferred

from mailnode.debts import Debts
from mailnode.errors import Throttled
from mailnode.wire.network import network_of

ENTRIES = 20_000
"""Buckets kept of each kind, less than 20 MB in all; the least recently used goes
first.  To push a full one out takes as many guesses at others, from 500 networks."""
WAITING = 1000
"""Logins that may wait for others to be checked."""


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


class Buckets:
    """Buckets of one kind, and what each of those who fill one has put in.

    @ivar pending: by bucket, how many guesses are being checked this moment.
    @ivar waiting: by bucket, who waits for one of those.
    """

    def __init__(self, allowance: Allowance, entries: int) -> None:
        self.allowance = allowance
        self.whole = Debts(entries)
        self.parts = Debts(entries)
        self.pending: Counter[Hashable] = Counter()
        self.waiting: dict[Hashable, list[Deferred[None]]] = {}

    def wait(self, key: Hashable, now: int, *, at_best: bool = False) -> int:
        """Milliseconds until there is room for a guess; 0 if there is.

        @param at_best: as if all that are being checked turned out right.
        """
        room = self.allowance.burst - 1
        if at_best:
            room += self.pending[key]
        return max(0, self.whole.owed(key, now) - room * self.allowance.every)

    def checked(self, key: Hashable) -> Deferred[None]:
        """Fires when one of those that are being checked has been."""
        over: Deferred[None] = Deferred()
        self.waiting.setdefault(key, []).append(over)
        return over

    def begun(self, key: Hashable) -> None:
        """A password is being checked."""
        self.pending[key] += 1

    def over(self, key: Hashable) -> None:
        """A password has been checked: wake up whoever waits for it."""
        self.pending[key] -= 1
        if not self.pending[key]:
            del self.pending[key]
        for waiting in self.waiting.pop(key, ()):
            if not waiting.called:  # cancelled, as its peer has gone
                waiting.callback(None)

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
    @ivar brief: we check it without asking the client anything more.
    """

    def __init__(
        self,
        throttle: Throttle,
        pair: tuple[str, str],
        filled: Sequence[Filled],
        *,
        brief: bool,
    ) -> None:
        self.throttle = throttle
        self.pair = pair
        self.filled = filled
        self.brief = brief
        now = throttle.clock()
        for buckets, key in filled:
            buckets.charge(key, pair, now)
            if brief:
                buckets.begun(key)

    def over(self) -> None:
        """It has come to an end, whichever; to be called once, and last."""
        if self.brief:
            for buckets, key in self.filled:
                buckets.over(key)

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
        self.waiting = 0

    async def begin(
        self, address: str, account: str, *, local: bool = False, brief: bool = False
    ) -> Attempt:
        """Count a guess before it is made.

        @param address: the peer's IP address, or any other word for a socket.
        @param account: the name that he says is his, prepared.
        @param local: the peer is on this host.
        @param brief: it is a password, which we check by ourselves: others may
            wait for that.  Nobody waits for what a client can draw out.
        @raise Throttled: when he must wait; nothing is counted then.
        """
        pair = (network_of(address), account)
        while True:
            now, filled = self.clock(), self._filled(pair, local=local)
            full = [each for each in filled if each[0].wait(each[1], now)]
            if not full:
                return Attempt(self, pair, filled, brief=brief)
            wait = max(buckets.wait(key, now) for buckets, key in full)
            best = max(buckets.wait(key, now, at_best=True) for buckets, key in full)
            if best or self.waiting >= WAITING:
                seconds = -(-wait // 1000)
                words = f"too many wrong guesses, wait {seconds} seconds"
                raise Throttled(words, seconds)
            buckets, key = full[0]
            self.waiting += 1
            try:
                await buckets.checked(key)
            finally:
                self.waiting -= 1

    def _filled(self, pair: tuple[str, str], *, local: bool) -> Sequence[Filled]:
        """The buckets that a guess goes into."""
        if pair in self.friends:
            return [(self.known, pair)]
        network, account = pair
        origin = self.locals if local else self.networks
        return [(origin, network), (self.accounts, account)]

    def befriend(self, pair: tuple[str, str]) -> None:
        """Remember that this network was let into this account."""
        self.friends[pair] = None
        self.friends.move_to_end(pair)
        if len(self.friends) > self.entries:
            self.friends.popitem(last=False)
