"""Checkers and realms by domain: one portal for people of several kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import ICredentials
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.portal import IRealm, Portal
from twisted.internet.defer import Deferred, maybeDeferred
from zope.interface import Interface, implementer

from mailnode.auth.checkers import AnonymousChecker, AvatarId, VouchedChecker
from mailnode.auth.credentials import ILogin
from mailnode.auth.prepare import login_name
from mailnode.auth.realm import Deliveries, Granted, delivered, leave
from mailnode.auth.stock import FirstOf, together
from mailnode.auth.tokens import AppPasswords
from mailnode.interfaces.delivery import IDelivery
from mailnode.interfaces.realm import (
    IDirectory,
    IMailRealm,
    IScramDirectory,
    Person,
    ScramKeys,
)
from mailnode.interfaces.tokens import ITokens

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Department:
    """A realm, and who may come in to it.

    @ivar checkers: as C{strcred.makeChecker} makes them, tried in order.
    """

    realm: IMailRealm
    checkers: Sequence[ICredentialsChecker]


@dataclass(frozen=True, slots=True)
class ByDomain(Generic[T]):
    """Something for each of some domains, and something for all others.

    @ivar special: by domain, in canonical form.
    """

    main: T
    special: Mapping[str, T]

    def of(self, name: str) -> T:
        """What there is for a domain, or for an address in it."""
        return self.special.get(name.rpartition("@")[2], self.main)

    def each(self) -> Sequence[T]:
        """All there are."""
        return (self.main, *self.special.values())


@implementer(IScramDirectory)
class Directories:
    """Everybody in several directories, each asked about its own domains."""

    def __init__(self, directories: ByDomain[IDirectory]) -> None:
        self.directories = directories

    async def serves(self, domain: str) -> bool:
        """Whether mail for this domain is ours."""
        return await self.directories.of(domain).serves(domain)

    async def find(self, address: str) -> Person | None:
        """The person whose own address this is."""
        return await self.directories.of(address).find(address)

    async def targets(self, address: str) -> Sequence[str]:
        """Where an alias leads, be it to another domain."""
        return await self.directories.of(address).targets(address)

    async def verify(self, person: Person, password: str) -> bool:
        """Whether this is the person's password."""
        return await self.directories.of(person.name).verify(person, password)

    async def scram_keys(self, person: Person, mechanism: str) -> ScramKeys | None:
        """The person's keys, if his directory has such."""
        directory = self.directories.of(person.name)
        if not IScramDirectory.providedBy(directory):
            return None
        return await IScramDirectory(directory).scram_keys(person, mechanism)


@implementer(ICredentialsChecker)
class DomainChecker:
    """Asks the checker of the domain that somebody says he is from.

    Whom a checker lets in belongs to one of its own domains, or stays outside.
    What not all of them can check is not on offer, because a client chooses how
    to log in before he says who he is.
    """

    def __init__(
        self, checkers: ByDomain[ICredentialsChecker], default_domain: str = ""
    ) -> None:
        self.checkers = checkers
        self.default_domain = default_domain
        self.credentialInterfaces: Sequence[type[ICredentials]] = tuple(
            interface
            for interface in checkers.main.credentialInterfaces
            if all(interface in one.credentialInterfaces for one in checkers.each())
        )

    def requestAvatarId(self, credentials: ICredentials) -> Deferred[AvatarId]:
        """Fires with the name of the account, or fails with C{UnauthorizedLogin}."""
        return Deferred.fromCoroutine(self._avatar_id(ILogin(credentials)))

    async def _avatar_id(self, credentials: ILogin) -> AvatarId:
        name = login_name(credentials.username, self.default_domain)
        checker = self.checkers.of(name or "")
        found = await maybeDeferred(checker.requestAvatarId, credentials)
        if not found or self.checkers.of(bytes(found).decode()) is not checker:
            raise UnauthorizedLogin
        return found


@implementer(IRealm, IMailRealm)
class DomainRealm:
    """Several realms in one: accounts by domain, and one way of mail for all."""

    def __init__(self, realms: ByDomain[IMailRealm], deliveries: Deliveries) -> None:
        self.realms = realms
        self.deliveries = deliveries
        directories = {name: one.directory for name, one in realms.special.items()}
        self.directory: IDirectory = Directories(
            ByDomain(realms.main.directory, directories)
        )

    def requestAvatar(
        self,
        avatarId: AvatarId,  # noqa: N803 - cred's word
        mind: object,
        *interfaces: type[Interface],
    ) -> Deferred[Granted]:
        """Fires with what the realm of the domain gives."""
        return Deferred.fromCoroutine(self._avatar(avatarId, mind, interfaces))

    async def _avatar(
        self, avatar_id: AvatarId, mind: object, interfaces: tuple[type[Interface], ...]
    ) -> Granted:
        if interfaces == (IDelivery,):
            delivery = await delivered(self.deliveries, self.directory, mind, avatar_id)
            return IDelivery, delivery, leave
        realm = IRealm(self.realms.of(bytes(avatar_id).decode()))
        granted = realm.requestAvatar(avatar_id, mind, *interfaces)
        return await granted if isinstance(granted, Deferred) else granted


def portal(
    main: Department,
    special: Mapping[str, Department],
    deliveries: Deliveries,
    *,
    default_domain: str = "",
    secret: bytes | None = None,
    tokens: ITokens | None = None,
) -> Portal:
    """The one portal to everything that a configuration names.

    @param special: departments by domain, in canonical form.
    @param deliveries: the way in for mail, when there is more than one realm.
    @param default_domain: for login names without one.
    @param secret: see L{DirectoryChecker<mailnode.auth.checkers.DirectoryChecker>}.
    @param tokens: has the app passwords, which are tried first.
    """

    def checker_of(department: Department, domain: str) -> ICredentialsChecker:
        directory = department.realm.directory
        return together(department.checkers, directory, domain, secret=secret)

    checker = checker_of(main, default_domain)
    realm: IMailRealm = main.realm
    if special:
        checkers = {name: checker_of(one, name) for name, one in special.items()}
        checker = DomainChecker(ByDomain(checker, checkers), default_domain)
        realms = {name: one.realm for name, one in special.items()}
        realm = DomainRealm(ByDomain(main.realm, realms), deliveries)
    if tokens is not None:
        checker = FirstOf([AppPasswords(tokens, default_domain), checker])
    return Portal(IRealm(realm), [checker, VouchedChecker(), AnonymousChecker()])
