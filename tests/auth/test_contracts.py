"""Everybody keeps the promises of the interfaces."""

from __future__ import annotations

import pytest
from auth.people import House, People, Plain, deliveries
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.portal import IRealm
from twisted.cred.strcred import ICheckerFactory
from zope.interface import Interface
from zope.interface.verify import verifyClass, verifyObject

from mailnode.auth.checkers import (
    AnonymousChecker,
    DirectoryChecker,
    RealmChecker,
    RealmCheckerFactory,
)
from mailnode.auth.credentials import ILogin, IScram, Password, Scram
from mailnode.auth.domains import ByDomain, Directories, DomainChecker, DomainRealm
from mailnode.auth.gate import Gate
from mailnode.auth.realm import MailRealm
from mailnode.auth.realms import HouseRealmFactory
from mailnode.auth.stock import Completed, FirstOf
from mailnode.interfaces.gate import IGate
from mailnode.interfaces.realm import (
    IDirectory,
    IHouse,
    IMailRealm,
    IRealmFactory,
    IScramDirectory,
)
from mailnode.testing import MemoryStore


@pytest.mark.parametrize(
    ("interface", "implementer"),
    [
        (IGate, Gate),
        (IRealm, MailRealm),
        (IMailRealm, MailRealm),
        (IRealm, DomainRealm),
        (IMailRealm, DomainRealm),
        (IScramDirectory, Directories),
        (IScramDirectory, People),
        (IDirectory, Plain),
        (IHouse, House),
        (IRealmFactory, HouseRealmFactory),
        (ICheckerFactory, RealmCheckerFactory),
        (ICredentialsChecker, RealmChecker),
        (ICredentialsChecker, DirectoryChecker),
        (ICredentialsChecker, AnonymousChecker),
        (ICredentialsChecker, DomainChecker),
        (ICredentialsChecker, Completed),
        (ICredentialsChecker, FirstOf),
        (IUsernamePassword, Password),
        (ILogin, Password),
        (IScram, Scram),
    ],
)
def test_promises_are_kept(interface: type[Interface], implementer: type) -> None:
    assert verifyClass(interface, implementer)


def test_objects_have_what_they_should() -> None:
    directory = Plain({})
    realm = MailRealm(directory, MemoryStore(), deliveries)
    for mail_realm in (realm, DomainRealm(ByDomain(realm, {}), deliveries)):
        verifyObject(IMailRealm, mail_realm)
    verifyObject(IRealmFactory, HouseRealmFactory())
    verifyObject(ICheckerFactory, RealmCheckerFactory())
    verifyObject(ILogin, Password(b"ana", b"faminta"))
    for checker in (RealmChecker(), DirectoryChecker(directory), FirstOf([])):
        verifyObject(ICredentialsChecker, checker)
