"""What people show to prove who they are, as L{twisted.cred} wants it."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import TypeVar

from twisted.cred.credentials import ICredentials, IUsernamePassword
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from zope.interface import Attribute, implementer

from mailnode.interfaces.peer import IVisitor
from mailnode.interfaces.realm import ScramKeys

Outcome = TypeVar("Outcome")


class ILogin(ICredentials):
    """Credentials of somebody who says who he is."""

    username: bytes = Attribute("The login name, as it came in.")


@implementer(IUsernamePassword, ILogin)
class Password:
    """A login name and a password, as they came in.

    A checker of Twisted's compares it with octets that it knows.

    @ivar visitor: who says it, once that is known.
    """

    visitor: IVisitor | None = None

    def __init__(self, username: bytes, password: bytes) -> None:
        self.username = username
        self.password = password

    def __repr__(self) -> str:
        return "<Password>"

    def checkPassword(self, password: bytes) -> bool:
        """Whether this is the password, however long that takes to say."""
        return hmac.compare_digest(self.password, password)


class IVouched(ILogin):
    """Somebody whom the system has vouched for: there is nothing to check."""


@implementer(IVouched)
class Vouched:
    """A user of this machine, by the name of his account here."""

    def __init__(self, username: bytes) -> None:
        self.username = username


class IScram(ILogin):
    """Somebody who can prove that he knows a password (RFC 5802).

    The checker supplies the keys; the proof then goes on over the line.
    """

    mechanism: str = Attribute("C{SCRAM-SHA-256} or C{SCRAM-SHA-1}.")

    async def prove(keys: ScramKeys) -> bool:
        """Go on with the exchange, once; whether the client knows the password.

        For somebody who does not exist the keys are made up, and this is
        C{False} all the same.
        """


@implementer(IScram)
class Scram:
    """A SCRAM exchange that knows who it is about, and waits for the keys.

    @param rest: the rest of the exchange, from the server's first message.
    """

    def __init__(
        self,
        username: bytes,
        mechanism: str,
        rest: Callable[[ScramKeys], Awaitable[bool]],
    ) -> None:
        self.username = username
        self.mechanism = mechanism
        self._rest = rest

    def __repr__(self) -> str:
        return f"<{self.mechanism}>"

    async def prove(self, keys: ScramKeys) -> bool:
        """Go on with the exchange."""
        return await self._rest(keys)


@implementer(IScram)
class Relayed:
    """A SCRAM exchange that a session holds on behalf of a checker.

    A checker works behind a Deferred; for the client, the coroutine of its
    session alone can wait.  So the keys are brought to the session and the
    verdict to the checker, and neither waits in the other's place.
    """

    def __init__(self, exchange: IScram) -> None:
        self.username = exchange.username
        self.mechanism = exchange.mechanism
        self._exchange = exchange
        self._keys: Deferred[ScramKeys | None] = Deferred()
        self._verdict: Deferred[bool] = Deferred()

    def __repr__(self) -> str:
        return f"<{self.mechanism} relayed>"

    async def prove(self, keys: ScramKeys) -> bool:
        """For the checker: have the session go on with the exchange."""
        self._keys.callback(keys)
        return await self._verdict

    async def until(self, login: Deferred[Outcome]) -> Outcome:
        """For the session: wait for a login, and hold the exchange meanwhile.

        @raise Exception: whatever the login fails with.
        """
        ended: Deferred[Outcome] = Deferred()
        _ = login.addBoth(self._ended, ended)
        keys = await self._keys
        if keys is not None:
            try:
                verdict = await self._exchange.prove(keys)
            except Exception as error:  # noqa: BLE001 - the checker is to know
                self._verdict.errback(error)
            else:
                self._verdict.callback(verdict)
        return await ended

    def _ended(self, outcome: Outcome | Failure, ended: Deferred[Outcome]) -> None:
        """The login is over, perhaps before anybody asked for a proof."""
        if isinstance(outcome, Failure):
            ended.errback(outcome)
        else:
            ended.callback(outcome)
        if not self._keys.called:
            self._keys.callback(None)
