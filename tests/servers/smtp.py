"""The SMTP server of the little world; what else a script may set::

With: quota bob 100                                octets bob may keep
With: alias team@example.org ana@example.org bob@example.org
With: mailbox ana lists                            a mailbox ana has
With: room 1000                                    octets left on the disk
With: directory gone                               it cannot be asked
With: option recipients 2                          any of SMTPOptions
With: option proxies 192.0.2.0/24                  who may use XCLIENT
With: option separator -                           any of Aliases
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import fields
from ipaddress import ip_network
from itertools import count
from typing import Any, cast

from delivery.people import People
from store.keeping import now
from world import World

from mailnode.delivery.acceptance import Acceptance
from mailnode.delivery.aliases import Aliases
from mailnode.delivery.directions import Directions
from mailnode.delivery.forward import Rewriting
from mailnode.delivery.inbound import Inbound
from mailnode.interfaces.gate import Avatar
from mailnode.interfaces.peer import IPeer
from mailnode.net.conversation import Talk
from mailnode.smtp.extension import Dialect, Repertoire
from mailnode.smtp.options import SMTPOptions
from mailnode.smtp.session import Session
from mailnode.store.store import Limits
from mailnode.testing import MemoryGate

HOSTNAME = "mx.example.org"
FLAGS = (
    *("vrfy", "strict_helo", "detail_mailboxes"),
    *("check_from", "address_literals", "hide_client"),
)
WORDS = ("separator", "postmaster", "senders", "any_sender")
REPERTOIRES = {dialect: Repertoire(dialect) for dialect in Dialect}


class OpenGate(MemoryGate):
    """Lets strangers bring mail."""

    inbound: Inbound

    async def stranger(self, peer: IPeer, interface: type[Avatar]) -> Avatar:
        return cast("Avatar", self.inbound)


def serve(world: World, dialect: Dialect = Dialect.SMTP) -> Talk:
    """A server for one client."""
    said = settings(world)
    gate = OpenGate(world.mail, world.gate.passwords)
    gate.inbound = inbound(world, said)
    options = smtp_options(world, said)
    repertoire = REPERTOIRES[dialect]

    def talk(peer: IPeer) -> Awaitable[None]:
        return Session(peer, gate, repertoire, options).run()

    return talk


def settings(world: World) -> dict[str, Any]:
    """What C{With: option} lines say, as values."""
    said: dict[str, Any] = {}
    for name, text in world.options.items():
        if name == "proxies":
            said[name] = tuple(map(ip_network, text.split()))
        elif name in FLAGS:
            said[name] = True
        else:
            said[name] = text if name in WORDS else int(text)
    return said


def smtp_options(world: World, said: dict[str, Any]) -> SMTPOptions:
    """What the server permits."""
    known = {each.name for each in fields(SMTPOptions)}
    return SMTPOptions(
        hostname=HOSTNAME,
        clock=lambda: int(world.clock.seconds() * 1000),
        now=world.now,
        **{name: value for name, value in said.items() if name in known},
    )


def inbound(world: World, said: dict[str, Any]) -> Inbound:
    """The way in, over the people of the script."""
    room = world.script.setting("room")
    turns = count(1)
    return Inbound(
        directions(world, said),
        Acceptance(world.mail, world.queue),
        world.trail,
        hostname=HOSTNAME,
        clock=world.now,
        chance=lambda octets: next(turns).to_bytes(octets, "big"),
        room=(lambda: int(room)) if room else None,
    )


def directions(world: World, said: dict[str, Any]) -> Directions:
    """Where mail goes for those of whom the script says who they are."""
    rewriting = Rewriting(b"secret", world.now)
    return Directions(aliases(world, said), world.mail, rewriting)


def aliases(world: World, said: dict[str, Any]) -> Aliases:
    """Who lives here, as the script says."""
    people = People()
    for word, rest in world.script.settings:
        first, *others = rest.split(" ")
        if word == "alias":
            people.aliases[first] = others
        elif word == "quota":
            limit(world, first, int(others[0]))
        elif word == "mailbox":
            furnish(world, first, others[0])
    people.gone = world.script.setting("directory") == "gone"
    return Aliases(
        people,
        home=HOSTNAME,
        postmaster=str(said.get("postmaster", "")),
        separator=str(said.get("separator", "+")),
        detail_mailboxes=bool(said.get("detail_mailboxes")),
    )


def limit(world: World, who: str, octets: int) -> None:
    """Let somebody keep no more than so much."""
    name = f"{who}@example.org"
    if world.keeping is None:
        world.store.of(name).octets_limit = octets
    else:
        world.keeping.account(name)
        now(world.keeping.store.set_quota(name, Limits(octets)))


def furnish(world: World, who: str, mailbox: str) -> None:
    """Give somebody a mailbox, unless another client's server has."""
    account = now(world.mail.account(f"{who}@example.org"))
    if mailbox not in {each.name for each in now(account.mailboxes())}:
        now(account.create(mailbox))
