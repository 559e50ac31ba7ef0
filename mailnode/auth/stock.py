"""Checkers of any origin, tried in order, their people given whole names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twisted.cred.checkers import (
    ICredentialsChecker,
    InMemoryUsernamePasswordDatabaseDontUse,
)
from twisted.cred.credentials import ICredentials, IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred, maybeDeferred
from zope.interface import implementer

from mailnode.auth.checkers import AvatarId, DirectoryChecker, RealmChecker
from mailnode.auth.credentials import IScram, Password
from mailnode.auth.prepare import login_name, password_text
from mailnode.interfaces.realm import IDirectory


@implementer(ICredentialsChecker)
class Completed:
    """A checker that knows nothing of domains, such as C{file:} and C{unix}.

    A login name is tried as it came, then in the form directories know it in,
    then without the default domain.  What the checker makes of it is completed
    again with the default domain.
    """

    def __init__(self, checker: ICredentialsChecker, default_domain: str = "") -> None:
        self.checker = in_octets(checker)
        self.default_domain = default_domain
        self.credentialInterfaces: Sequence[type[ICredentials]] = tuple(
            checker.credentialInterfaces
        )

    def requestAvatarId(self, credentials: ICredentials) -> Deferred[AvatarId]:
        """Fires with the name of the account, or fails with C{UnauthorizedLogin}."""
        return Deferred.fromCoroutine(self._avatar_id(credentials))

    async def _avatar_id(self, credentials: ICredentials) -> AvatarId:
        for spelling in self._spellings(credentials):
            try:
                found = await maybeDeferred(self.checker.requestAvatarId, spelling)
            except UnauthorizedLogin:
                continue
            if not found:
                return found  # ANONYMOUS
            name = login_name(found, self.default_domain)
            if name is not None:
                return name.encode()
        raise UnauthorizedLogin

    def _spellings(self, credentials: ICredentials) -> Iterator[ICredentials]:
        if not IUsernamePassword.providedBy(credentials):
            yield credentials
            return
        typed = credentials.username
        if not speakable(typed) or password_text(credentials.password) is None:
            return  # many a checker stumbles over NUL, or over what is not UTF-8
        folded = login_name(typed, self.default_domain) or ""
        local = folded.rpartition("@")[0]
        ours = folded == login_name(local, self.default_domain)
        names = (typed, folded.encode(), local.encode() if ours else b"")
        for name in dict.fromkeys(filter(None, names)):
            yield Password(name, credentials.password)


@implementer(ICredentialsChecker)
class FirstOf:
    """Several checkers, tried in order until one lets somebody in.

    A SCRAM exchange can be held only once: the first that can, holds it.
    """

    def __init__(self, checkers: Sequence[ICredentialsChecker]) -> None:
        self.checkers = checkers
        self.credentialInterfaces: Sequence[type[ICredentials]] = tuple(
            dict.fromkeys(each for one in checkers for each in one.credentialInterfaces)
        )

    def requestAvatarId(self, credentials: ICredentials) -> Deferred[AvatarId]:
        """Fires with the name of the account, or fails with C{UnauthorizedLogin}.

        When one of the checkers could not be asked and no other let him in, it
        fails with what that one said.
        """
        return Deferred.fromCoroutine(self._avatar_id(credentials))

    async def _avatar_id(self, credentials: ICredentials) -> AvatarId:
        refusal: Exception = UnauthorizedLogin()
        for checker in self._able(credentials):
            try:
                return await maybeDeferred(checker.requestAvatarId, credentials)
            except UnauthorizedLogin:
                continue
            except Exception as trouble:  # noqa: BLE001 - the next one may know
                refusal = trouble
        raise refusal

    def _able(self, credentials: ICredentials) -> Sequence[ICredentialsChecker]:
        able = [
            one
            for one in self.checkers
            if any(each.providedBy(credentials) for each in one.credentialInterfaces)
        ]
        return able[:1] if IScram.providedBy(credentials) else able


def speakable(name: bytes) -> bool:
    """Whether a login name is text without control characters."""
    try:
        return name.decode().isprintable()
    except UnicodeDecodeError:
        return False


def in_octets(checker: ICredentialsChecker) -> ICredentialsChecker:
    """C{memory:} as made from a string holds text; people log in with octets."""
    if not isinstance(checker, InMemoryUsernamePasswordDatabaseDontUse):
        return checker
    octets = InMemoryUsernamePasswordDatabaseDontUse()
    for username, password in checker.users.items():
        octets.addUser(_encoded(username), _encoded(password))
    return octets


def _encoded(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def together(
    checkers: Sequence[ICredentialsChecker],
    directory: IDirectory,
    default_domain: str = "",
    *,
    secret: bytes | None = None,
) -> ICredentialsChecker:
    """One checker out of those of a configuration, for one realm.

    @param checkers: as C{strcred.makeChecker} makes them.
    @param directory: the people of the realm, whom C{mailnode} stands for.
    """

    def bound(checker: ICredentialsChecker) -> ICredentialsChecker:
        if isinstance(checker, RealmChecker):
            return checker.bind(directory, default_domain, secret=secret)
        if isinstance(checker, DirectoryChecker):
            return checker
        return Completed(checker, default_domain)

    return FirstOf([bound(checker) for checker in checkers])
