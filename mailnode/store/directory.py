"""Our own directory: domains, people, aliases and secrets in the main database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import apsw
from zope.interface import implementer

from mailnode.errors import (
    AlreadyExists,
    NoSpace,
    NotFound,
    NotPermitted,
    Unavailable,
)
from mailnode.interfaces.passwords import IPasswords, Secrets
from mailnode.interfaces.realm import IScramDirectory, Person, ScramKeys
from mailnode.store.answers import Answers
from mailnode.store.database import Database


@dataclass(frozen=True, slots=True)
class Alias:
    """An address that leads to others.

    @ivar address: C{local@domain}, or C{@domain} for all that are not known.
    """

    address: str
    targets: tuple[str, ...]


@implementer(IScramDirectory)
class Directory:
    """Who lives here.  Addresses are C{local@domain}; their case does not matter.

    All of it is written here and nowhere else, so what is asked for each message
    is remembered.
    """

    def __init__(
        self,
        main: Database,
        *,
        passwords: IPasswords,
        clock: Callable[[], int],
    ) -> None:
        """Begin.

        @param main: prepared by L{mailnode.store.migrate.main}.
        @param clock: now, in milliseconds since 1970 in UTC.
        """
        self.main = main
        self.answers = Answers(main)
        self.passwords = passwords
        self.clock = clock

    async def serves(self, domain: str) -> bool:
        """Whether mail for this domain is ours."""
        return await self.answers.read(serves, domain.casefold())

    async def find(self, address: str) -> Person | None:
        """The person whose own address this is."""
        key = address.casefold()
        return Person(key) if await self.answers.read(is_person, key) else None

    async def targets(self, address: str) -> Sequence[str]:
        """Where an alias leads, in the order in which it was said."""
        return list(await self.answers.read(targets, address.casefold()))

    async def verify(self, person: Person, password: str) -> bool:
        """Whether this is the person's password.

        If it is, and it is not kept as it would be today, that is made good.
        """
        kept = await self.main.read(lambda tx: kept_secrets(tx, person.name))
        known = None if kept is None else kept.hash
        if not await self.passwords.verify(known, password):
            return False
        if kept is not None and self.passwords.outdated(kept):
            with suppress(NoSpace, Unavailable):  # at the next login, then
                await self.renew(person.name, kept, password)
        return True

    async def renew(self, key: str, kept: Secrets, password: str) -> None:
        """Keep a password anew, unless there is another one meanwhile."""
        secrets = await self.passwords.secrets(password)

        def update(tx: apsw.Connection) -> None:
            if kept_secrets(tx, key) == kept:
                put_secrets(tx, key, secrets)

        await self.answers.write(update)

    async def scram_keys(self, person: Person, mechanism: str) -> ScramKeys | None:
        """The keys for a mechanism, if there are any."""

        def select(tx: apsw.Connection) -> ScramKeys | None:
            row = tx.execute(
                "SELECT salt, iterations, stored_key, server_key FROM scram"
                " WHERE address = ? AND mechanism = ?",
                (person.name, mechanism),
            ).get
            return None if row is None else ScramKeys(*row)

        return await self.main.read(select)

    async def domains(self) -> Sequence[str]:
        """All domains, by name."""
        return await self.main.read(
            lambda tx: [
                name for (name,) in tx.execute("SELECT name FROM domain ORDER BY name")
            ]
        )

    async def add_domain(self, name: str) -> None:
        """Take mail for a domain from now on; A-labels.

        @raise AlreadyExists: when we do already.
        """
        row = (name.casefold(), self.clock())

        def insert(tx: apsw.Connection) -> None:
            if serves(tx, row[0]):
                raise AlreadyExists(f"the domain {row[0]} is ours already")
            tx.execute("INSERT INTO domain (name, created) VALUES (?, ?)", row)

        await self.answers.write(insert)

    async def remove_domain(self, name: str) -> None:
        """Take no more mail for a domain.

        @raise NotFound: when it is not ours.
        @raise NotPermitted: when it still has people or aliases.
        """
        key = name.casefold()

        def delete(tx: apsw.Connection) -> None:
            require_domain(tx, key)
            for table, what in (("person", "people"), ("alias", "aliases")):
                if tx.execute(
                    f"SELECT 1 FROM {table} WHERE domain = ? LIMIT 1",  # noqa: S608
                    (key,),
                ).get:
                    raise NotPermitted(f"the domain {key} still has {what}")
            tx.execute("DELETE FROM domain WHERE name = ?", (key,))

        await self.answers.write(delete)

    async def people(self) -> Sequence[Person]:
        """Everyone, by domain and address."""
        return await self.main.read(
            lambda tx: [
                Person(address)
                for (address,) in tx.execute(
                    "SELECT address FROM person ORDER BY domain, address"
                )
            ]
        )

    async def add_person(self, address: str, secrets: Secrets) -> Person:
        """Give somebody an address and a password.

        @raise NotFound: when the domain is not ours.
        @raise AlreadyExists: when the address is a person's or an alias.
        @raise NotPermitted: when it is no address.
        """
        key, domain = parts(address)
        if key.startswith("@"):
            raise NotPermitted("a person's address is local@domain")
        now = self.clock()

        def insert(tx: apsw.Connection) -> None:
            require_domain(tx, domain)
            require_free(tx, key)
            tx.execute(
                "INSERT INTO person (address, domain, password, created)"
                " VALUES (?, ?, ?, ?)",
                (key, domain, secrets.hash, now),
            )
            put_scram(tx, key, secrets)

        await self.answers.write(insert)
        return Person(key)

    async def set_secrets(self, address: str, secrets: Secrets) -> None:
        """Give somebody another password.

        @raise NotFound: when there is no such person.
        """
        key = address.casefold()

        def update(tx: apsw.Connection) -> None:
            if not is_person(tx, key):
                raise NotFound(f"there is no {key}")
            put_secrets(tx, key, secrets)

        await self.answers.write(update)

    async def remove_person(self, address: str) -> None:
        """Let somebody in no more; the mail is the store's to remove.

        @raise NotFound: when there is no such person.
        """
        key = address.casefold()

        def delete(tx: apsw.Connection) -> None:
            if not is_person(tx, key):
                raise NotFound(f"there is no {key}")
            tx.execute("DELETE FROM person WHERE address = ?", (key,))
            tx.execute("DELETE FROM scram WHERE address = ?", (key,))
            tx.execute("DELETE FROM token WHERE account = ?", (key,))

        await self.answers.write(delete)

    async def aliases(self) -> Sequence[Alias]:
        """All aliases, by domain and address."""

        def select(tx: apsw.Connection) -> Sequence[Alias]:
            found: dict[str, list[str]] = {}
            for address, target in tx.execute(
                "SELECT address, target FROM alias ORDER BY domain, address, position"
            ):
                found.setdefault(address, []).append(target)
            return [Alias(address, tuple(to)) for address, to in found.items()]

        return await self.main.read(select)

    async def add_alias(self, address: str, targets: Sequence[str]) -> None:
        """Let an address lead to others.

        That of a person may lead to itself as well: what keeps a copy.

        @param address: C{local@domain}, or C{@domain} for all that are not known.
        @raise NotFound: when the domain is not ours.
        @raise AlreadyExists: when the address is an alias.
        @raise NotPermitted: when it would lead nowhere but to itself.
        """
        key, domain = parts(address)
        to = list(dict.fromkeys(map(folded, targets)))
        others = [each for each in to if each.casefold() != key]

        def insert(tx: apsw.Connection) -> None:
            require_domain(tx, domain)
            require_no_alias(tx, key)
            if not others or (len(others) < len(to) and not is_person(tx, key)):
                raise NotPermitted(f"the alias {key} would lead nowhere")
            tx.executemany(
                "INSERT INTO alias (address, domain, position, target)"
                " VALUES (?, ?, ?, ?)",
                [(key, domain, n, target) for n, target in enumerate(to)],
            )

        await self.answers.write(insert)

    async def remove_alias(self, address: str) -> None:
        """Let an address lead nowhere.

        @raise NotFound: when it is no alias.
        """
        key = address.casefold()

        def delete(tx: apsw.Connection) -> None:
            gone = list(
                tx.execute(
                    "DELETE FROM alias WHERE address = ? RETURNING target", (key,)
                )
            )
            if not gone:
                raise NotFound(f"there is no alias {key}")

        await self.answers.write(delete)


def parts(address: str) -> tuple[str, str]:
    """An address as the key it is kept under, and its domain.

    @raise NotPermitted: when it has no domain.
    """
    key = address.casefold()
    _, at, domain = key.rpartition("@")
    if not at or not domain:
        raise NotPermitted("an address is local@domain")
    return key, domain


def folded(target: str) -> str:
    """Where an alias leads: the local part is kept as it was said, for others.

    @raise NotPermitted: when it is no address.
    """
    local, at, domain = target.rpartition("@")
    if not local or not at or not domain:
        raise NotPermitted("an alias leads to local@domain")
    return f"{local}@{domain.lower()}"


def serves(tx: apsw.Connection, domain: str) -> bool:
    """Whether a domain is ours."""
    found = tx.execute("SELECT 1 FROM domain WHERE name = ?", (domain,)).get
    return found is not None


def is_person(tx: apsw.Connection, key: str) -> bool:
    """Whether an address is a person's own."""
    found = tx.execute("SELECT 1 FROM person WHERE address = ?", (key,)).get
    return found is not None


