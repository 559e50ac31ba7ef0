"""HTTP for dialogues."""

from __future__ import annotations

from twisted.internet.protocol import Protocol
from world import World

from mailnode.jmap.extension import Limits, Repertoire
from mailnode.web.assets import Page
from mailnode.web.channel import Channel
from mailnode.web.site import HTTPOptions, Site
from mailnode.web.tree import Webmail, tree


def connect(world: World) -> Protocol:
    """Serve a client; every connection of a script has the same resources."""
    given = world.options
    limits = Limits(
        size_upload=int(given.get("size_upload", 50_000_000)),
        size_request=int(given.get("size_request", 10_000_000)),
        calls_in_request=int(given.get("calls_in_request", 64)),
    )
    options = HTTPOptions(
        hostname="mail.example.org",
        url=given.get("url", ""),
        origins=frozenset(given.get("origins", "").split()),
    )
    root = tree(
        world.gate,
        world.clock,
        Repertoire(limits=limits),
        world.tokens,
        webmail=Webmail(Page()),
    )
    requests = int(given.get("requests", 1000))
    rounds = world.ground.rounds
    return Channel(Site(world.clock, rounds, root, options, requests=requests))
