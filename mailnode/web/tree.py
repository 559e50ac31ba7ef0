"""The resources of the server: what stands at which path."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.web.resource import Resource

from mailnode.clock import now
from mailnode.interfaces.gate import IGate
from mailnode.interfaces.tokens import ITokens
from mailnode.jmap.extension import Repertoire
from mailnode.jmap.push import Pushes
from mailnode.web.assets import Files, Index, Page, shipped
from mailnode.web.authentication import REALM, Authenticator, Basic, Bearer, Cookie
from mailnode.web.blobs import Download, Upload
from mailnode.web.coroutine import Folder
from mailnode.web.eventsource import EventSource
from mailnode.web.health import Health
from mailnode.web.jmap import API, Session, WellKnown
from mailnode.web.letter import Body, InThread, Means, Quote, at_once
from mailnode.web.living import Living
from mailnode.web.outgoing import Outgoing
from mailnode.web.pictures import Elsewhere, Inside, Signatures
from mailnode.web.preferences import Preferences
from mailnode.web.pusher import Pusher
from mailnode.web.signing import Desk, signing
from mailnode.web.socket import Socket

log = Logger()


@dataclass(frozen=True, slots=True)
class Webmail:
    """What the webmail is made of, besides mail.

    @ivar secret: signs what it names; one of this process, if none is kept.
    @ivar outgoing: fetches images; C{None}: nothing is fetched.
    @ivar in_thread: reads HTML.
    """

    page: Page = field(default_factory=shipped)
    secret: bytes = field(default_factory=partial(os.urandom, 32), repr=False)
    outgoing: Outgoing | None = None
    in_thread: InThread = at_once
    clock: Callable[[], int] = now


def tree(
    gate: IGate,
    clock: IReactorTime,
    repertoire: Repertoire | None = None,
    tokens: ITokens | None = None,
    *,
    webmail: Webmail | None = None,
    pusher: Pusher | None = None,
) -> Folder:
    """The root of all resources.

    @param tokens: left out, there are passwords only, and nobody signs in.
    @param pusher: tells devices what changed; left out, nobody does.
    """
    authenticator = by(gate, clock, tokens)
    repertoire = repertoire or Repertoire()
    pushes = heralds(clock, repertoire) if pusher is None else pusher.pushes
    if pusher is not None:
        repertoire.subscribed = pusher.subscribed
    living = Living()
    api = API(authenticator, repertoire, gate)
    mail = {
        b"session": Session(authenticator, repertoire),
        b"api": api,
        b"upload": Upload(authenticator, repertoire),
        b"download": Download(authenticator),
        b"eventsource": EventSource(authenticator, pushes, living),
        b"ws": Socket(api, pushes, living),
    }
    children: dict[bytes, Resource] = {
        b"healthz": Health(),
        b".well-known": Folder({b"jmap": WellKnown()}),
        b"jmap": Folder(mail),
    }
    if tokens is not None:
        desk = Desk(gate, tokens, authenticator, (webmail or Webmail()).page.version)
        children[b"auth"] = signing(desk)
        children |= pages(webmail or Webmail(), authenticator)
    return Folder(children)


def pages(webmail: Webmail, authenticator: Authenticator) -> dict[bytes, Resource]:
    """The page, and what it shows in frames."""
    signatures = Signatures(webmail.secret, webmail.clock)
    means = Means(authenticator, signatures, webmail.in_thread)
    inside = {
        b"body": Body(means),
        b"quote": Quote(means),
        b"part": Inside(authenticator),
        b"image": Elsewhere(authenticator, signatures, webmail.outgoing),
        b"preferences": Preferences(authenticator),
    }
    return {
        b"": Index(webmail.page),
        b"static": Files(webmail.page),
        b"webmail": Folder(inside),
    }


def heralds(clock: IReactorTime, repertoire: Repertoire | None = None) -> Pushes:
    """What finds out what changed."""
    return Pushes((repertoire or Repertoire()).states, clock.callLater, reported)


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
