"""What waits to leave the little world: one line says LIST, or SHOW and an id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from store.keeping import now, whole
from world import World

from mailnode.interfaces.peer import IPeer
from mailnode.model.envelope import Sender, Target
from mailnode.net.conversation import Talk
from mailnode.wire.path import written

LINE_LIMIT = 1000
UNSAID = Sender(None)


def serve(world: World) -> Talk:
    """Tell one client what there is."""

    async def talk(peer: IPeer) -> None:
        while word := (await peer.line(LINE_LIMIT)).decode():
            lines = trail(world) if word == "TRAIL" else listed(world)
            if word.startswith("SHOW "):
                octets = whole(now(world.queue.content(word.removeprefix("SHOW "))))
                lines = iter(octets.decode("latin-1").split("\r\n")[:-1])
            for line in lines:
                peer.write(line.encode("latin-1") + b"\r\n")
            peer.write(b".\r\n")

    return talk


def listed(world: World) -> Iterator[str]:
    """Every message, with what is unusual in its envelope, and its targets."""
    for entry in now(world.queue.entries()):
        envelope = entry.envelope
        sender = envelope.sender
        wishes = "".join(
            f" {each.name}={value(getattr(sender, each.name))}"
            for each in fields(sender)
            if each.name != "address"
            and getattr(sender, each.name) != getattr(UNSAID, each.name)
        )
        path = written(sender.address).decode()
        yield f"{envelope.id} {envelope.account} {path}{wishes}"
        for each in envelope.targets:
            other = each.sender != sender.address
            yield told(each) + f" from {written(each.sender).decode()}" * other


def told(target: Target) -> str:
    """One target."""
    recipient = target.recipient
    where = target.mailbox or f"at {target.destination}"
    wishes = ",".join(sorted(each.value for each in recipient.notify or ()))
    original = recipient.original
    first = f" first {original.kind};{original.address}" if original else ""
    return f"  {target.address.key} {where} {wishes}{first}".rstrip()


def value(thing: object) -> object:
    """A value for people."""
    return getattr(thing, "value", thing)


def trail(world: World) -> Iterator[str]:
    """What was decided."""
    for step in world.trail.steps:
        said = (step.event.value, step.sender, step.recipient, step.text)
        yield " ".join(filter(None, said))