def targets(tx: apsw.Connection, key: str) -> Sequence[str]:
    """Where an alias leads."""
    found = tx.execute(
        "SELECT target FROM alias WHERE address = ? ORDER BY position", (key,)
    )
    return tuple(target for (target,) in found)


def require_domain(tx: apsw.Connection, domain: str) -> None:
    """Make sure that a domain is ours.

    @raise NotFound: when it is not.
    """
    if not serves(tx, domain):
        raise NotFound(f"the domain {domain} is not ours")


def require_free(tx: apsw.Connection, key: str) -> None:
    """Make sure that an address is neither a person's nor an alias.

    @raise AlreadyExists: when it is.
    """
    if is_person(tx, key):
        raise AlreadyExists(f"{key} is somebody's address already")
    require_no_alias(tx, key)


def require_no_alias(tx: apsw.Connection, key: str) -> None:
    """Make sure that an address is no alias.

    @raise AlreadyExists: when it is.
    """
    if tx.execute("SELECT 1 FROM alias WHERE address = ? LIMIT 1", (key,)).get:
        raise AlreadyExists(f"{key} is an alias already")


def kept_secrets(tx: apsw.Connection, key: str) -> Secrets | None:
    """What is kept of somebody's password."""
    password = tx.execute("SELECT password FROM person WHERE address = ?", (key,)).get
    if password is None:
        return None
    rows = tx.execute(
        "SELECT mechanism, salt, iterations, stored_key, server_key FROM scram"
        " WHERE address = ?",
        (key,),
    )
    return Secrets(password, {mechanism: ScramKeys(*keys) for mechanism, *keys in rows})


def put_secrets(tx: apsw.Connection, key: str, secrets: Secrets) -> None:
    """Replace what is kept of somebody's password."""
    tx.execute("UPDATE person SET password = ? WHERE address = ?", (secrets.hash, key))
    put_scram(tx, key, secrets)


def put_scram(tx: apsw.Connection, key: str, secrets: Secrets) -> None:
    """Replace the keys for SCRAM."""
    tx.execute("DELETE FROM scram WHERE address = ?", (key,))
    tx.executemany(
        "INSERT INTO scram (address, mechanism, salt, iterations, stored_key,"
        " server_key) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (key, mechanism, k.salt, k.iterations, k.stored_key, k.server_key)
            for mechanism, k in secrets.scram.items()
        ],
    )
