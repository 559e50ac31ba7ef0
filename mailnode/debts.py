"""How full leaky buckets are: what somebody has taken, and how it is forgotten."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable


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
