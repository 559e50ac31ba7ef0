"""The people of a directory, stock checkers, and several of them in order."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from auth.client import ScramClient
from auth.people import SECRET, People, Plain, now
from twisted.cred import strcred
from twisted.cred.checkers import ANONYMOUS, ICredentialsChecker
from twisted.cred.credentials import (
    Anonymous,
    ICredentials,
    IUsernamePassword,
    UsernamePassword,
)
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred, fail, succeed
from zope.interface import implementer

from mailnode.auth.checkers import (
    AnonymousChecker,
    DirectoryChecker,
    RealmChecker,
    RealmCheckerFactory,
)
from mailnode.auth.credentials import IScram, Password, Scram
from mailnode.auth.keys import ITERATIONS
from mailnode.auth.sasl.exchange import Channel
from mailnode.auth.sasl.scram import scram
from mailnode.auth.stock import Completed, FirstOf, together
from mailnode.errors import Unavailable
from mailnode.interfaces.realm import ScramKeys

PASSWORDS = {"ana@example.org": "faminta", "bob@example.org": "secret"}
CHANNEL = Channel(lambda _: None, offers_binding=False, random=lambda n: b"r" * n)


@pytest.fixture
def people() -> People:
    return People(PASSWORDS)


def checked(checker: Any, username: bytes, password: bytes) -> object:
    return now(checker.requestAvatarId(Password(username, password)))


def refused(checker: Any, username: bytes, password: bytes) -> None:
    with pytest.raises(UnauthorizedLogin):
        checked(checker, username, password)


@pytest.mark.parametrize(
    "username", [b"ana", b"Ana", b"ana@example.org", b"ANA@Example.Org"]
)
def test_a_name_is_completed_and_folded(people: People, username: bytes) -> None:
    checker = DirectoryChecker(people, "example.org")
    assert checked(checker, username, b"faminta") == b"ana@example.org"
    refused(checker, username, b"secret")
    refused(checker, username, b"")


def test_takes_the_credentials_of_twisted(people: People) -> None:
    checker = DirectoryChecker(people, "example.org")
    credentials = UsernamePassword(b"bob", b"secret")
    assert now(checker.requestAvatarId(credentials)) == b"bob@example.org"


@pytest.mark.parametrize(
    "username",
    [b"ana", b"nobody@example.org", b"ana@example.net", b"", b"\xff", b"a\0b"],
)
@pytest.mark.parametrize("password", [b"wrong", b"", b"\xff", b"a\0b"])
def test_whoever_it_is_costs_one_hash(
    people: People, username: bytes, password: bytes
) -> None:
    refused(DirectoryChecker(people, "example.org"), username, password)
    assert people.inline.done == 1


def test_a_directory_need_not_know_the_unknown() -> None:
    checker = DirectoryChecker(Plain(PASSWORDS), "example.org")
    assert checked(checker, b"ana", b"faminta") == b"ana@example.org"
    refused(checker, b"nobody", b"faminta")


def test_a_directory_that_fails_for_somebody_known_has_failed() -> None:
    directory = Plain(PASSWORDS)

    async def verify(person: object, password: str) -> bool:
        raise LookupError

    directory.verify = verify  # type: ignore[method-assign]  # broken on purpose
    checker = DirectoryChecker(directory, "example.org")
    with pytest.raises(LookupError):
        checked(checker, b"ana", b"faminta")


class Peek:
    """A SCRAM credential that keeps the keys it is given."""

    def __init__(self, username: bytes, mechanism: str = "SCRAM-SHA-256") -> None:
        self.keys: list[ScramKeys] = []
        self.credentials = Scram(username, mechanism, self.rest)

    async def rest(self, keys: ScramKeys) -> bool:
        self.keys.append(keys)
        return True


def peeked(
    checker: Any, username: bytes, mechanism: str = "SCRAM-SHA-256"
) -> ScramKeys:
    peek = Peek(username, mechanism)
    with contextlib.suppress(UnauthorizedLogin):
        now(checker.requestAvatarId(peek.credentials))
    (keys,) = peek.keys
    return keys


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1"])
def test_scram_with_the_keys_of_the_directory(people: People, mechanism: str) -> None:
    checker = DirectoryChecker(people, "example.org")
    hash_name = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-1": "sha1"}[mechanism]
    for username, password, right in (
        ("ana", "faminta", True),
        ("ana", "secret", False),
        ("nobody", "faminta", False),
    ):
        client = ScramClient(hash_name, username, password)
        credentials = now(scram(mechanism, plus=False)(client.ask, CHANNEL))
        if right:
            found = now(checker.requestAvatarId(credentials))
            assert found == b"ana@example.org"
        else:
            with pytest.raises(UnauthorizedLogin):
                now(checker.requestAvatarId(credentials))
            assert client.challenges[-1] == b"e=invalid-proof"


def test_keys_of_the_unknown_look_like_others(people: People) -> None:
    checker = DirectoryChecker(people, "example.org", secret=SECRET)
    assert peeked(checker, b"nobody").iterations == ITERATIONS
    real = peeked(checker, b"ana")
    made_up = peeked(checker, b"nobody")
    for name in ("salt", "stored_key", "server_key"):
        assert len(getattr(made_up, name)) == len(getattr(real, name))
        assert getattr(made_up, name) != getattr(real, name)
    assert made_up.iterations == real.iterations
    sha1 = peeked(checker, b"nobody", "SCRAM-SHA-1")
    assert len(sha1.stored_key) == 20
    assert sha1.salt != made_up.salt


def test_keys_of_the_unknown_are_the_same_every_time(people: People) -> None:
    """A salt that changes would tell that there is nobody."""
    one = DirectoryChecker(people, "example.org", secret=SECRET)
    other = DirectoryChecker(people, "example.org", secret=SECRET)
    assert peeked(one, b"nobody") == peeked(other, b"NOBODY@example.org")
    assert peeked(one, b"nobody").salt != peeked(one, b"nobody2").salt
    third = DirectoryChecker(people, "example.org", secret=b"another one")
    assert peeked(one, b"nobody").salt != peeked(third, b"nobody").salt
    assert peeked(one, b"\xff") == peeked(one, b"\xff") != peeked(one, b"\xfe")


def test_made_up_keys_let_nobody_in(people: People) -> None:
    """Not even a proof that is right by miracle."""
    checker = DirectoryChecker(people, "example.org")
    with pytest.raises(UnauthorizedLogin):
        now(checker.requestAvatarId(Peek(b"nobody").credentials))
    people.secrets["ana@example.org"].scram.clear()  # type: ignore[attr-defined]  # a dict
    with pytest.raises(UnauthorizedLogin):
        now(checker.requestAvatarId(Peek(b"ana").credentials))


def test_scram_needs_a_directory_with_keys(people: People) -> None:
    assert DirectoryChecker(people).credentialInterfaces == (IUsernamePassword, IScram)
    plain = DirectoryChecker(Plain(PASSWORDS), "example.org")
    assert plain.credentialInterfaces == (IUsernamePassword,)
    with pytest.raises(UnauthorizedLogin):
        now(plain.requestAvatarId(Peek(b"ana").credentials))


def test_anybody_may_be_nobody() -> None:
    assert now(AnonymousChecker().requestAvatarId(Anonymous())) == ANONYMOUS


def test_mailnode_lets_nobody_in_before_it_is_bound(people: People) -> None:
    checker = RealmCheckerFactory().generateChecker("")
    refused(checker, b"ana@example.org", b"faminta")
    bound = checker.bind(people, "example.org")
    assert checked(bound, b"ana", b"faminta") == b"ana@example.org"
    with pytest.raises(strcred.InvalidAuthArgumentString):
        RealmCheckerFactory().generateChecker("arguments")


def stock(description: str) -> ICredentialsChecker:
    checker: ICredentialsChecker = strcred.makeChecker(description)
    return checker


def file(path: Path) -> ICredentialsChecker:
    (path / "passwd").write_text("ana:faminta\nbob@example.org:secret\nAna:other\n")
    return stock(f"file:{path / 'passwd'}")


def test_a_file_of_twisted(tmp_path: Path) -> None:
    checker = Completed(file(tmp_path), "example.org")
    assert checked(checker, b"ana", b"faminta") == b"ana@example.org"
    assert checked(checker, b"ana@example.org", b"faminta") == b"ana@example.org"
    assert checked(checker, b"ANA@EXAMPLE.ORG", b"faminta") == b"ana@example.org"
    assert checked(checker, b"bob", b"secret") == b"bob@example.org"
    refused(checker, b"ana", b"secret")
    refused(checker, b"ana@example.net", b"faminta")
    refused(checker, b"nobody", b"faminta")
    refused(checker, b"", b"faminta")
    refused(checker, b"\xff", b"faminta")


def test_the_memory_of_twisted() -> None:
    checker = Completed(stock("memory:ana:faminta:bob:secret"), "example.org")
    assert checked(checker, b"Ana", b"faminta") == b"ana@example.org"
    refused(checker, b"ana", b"secret")
    refused(checker, b"nobody", b"secret")


@pytest.mark.filterwarnings("ignore:'(crypt|spwd)' is deprecated:DeprecationWarning")
def test_the_unix_checker_of_twisted_is_asked() -> None:
    checker = Completed(stock("unix"), "example.org")
    refused(checker, b"nobody-here@example.org", b"faminta")
    for username, password in (
        (b"\xff", b"faminta"),
        (b"ro\0ot", b"faminta"),
        (b"root", b"fam\0inta"),
        (b"root", b"\xff"),
    ):
        refused(checker, username, password)


@implementer(ICredentialsChecker)
class Answers:
    """A checker that always answers the same."""

    credentialInterfaces = (IUsernamePassword, IScram)

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.asked = 0

    def requestAvatarId(self, credentials: ICredentials) -> Deferred[Any]:
        self.asked += 1
        if isinstance(self.answer, Exception):
            return fail(self.answer)
        return succeed(self.answer)


def test_an_avatar_id_is_completed() -> None:
    for answer in (b"Ana", "ana", "ana@example.org"):
        checker = Completed(Answers(answer), "example.org")
        assert checked(checker, b"whoever", b"x") == b"ana@example.org"
    assert checked(Completed(Answers(ANONYMOUS)), b"whoever", b"x") == ANONYMOUS
    refused(Completed(Answers(b"no such\nname"), "example.org"), b"ana", b"x")


def test_other_credentials_are_passed_on_as_they_are() -> None:
    checker = Completed(Answers("ana"), "example.org")
    assert now(checker.requestAvatarId(Peek(b"x").credentials)) == b"ana@example.org"


def test_one_after_the_other(people: People, tmp_path: Path) -> None:
    checker = together([RealmChecker(), file(tmp_path)], people, "example.org")
    assert checked(checker, b"bob", b"secret") == b"bob@example.org"
    (tmp_path / "passwd").write_text("guest:welcome\n")
    assert checked(checker, b"guest", b"welcome") == b"guest@example.org"
    refused(checker, b"guest", b"faminta")


def test_who_cannot_be_asked_does_not_stop_the_others() -> None:
    broken, knows = Answers(Unavailable("down")), Answers(b"ana")
    assert checked(FirstOf([broken, knows]), b"ana", b"x") == b"ana"
    refusing = Answers(UnauthorizedLogin())
    with pytest.raises(Unavailable):
        checked(FirstOf([broken, refusing]), b"ana", b"x")
    refused(FirstOf([refusing, refusing]), b"ana", b"x")
    refused(FirstOf([]), b"ana", b"x")


def test_a_scram_exchange_is_held_once() -> None:
    one, other = Answers(UnauthorizedLogin()), Answers(b"ana")
    checker = FirstOf([Completed(one), Completed(other)])
    with pytest.raises(UnauthorizedLogin):
        now(checker.requestAvatarId(Peek(b"ana").credentials))
    assert (one.asked, other.asked) == (1, 0)


def test_a_bound_checker_stays_as_it_is(people: People) -> None:
    mine = DirectoryChecker(people, "example.org")
    checker = together([mine], Plain({}), "example.net")
    assert isinstance(checker, FirstOf)
    assert checker.checkers == [mine]


def test_no_credentials_show_their_secrets() -> None:
    password = Password(b"ana", b"faminta")
    assert "faminta" not in f"{password!r} {password}"
    assert password.checkPassword(b"faminta")
    assert not password.checkPassword(b"Faminta")
