"""The resources of the server: what stands at which path."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from mailnode.interfaces.gate import IGate
from mailnode.jmap.extension import Repertoire
from mailnode.web.authentication import Authenticator, Basic
from mailnode.web.coroutine import Folder
from mailnode.web.health import Health
from mailnode.web.jmap import API, Session, WellKnown

REALM = "mail"
"""What a browser tells people that their password is for."""


def tree(
    gate: IGate, clock: IReactorTime, repertoire: Repertoire | None = None
) -> Folder:
    """The root of all resources."""
    authenticator = Authenticator([Basic(gate, clock, REALM)])
    repertoire = repertoire or Repertoire()
    mail = {
        b"session": Session(authenticator, repertoire),
        b"api": API(authenticator, repertoire, gate),
    }
    known = {b"jmap": WellKnown()}
    return Folder(
        {b"healthz": Health(), b".well-known": Folder(known), b"jmap": Folder(mail)}
    )
