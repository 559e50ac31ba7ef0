"""Who may come in: the people of a directory, and anybody at all for C{IAnonymous}."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence

from twisted.cred.checkers import ANONYMOUS, ICredentialsChecker
from twisted.cred.credentials import IAnonymous, ICredentials, IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.strcred import ICheckerFactory, InvalidAuthArgumentString
from twisted.internet.defer import Deferred, fail, succeed
from twisted.plugin import IPlugin
from zope.interface import implementer

from mailnode.auth.credentials import IScram, IVouched
from mailnode.auth.keys import HASHES, ITERATIONS, SALT_OCTETS
from mailnode.auth.prepare import login_name, password_text
from mailnode.errors import NotFound
from mailnode.interfaces.realm import (
    IDirectory,
    IScramDirectory,
    Person,
    ScramKeys,
)

AvatarId = bytes | tuple[()]
"""The name of an account in UTF-8, or C{ANONYMOUS}."""
SECRET_OCTETS = 32


@implementer(ICredentialsChecker)
class VouchedChecker:
    """Lets in whom the system has vouched for."""

    credentialInterfaces: Sequence[type[ICredentials]] = (IVouched,)

    def requestAvatarId(self, credentials: ICredentials) -> Deferred[AvatarId]:
        """Fires with the name of the account."""
        return succeed(IVouched(credentials).username)


@implementer(ICredentialsChecker)
class DirectoryChecker:
    """Passwords and SCRAM proofs of the people in a directory.

    Somebody who is not there costs as much as somebody who is: the directory is
    asked for his password all the same, and SCRAM goes its whole way with keys
    that are made up, the same at every try.

    @param default_domain: for login names without one.
    @param secret: what made-up keys are made of.  Keep it over restarts, or a
        stranger learns who does not exist by the salts that change.
    """

    def __init__(
        self,
        directory: IDirectory,
        default_domain: str = "",
        *,
        secret: bytes | None = None,
    ) -> None:
        self.directory = directory
        self.default_domain = default_domain
        self.secret = secret or os.urandom(SECRET_OCTETS)
        self.shapes = dict.fromkeys(HASHES, (SALT_OCTETS, ITERATIONS))
        scram = IScramDirectory.providedBy(directory)
        self.credentialInterfaces: Sequence[type[ICredentials]] = (
            (IUsernamePassword, IScram) if scram else (IUsernamePassword,)
        )

    def requestAvatarId(self, credentials: ICredentials) -> Deferred[AvatarId]:
        """Fires with the name of the account, or fails with C{UnauthorizedLogin}."""
        return Deferred.fromCoroutine(self._avatar_id(credentials))

    async def _avatar_id(self, credentials: ICredentials) -> AvatarId:
        if IScram.providedBy(credentials):
            person = await self._proven(credentials)
        else:
            person = await self._with_password(IUsernamePassword(credentials))
        if person is None:
            raise UnauthorizedLogin
        return person.name.encode()

    async def _find(self, username: bytes) -> tuple[Person | None, Person]:
        """Who has this login name, if any, and whom to ask about in any case."""
        name = login_name(username, self.default_domain)
        person = None if name is None else await self.directory.find(name)
        return person, person or Person(name or "")

    async def _with_password(self, credentials: IUsernamePassword) -> Person | None:
        person, asked = await self._find(credentials.username)
        password = password_text(credentials.password)
        try:
            right = await self.directory.verify(asked, password or "")
        except (LookupError, NotFound):
            if person is not None:
                raise
            right = False
        return person if right and password is not None else None

    async def _proven(self, credentials: IScram) -> Person | None:
        person, asked = await self._find(credentials.username)
        mechanism = credentials.mechanism
        keys = await self._keys(asked, mechanism)
        if keys is None or person is None:
            name = asked.name.encode() or credentials.username
            await credentials.prove(self.made_up(mechanism, name))
            return None
        self.shapes[mechanism] = (len(keys.salt), keys.iterations)
        return person if await credentials.prove(keys) else None

    async def _keys(self, person: Person, mechanism: str) -> ScramKeys | None:
        if not IScramDirectory.providedBy(self.directory):
            return None
        try:
            return await self.directory.scram_keys(person, mechanism)
        except (LookupError, NotFound):
            return None

    def made_up(self, mechanism: str, name: bytes) -> ScramKeys:
        """Keys for somebody who has none: they look like those seen last.

        Nobody knows a password to them, as they follow from none.
        """
        salt_octets, iterations = self.shapes[mechanism]
        octets = hashlib.new(HASHES[mechanism]).digest_size

        def digest(use: bytes) -> bytes:
            what = b"\0".join((use, mechanism.encode(), name))
            return hmac.digest(self.secret, what, "sha512")

        return ScramKeys(
            salt=digest(b"salt")[:salt_octets],
            iterations=iterations,
            stored_key=digest(b"stored key")[:octets],
            server_key=digest(b"server key")[:octets],
        )


@implementer(ICredentialsChecker)
class AnonymousChecker:
    """Lets in everybody who says he is nobody, such as another mail server."""

    credentialInterfaces = (IAnonymous,)

    def requestAvatarId(self, _: ICredentials) -> Deferred[AvatarId]:
        """Fires with C{ANONYMOUS}."""
        return succeed(ANONYMOUS)


@implementer(ICredentialsChecker)
class RealmChecker:
    """The people of the realm, whichever it will be: C{mailnode} as a checker.

    It lets nobody in before it is bound to a directory.
    """

    credentialInterfaces = (IUsernamePassword, IScram)

    def bind(
        self,
        directory: IDirectory,
        default_domain: str = "",
        *,
        secret: bytes | None = None,
    ) -> DirectoryChecker:
        """The checker of a realm's own people."""
        return DirectoryChecker(directory, default_domain, secret=secret)

    def requestAvatarId(self, _: ICredentials) -> Deferred[AvatarId]:
        """Fails with C{UnauthorizedLogin}."""
        return fail(UnauthorizedLogin("this checker is bound to no directory"))


@implementer(ICheckerFactory, IPlugin)
class RealmCheckerFactory:
    """C{--auth mailnode}, C{checkers = ["mailnode"]}: the people of the realm."""

    authType = "mailnode"
    authHelp = "The people of the realm, whoever keeps them."
    argStringFormat = "No arguments."
    credentialInterfaces = RealmChecker.credentialInterfaces

    def generateChecker(self, argstring: str) -> RealmChecker:
        """A checker that has yet to be bound to a directory.

        @raise InvalidAuthArgumentString: when there are arguments.
        """
        if argstring:
            raise InvalidAuthArgumentString("mailnode takes no arguments")
        return RealmChecker()
