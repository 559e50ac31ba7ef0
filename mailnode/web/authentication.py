"""Who asks: the schemes of HTTP authentication, over the one gate (RFC 9110, 11; RFC 7617)."""

from __future__ import annotations

import binascii
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from twisted.internet.interfaces import IReactorTime

from mailnode.errors import BadCredentials, PrivacyRequired
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.gate import IGate
from mailnode.interfaces.peer import IVisitor
from mailnode.web.answer import Refused

if TYPE_CHECKING:
    from mailnode.web.request import Request

TELL_AGAIN = 600.0
"""Seconds after which it is worth a line in the log that somebody still comes in."""
TOLD = 10_000
"""People at addresses whom we remember to have told of."""


class Scheme(Protocol):
    """A way to say with a request who one is.

    @ivar name: as it stands in C{Authorization}, in lower case.
    """

    name: str

    def challenge(self, visitor: IVisitor) -> str | None:
        """What C{WWW-Authenticate} says of it; C{None} when it is not for this visitor."""

    async def account(self, credentials: str, visitor: IVisitor) -> IMailAccount:
        """Whose account it is.

        @raise BadCredentials: when they are wrong.
        @raise MailError: when they cannot be checked, or not now.
        """


class Authenticator:
    """Tries the schemes that there are.

    @ivar schemes: by name, in the order in which they are offered.
    """

    def __init__(self, schemes: Sequence[Scheme]) -> None:
        self.schemes = {each.name: each for each in schemes}

    async def account(self, request: Request) -> IMailAccount:
        """The account of whoever asks.

        @raise Refused: when he does not say who he is, or not rightly.
        """
        visitor = request.visitor
        said = request.asked("Authorization")
        name, _, credentials = said.partition(" ")
        scheme = self.schemes.get(name.lower())
        if scheme is None:
            raise self.who(visitor, "say who you are")
        try:
            return await scheme.account(credentials.strip(), visitor)
        except BadCredentials as error:
            raise self.who(visitor, str(error)) from None

    def who(self, visitor: IVisitor, words: str) -> Refused:
        """The question who somebody is (RFC 9110, 15.5.2)."""
        offered = [each.challenge(visitor) for each in self.schemes.values()]
        challenges = ", ".join(filter(None, offered))
        if not challenges:
            return Refused(403, "passwords are for TLS: come by https")
        return Refused(401, words, {"WWW-Authenticate": challenges})


class Basic:
    """Basic: a name and a password with each request (RFC 7617).

    @param realm: what people are told that the password is for.
    """

    name = "basic"

    def __init__(self, gate: IGate, clock: IReactorTime, realm: str) -> None:
        self.gate = gate
        self.clock = clock
        self.realm = realm
        self.told: OrderedDict[tuple[bytes, str], float] = OrderedDict()

    def challenge(self, visitor: IVisitor) -> str | None:
        """With the charset that names and passwords are in (RFC 7617, 2.1)."""
        if not self.gate.admits_passwords(visitor):
            return None
        return f'Basic realm="{self.realm}", charset="UTF-8"'

    async def account(self, credentials: str, visitor: IVisitor) -> IMailAccount:
        """Log in."""
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
        return account

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
