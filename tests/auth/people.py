"""Ana and Bob, who knows them, and how their tests wait for an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from zope.interface import implementer

from mailnode.auth.passwords import Cost, Passwords
from mailnode.interfaces.passwords import Secrets
from mailnode.interfaces.realm import (
    IDirectory,
    IHouse,
    IMailRealm,
    IScramDirectory,
    Person,
    ScramKeys,
)
from mailnode.testing import MemoryDelivery, MemoryStore

T = TypeVar("T")

CHEAP = Cost(time=1, memory=8, iterations=4096)
"""argon2id at its least: the tests are about us, not about argon2."""
SECRET = b"not very secret, but the same in every run"


def now(work: Awaitable[T]) -> T:
    """What a coroutine comes to that never has to wait."""

    async def waiting() -> T:
        return await work

    results: list[Any] = []
    _ = Deferred.fromCoroutine(waiting()).addBoth(results.append)
    assert results, "it waits for something"
    if isinstance(results[0], Failure):
        results[0].raiseException()
    result: T = results[0]
    return result


class Inline:
    """Does work at once, and counts it."""

    def __init__(self) -> None:
        self.done = 0

    async def __call__(self, work: Callable[[], T]) -> T:
        self.done += 1
        return work()


@implementer(IScramDirectory)
class People:
    """A directory of people by name and password."""

    def __init__(
        self, passwords: Mapping[str, str], aliases: Mapping[str, str] | None = None
    ) -> None:
        self.inline = Inline()
        self.passwords = Passwords(self.inline, cost=CHEAP)
        self.secrets: dict[str, Secrets] = {
            name: now(self.passwords.secrets(password))
            for name, password in passwords.items()
        }
        self.aliases = aliases or {}
        self.inline.done = 0

    async def serves(self, domain: str) -> bool:
        return any(name.endswith(f"@{domain}") for name in self.secrets)

    async def find(self, address: str) -> Person | None:
        return Person(address) if address in self.secrets else None

    async def targets(self, address: str) -> Sequence[str]:
        return [self.aliases[address]] if address in self.aliases else []

    async def verify(self, person: Person, password: str) -> bool:
        secrets = self.secrets.get(person.name)
        kept = None if secrets is None else secrets.hash
        return await self.passwords.verify(kept, password)

    async def scram_keys(self, person: Person, mechanism: str) -> ScramKeys | None:
        return self.secrets[person.name].scram.get(mechanism)


@implementer(IDirectory)
class Plain:
    """A directory that can only be told a password, in twelve lines."""

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self.passwords = passwords

    async def serves(self, domain: str) -> bool:
        return any(name.endswith(f"@{domain}") for name in self.passwords)

    async def find(self, address: str) -> Person | None:
        return Person(address) if address in self.passwords else None

    async def targets(self, address: str) -> Sequence[str]:
        return []

    async def verify(self, person: Person, password: str) -> bool:
        return self.passwords[person.name] == password


def deliveries(
    directory: IDirectory, mind: object, person: Person | None
) -> MemoryDelivery:
    """A way in for mail that remembers what it was made from."""
    delivery = MemoryDelivery(MemoryStore(), {})
    delivery.made_from = (directory, mind, person)  # type: ignore[attr-defined]  # for tests
    return delivery


@implementer(IHouse)
class House:
    """What a realm is built with."""

    def __init__(self, directory: IDirectory) -> None:
        self.store = MemoryStore()
        self.directory = directory

    def realm(self, directory: IDirectory) -> IMailRealm:
        from mailnode.auth.realm import MailRealm  # noqa: PLC0415

        return MailRealm(directory, self.store, deliveries)
