"""Realms: by name, the standard one, and several by domain."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest
from auth.people import House, People, Plain, deliveries, now
from twisted.cred.checkers import ANONYMOUS
from twisted.cred.credentials import IAnonymous, IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.portal import IRealm
from zope.interface import Interface

from mailnode.auth.checkers import RealmChecker
from mailnode.auth.credentials import IScram, IVouched, Password
from mailnode.auth.domains import ByDomain, Department, Directories, portal
from mailnode.auth.realm import MailRealm
from mailnode.auth.realms import HouseRealmFactory, realm
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.delivery import IDelivery
from mailnode.interfaces.realm import IMailRealm, Person
from mailnode.testing import MemoryDelivery, MemoryStore

PLUGINS = """
from auth.people import Plain
from twisted.plugin import IPlugin
from zope.interface import implementer
from mailnode.auth.realms import HouseRealmFactory
from mailnode.interfaces.realm import IRealmFactory

@implementer(IRealmFactory, IPlugin)
class One:
    name = "one"
    help = "One person, who is the argument."
    def realm(self, arguments, house):
        if not arguments:
            raise ValueError("one:NAME needs a name")
        return house.realm(Plain({arguments: "secret"}))

one = One()
mailnode = HouseRealmFactory()
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    (tmp_path / "plugged").mkdir()
    (tmp_path / "plugged" / "__init__.py").touch()
    (tmp_path / "plugged" / "some_plugin.py").write_text(PLUGINS)
    monkeypatch.syspath_prepend(tmp_path)
    yield import_module("plugged")
    for name in [name for name in sys.modules if name.split(".")[0] == "plugged"]:
        del sys.modules[name]


@pytest.fixture
def house() -> House:
    return House(Plain({"ana@example.org": "faminta"}))


def test_a_realm_by_name(plugins: ModuleType, house: House) -> None:
    made = realm("one:bob@example.net", house, package=plugins)
    assert now(made.directory.find("bob@example.net")) == Person("bob@example.net")
    assert IMailRealm.providedBy(made)
    assert realm("mailnode", house, package=plugins).directory is house.directory


