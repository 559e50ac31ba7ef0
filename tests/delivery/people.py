"""A directory in memory, for tests of what delivery asks it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zope.interface import implementer

from mailnode.errors import Unavailable
from mailnode.interfaces.realm import IDirectory, Person, ScramKeys


@implementer(IDirectory)
class People:
    """Who lives where.

    @ivar aliases: addresses, or C{@domain}, and where they lead.
    @ivar gone: it cannot be asked.
    """

    def __init__(
        self,
        names: Sequence[str] = ("ana@example.org", "bob@example.org"),
        aliases: Mapping[str, Sequence[str]] | None = None,
        domains: Sequence[str] = ("example.org", "example.com"),
    ) -> None:
        self.names = set(names)
        self.aliases = dict(aliases or {})
        self.domains = set(domains)
        self.gone = False

    async def serves(self, domain: str) -> bool:
        if self.gone:
            raise Unavailable("the directory cannot be asked")
        return domain in self.domains

    async def find(self, address: str) -> Person | None:
        return Person(address) if address in self.names else None

    async def targets(self, address: str) -> Sequence[str]:
        return self.aliases.get(address, ())

    async def verify(self, person: Person, password: str) -> bool:
        return False

    async def scram_keys(self, person: Person, mechanism: str) -> ScramKeys | None:
        return None
