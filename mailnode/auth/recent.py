"""Passwords that were right a moment ago: programs say them with every request (RFC 7617)."""

from __future__ import annotations

import hmac
import os
from collections import OrderedDict
from collections.abc import Callable

KEY_OCTETS = 32
MILLISECONDS = 300_000
"""For how long it is remembered; then the password is hashed again."""
ENTRIES = 10_000
"""Passwords remembered, less than 3 MB; the one that was right longest ago goes."""


class Recent:
    """Remembers which password was right against which hash, and neither of them.

    What is kept is a keyed digest of both.  The key is of this process alone, and
    in memory only.  A new password has a new hash with a new salt, so the one
    before is not remembered against it: there is nothing to be told of a change,
    wherever it was made.  What was wrong is never remembered.

    @param clock: milliseconds that only go forward.
    """

    def __init__(
        self, clock: Callable[[], int], *, random: Callable[[int], bytes] = os.urandom
    ) -> None:
        self.clock = clock
        self.key = random(KEY_OCTETS)
        self.until: OrderedDict[bytes, int] = OrderedDict()

    def __repr__(self) -> str:
        return "<Recent>"

    def knows(self, kept: str, password: str) -> bool:
        """Whether this password was right against this hash, a moment ago."""
        until = self.until.get(self.digest(kept, password))
        return until is not None and self.clock() < until

    def note(self, kept: str, password: str) -> None:
        """It was right."""
        digest = self.digest(kept, password)
        self.until[digest] = self.clock() + MILLISECONDS
        self.until.move_to_end(digest)
        if len(self.until) > ENTRIES:
            self.until.popitem(last=False)

    def digest(self, kept: str, password: str) -> bytes:
        """What is kept of the two; neither has a NUL in it."""
        return hmac.digest(self.key, f"{kept}\0{password}".encode(), "sha256")
