"""What a POP3 server permits: times, delays and customs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mailnode.clock import monotonic


@dataclass(frozen=True, slots=True, kw_only=True)
class POP3Options:
    """How a server behaves, for all its sessions.

    @ivar hostname: how the server calls itself.
    @ivar patience: seconds until a command is complete; RFC 1939, 3 wants at
        least ten minutes.
    @ivar failures: wrong logins after which the connection is closed.
    @ivar faults: commands before login that are none, after which it is closed.
    @ivar expire: days that messages are kept at least, or C{None} if they are
        never removed by the server (RFC 2449, 6.7).
    @ivar login_delay: seconds between two logins to a maildrop (RFC 2449,
        6.5); 0 asks for none.
    @ivar seen: what was retrieved is flagged C{\\Seen} when the session ends
        with QUIT.
    @ivar clock: milliseconds that grow.
    @ivar logins: when each maildrop was last logged in to, by account name;
        shared by the sessions of a server, and only kept for C{login_delay}.
    """

    hostname: str = "mailnode"
    patience: float = 600.0
    failures: int = 3
    faults: int = 10
    expire: int | None = None
    login_delay: int = 0
    seen: bool = True
    clock: Callable[[], int] = monotonic
    logins: dict[str, int] = field(default_factory=dict, repr=False, compare=False)
