"""Where the mail of some domains goes, as the DNS has it (RFC 5321, 5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.task import react

from mailnode.config import Config
from mailnode.ctl.outside import Found
from mailnode.errors import NotFound, Unavailable
from mailnode.interfaces.resolver import IResolver
from mailnode.net.resolver import resolver


def hosts(config: Config, domains: Sequence[str]) -> Found:
    """The hosts that take the mail of domains; this runs the reactor, once."""
    found: dict[str, Sequence[str] | None] = {}

    async def look(asked: IResolver, domain: str) -> None:
        found[domain] = await exchangers(asked, domain)

    async def every(reactor: PosixReactorBase) -> None:
        asked = resolver(config.dns.servers, reactor)
        await gatherResults(
            [Deferred.fromCoroutine(look(asked, domain)) for domain in domains]
        )

    if domains:
        with suppress(SystemExit):  # That is how it says that it has done.
            react(lambda reactor: Deferred.fromCoroutine(every(reactor)))
    return {domain: found.get(domain) for domain in domains}


async def exchangers(asked: IResolver, domain: str) -> Sequence[str] | None:
    """The hosts for one domain, best first; itself, if it has only an address.

    @return: C{None} when nobody could be asked.
    """
    try:
        ranked = sorted(
            (each.preference, each.host) for each in await asked.exchangers(domain)
        )
        if ranked:
            return [host for _, host in ranked if host]  # RFC 7505: "" is nobody
        return [domain] if await asked.addresses(domain) else []
    except NotFound:
        return []
    except Unavailable:
        return None
