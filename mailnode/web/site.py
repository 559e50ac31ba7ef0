"""What the connections of one HTTP server share: its resources, limits and manners."""

from __future__ import annotations

from dataclasses import dataclass, field

from twisted.internet.interfaces import IReactorTime
from twisted.web.resource import Resource

from mailnode.jmap.extension import Sending
from mailnode.net.rounds import Rounds


@dataclass(frozen=True, slots=True)
class HTTPOptions:
    """How the server behaves.

    @ivar hostname: its name, for clients too old to say by which they know it.
    @ivar url: scheme, host and port by which clients reach it, when a proxy is
        in between; empty: as the client says.
    @ivar origins: whose pages may call us from a browser; C{*} for all.
    @ivar sending: what may be sent by JMAP.
    """

    hostname: str = "localhost"
    url: str = ""
    origins: frozenset[str] = frozenset()
    sending: Sending = field(default_factory=Sending)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client may take, in seconds.

    @ivar idle: from one request to the next.
    @ivar header: from the first octet of a header to its last, and from the
        connection, with its TLS handshake, to the first.
    @ivar content: for content of any size, and then for as long as it comes at
        C{rate} octets a second.
    @ivar linger: for our last words to be heard.
    @ivar stall: for a piece of a long answer to be read.
    """

    idle: float = 60.0
    header: float = 20.0
    content: float = 30.0
    rate: float = 4096.0
    linger: float = 10.0
    stall: float = 60.0


@dataclass(frozen=True, slots=True)
class Site:
    """What the connections of one server share.

    @ivar proxied: the PROXY protocol says who clients are.
    @ivar requests: how many may come over one connection.
    """

    clock: IReactorTime
    rounds: Rounds
    root: Resource
    options: HTTPOptions
    proxied: bool = False
    patience: Patience = Patience()
    requests: int = 1000
