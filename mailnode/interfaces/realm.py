"""Who may live here: what an operator's own realm brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zope.interface import Attribute, Interface

from mailnode.interfaces.account import IStore


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account.

    @ivar name: the account's name, C{local@domain} in lower case.
    """

    name: str


@dataclass(frozen=True, slots=True)
class ScramKeys:
    """What SCRAM needs instead of a password (RFC 5802, 3)."""

    salt: bytes
    iterations: int
    stored_key: bytes
    server_key: bytes

    def __repr__(self) -> str:
        return "<ScramKeys>"


class IDirectory(Interface):
    """Domains and people.  Addresses come in as C{local@domain}, case folded."""

    async def serves(domain: str) -> bool:
        """Whether mail for this domain is ours; others are not relayed."""

    async def find(address: str) -> Person | None:
        """The person whose own address this is; no aliases, no guessing."""

    async def targets(address: str) -> Sequence[str]:
        """Where an alias leads, as addresses; nothing if it is none.

        C{@domain} asks for the catch-all of a domain.
        """

    async def verify(person: Person, password: str) -> bool:
        """Whether this is the person's password.

        Asked about people who do not exist, too: that is C{False}, and should
        take as long as for those who do.

        @param password: prepared as an OpaqueString (RFC 8265, 4.2).
        """


class IScramDirectory(IDirectory):
    """A directory that can prove passwords without being told them."""

    async def scram_keys(person: Person, mechanism: str) -> ScramKeys | None:
        """The keys for C{SCRAM-SHA-256} or C{SCRAM-SHA-1}, if there are any."""


class IMailRealm(Interface):
    """A realm of mail: an avatar for everyone, and who lives there.

    Whatever provides this provides C{twisted.cred.portal.IRealm} too: asked
    for an L{IMailAccount<mailnode.interfaces.account.IMailAccount>} it answers
    with a person's mail, asked for an
    L{IDelivery<mailnode.interfaces.delivery.IDelivery>} with the way of mail
    for whoever brings it: a stranger's leads to the people here, that of
    somebody who has logged in leads everywhere.
    """

    directory: IDirectory = Attribute("The people of this realm.")


class IHouse(Interface):
    """What a realm is given to build with."""

    store: IStore = Attribute("Keeps the mail.")
    directory: IDirectory = Attribute("The people that mailnodectl looks after.")

    def realm(directory: IDirectory) -> IMailRealm:
        """The standard realm over a directory: mail accounts and submission for
        those who log in, delivery for anyone who brings mail."""


class IRealmFactory(Interface):
    """A plug-in that makes a realm out of a string C{NAME[:ARGUMENTS]}."""

    name: str = Attribute("The word before the colon.")
    help: str = Attribute("One line for people.")

    def realm(arguments: str, house: IHouse) -> IMailRealm:
        """Make the realm.

        @raise ValueError: when the arguments are no use; the text says why.
        """
