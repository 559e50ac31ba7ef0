"""Who asks: the schemes of HTTP authentication, over the one gate (RFC 9110, 11; RFC 7617, 6750)."""

from __future__ import annotations

import binascii
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from twisted.internet.interfaces import IReactorTime

from mailnode.errors import BadCredentials, PrivacyRequired
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.gate import IGate
from mailnode.interfaces.peer import IVisitor
from mailnode.interfaces.tokens import ITokens
from mailnode.model.token import Purpose, Token, Visit
from mailnode.web import session_cookie
from mailnode.web.answer import Refused

if TYPE_CHECKING:
    from mailnode.web.request import Request

REALM = "mail"
"""What a browser tells people that their password is for."""
TELL_AGAIN = 600.0
"""Seconds after which it is worth a line in the log that somebody still comes in."""
TOLD = 10_000
"""People at addresses whom we remember to have told of."""


@dataclass(frozen=True, slots=True)
class Login:
    """Whose account a request is about, and by what it was opened.

    @ivar token: what opened it; C{None} for a password.
    @ivar tokens: where that can be taken back; C{None} when there are none.
    """

    account: IMailAccount
    token: Token | None = field(default=None, repr=False)
    tokens: ITokens | None = None

    def on_revoked(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call C{callback} once, when what opened the account opens it no longer.

        @return: call it to stop.
        """
        if self.tokens is None:
            return lambda: None
        number = 0 if self.token is None else self.token.id
        return self.tokens.watch(self.account.name, number, callback)


class Scheme(Protocol):
    """A way to say with a request who one is.

    @ivar name: as it stands in C{Authorization}, in lower case.
    """

    name: str

    def challenge(self, visitor: IVisitor) -> str | None:
        """What C{WWW-Authenticate} says of it; C{None} when it is not for this visitor."""

    async def login(self, credentials: str, request: Request) -> Login:
        """Whose account it is.

        @raise BadCredentials: when they are wrong.
        @raise MailError: when they cannot be checked, or not now.
        """


class Authenticator:
    """Tries the schemes that there are.

    @ivar schemes: by name, in the order in which they are offered.
    """

    def __init__(self, schemes: Sequence[Scheme], cookie: Cookie | None = None) -> None:
        self.schemes = {each.name: each for each in schemes}
        self.cookie = cookie

    async def account(self, request: Request) -> IMailAccount:
        """The account of whoever asks.

        @raise Refused: when he does not say who he is, or not rightly.
        """
        return (await self.login(request)).account

    async def login(self, request: Request) -> Login:
        """The same, with what it was opened by.

        @raise Refused: when he does not say who he is, or not rightly.
        """
        said = request.asked("Authorization")
        name, _, credentials = said.partition(" ")
        scheme: Scheme | None = self.schemes.get(name.lower())
        if not said and self.cookie is not None:
            credentials = session_cookie.said(request)
            scheme = self.cookie if credentials else None
        if scheme is None:
            raise self.who(request, "say who you are")
        try:
            return await scheme.login(credentials.strip(), request)
        except BadCredentials as error:
            raise self.who(request, str(error)) from None

    def who(self, request: Request, words: str) -> Refused:
        """The question who somebody is (RFC 9110, 15.5.2).

        To a page, Basic is not offered: its browser would put the question itself.
        """
        asked = {n: s.challenge(request.visitor) for n, s in self.schemes.items()}
        if not any(asked.values()):
            return Refused(403, "passwords are for TLS: come by https")
        if session_cookie.is_from_browser(request):
            asked.pop(Basic.name, None)
        challenges = ", ".join(filter(None, asked.values()))
        return Refused(401, words, {"WWW-Authenticate": challenges or "Cookie"})


class Basic:
    """Basic: a name and a password with each request (RFC 7617).

    @param realm: what people are told that the password is for.
    """

    name = "basic"

    def __init__(
        self,
        gate: IGate,
        clock: IReactorTime,
        realm: str,
        tokens: ITokens | None = None,
    ) -> None:
        self.gate = gate
        self.clock = clock
        self.realm = realm
        self.tokens = tokens
        self.told: OrderedDict[tuple[bytes, str], float] = OrderedDict()

    def challenge(self, visitor: IVisitor) -> str | None:
        """With the charset that names and passwords are in (RFC 7617, 2.1)."""
        if not self.gate.admits_passwords(visitor):
            return None
        return f'Basic realm="{self.realm}", charset="UTF-8"'

    async def login(self, credentials: str, request: Request) -> Login:
        """Log in."""
        visitor = request.visitor
        if not self.gate.admits_passwords(visitor):
            raise PrivacyRequired("passwords are for TLS: come by https")
        try:
            octets = binascii.a2b_base64(credentials.encode(), strict_mode=True)
        except (binascii.Error, UnicodeEncodeError):
            raise BadCredentials("not base64") from None
        user, colon, password = octets.partition(b":")
        if not colon:
            raise BadCredentials("there is no password")
        quiet = self.was_told(user, visitor)
        account = await self.gate.password(
            user, password, visitor, IMailAccount, quiet=quiet
        )
        if not quiet:
            self.tell(user, visitor)
        return Login(account, None, self.tokens)

    def was_told(self, user: bytes, visitor: IVisitor) -> bool:
        """Whether the log has this login lately."""
        since = self.told.get((user, visitor.address))
        return since is not None and self.clock.seconds() - since < TELL_AGAIN

    def tell(self, user: bytes, visitor: IVisitor) -> None:
        """Remember that the log has it now."""
        self.told[user, visitor.address] = self.clock.seconds()
        self.told.move_to_end((user, visitor.address))
        if len(self.told) > TOLD:
            self.told.popitem(last=False)


class Bearer:
    """Bearer: a token that a program was given, with each request (RFC 6750)."""

    name = "bearer"

    def __init__(self, gate: IGate, tokens: ITokens, realm: str) -> None:
        self.gate = gate
        self.tokens = tokens
        self.realm = realm

    def challenge(self, visitor: IVisitor) -> str | None:
        """Under TLS alone, as for passwords (RFC 6750, 5.3)."""
        if not self.gate.admits_passwords(visitor):
            return None
        return f'Bearer realm="{self.realm}"'

    async def login(self, credentials: str, request: Request) -> Login:
        """Log in."""
        if not self.gate.admits_passwords(request.visitor):
            raise PrivacyRequired("tokens are for TLS: come by https")
        return await self.known(credentials, Purpose.BEARER, request)

    async def known(self, secret: str, purpose: Purpose, request: Request) -> Login:
        """Whose token it is.

        @raise BadCredentials: when it is nobody's, or not for this protocol.
        """
        visitor = request.visitor
        token = await self.tokens.find(secret, purpose)
        scope = frozenset() if token is None else token.wish.scope
        if token is None or (scope and visitor.protocol not in scope):
            raise BadCredentials("this is over: sign in again")
        account = await self.gate.vouched(token.wish.account, visitor, IMailAccount)
        await self.tokens.used(token, visit(request))
        return Login(account, token, self.tokens)


class Cookie(Bearer):
    """A cookie that a browser was given when somebody signed in."""

    name = "cookie"

    def challenge(self, visitor: IVisitor) -> str | None:  # noqa: ARG002 - of nobody
        """Nobody is asked for it: browsers have it, or not."""
        return None

    async def login(self, credentials: str, request: Request) -> Login:
        """Log in, if it is our own page that asks."""
        session_cookie.same_origin(request, free=request.takes_any)
        return await self.known(credentials, Purpose.SESSION, request)


def visit(request: Request) -> Visit:
    """Who comes with a request."""
    return Visit(request.visitor.address, request.asked("User-Agent"))
