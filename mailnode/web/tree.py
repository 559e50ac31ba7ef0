"""The resources of the server: what stands at which path."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.web.resource import Resource

from mailnode.interfaces.gate import IGate
from mailnode.interfaces.tokens import ITokens
from mailnode.jmap.extension import Repertoire
from mailnode.jmap.push import Pushes
from mailnode.web.authentication import REALM, Authenticator, Basic, Bearer, Cookie
from mailnode.web.blobs import Download, Upload
from mailnode.web.coroutine import Folder
from mailnode.web.eventsource import EventSource
from mailnode.web.health import Health
from mailnode.web.jmap import API, Session, WellKnown
from mailnode.web.living import Living
from mailnode.web.signing import Desk, signing

log = Logger()


def tree(
    gate: IGate,
    clock: IReactorTime,
    repertoire: Repertoire | None = None,
    tokens: ITokens | None = None,
) -> Folder:
    """The root of all resources.

    @param tokens: left out, there are passwords only, and nobody signs in.
    """
    authenticator = by(gate, clock, tokens)
    repertoire = repertoire or Repertoire()
    pushes = Pushes(repertoire.states, clock.callLater, reported)
    mail = {
        b"session": Session(authenticator, repertoire),
        b"api": API(authenticator, repertoire, gate),
        b"upload": Upload(authenticator, repertoire),
        b"download": Download(authenticator),
        b"eventsource": EventSource(authenticator, pushes, Living()),
    }
    children: dict[bytes, Resource] = {
        b"healthz": Health(),
        b".well-known": Folder({b"jmap": WellKnown()}),
        b"jmap": Folder(mail),
    }
    if tokens is not None:
        children[b"auth"] = signing(Desk(gate, tokens, authenticator, ""))
    return Folder(children)


def reported(work: Coroutine[Any, Any, None]) -> None:
    """Run some work that nobody waits for."""
    running = Deferred.fromCoroutine(work)
    _ = running.addErrback(lambda failure: log.failure("a push failed", failure))


def by(gate: IGate, clock: IReactorTime, tokens: ITokens | None) -> Authenticator:
    """What people say who they are by."""
    basic = Basic(gate, clock, REALM, tokens)
    if tokens is None:
        return Authenticator([basic])
    bearer = Bearer(gate, tokens, REALM)
    return Authenticator([basic, bearer], Cookie(gate, tokens, REALM))
