"""The one way in: every login of every protocol passes here (RFC 4422)."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from traceback import extract_tb
from typing import TypeVar, cast

from twisted.cred.credentials import Anonymous, ICredentials, IUsernamePassword
from twisted.cred.error import LoginDenied, UnauthorizedLogin
from twisted.cred.portal import Portal
from twisted.internet.defer import CancelledError
from twisted.logger import Logger
from zope.interface import Interface, implementer

from mailnode.auth.credentials import ILogin, IScram, Password, Relayed, Vouched
from mailnode.auth.prepare import NAME_LIMIT, login_name
from mailnode.auth.realm import Granted
from mailnode.auth.sasl.exchange import BINDINGS, Channel, Mechanism, asking
from mailnode.auth.sasl.table import mechanisms
from mailnode.auth.throttle import Throttle
from mailnode.errors import (
    BadCredentials,
    NotFound,
    Parting,
    PrivacyRequired,
    SyntaxFault,
    Throttled,
    TooLarge,
    Unavailable,
)
from mailnode.interfaces.gate import Ask, IGate
from mailnode.interfaces.peer import IPeer, IVisitor

Avatar = TypeVar("Avatar")
Entered = Callable[[IVisitor, Callable[[], None]], None]
"""Is told of a peer that has come in, and of what to call when it has left."""

PLAINTEXT = ("never", "loopback", "always")
"""When a password may be said without TLS."""
OUR_OWN_WORDS = (
    SyntaxFault,
    Parting,
    TooLarge,
    Throttled,
    Unavailable,
    CancelledError,
)
"""What a login may end with and sessions understand, besides a refusal."""

log = Logger()


@implementer(IGate)
class Gate:
    """Logs people in through a portal, slower for those who guess.

    @param plaintext: when passwords may be said without TLS: C{never}, on
        C{loopback} and local sockets, or C{always}.
    @param default_domain: for login names without one, so that the throttle
        knows both spellings for one account.
    @param local_users: which user of this machine is which account; they log in
        over local sockets without a password (EXTERNAL).
    @param random: gives so many octets that nobody can foretell.
    @param entered: gets the logout of each avatar.
    @raise ValueError: when C{plaintext} is something else.
    """

    def __init__(
        self,
        portal: Portal,
        throttle: Throttle,
        *,
        plaintext: str = "loopback",
        default_domain: str = "",
        local_users: Mapping[str, str] | None = None,
        random: Callable[[int], bytes] = os.urandom,
        entered: Entered | None = None,
    ) -> None:
        if plaintext not in PLAINTEXT:
            raise ValueError(f"plaintext is one of {', '.join(PLAINTEXT)}")
        self.portal = portal
        self.throttle = throttle
        self.plaintext = plaintext
        self.default_domain = default_domain
        self.local_users = local_users or {}
        self.random = random
        self.entered = entered
        self.table = mechanisms()

    def mechanisms(self, peer: IPeer) -> Sequence[bytes]:
        """The SASL mechanisms this peer may use now, best first."""
        bindable = peer.secure and any(map(peer.channel_binding, BINDINGS))
        private = self._private(peer)
        return [
            each.name
            for each in self.table.values()
            if self._checks(each.credentials)
            and (private or not each.plaintext)
            and (bindable or not each.binds)
            and (self._account(peer) or not each.vouched)
        ]

    def admits_passwords(self, peer: IVisitor) -> bool:
        """Whether this peer may send a password as it is."""
        return self._private(peer) and self._checks(IUsernamePassword)

    def _private(self, peer: IVisitor) -> bool:
        return (
            peer.secure
            or self.plaintext == "always"
            or (self.plaintext == "loopback" and peer.local)
        )

    def _account(self, peer: IPeer) -> str:
        """Whose the system says this peer is, or an empty string."""
        return self.local_users.get(peer.user, "") if peer.user else ""

    def _checks(self, credentials: type[ICredentials]) -> bool:
        return credentials in self.portal.listCredentialsInterfaces()

    async def password(
        self,
        user: bytes,
        password: bytes,
        peer: IVisitor,
        interface: type[Avatar],
        *,
        quiet: bool = False,
    ) -> Avatar:
        """Log in with a name and a password."""
        if not self._private(peer):
            raise PrivacyRequired("a password may be said under TLS only")
        credentials = Password(user, password)
        by = "" if quiet else "password"
        return await self._enter(credentials, peer, interface, by)

    async def sasl(
        self,
        mechanism: bytes,
        ask: Ask,
        initial: bytes | None,
        peer: IPeer,
        interface: type[Avatar],
    ) -> Avatar:
        """Log in by a SASL exchange (RFC 4422)."""
        chosen, on_offer = self._chosen(mechanism.upper(), peer)
        channel = Channel(
            binding=peer.channel_binding,
            offers_binding=any(self.table[name].binds for name in on_offer),
            random=self.random,
            account=self._account(peer),
        )
        credentials = await chosen.converse(asking(ask, initial), channel)
        return await self._enter(credentials, peer, interface, chosen.name.decode())

    def _chosen(self, name: bytes, peer: IPeer) -> tuple[Mechanism, Sequence[bytes]]:
        """The mechanism of this name, and the names of all that are on offer."""
        on_offer = self.mechanisms(peer)
        mechanism = self.table.get(name)
        if mechanism is None or not self._checks(mechanism.credentials):
            raise NotFound("there is no such mechanism here")
        if mechanism.plaintext and name not in on_offer:
            raise PrivacyRequired("this mechanism may be used under TLS only")
        if name not in on_offer and mechanism.vouched:
            raise NotFound("nobody vouches for you")
        if name not in on_offer:
            raise NotFound("this mechanism needs a channel to bind to")
        return mechanism, on_offer

    async def vouched(
        self, account: str, peer: IVisitor, interface: type[Avatar]
    ) -> Avatar:
        """The avatar of somebody who has shown a token of ours."""
        return await self._login(Vouched(account.encode()), peer, interface)

    async def stranger(self, peer: IPeer, interface: type[Avatar]) -> Avatar:
        """The avatar of somebody who has not said who he is."""
        return await self._login(Anonymous(), peer, interface)

    async def _enter(
        self,
        credentials: ILogin,
        peer: IVisitor,
        interface: type[Avatar],
        by: str,
    ) -> Avatar:
        """Log in unless there were too many guesses; count this one if it is wrong.

        @param by: how, for the log; empty if a success need not be told.

        The log has the names of those who got in only: people who mistake the
        field type their password for a name.
        """
        typed = credentials.username[:NAME_LIMIT]
        name = login_name(credentials.username, self.default_domain)
        account = name or typed.decode("latin-1")
        brief = isinstance(credentials, Password)
        if isinstance(credentials, Password):
            credentials.visitor = peer
        try:
            attempt = await self.throttle.begin(
                peer.address, account, local=peer.local, brief=brief
            )
        except Throttled:
            log.info("login from {address} put off", address=peer.address)
            raise
        try:
            avatar = await self._login(credentials, peer, interface)
        except BadCredentials:
            how = by or "password"
            log.info("login from {address} refused, {by}", address=peer.address, by=how)
            raise
        except Unavailable:
            attempt.void()
            raise
        else:
            attempt.succeeded()
        finally:
            attempt.over()
        if by:
            who = peer.address
            log.info("{name} from {address}, {by}", name=name, address=who, by=by)
        return avatar

    async def _login(
        self, credentials: ICredentials, peer: IVisitor, interface: type[Avatar]
    ) -> Avatar:
        """Ask the portal, and say what became of it in mail's terms."""
        try:
            asked = cast(type[Interface], interface)  # mypy-zope knows no bound
            _, avatar, logout = await granted(self.portal, credentials, peer, asked)
        except (UnauthorizedLogin, LoginDenied):
            raise BadCredentials("wrong name or password") from None
        except OUR_OWN_WORDS:
            raise
        except Exception as trouble:  # noqa: BLE001 - plug-ins may raise anything
            # Its text and its locals may hold a password: only say where it was.
            log.error(
                "login failed: {kind} at {where}",
                kind=type(trouble).__qualname__,
                where=place(trouble),
            )
            raise Unavailable("logins cannot be checked now") from None
        if self.entered is not None:
            self.entered(peer, logout)
        return cast(Avatar, avatar)


def granted(
    portal: Portal,
    credentials: ICredentials,
    peer: IVisitor,
    interface: type[Interface],
) -> Awaitable[Granted]:
    """What the portal gives: interface, avatar and logout."""
    if not IScram.providedBy(credentials):
        return portal.login(credentials, peer, interface)
    relayed = Relayed(IScram(credentials))
    return relayed.until(portal.login(relayed, peer, interface))


def place(trouble: BaseException) -> str:
    """The innermost line of code that an error passed through."""
    steps = extract_tb(trouble.__traceback__)
    return f"{steps[-1].filename}:{steps[-1].lineno}" if steps else "an unknown place"
