"""The submission server of the little world, with the settings of the SMTP server and::

With: option senders domain                        whose address may be written
With: option any_sender bob@example.org            who may write any
With: option check_from                            any of SubmissionOptions, too
With: option priority 2                            the highest that is granted
With: option messages 2                            messages of an account an hour
With: option recipients_rate 2                     its recipients an hour
With: option network 2                             messages of a network an hour
With: vouched ana                                  the system says that it is she

Time passes for all of them; the queue can be looked at by a client that says so::

With: client q queue
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import fields
from functools import lru_cache
from itertools import count
from typing import Any, cast

from world import World

from mailnode.auth.sasl.exchange import Channel, asking
from mailnode.auth.sasl.external import external
from mailnode.clock import HOUR
from mailnode.delivery.acceptance import Acceptance
from mailnode.delivery.rates import Meter, Rate, Rates
from mailnode.delivery.submission import Submission, SubmissionAgent, SubmissionOptions
from mailnode.interfaces.gate import Ask, Avatar
from mailnode.interfaces.peer import IPeer
from mailnode.net.conversation import Talk
from mailnode.smtp.extension import Dialect
from mailnode.smtp.session import Session
from mailnode.testing import MemoryGate
from servers import smtp


class PeopleGate(MemoryGate):
    """Lets people hand in mail.

    @ivar vouched_for: whom the system vouches for.
    @ivar world: what is in trouble when its own gate is.
    """

    world: World
    agent: SubmissionAgent
    vouched_for = ""

    async def avatar(self, name: str, interface: type[Avatar]) -> Avatar:
        return cast("Avatar", Submission(name, self.agent))

    def mechanisms(self, peer: IPeer) -> list[bytes]:
        return [b"EXTERNAL"] * bool(self.vouched_for) + list(super().mechanisms(peer))

    async def sasl(
        self,
        mechanism: bytes,
        ask: Ask,
        initial: bytes | None,
        peer: IPeer,
        interface: type[Avatar],
    ) -> Avatar:
        self.fault = self.world.gate.fault
        if mechanism.upper() == b"EXTERNAL" and self.vouched_for:
            channel = Channel(lambda _: None, False, bytes, account=self.vouched_for)
            person = await external(asking(ask, initial), channel)
            return await self.avatar(person.username.decode(), interface)
        return await super().sasl(mechanism, ask, initial, peer, interface)


def serve(world: World) -> Talk:
    """A server for one client."""
    said = smtp.settings(world)
    script = world.script
    gate = PeopleGate(
        world.mail,
        world.passwords,
        plaintext=script.setting("plaintext", "loopback"),
    )
    gate.world = world
    gate.agent = agent(world)
    if who := script.setting("vouched"):
        gate.vouched_for = f"{who}@example.org"
    options = smtp.smtp_options(world, said)
    repertoire = smtp.REPERTOIRES[Dialect.SUBMISSION]

    def talk(peer: IPeer) -> Awaitable[None]:
        return Session(peer, gate, repertoire, options).run()

    return talk


@lru_cache(1)
def agent(world: World) -> SubmissionAgent:
    """Where all clients of a world hand in mail."""
    said = smtp.settings(world)
    room = world.script.setting("room")
    known = {each.name for each in fields(SubmissionOptions)} - {"any_sender"}
    turns = count(1)
    return SubmissionAgent(
        directions=smtp.directions(world, said),
        acceptance=Acceptance(world.mail, world.queue),
        trail=world.trail,
        rates=rates(world, said),
        options=SubmissionOptions(
            hostname=smtp.HOSTNAME,
            any_sender=frozenset(str(said.get("any_sender", "")).split()),
            **{name: value for name, value in said.items() if name in known},
        ),
        clock=world.now,
        chance=lambda octets: next(turns).to_bytes(octets, "big"),
        room=(lambda: int(room)) if room else None,
    )


def rates(world: World, said: dict[str, Any]) -> Rates:
    """How much may be handed in."""

    def meter(kind: str, name: str) -> Meter:
        limits = [Rate(said[name], HOUR)] if name in said else []
        return Meter(kind, limits, world.now)

    return Rates(
        messages=meter("messages", "messages"),
        recipients=meter("recipients", "recipients_rate"),
        from_network=meter("messages from your network", "network"),
    )
