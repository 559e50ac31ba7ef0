"""What an SMTP or LMTP server permits: sizes, times, counts and customs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from mailnode.clock import monotonic, now

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class SMTPOptions:
    """Sizes are octets and times are seconds, apart from C{clock} and C{now}.

    @ivar hostname: how the server calls itself (RFC 5321, 4.1.1.1).
    @ivar message_size: the largest message taken (RFC 1870).
    @ivar recipients: RCPT commands in a transaction; RFC 5321, 4.5.3.1.8 wants
        at least 100.
    @ivar mails: MAIL commands in a session (RFC 9422, 4.1).
    @ivar commands: commands in a row that bring no mail.
    @ivar errors: commands in a session that get a 5yz.
    @ivar strangers: recipients in a session that nobody here knows, beyond as
        many as were known: somebody is guessing addresses.
    @ivar command_seconds: until the next command is complete; five minutes at
        least (RFC 5321, 4.5.3.2.7).
    @ivar data_seconds: until the next octets of a message come; what a client
        gives itself is three minutes (RFC 5321, 4.5.3.2.5).
    @ivar message_seconds: until a message is complete.
    @ivar data_rate: octets a second, averaged, once C{data_seconds} have passed.
    @ivar vrfy: VRFY tells whether an address exists (RFC 5321, 3.5.3 lets us
        decline).
    @ivar strict_helo: EHLO must name a domain or an address literal, as RFC
        5321, 4.1.1.1 has it; otherwise any printable word will do.
    @ivar proxies: who may use XCLIENT.
    @ivar hold_seconds: how long a message may wait for its time (RFC 4865).
    @ivar priority: the highest that is granted (RFC 6710), from -9 to 9.
    @ivar clock: milliseconds that grow.
    @ivar now: milliseconds since 1970 in UTC.
    """

    hostname: str
    message_size: int = 50 * 2**20
    recipients: int = 1000
    mails: int = 1000
    commands: int = 100
    errors: int = 20
    strangers: int = 10
    command_seconds: float = 300.0
    data_seconds: float = 180.0
    message_seconds: float = 7200.0
    data_rate: int = 500
    vrfy: bool = False
    strict_helo: bool = False
    proxies: tuple[Network, ...] = ()
    hold_seconds: int = 30 * 86400
    priority: int = 4
    clock: Callable[[], int] = monotonic
    now: Callable[[], int] = now
