"""One method call, and the request that it is part of (RFC 8620, 3.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from mailnode.errors import NotPermitted
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.delivery import IOutbox
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.errors import MethodError
from mailnode.jmap.extension import Extension, Repertoire
from mailnode.jmap.ijson import JSON, Object
from mailnode.model.envelope import Origin


def account_id(account: IMailAccount) -> str:
    """What JMAP calls an account: a letter first, never digits alone (RFC 8620, 1.2)."""
    return f"A{account.id}"


@dataclass(frozen=True, slots=True)
class Invocation:
    """The name of a method or response, its arguments, and the client's mark."""

    name: str
    arguments: Object
    id: str

    def value(self) -> JSON:
        """As it is written."""
        return [self.name, self.arguments, self.id]


def still_there() -> bool:
    """Whoever asks us in the same process does not go away meanwhile."""
    return False


HERE = Origin("JMAP", "", "unix")
"""Where somebody is who asks us in the same process."""


async def no_way_out() -> IOutbox:
    """Somebody who may read only sends nothing."""
    raise NotPermitted("nothing can be sent from here")


async def at_once() -> None:
    """Nobody else waits for his turn."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who asks, and what he may ask for.

    @ivar account: his own.
    @ivar gone: whether he is no longer there to be answered.
    @ivar outbox: gives his way out, if there is one.
    @ivar origin: where he is, for the Received field of what he sends.
    @ivar credential: the token that he came in by; 0 for a password.
    @ivar turn: lets others have their turn, if this one has lasted long; to be
        awaited wherever much is done, since the store answers at once.
    """

    account: IMailAccount
    repertoire: Repertoire
    gone: Callable[[], bool] = still_there
    outbox: Callable[[], Awaitable[IOutbox]] = no_way_out
    origin: Origin = HERE
    credential: int = 0
    turn: Callable[[], Awaitable[None]] = at_once


@dataclass(frozen=True, slots=True)
class Call:
    """A method call on its way.

    @ivar extension: what the method belongs to.
    @ivar created: ids by creation id, over the whole request (RFC 8620, 5.3).
    @ivar using: the capabilities that the request named (RFC 8620, 3.3).
    @ivar more: further responses, of calls that this one implies.
    """

    visit: Visit
    extension: Extension
    id: str
    created: dict[str, str]
    using: frozenset[str] = frozenset()
    more: list[Invocation] = field(default_factory=list)

    def account(self, arguments: Arguments) -> IMailAccount:
        """The account that a call is about (RFC 8620, 3.6.2)."""
        account = self.visit.account
        if arguments.id("accountId") != account_id(account):
            raise MethodError("accountNotFound")
        if self.extension.account is None:
            raise MethodError("accountNotSupportedByMethod")
        return account

    def also(self, name: str, arguments: Object) -> None:
        """Add a response behind that of this call itself (RFC 8620, 3.4)."""
        self.more.append(Invocation(name, arguments, self.id))
