"""How much may be handed in: messages and recipients, by account and by address.

A message that is taken back (RSET, a refusal) is as good as never begun.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailnode.clock import DAY, HOUR, MINUTE
from mailnode.debts import Debts
from mailnode.errors import TooOften
from mailnode.wire.network import network_of, plain

ENTRIES = 20_000
"""Accounts or addresses that are remembered for each rate, some 3 MB; the one that
came longest ago is forgotten."""
PERIODS = {HOUR: "an hour", DAY: "a day"}
UNITS = ((HOUR, "hour"), (MINUTE, "minute"), (1000, "second"))
FEW = 2
"""Of fewer units than that, people are told in smaller ones."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in a period.

    @ivar most: how many may come at once; so many are forgotten in a period.
    @ivar period: milliseconds.
    """

    most: int
    period: int


class Meter:
    """Counts one kind of thing against all rates it is held to.

    @ivar kind: what is counted, for people: C{messages}.
    """

    def __init__(
        self, kind: str, rates: Sequence[Rate], clock: Callable[[], int]
    ) -> None:
        self.kind = kind
        self.clock = clock
        self.debts = [(rate, Debts(ENTRIES)) for rate in rates]

    def take(self, key: str) -> None:
        """Count one.

        @raise TooOften: when it is one too many; then nothing is counted.
        """
        now = self.clock()
        for rate, debts in self.debts:
            cost = rate.period // rate.most
            wait = debts.owed(key, now) + cost - cost * rate.most
            if wait > 0:
                raise TooOften(
                    f"no more than {rate.most} {self.kind} {PERIODS[rate.period]},"
                    f" try again in {lasting(wait)}"
                )
        for rate, debts in self.debts:
            debts.add(key, rate.period // rate.most, now)

    def give_back(self, key: str, number: int = 1) -> None:
        """Some that were counted came to nothing."""
        now = self.clock()
        for rate, debts in self.debts:
            debts.add(key, -number * (rate.period // rate.most), now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Whether an account, or a network, may go on sending.

    This machine is not held to what is said of networks: a webmail speaks for
    everybody from here.
    """

    messages: Meter
    recipients: Meter
    from_network: Meter

    def message(self, account: str, address: str) -> None:
        """Count a message.

        @raise TooOften: when it is one too many.
        """
        self.messages.take(account)
        if here(address):
            return
        try:
            self.from_network.take(network_of(address))
        except TooOften:
            self.messages.give_back(account)
            raise

    def recipient(self, account: str) -> None:
        """Count a recipient.

        @raise TooOften: when it is one too many.
        """
        self.recipients.take(account)

    def nothing_sent(self, account: str, address: str, recipients: int) -> None:
        """A message was taken back, with so many recipients."""
        self.messages.give_back(account)
        self.recipients.give_back(account, recipients)
        if not here(address):
            self.from_network.give_back(network_of(address))


def here(address: str) -> bool:
    """Whether a peer is on this machine."""
    found = plain(address)
    return address == "unix" or (found is not None and found.is_loopback)


def lasting(milliseconds: int) -> str:
    """A time for people, not too short: C{20 minutes}."""
    size, unit = next(
        (each for each in UNITS if milliseconds > FEW * each[0]), UNITS[-1]
    )
    number = -(-milliseconds // size)
    return f"{number} {unit}{'' if number == 1 else 's'}"
