"""Who lives here: domains, people, aliases, and what is kept of passwords."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import apsw
import pytest
from store.keeping import ANA, BOB, Clock, now
from zope.interface import implementer
from zope.interface.verify import verifyObject

from mailnode.errors import (
    AlreadyExists,
    MailError,
    NoSpace,
    NotFound,
    NotPermitted,
    Unavailable,
)
from mailnode.interfaces.passwords import IPasswords, Secrets
from mailnode.interfaces.realm import IScramDirectory, Person, ScramKeys
from mailnode.store import migrate
from mailnode.store.check import check
from mailnode.store.database import InlineDatabase
from mailnode.store.directory import Alias, Directory, kept_secrets

KEYS = ScramKeys(b"salt", 4096, b"stored", b"server")
SECRETS = Secrets("hash of faminta", {"SCRAM-SHA-256": KEYS})


@implementer(IPasswords)
class Passwords:
    """Hashes nothing.

    @ivar today: what is kept of a new password; C{None} as long as what is kept
        is good enough.
    """

    def __init__(self) -> None:
        self.today: Secrets | MailError | None = None

    async def secrets(self, password: str) -> Secrets:
        assert self.today is not None
        if isinstance(self.today, MailError):
            raise self.today
        return self.today

    async def verify(self, kept: str | None, password: str) -> bool:
        return kept is not None and kept.endswith(f"hash of {password}")

    def outdated(self, kept: Secrets) -> bool:
        return self.today not in (None, kept)


@pytest.fixture
def passwords() -> Passwords:
    return Passwords()


@pytest.fixture
def directory(passwords: Passwords) -> Iterator[Directory]:
    main = InlineDatabase(prepare=migrate.main)
    directory = Directory(main, passwords=passwords, clock=Clock())
    now(directory.add_domain("Example.org"))
    now(directory.add_person("Ana@Example.org", SECRETS))
    yield directory
    assert now(check(main, [])) == []
    now(main.close())


def test_keeps_its_contract(directory: Directory) -> None:
    assert verifyObject(IScramDirectory, directory)


def test_domains(directory: Directory) -> None:
    now(directory.add_domain("b.example"))
    assert now(directory.domains()) == ["b.example", "example.org"]
    assert now(directory.serves("EXAMPLE.org"))
    assert not now(directory.serves("example.net"))
    with pytest.raises(AlreadyExists):
        now(directory.add_domain("EXAMPLE.ORG"))
    now(directory.remove_domain("B.example"))
    with pytest.raises(NotFound):
        now(directory.remove_domain("b.example"))
    assert now(directory.domains()) == ["example.org"]


def test_a_domain_with_people_or_aliases_stays(directory: Directory) -> None:
    with pytest.raises(NotPermitted):
        now(directory.remove_domain("example.org"))
    now(directory.add_alias("team@example.org", [ANA]))
    now(directory.remove_person(ANA))
    with pytest.raises(NotPermitted):
        now(directory.remove_domain("example.org"))
    now(directory.remove_alias("TEAM@example.org"))
    now(directory.remove_domain("example.org"))


def test_people(directory: Directory) -> None:
    assert now(directory.find("ANA@example.ORG")) == Person(ANA)
    assert now(directory.find(BOB)) is None
    assert now(directory.add_person(BOB, SECRETS)) == Person(BOB)
    assert now(directory.people()) == [Person(ANA), Person(BOB)]
    with pytest.raises(AlreadyExists):
        now(directory.add_person("BOB@example.org", SECRETS))
    with pytest.raises(NotFound):
        now(directory.add_person("ana@example.net", SECRETS))
    now(directory.remove_person("Bob@example.org"))
    assert now(directory.find(BOB)) is None
    with pytest.raises(NotFound):
        now(directory.remove_person(BOB))


@pytest.mark.parametrize("address", ["ana", "ana@", "@example.org", ""])
def test_a_person_has_an_address(directory: Directory, address: str) -> None:
    with pytest.raises(NotPermitted):
        now(directory.add_person(address, SECRETS))


def test_passwords(directory: Directory) -> None:
    ana = Person(ANA)
    assert now(directory.verify(ana, "faminta"))
    assert not now(directory.verify(ana, "other"))
    assert not now(directory.verify(Person(BOB), "faminta"))
    assert now(directory.scram_keys(ana, "SCRAM-SHA-256")) == KEYS
    assert now(directory.scram_keys(ana, "SCRAM-SHA-1")) is None
    assert now(directory.scram_keys(Person(BOB), "SCRAM-SHA-256")) is None
    now(directory.set_secrets("Ana@example.org", Secrets("hash of new")))
    assert now(directory.verify(ana, "new"))
    assert now(directory.scram_keys(ana, "SCRAM-SHA-256")) is None
    with pytest.raises(NotFound):
        now(directory.set_secrets(BOB, SECRETS))
    now(directory.remove_person(ANA))
    assert not now(directory.verify(ana, "new"))


def test_a_right_password_is_kept_as_it_would_be_today(
    directory: Directory, passwords: Passwords
) -> None:
    dearer = ScramKeys(b"salt", 8192, b"stored", b"server")
    passwords.today = Secrets("dear hash of faminta", {"SCRAM-SHA-1": dearer})
    ana = Person(ANA)
    assert not now(directory.verify(ana, "other"))
    assert now(directory.scram_keys(ana, "SCRAM-SHA-256")) == KEYS
    for _ in range(2):
        assert now(directory.verify(ana, "faminta"))
        assert kept(directory) == passwords.today
    assert not now(directory.verify(ana, "other"))


@pytest.mark.parametrize("trouble", [Unavailable, NoSpace])
def test_a_right_password_is_right_even_if_nothing_can_be_kept(
    directory: Directory, passwords: Passwords, trouble: type[MailError]
) -> None:
    passwords.today = trouble()
    assert now(directory.verify(Person(ANA), "faminta"))
    assert kept(directory) == SECRETS


def test_a_password_that_is_new_meanwhile_stays(
    directory: Directory, passwords: Passwords
) -> None:
    new, old = Secrets("hash of new"), Secrets("dear hash of faminta")
    now(directory.set_secrets(ANA, new))
    passwords.today = old
    now(directory.renew(ANA, SECRETS, "faminta"))
    assert kept(directory) == new


def kept(directory: Directory) -> Secrets | None:
    """What is kept of Ana's password."""
    return now(directory.main.read(lambda tx: kept_secrets(tx, ANA)))


