"""The open ports, and the factories behind them, which can be exchanged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import (
    IAddress,
    IListeningPort,
    IProtocol,
    IProtocolFactory,
    IReactorCore,
)
from zope.interface import implementer

from mailnode.config import Config, Listen
from mailnode.net.transport import direct
from mailnode.settings import BadConfiguration, shown

BACKLOG = 1024
"""Connections that wait to be taken; with 50, as comes with Twisted, a burst has
clients wait a second for their next try."""
TCP = re.compile(r"(?:haproxy:)?tcp6?:")


@implementer(IProtocolFactory)
class Doorway:
    """What a port leads to: another factory, today's.

    Until there is one, whoever comes is turned away; a port rests until then.

    @ivar port: the port, once it is bound.
    """

    def __init__(self, listen: Listen) -> None:
        self.listen = listen
        self.inner: IProtocolFactory | None = None
        self.port: IListeningPort | None = None

    def buildProtocol(self, addr: IAddress) -> IProtocol | None:
        return None if self.inner is None else self.inner.buildProtocol(addr)

    def doStart(self) -> None:
        """The port is bound."""

    def doStop(self) -> None:
        """The port is closed: what it led to is no longer needed for it."""
        if self.inner is not None:
            self.inner.doStop()

    def lead(self, inner: IProtocolFactory) -> None:
        """From now on, newcomers meet this factory."""
        inner.doStart()
        if self.inner is not None:
            self.inner.doStop()
        self.inner = inner

    def rest(self) -> None:
        """Let the kernel keep newcomers waiting, if this port can do that."""
        stop = getattr(self.port, "stopReading", None)
        if stop is not None:
            stop()

    def admit(self) -> None:
        """Take those who wait."""
        start = getattr(self.port, "startReading", None)
        if start is not None:
            start()


class Ports:
    """One doorway for each endpoint of the configuration.

    @ivar doorways: by endpoint.
    """

    def __init__(self, reactor: IReactorCore) -> None:
        self.reactor = reactor
        self.doorways: dict[str, Doorway] = {}

    async def bind(self, config: Config) -> None:
        """Open every port, or none; they rest until they lead somewhere.

        @raise BadConfiguration: naming each port that cannot be bound.
        """
        complaints = []
        for number, listen in enumerate(config.listen, 1):
            try:
                await self.open(listen)
            except Exception as error:  # noqa: BLE001 - an endpoint may raise anything
                complaints.append(complaint(number, listen, error))
        if complaints:
            await self.close(list(self.doorways))
            raise BadConfiguration(tuple(complaints))

    async def open(self, listen: Listen) -> None:
        """Bind one port.

        @raise Exception: whatever the endpoint or the system has against it.
        """
        doorway = Doorway(listen)
        endpoint = serverFromString(self.reactor, queued(listen.endpoint))
        doorway.port = await endpoint.listen(doorway)
        _ = direct(doorway.port)
        doorway.rest()
        self.doorways[listen.endpoint] = doorway

    def lead(self, factory: Callable[[Listen], IProtocolFactory]) -> None:
        """Let every port lead to a factory made for it, and take newcomers."""
        for doorway in self.doorways.values():
            doorway.lead(factory(doorway.listen))
            doorway.admit()

    def of_smtp(self) -> Sequence[tuple[str, int]]:
        """Interfaces and ports where other servers bring mail."""
        places = [
            each.port.getHost()
            for each in self.doorways.values()
            if each.listen.protocol == "smtp" and each.port is not None
        ]
        return [
            (each.host, each.port)
            for each in places
            if isinstance(each, IPv4Address | IPv6Address)
        ]

    async def change(self, config: Config) -> Sequence[str]:
        """Open and close ports until they are those of another configuration.

        A port that stays is not closed for a moment.

        @return: what could not be done.
        """
        complaints = []
        wanted = {each.endpoint for each in config.listen}
        await self.close([each for each in self.doorways if each not in wanted])
        for number, listen in enumerate(config.listen, 1):
            doorway = self.doorways.get(listen.endpoint)
            if doorway is not None:
                doorway.listen = listen
                continue
            try:
                await self.open(listen)
            except Exception as error:  # noqa: BLE001 - an endpoint may raise anything
                complaints.append(complaint(number, listen, error))
        return complaints

    async def close(self, endpoints: Iterable[str] | None = None) -> None:
        """Close some ports, or all; sessions go on."""
        for each in list(self.doorways if endpoints is None else endpoints):
            doorway = self.doorways.pop(each)
            if doorway.port is not None:
                await _closed(doorway.port)


def queued(endpoint: str) -> str:
    """An endpoint, with a longer queue than Twisted's if it names none."""
    plain = TCP.match(endpoint) and ":backlog=" not in endpoint
    return f"{endpoint}:backlog={BACKLOG}" if plain else endpoint


def complaint(number: int, listen: Listen, error: Exception) -> str:
    """Why a port is not open."""
    reason = getattr(error, "socketError", None) or error
    said = shown(listen.endpoint)
    return f"listen[{number}].endpoint: {said}: cannot listen for {listen.protocol}: {reason}"


async def _closed(port: IListeningPort) -> None:
    closing = port.stopListening()
    if isinstance(closing, Deferred):
        await closing
