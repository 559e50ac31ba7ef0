"""How an RFC joins JMAP: one module, one L{Extension}, no other edit (RFC 8620, 9.3).

A capability with many methods is a package: its C{__init__} has the L{Extension}, and
every module in it adds methods to that.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from mailnode.interfaces.account import IMailAccount
from mailnode.jmap.arguments import Arguments
from mailnode.jmap.ijson import Object

if TYPE_CHECKING:
    from mailnode.jmap.call import Call

PACKAGES = ("mailnode.jmap.methods",)

Method = Callable[["Call", Arguments], Awaitable[Object]]
"""Does what a call asks for, and returns the arguments of its response."""
State = Callable[[IMailAccount], Awaitable[str]]
"""The state that C{/get} of a type would tell now."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What may be sent; the same as by SMTP.

    @ivar message_size: octets of the largest message.
    @ivar recipients: of one message.
    @ivar hold_seconds: how long a message may wait for its time (RFC 4865).
    """

    message_size: int = 50 * 2**20
    recipients: int = 1000
    hold_seconds: int = 30 * 86400


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may ask for at a time (RFC 8620, 2).

    @ivar size_upload: octets.
    @ivar concurrent_uploads: of one person, over all connections.
    @ivar size_request: octets.
    @ivar concurrent_requests: of one person, over all connections.
    @ivar sending: in mail that leaves.
    """

    size_upload: int = 50_000_000
    concurrent_uploads: int = 4
    size_request: int = 10_000_000
    concurrent_requests: int = 8
    calls_in_request: int = 64
    objects_in_get: int = 1000
    objects_in_set: int = 1000
    sending: Sending = Sending()


def nobody(_account: IMailAccount, _created: Collection[int]) -> None:
    """Nothing is pushed anywhere."""


def nothing(_: object) -> Object:
    """A capability of which there is no more to say than that it is there."""
    return {}


@dataclass(slots=True)
class Extension:
    """What one RFC adds.

    @ivar rfc: its number.
    @ivar capability: its URN; a request must name it to call its methods.
    @ivar session: what the session says of it.
    @ivar account: what an account says of it; C{None} if it is not about accounts.
    @ivar allowed: what an account says besides, the same for all.
    @ivar at: what the session says besides, of a server with this scheme and host.
    @ivar states: of those types whose changes are pushed (RFC 9404, 6.3), by name.
    """

    rfc: int
    capability: str
    session: Callable[[Limits], Object] = nothing
    account: Callable[[IMailAccount], Object] | None = None
    allowed: Callable[[Limits], Object] = nothing
    methods: dict[str, Method] = field(default_factory=dict)
    at: Callable[[str], Object] = nothing
    states: dict[str, State] = field(default_factory=dict)

    @property
    def capabilities(self) -> tuple[str, ...]:
        """By what a client learns of it."""
        return (self.capability,)

    def method(self, name: str) -> Callable[[Method], Method]:
        """Let the decorated coroutine answer the calls of this name."""

        def register(method: Method) -> Method:
            self.methods[name] = method
            return method

        return register


class Repertoire:
    """All that a server can do: its extensions, merged into flat tables.

    @ivar extensions: by capability.
    @ivar methods: by name, each with the extension that it belongs to.
    @ivar states: by the name of the type.
    @ivar subscribed: told when the push subscriptions of an account are others, with
        the numbers of new ones (RFC 8620, 7.2).
    """

    def __init__(
        self, extensions: Iterable[Extension] | None = None, limits: Limits = Limits()
    ) -> None:
        self.limits = limits
        self.subscribed: Callable[[IMailAccount, Collection[int]], None] = nobody
        self.extensions: dict[str, Extension] = {}
        self.methods: dict[str, tuple[Extension, Method]] = {}
        self.states: dict[str, State] = {}
        chosen = found() if extensions is None else extensions
        for each in sorted(chosen, key=lambda each: each.rfc):
            self.extensions[each.capability] = each
            self.states |= each.states
            for name, method in each.methods.items():
                self.methods[name] = each, method


def found(packages: Iterable[str] = PACKAGES) -> Iterator[Extension]:
    """The L{Extension} of every module in some packages, with all that adds to it."""
    for package in packages:
        path = import_module(package).__path__
        for each in pkgutil.iter_modules(path, package + "."):
            module = import_module(each.name)
            if each.ispkg:
                for part in pkgutil.iter_modules(module.__path__, each.name + "."):
                    import_module(part.name)
            yield module.extension
