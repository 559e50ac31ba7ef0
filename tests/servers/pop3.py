"""POP3 for dialogues."""

from __future__ import annotations

from functools import cache

from world import World

from mailnode.interfaces.peer import IPeer
from mailnode.net.conversation import Talk
from mailnode.pop3.extension import Repertoire
from mailnode.pop3.options import POP3Options
from mailnode.pop3.session import Session

repertoire = cache(Repertoire)


def options(world: World) -> POP3Options:
    """What the script asks for."""
    given = world.options
    expire = given.get("expire")
    return POP3Options(
        hostname="mail.example.org",
        expire=None if expire is None else int(expire),
        login_delay=int(given.get("login_delay", "0")),
        seen=given.get("seen", "yes") == "yes",
        clock=lambda: int(world.clock.seconds() * 1000),
        logins=world.logins,
    )


def serve(world: World) -> Talk:
    """Talk to a client."""
    chosen = options(world)

    async def talk(peer: IPeer) -> None:
        await Session(peer, world.gate, repertoire(), chosen).run()

    return talk
