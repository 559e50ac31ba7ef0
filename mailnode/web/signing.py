"""Signing in to the webmail and out again, and whatever else opens an account.

C{/auth/session} is the session of the browser that asks, C{/auth/sessions} are all
of them, C{/auth/passwords} the app passwords.  Sessions and app passwords are looked
after by somebody who has signed in with the password itself, not with one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zope.interface import implementer

from mailnode.clock import DAY
from mailnode.errors import BadCredentials
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.gate import IGate
from mailnode.interfaces.peer import IVisitor
from mailnode.interfaces.tokens import ITokens
from mailnode.jmap import ijson
from mailnode.jmap.call import account_id
from mailnode.jmap.ijson import NotJSON, Object, read, written
from mailnode.model.token import LABEL_LIMIT, SCOPES, Purpose, Token, Wish
from mailnode.web import session_cookie
from mailnode.web.answer import JSON, Answer, Refused
from mailnode.web.authentication import Authenticator, Login, visit
from mailnode.web.coroutine import AsyncResource, Folder
from mailnode.web.session_cookie import given, same_origin
from mailnode.wire.dates import write_timestamp

if TYPE_CHECKING:
    from mailnode.web.request import Request

CONTENT_LIMIT = 8192
"""Octets of what is said when somebody signs in."""
LASTS = DAY
"""Milliseconds for which a session is good after it was last used."""
STAYS = 30 * DAY
"""The same for those who stay signed in."""
OVER = {"Clear-Site-Data": '"cache"'}
"""The mail that a browser has kept goes too (Clear Site Data, 3.1)."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where people sign in, and who looks after what they have.

    @ivar version: of the page that comes with this server.
    """

    gate: IGate
    tokens: ITokens
    authenticator: Authenticator
    version: str

    async def password(self, request: Request, user: str, password: str) -> str:
        """The name of the account of somebody who says its own password.

        @raise Refused: when it is wrong.
        @raise MailError: when it cannot be checked, or not now.
        """
        newcomer = Newcomer.of(request.visitor)
        try:
            account: IMailAccount = await self.gate.password(
                user.encode(), password.encode(), newcomer, IMailAccount
            )
        except BadCredentials as error:
            raise self.authenticator.who(request, str(error)) from None
        return account.name

    async def signed_in(self, request: Request) -> tuple[Login, Token]:
        """Who has signed in, and with which session.

        @raise Refused: when nobody has, or with something else.
        """
        login = await self.authenticator.login(request)
        if login.token is None or login.token.wish.purpose is not Purpose.SESSION:
            raise Refused(403, "this is for those who have signed in")
        return login, login.token

    def told(self, account: IMailAccount) -> Object:
        """What a page must know of the account it is for."""
        return {
            "name": account.name,
            "accountId": account_id(account),
            "version": self.version,
        }


@implementer(IVisitor)
@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who signs in, and leaves at once: from then on it is his session.

    It speaks no protocol that an app password could be for.
    """

    address: str
    local: bool
    secure: bool
    tls: str
    protocol: str = "webmail"

    @classmethod
    def of(cls, visitor: IVisitor) -> Newcomer:
        """The one on a connection."""
        return cls(visitor.address, visitor.local, visitor.secure, visitor.tls)


class SessionResource(AsyncResource):
    """C{/auth/session}: sign in, see who is signed in, sign out."""

    content_limit = CONTENT_LIMIT

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    async def get(self, request: Request) -> Answer:
        """Who is signed in; a cookie that lasts does so from now."""
        login = await self.desk.authenticator.login(request)
        told = self.desk.told(login.account)
        token = login.token
        if token is None or token.wish.purpose is not Purpose.SESSION:
            return json(told)
        said = session_cookie.said(request)
        cookie = given(request, said, kept_for(token.wish.lasts))
        return json(told, headers={"Set-Cookie": cookie})

    async def post(self, request: Request) -> Answer:
        """Sign in: always to a new session, and out of one that was there."""
        same_origin(request)
        _ = given(request, "", None)  # Where no cookie can be, nothing is checked.
        fields = Fields(request)
        user, password = fields.text("user"), fields.text("password")
        lasts = STAYS if fields.flag("stay") else LASTS
        name = await self.desk.password(request, user, password)
        wish = Wish(name, Purpose.SESSION, lasts=lasts)
        issued = await self.desk.tokens.issue(wish, visit(request))
        await self.leave(request)
        account: IMailAccount = await self.desk.gate.vouched(
            name, request.visitor, IMailAccount
        )
        cookie = given(request, issued.secret, kept_for(lasts))
        return json(self.desk.told(account), headers={"Set-Cookie": cookie})

    async def delete(self, request: Request) -> Answer:
        """Sign out, if anybody is signed in."""
        same_origin(request)
        await self.leave(request)
        return Answer(204, headers={"Set-Cookie": given(request, "", 0), **OVER})

    async def leave(self, request: Request) -> None:
        """End the session that the browser is in."""
        tokens, said = self.desk.tokens, session_cookie.said(request)
        token = await tokens.find(said, Purpose.SESSION) if said else None
        if token is not None:
            await tokens.revoke(token.wish.account, token.id)