def test_secrets_stay_secret() -> None:
    assert "faminta" not in repr(SECRETS)
    assert "salt" not in repr(SECRETS)


def test_aliases(directory: Directory) -> None:
    now(directory.add_alias("Team@example.org", [BOB, ANA, "Far@Example.NET", BOB]))
    now(directory.add_alias("@example.org", [ANA]))
    assert now(directory.targets("TEAM@example.org")) == [BOB, ANA, "Far@example.net"]
    assert now(directory.targets("@example.org")) == [ANA]
    assert now(directory.targets(ANA)) == []
    assert now(directory.aliases()) == [
        Alias("@example.org", (ANA,)),
        Alias("team@example.org", (BOB, ANA, "Far@example.net")),
    ]
    for address, targets, error in (
        ("team@example.org", [ANA], AlreadyExists),
        (ANA, [ANA], NotPermitted),
        ("x@example.net", [ANA], NotFound),
        ("x@example.org", [], NotPermitted),
        ("x@example.org", ["nobody"], NotPermitted),
        ("x@example.org", ["X@example.org"], NotPermitted),
        ("x", [ANA], NotPermitted),
    ):
        with pytest.raises(error):
            now(directory.add_alias(address, targets))
    with pytest.raises(AlreadyExists):
        now(directory.add_person("team@example.org", SECRETS))
    now(directory.remove_alias("team@example.org"))
    with pytest.raises(NotFound):
        now(directory.remove_alias("team@example.org"))
    assert now(directory.targets("team@example.org")) == []


def test_the_alias_of_a_person_may_keep_a_copy(directory: Directory) -> None:
    now(directory.add_alias(ANA, [ANA, "ana@example.net"]))
    assert now(directory.targets(ANA)) == [ANA, "ana@example.net"]
    assert now(directory.find(ANA)) == Person(ANA)


def test_a_question_is_asked_once_until_something_is_written(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    read = directory.main.read

    async def counted(work: Callable[[apsw.Connection], object]) -> object:
        asked.append(work)
        return await read(work)

    monkeypatch.setattr(directory.main, "read", counted)
    for _ in range(3):
        assert now(directory.serves("example.org"))
        assert now(directory.find(ANA)) == Person(ANA)
        assert now(directory.find(BOB)) is None
        assert now(directory.targets(BOB)) == []
    assert len(asked) == 4
    now(directory.add_alias(BOB, [ANA]))
    assert now(directory.targets(BOB)) == [ANA]
    now(directory.remove_alias(BOB))
    now(directory.add_person(BOB, SECRETS))
    assert now(directory.find(BOB)) == Person(BOB)
    now(directory.remove_person(BOB))
    assert now(directory.find(BOB)) is None


def test_answers_are_bounded(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailnode.store.answers.REMEMBERED", 5)
    for number in range(20):
        assert now(directory.find(f"user{number}@example.org")) is None
        assert len(directory.answers.kept) <= 5
