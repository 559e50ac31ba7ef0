"""The IMAP server of the little world, over a real store in memory.

With: keep ana INBOX - Subject: one\\r\\n\\r\\nbody\\r\\n    whose, where, flags or -, octets
With: quota ana 1000                                 octets somebody may keep
With: mailboxes ana 100                              so many more, x1 and onwards
With: damage UPDATE email SET parts = x'ff'          what becomes of the store
With: option message_limit 1000                      any of IMAPOptions
"""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from weakref import WeakKeyDictionary

from dialogue import octets
from store.keeping import Keeping, now
from world import World

from mailnode.errors import NotFound
from mailnode.imap.extension import repertoire
from mailnode.imap.options import IMAPOptions
from mailnode.imap.session import Session
from mailnode.imap.view import Views
from mailnode.interfaces.mailbox import IMailbox
from mailnode.interfaces.peer import IPeer
from mailnode.net.conversation import Talk
from mailnode.store import naming
from mailnode.store.account import Account
from mailnode.store.store import Limits
from mailnode.testing import MemoryGate, MemoryStore

FLOATS = {"patience", "stranger_patience"}
everything = cache(repertoire)


class House:
    """A store, a gate that leads to it, and the mailboxes that are open."""

    def __init__(self, world: World) -> None:
        self.directory = TemporaryDirectory()
        atexit.register(self.directory.cleanup)
        self.keeping = Keeping(Path(self.directory.name))
        store = cast("MemoryStore", self.keeping.store)  # only its accounts are asked
        plaintext = world.script.setting("plaintext", "loopback")
        self.gate = MemoryGate(store, world.passwords, plaintext=plaintext)
        self.views = Views()
        self.options = options(world)
        for word, rest in world.script.settings:
            if word == "keep":
                who, mailbox, flags, said = rest.split(" ", 3)
                self.keep(who, mailbox, flags.replace("-", "").split(","), said)
            elif word == "quota":
                who, limit = rest.split()
                name = f"{who}@example.org"
                now(self.keeping.store.account(name))
                now(self.keeping.store.set_quota(name, Limits(int(limit))))
            elif word == "mailboxes":
                self.make(*rest.split())
            elif word == "damage":
                self.damage(rest)

    def keep(self, who: str, mailbox: str, flags: Sequence[str], said: str) -> None:
        """Put a message into a mailbox."""
        account = self.keeping.account(f"{who}@example.org")
        content = self.keeping.content(octets(said))
        self.keeping.clock.moment += 1000
        names = [flag for flag in flags if flag]
        _ = now(opened(account, mailbox).append(content, names))

    def make(self, who: str, number: str) -> None:
        """Make many mailboxes at once."""
        account = self.keeping.account(f"{who}@example.org")
        names = [(f"x{n}", None) for n in range(1, int(number) + 1)]
        moment = self.keeping.clock.moment
        _ = now(
            self.keeping.shards[0].write(
                lambda tx: naming.insert(tx, account.id, names, moment)
            )
        )

    def damage(self, statement: str) -> None:
        """Do to the store what a broken disk might do."""
        for shard in self.keeping.shards:
            _ = now(shard.write(lambda tx: tx.execute(statement).get))


def opened(account: Account, name: str) -> IMailbox:
    """A mailbox, made if it must be."""
    try:
        return now(account.mailbox(name))
    except NotFound:
        return now(account.create(name))


def options(world: World) -> IMAPOptions:
    """What the script asks for."""
    known = {each.name for each in fields(IMAPOptions)}
    given: dict[str, Any] = {
        name: text if name == "jmap" else float(text) if name in FLOATS else int(text)
        for name, text in world.options.items()
        if name in known
    }
    return IMAPOptions(hostname="mail.example.org", **given)


HOUSES: WeakKeyDictionary[World, House] = WeakKeyDictionary()


def serve(world: World) -> Talk:
    """A server for one client."""
    house = (
        HOUSES.setdefault(world, House(world)) if world not in HOUSES else HOUSES[world]
    )

    async def talk(peer: IPeer) -> None:
        house.gate.fault = world.gate.fault
        await Session(peer, house.gate, everything(), house.options, house.views).run()

    return talk
