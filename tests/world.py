"""The little world in which dialogues are played: example.org, its people, its mail.

Rooms add a server by a module in C{tests/servers}, named for the protocol, with
C{def serve(world: World) -> Talk}, or C{def connect(world: World) -> Protocol} if it
is not a conversation in lines; what it needs to know stands in the script:

    With: mail ana Subject: one\\r\\n\\r\\nbody\\r\\n     a message in INBOX; who, then octets
    With: password carla secret                    one more person
    With: plaintext never                          or loopback (the default), always
    With: tls no                                   STARTTLS is not to be had
    With: client mx smtp                           this client speaks another protocol
    With: option name value                        for the options of the protocol
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from importlib import import_module
from typing import cast

from dialogue import Script, octets
from store.keeping import Keeping
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock

from mailnode.errors import Unavailable
from mailnode.interfaces.account import IStore
from mailnode.net.conversation import Conversation, Ground, Talk
from mailnode.net.rounds import Rounds
from mailnode.store import migrate
from mailnode.store.database import InlineDatabase
from mailnode.store.tokens import Tokens
from mailnode.testing import MemoryGate, MemoryQueue, MemoryStore, MemoryTrail

PASSWORDS = {"ana@example.org": "faminta", "bob@example.org": "secret"}
MOMENT = 1_700_000_000_000
"""When the world begins: 2023-11-14 22:13:20 +0000."""
GRACE = 10.0
"""Seconds until those who are busy when the server stops are cut off."""


PRETENCE = cast("IOpenSSLServerConnectionCreator", object())
"""Stands for certificates, where wires only pretend TLS."""


class World:
    """A server's surroundings, made after the settings of a script.

    @ivar store: the mail, if it is in memory.
    @ivar keeping: the mail in the real store, if that is to be played with.
    @ivar mail: the one or the other.
    @ivar queue: what was accepted for elsewhere.
    @ivar trail: what was noted of it all.
    @ivar gate: lets ana and bob in.
    @ivar queue: what waits to leave.
    @ivar logins: who logged in when, for all sessions.
    @ivar options: what C{With: option} lines say, for the protocol to read.
    """

    def __init__(
        self, script: Script, protocol: str, keeping: Keeping | None = None
    ) -> None:
        self.script = script
        self.protocol = protocol
        self.clock = Clock()
        self.keeping = keeping
        self.store = MemoryStore()
        self.queue = MemoryQueue(self.now)
        self.trail = MemoryTrail()
        plaintext = script.setting("plaintext", "loopback")
        self.passwords = dict(PASSWORDS)
        self.mail: IStore = self.store if keeping is None else keeping.store
        self.gate = MemoryGate(self.mail, self.passwords, plaintext=plaintext)
        tls = None if script.setting("tls") == "no" else PRETENCE
        self.ground = Ground(self.clock, Rounds(self.clock), tls)
        self.options: dict[str, str] = {}
        self.protocols: dict[str, str] = {}
        self.logins: dict[str, int] = {}
        self.queue = MemoryQueue(self.now)
        self.trail = MemoryTrail()
        for word, rest in script.settings:
            first, _, second = rest.partition(" ")
            if word == "mail":
                self.arrive(first, octets(second))
            elif word == "password":
                self.passwords[f"{first}@example.org"] = second
            elif word == "option":
                self.options[first] = second
            elif word == "client":
                self.protocols[first] = second

    @cached_property
    def tokens(self) -> Tokens:
        """What opens accounts in place of passwords."""
        return Tokens(InlineDatabase(prepare=migrate.main), self.now)

    def now(self) -> int:
        """Milliseconds since 1970 in UTC."""
        return MOMENT + int(self.clock.seconds() * 1000)

    def arrive(self, who: str, message: bytes) -> None:
        """Put a message in somebody's INBOX."""
        name = f"{who}@example.org"
        if self.keeping is None:
            self.store.of(name).inbox.put(message)
        else:
            self.keeping.deliver(message, name)

    def connect(self, who: str) -> Protocol:
        """The protocol that serves a client."""
        name = self.protocols.get(who, self.protocol)
        server = import_module(f"servers.{name}")
        if hasattr(server, "connect"):
            made: Protocol = server.connect(self)
            return made
        serve: Callable[[World], Talk] = server.serve
        return Conversation(serve(self), self.ground)

    def stop(self) -> None:
        """Stop the server."""
        _ = Deferred.fromCoroutine(self.ground.rounds.stop(GRACE))

    @property
    def events(self) -> dict[str, Callable[[], None]]:
        """What C{T: (...)} may ask for."""
        return {
            "stop": self.stop,
            "trouble": partial(setattr, self.gate, "fault", Unavailable("busy")),
            "mistake": partial(setattr, self.gate, "fault", ZeroDivisionError()),
            "mail": partial(self.arrive, "ana", b"Subject: one\r\n\r\nbody\r\n"),
            "relief": partial(setattr, self.gate, "fault", None),
        }