class Kept(AsyncResource):
    """Tokens of the account, as a list and each by its id."""

    content_limit = CONTENT_LIMIT
    purposes: Sequence[Purpose] = ()
    word = ""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    async def get(self, request: Request) -> Answer:
        """All of them, oldest first."""
        login, current = await self.desk.signed_in(request)
        only_list(request)
        every = await self.mine(login)
        return json({self.word: [seen(each, current) for each in every]})

    async def delete(self, request: Request) -> Answer:
        """Take one back."""
        login, _ = await self.desk.signed_in(request)
        number = wanted(request)
        if number not in {each.id for each in await self.mine(login)}:
            raise Refused(404, "there is nothing here")
        await self.desk.tokens.revoke(login.account.name, number)
        return Answer(204)

    async def mine(self, login: Login) -> Sequence[Token]:
        """Those that are listed here."""
        every = await self.desk.tokens.belonging(login.account.name)
        return [each for each in every if each.wish.purpose in self.purposes]


class Sessions(Kept):
    """C{/auth/sessions}: where somebody is signed in, and which programs may come in."""

    purposes = (Purpose.SESSION, Purpose.BEARER)
    word = "sessions"

    async def delete(self, request: Request) -> Answer:
        """End one session, or all others."""
        if tail(request):
            return await super().delete(request)
        login, current = await self.desk.signed_in(request)
        others = (Purpose.SESSION,)
        name = login.account.name
        await self.desk.tokens.revoke_all(name, others, keep=current.id)
        return Answer(204)


class Passwords(Kept):
    """C{/auth/passwords}: what mail programs say in place of the password."""

    purposes = (Purpose.PASSWORD,)
    word = "passwords"

    async def post(self, request: Request) -> Answer:
        """Make one, for somebody who says his own password again.

        A browser that was left alone for a minute shall not open the account for ever.
        """
        login, current = await self.desk.signed_in(request)
        only_list(request)
        fields = Fields(request)
        label, scope = fields.text("label"), fields.scope("scope")
        if not 0 < len(label) <= LABEL_LIMIT or not label.isprintable():
            raise Refused(422, f"label: 1 to {LABEL_LIMIT} characters")
        name = login.account.name
        _ = await self.desk.password(request, name, fields.text("password"))
        wish = Wish(name, Purpose.PASSWORD, label, scope=scope)
        issued = await self.desk.tokens.issue(wish, visit(request))
        told = seen(issued.token, current) | {"secret": issued.secret}
        return json(told, status=201)


class Fields:
    """What is said in the content of a request, which is a JSON object.

    @raise Refused: when it is none.
    """

    def __init__(self, request: Request) -> None:
        try:
            said = read(request.content.read())
        except NotJSON as error:
            raise Refused(400, str(error)) from None
        if not isinstance(said, dict):
            raise Refused(422, "say it in an object")
        self.said = said

    def text(self, name: str) -> str:
        """A string that must be there.

        @raise Refused: when it is not.
        """
        value = self.said.get(name)
        if not isinstance(value, str):
            raise Refused(422, f"{name}: a string")
        return value

    def flag(self, name: str) -> bool:
        """Yes or no; no, if nothing is said.

        @raise Refused: when it is something else.
        """
        value = self.said.get(name, False)
        if not isinstance(value, bool):
            raise Refused(422, f"{name}: true or false")
        return value

    def scope(self, name: str) -> frozenset[str]:
        """Some protocols; none, if nothing is said.

        @raise Refused: when one of them is none.
        """
        value = self.said.get(name) or []
        if not isinstance(value, list) or not all(each in SCOPES for each in value):
            raise Refused(422, f"{name}: some of {', '.join(SCOPES)}")
        return frozenset(map(str, value))


def json(
    value: ijson.JSON, status: int = 200, headers: dict[str, str] | None = None
) -> Answer:
    """An answer in JSON."""
    return Answer(status, written(value), JSON, headers or {})


def kept_for(lasts: int) -> int | None:
    """Seconds for which a browser keeps the cookie; C{None}: until it is closed."""
    return lasts // 1000 if lasts > LASTS else None


def tail(request: Request) -> Sequence[bytes]:
    """What stands behind the name of a resource in a path."""
    return [each for each in request.postpath or () if each]


def only_list(request: Request) -> None:
    """See that the whole is meant.

    @raise Refused: when it is one of them.
    """
    if tail(request):
        raise Refused(404, "there is nothing here")


def wanted(request: Request) -> int:
    """The id in a path; 0, which nothing has, if it is none."""
    said = b"/".join(tail(request))
    return int(said) if said.isdigit() and len(said) < len(str(2**63)) else 0


def seen(token: Token, current: Token) -> Object:
    """A token as its owner may see it."""
    ends = None if token.expires is None else write_timestamp(token.expires)
    scope: list[ijson.JSON] = [*sorted(token.wish.scope)]
    return {
        "id": str(token.id),
        "kind": token.wish.purpose.value,
        "label": token.wish.label,
        "scope": scope,
        "created": write_timestamp(token.created),
        "seen": write_timestamp(token.seen),
        "expires": ends,
        "address": token.last.address,
        "agent": token.last.agent,
        "current": token.id == current.id,
    }


def signing(desk: Desk) -> Folder:
    """What stands below C{/auth}."""
    resources: dict[bytes, Callable[[Desk], AsyncResource]] = {
        b"session": SessionResource,
        b"sessions": Sessions,
        b"passwords": Passwords,
    }
    return Folder({name: made(desk) for name, made in resources.items()})