def test_arguments_may_hold_colons(plugins: ModuleType, house: House) -> None:
    made = realm("one:a:b", house, package=plugins)
    assert now(made.directory.find("a:b")) == Person("a:b")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("sqlite:x", "no realm 'sqlite'; known are: mailnode, one"),
        ("", "no realm ''; known are: mailnode, one"),
        ("one", "one:NAME needs a name"),
        ("mailnode:x", "mailnode takes no arguments"),
    ],
)
def test_complaints(
    plugins: ModuleType, house: House, text: str, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        realm(text, house, package=plugins)


def test_two_of_one_name(plugins: ModuleType, house: House, tmp_path: Path) -> None:
    (tmp_path / "plugged" / "other_plugin.py").write_text(PLUGINS)
    with pytest.raises(ValueError, match="two plug-ins make a realm 'one'"):
        realm("one:x", house, package=plugins)


def test_the_help_is_one_line() -> None:
    assert "\n" not in HouseRealmFactory.help


def granted(realm: Any, avatar_id: object, *interfaces: object) -> Any:
    return now(IRealm(realm).requestAvatar(cast(bytes, avatar_id), "mind", *interfaces))  # type: ignore[arg-type]  # interfaces are types to mypy-zope


def test_people_find_their_mail(house: House) -> None:
    realm = house.realm(house.directory)
    interface, avatar, logout = granted(realm, b"ana@example.org", IMailAccount)
    assert interface is IMailAccount
    assert avatar.name == "ana@example.org"
    logout()


def test_everybody_may_bring_mail(house: House) -> None:
    realm = house.realm(house.directory)
    for who in (ANONYMOUS, b"ana@example.org"):
        interface, avatar, _ = granted(realm, who, IDelivery)
        assert interface is IDelivery
        person = None if who == ANONYMOUS else Person("ana@example.org")
        assert avatar.made_from == (house.directory, "mind", person)


def test_who_lives_nowhere_has_no_mail(house: House) -> None:
    realm = house.realm(house.directory)
    for who in (ANONYMOUS, b"bob@example.org"):
        with pytest.raises(UnauthorizedLogin):
            granted(realm, who, IMailAccount)
    assert not house.store.accounts


def test_a_realm_of_mail_has_mail_only(house: House) -> None:
    with pytest.raises(NotImplementedError):
        granted(house.realm(house.directory), b"ana@example.org", Interface)


def test_a_stranger_gets_the_delivery_of_two(house: House) -> None:
    realm = house.realm(house.directory)
    interface, _, _ = granted(realm, ANONYMOUS, IMailAccount, IDelivery)
    assert interface is IDelivery


ORG = {"ana@example.org": "faminta", "boss@corp.example": "in the wrong place"}
CORP = {"ana@corp.example": "secret", "root@example.org": "crossing over"}


class Two:
    """example.org and everything else in one realm, corp.example in another."""

    def __init__(self, corp: People | Plain | None = None) -> None:
        self.org, self.corp = People(ORG), corp or People(CORP)
        self.store, self.other_store = MemoryStore(), MemoryStore()
        main = MailRealm(self.org, self.store, deliveries)
        special = MailRealm(self.corp, self.other_store, deliveries)
        self.portal = portal(
            Department(main, [RealmChecker()]),
            {"corp.example": Department(special, [RealmChecker()])},
            deliveries,
            default_domain="example.org",
        )

    def login(self, username: bytes, password: bytes) -> Any:
        credentials = Password(username, password)
        return now(
            self.portal.login(credentials, None, cast(type[Interface], IMailAccount))
        )[1]


def test_each_domain_has_its_own_people() -> None:
    two = Two()
    assert two.login(b"ana", b"faminta").name == "ana@example.org"
    assert two.login(b"ana@corp.example", b"secret").name == "ana@corp.example"
    assert list(two.store.accounts) == ["ana@example.org"]
    assert list(two.other_store.accounts) == ["ana@corp.example"]
    for username, password in (
        (b"ana@corp.example", b"faminta"),
        (b"ana", b"secret"),
        (b"boss@corp.example", b"in the wrong place"),
        (b"root@example.org", b"crossing over"),
        (b"ana@elsewhere.example", b"faminta"),
        (b"", b"faminta"),
    ):
        with pytest.raises(UnauthorizedLogin):
            two.login(username, password)


def test_a_checker_lets_in_people_of_its_own_domain_only() -> None:
    """Whatever name it hands out."""
    from auth.test_checkers import Answers  # noqa: PLC0415

    two = Two()
    main = MailRealm(two.org, two.store, deliveries)
    special = MailRealm(two.corp, two.other_store, deliveries)
    crossing = portal(
        Department(main, [RealmChecker()]),
        {"corp.example": Department(special, [Answers(b"ana@example.org")])},
        deliveries,
        default_domain="example.org",
    )
    with pytest.raises(UnauthorizedLogin):
        now(
            crossing.login(
                Password(b"mallory@corp.example", b"x"),
                None,
                cast(type[Interface], IMailAccount),
            )
        )


def test_what_not_all_can_check_is_not_on_offer() -> None:
    both = Two().portal.listCredentialsInterfaces()
    assert both == [IUsernamePassword, IScram, IVouched, IAnonymous]
    less = Two(Plain(CORP)).portal.listCredentialsInterfaces()
    assert less == [IUsernamePassword, IVouched, IAnonymous]


def test_mail_for_all_domains_comes_in_one_way() -> None:
    two = Two()
    _, avatar, _ = granted(two.portal.realm, ANONYMOUS, IDelivery)
    assert isinstance(avatar, MemoryDelivery)
    directory, mind, _ = avatar.made_from  # type: ignore[attr-defined]  # for tests
    assert mind == "mind"
    for name in ("ana@example.org", "ana@corp.example"):
        assert now(directory.find(name)) == Person(name)
        assert now(directory.serves(name.partition("@")[2]))
    for name in ("boss@corp.example", "root@example.org", "ana@elsewhere.example"):
        assert now(directory.find(name)) is None
    assert not now(directory.serves("elsewhere.example"))


def test_people_of_all_domains_hand_it_in_one_way() -> None:
    two = Two()
    for name in ("ana@example.org", "ana@corp.example"):
        _, avatar, _ = granted(two.portal.realm, name.encode(), IDelivery)
        assert isinstance(avatar, MemoryDelivery)
        directory, mind, person = avatar.made_from  # type: ignore[attr-defined]  # for tests
        assert (mind, person) == ("mind", Person(name))
        assert now(directory.find("ana@corp.example"))
    for name in ("boss@corp.example", "ana@elsewhere.example"):
        with pytest.raises(UnauthorizedLogin):
            granted(two.portal.realm, name.encode(), IDelivery)


def test_who_lives_nowhere_hands_in_nothing(house: House) -> None:
    with pytest.raises(UnauthorizedLogin):
        granted(house.realm(house.directory), b"bob@example.org", IDelivery)


def test_directories_answer_for_their_own_domains() -> None:
    org = People(ORG, {"info@example.org": "ana@corp.example", "@example.org": "x@y"})
    corp = Plain(CORP)
    both = Directories(ByDomain(org, {"corp.example": corp}))
    assert now(both.targets("info@example.org")) == ["ana@corp.example"]
    assert now(both.targets("@example.org")) == ["x@y"]
    assert now(both.targets("@corp.example")) == []
    ana, other = Person("ana@example.org"), Person("ana@corp.example")
    assert now(both.verify(ana, "faminta"))
    assert now(both.verify(other, "secret"))
    assert not now(both.verify(other, "faminta"))
    assert now(both.scram_keys(ana, "SCRAM-SHA-1"))
    assert now(both.scram_keys(other, "SCRAM-SHA-1")) is None


def test_one_realm_needs_no_choice(house: House) -> None:
    realm = house.realm(house.directory)
    one = portal(Department(realm, [RealmChecker()]), {}, deliveries)
    assert one.realm is IRealm(realm)
