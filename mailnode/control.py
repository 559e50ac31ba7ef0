"""The control socket: mailnodectl asks, the server answers, one JSON line each."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IListeningPort
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

NAME = "control.sock"
"""The socket, in the directory of the store."""
LINE_LIMIT = 2**20
"""Octets of a question; a password and a few addresses are far below."""

Answer = Callable[[object], Awaitable[Mapping[str, object]]]


class Questions(LineOnlyReceiver):
    """One connection: a question, its answer, and goodbye."""

    delimiter = b"\n"
    MAX_LENGTH = LINE_LIMIT
    log = Logger()

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked = False

    def lineReceived(self, line: bytes) -> None:
        if not self.asked:
            self.asked = True
            Deferred.fromCoroutine(self.reply(line)).addErrback(self.broken)  # type: ignore[unused-awaitable]  # nobody waits

    async def reply(self, line: bytes) -> None:
        """Answer one question."""
        try:
            question = json.loads(line)
        except ValueError:
            question = None
        answer = await self.answer(question)
        if self.transport is not None:
            self.transport.write(json.dumps(answer).encode() + b"\n")
            self.transport.loseConnection()

    def broken(self, failure: Failure) -> None:
        """A verb failed in a way it did not foresee."""
        self.log.failure("a control command broke off", failure)
        if self.transport is not None:
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Whoever asked has gone; what was begun is finished all the same."""


class ControlSocket(Service):
    """Listens in the directory of the store, for its owner only."""

    name = "control"

    def __init__(self, reactor: PosixReactorBase, data: Path, answer: Answer) -> None:
        self.reactor = reactor
        self.path = data / NAME
        self.answer = answer
        self.port: IListeningPort | None = None

    def startService(self) -> None:
        Service.startService(self)
        # We hold the lock of the store: a socket that is there is a dead one's.
        self.path.unlink(missing_ok=True)
        umask = os.umask(0o177)
        try:
            self.port = self.reactor.listenUNIX(
                str(self.path), _Ask(self.answer), mode=0o600
            )
        finally:
            os.umask(umask)

    def stopService(self) -> Deferred[None]:
        Service.stopService(self)
        port, self.port = self.port, None
        return Deferred.fromCoroutine(_stopped(port))


class _Ask(Factory):
    noisy = False

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def buildProtocol(self, addr: IAddress | None) -> Questions:  # noqa: ARG002 - Twisted's
        return Questions(self.answer)


async def _stopped(port: IListeningPort | None) -> None:
    closing = port.stopListening() if port is not None else None
    if isinstance(closing, Deferred):
        await closing
