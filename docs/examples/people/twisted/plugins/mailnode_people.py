"""A realm of mail whose people stand in a CSV file: C{name,hash,aliases}."""

import csv
import hashlib
import hmac
from collections.abc import Sequence
from pathlib import Path

from twisted.internet.threads import deferToThread
from twisted.plugin import IPlugin
from zope.interface import implementer

from mailnode.auth.passwords import Turns
from mailnode.interfaces.realm import (
    IDirectory,
    IHouse,
    IMailRealm,
    IRealmFactory,
    Person,
)

NOBODY = {"hash": "600000$00$00"}
"""Takes as long as anybody's, and fits no password."""


def matches(kept: str, password: str) -> bool:
    """Whether this is the password behind C{ITERATIONS$SALT$DIGEST} (PBKDF2)."""
    iterations, salt, digest = kept.split("$")
    octets = password.encode(), bytes.fromhex(salt)
    found = hashlib.pbkdf2_hmac("sha256", *octets, int(iterations))
    return hmac.compare_digest(found.hex(), digest)


@implementer(IDirectory)
class People:
    """Everybody in the file."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.rows = {row["name"]: row for row in csv.DictReader(lines)}
        self.turns = Turns(deferToThread)

    async def serves(self, domain: str) -> bool:
        return any(name.endswith("@" + domain) for name in self.rows)

    async def find(self, address: str) -> Person | None:
        return Person(address) if address in self.rows else None

    async def targets(self, address: str) -> Sequence[str]:
        rows = self.rows.values()
        return [row["name"] for row in rows if address in row["aliases"].split()]

    async def verify(self, person: Person, password: str) -> bool:
        kept = self.rows.get(person.name, NOBODY)["hash"]
        return await self.turns.run(lambda: matches(kept, password))


@implementer(IRealmFactory, IPlugin)
class PeopleRealm:
    """C{realm = "people:FILE"}."""

    name = "people"
    help = "people:FILE, a CSV file with the columns name, hash and aliases."

    def realm(self, arguments: str, house: IHouse) -> IMailRealm:
        if not Path(arguments).is_file():
            raise ValueError(f"people:FILE needs a CSV file, not {arguments!r}")
        return house.realm(People(Path(arguments).read_text().splitlines()))


people = PeopleRealm()
