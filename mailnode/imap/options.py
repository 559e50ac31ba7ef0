"""What an operator may choose about IMAP."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IMAPOptions:
    """Limits and names; sizes are octets, times are seconds.

    @ivar hostname: the name in the greeting.
    @ivar message_limit: the largest message that APPEND takes.
    @ivar command_limit: lines and literals of one command, after login; a
        message is not counted.
    @ivar stranger_limit: the same before login.
    @ivar patience: how long a client may be idle; at least 30 minutes
        (RFC 9051, 5.4).
    @ivar stranger_patience: how long one may take to log in, command by command.
    @ivar jmap: where the session object of JMAP is; empty, if it is nowhere.
    @ivar faults: commands in a row that nobody understands, before we hang up.
    """

    hostname: str = "localhost"
    message_limit: int = 64 * 2**20
    command_limit: int = 64 * 2**10
    stranger_limit: int = 8 * 2**10
    patience: float = 1860.0
    stranger_patience: float = 60.0
    jmap: str = ""
    faults: int = 20
