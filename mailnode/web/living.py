"""Answers and connections that go on by themselves, until their account opens no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mailnode.errors import TooMany
from mailnode.web.authentication import Login
from mailnode.web.channel import Channel

MOST = 1000
"""Of one account at a time: twelve megabytes."""


class Living:
    """Counts what goes on for each account.

    @ivar busy: how many there are, by account.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.busy: Counter[int] = Counter()

    @contextmanager
    def going_on(
        self, login: Login, channel: Channel, end: Callable[[], None]
    ) -> Iterator[None]:
        """Something goes on; it is told to end when it may not, or the server stops.

        @raise TooMany: when there are as many of the account as may be.
        """
        account = login.account.id
        if self.busy[account] >= self.most:
            raise TooMany("too much goes on at a time")
        self.busy[account] += 1
        forget = login.on_revoked(end)
        channel.living = end
        try:
            yield
        finally:
            channel.living = None
            forget()
            self.busy[account] -= 1
            if not self.busy[account]:
                del self.busy[account]
