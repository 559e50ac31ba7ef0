"""App passwords: what a mail program says in place of the password of its owner."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import ICredentials, IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred
from zope.interface import implementer

from mailnode.auth.checkers import AvatarId
from mailnode.auth.credentials import Password
from mailnode.auth.prepare import PASSWORD_LIMIT, login_name
from mailnode.interfaces.peer import IVisitor
from mailnode.interfaces.tokens import ITokens
from mailnode.model.token import SCOPES, Purpose, Visit

LEAST = 25
"""Letters of an app password; what is shorter is none, and nobody looks for it."""


@implementer(ICredentialsChecker)
class AppPasswords:
    """Lets in whoever knows an app password of the account that he names.

    SCRAM proves one password, and cannot prove that it is one of several: an app
    password is said under TLS, by PLAIN and its like.
    """

    credentialInterfaces: Sequence[type[ICredentials]] = (IUsernamePassword,)

    def __init__(self, tokens: ITokens, default_domain: str = "") -> None:
        self.tokens = tokens
        self.default_domain = default_domain

    def requestAvatarId(self, credentials: ICredentials) -> Deferred[AvatarId]:
        """Fires with the name of the account, or fails with C{UnauthorizedLogin}."""
        said = IUsernamePassword(credentials)
        visitor = said.visitor if isinstance(said, Password) else None
        return Deferred.fromCoroutine(self._avatar_id(said, visitor))

    async def _avatar_id(
        self, credentials: IUsernamePassword, visitor: IVisitor | None
    ) -> AvatarId:
        name = login_name(credentials.username, self.default_domain)
        if not LEAST <= len(credentials.password) <= PASSWORD_LIMIT or name is None:
            raise UnauthorizedLogin
        secret = credentials.password.decode("utf-8", "replace")
        token = await self.tokens.find(secret, Purpose.PASSWORD)
        if token is None or token.wish.account != name:
            raise UnauthorizedLogin
        if visitor is not None:
            # What is for no program, such as signing in to the webmail, is in none.
            if visitor.protocol not in (token.wish.scope or SCOPES):
                raise UnauthorizedLogin
            visit = Visit(visitor.address, visitor.protocol)
            await self.tokens.used(token, visit)
        return name.encode()
