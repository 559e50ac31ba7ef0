"""How an RFC joins the server: one module, one L{Extension}, no other edit."""

from __future__ import annotations

import pkgutil
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING

from mailnode.interfaces.account import IMailAccount

if TYPE_CHECKING:
    from mailnode.pop3.session import Session

PACKAGES = ("mailnode.pop3.commands", "mailnode.pop3.extensions")


class State(Enum):
    """RFC 1939, 3.  In the UPDATE state nothing more is heard."""

    AUTHORIZATION = "before login"
    TRANSACTION = "after login"
    UPDATE = "after QUIT"


BOTH = frozenset({State.AUTHORIZATION, State.TRANSACTION})

Answer = Callable[["Session", bytes], Awaitable[bytes | None]]
"""Obeys a verb; gets what follows it and returns the words after C{+OK},
or C{None} when everything has been said already."""
Capability = Callable[["Session"], bytes | None]
"""The arguments behind a tag in the answer to CAPA; C{None}: not announced."""
Admission = Callable[["Session", IMailAccount], None]
"""Raises when somebody who has proved who he is shall not come in now."""


@dataclass(frozen=True, slots=True)
class Verb:
    """A command: what it does, and when it may be given."""

    answer: Answer
    states: frozenset[State]


@dataclass(slots=True)
class Extension:
    """What one RFC adds.

    @ivar rfc: its number.
    @ivar capabilities: tags of CAPA (RFC 2449, 5).
    """

    rfc: int
    capabilities: dict[bytes, Capability] = field(default_factory=dict)
    verbs: dict[bytes, Verb] = field(default_factory=dict)
    admissions: list[Admission] = field(default_factory=list)

    def verb(self, name: bytes, *states: State) -> Callable[[Answer], Answer]:
        """Let the decorated coroutine answer a command, in some states or both."""

        def register(answer: Answer) -> Answer:
            self.verbs[name] = Verb(answer, frozenset(states) or BOTH)
            return answer

        return register

    def capability(self, tag: bytes) -> Callable[[Capability], Capability]:
        """Let the decorated function say whether, and with what, CAPA tells it."""

        def register(announce: Capability) -> Capability:
            self.capabilities[tag] = announce
            return announce

        return register

    def announces(self, tag: bytes) -> None:
        """Announce a tag always, with nothing behind it."""
        self.capabilities[tag] = lambda _: b""

    def admission(self, check: Admission) -> Admission:
        """Let the decorated function look at everyone who logs in."""
        self.admissions.append(check)
        return check


class Repertoire:
    """All that a server can do: its extensions, merged into flat tables."""

    def __init__(self, extensions: Iterable[Extension] | None = None) -> None:
        self.capabilities: dict[bytes, Capability] = {}
        self.verbs: dict[bytes, Verb] = {}
        self.admissions: list[Admission] = []
        chosen = found() if extensions is None else extensions
        for extension in sorted(chosen, key=lambda each: each.rfc):
            self.capabilities |= extension.capabilities
            self.verbs |= extension.verbs
            self.admissions += extension.admissions


def found(packages: Iterable[str] = PACKAGES) -> Iterator[Extension]:
    """The L{Extension} of every module in some packages."""
    for package in packages:
        path = import_module(package).__path__
        for each in pkgutil.iter_modules(path, package + "."):
            yield import_module(each.name).extension
