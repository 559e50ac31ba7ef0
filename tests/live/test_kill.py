"""SIGKILL under load: what was answered 250 is there afterwards, once and whole."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

from live import letters, talk
from live.asynchronous import live
from live.server import DOMAIN, Server, pause
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError

KILLS = 20
SENDERS = 20
PEOPLE = ("ana", "bob", "eva", "rui")
SHORTEST, LONGEST = 0.2, 2.0
"""Seconds under load before the process is killed."""
SIZES = (200, 2_000, 10_000, 10_000, 10_000, 80_000, 600_000)
"""Octets of the messages: some stay in memory, some pass through a file."""
LINE = b"0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ\r\n"


class Ledger:
    """Every message of a round, and whether it was answered 250.

    @ivar sent: the size of each, by its number, from which its octets follow.
    @ivar acknowledged: the numbers of those the server has answered for.
    """

    def __init__(self, chance: random.Random, first: int) -> None:
        self.chance = chance
        self.numbers = itertools.count(first)
        self.sent: dict[int, int] = {}
        self.acknowledged: set[int] = set()

    def next(self) -> int:
        """Begin another message."""
        number = next(self.numbers)
        self.sent[number] = self.chance.choice(SIZES)
        return number

    def octets(self, number: int) -> bytes:
        """A message, which its number makes unlike any other."""
        first = number % len(LINE)
        line = b"%012d " % number + LINE[first:-2] + b"\r\n"
        body = line * (self.sent[number] // len(line) + 1)
        return b"Subject: %012d\r\nFrom: bob@example.net\r\n\r\n" % number + body

    def recipient(self, number: int) -> str:
        return PEOPLE[number % len(PEOPLE)]


async def send(server: Server, ledger: Ledger) -> None:
    """Bring message after message until the connection is lost."""
    try:
        client = await talk.connect(server.smtp)
        await client.reply()
        await client.smtp(b"EHLO client.example.net")
        while True:
            number = ledger.next()
            name = f"{ledger.recipient(number)}@{DOMAIN}".encode()
            await client.smtp(b"MAIL FROM:<bob@example.net>")
            await client.smtp(b"RCPT TO:<%s>" % name)
            await client.smtp(b"DATA", b"354")
            client.say(letters.stuffed(ledger.octets(number)))
            reply = await client.reply()
            assert reply.startswith(b"250"), reply
            ledger.acknowledged.add(number)
    except (talk.Gone, ConnectError):
        """The server has been killed, as was to be."""


async def check(server: Server, ledger: Ledger) -> None:
    """Compare what POP3 returns with the ledger, and remove it."""
    found: set[int] = set()
    for name in PEOPLE:
        for message in await server.messages(name, remove=True):
            octets = letters.after_trace(message)
            number = int(octets[9:21])
            assert number in ledger.sent, f"message {number} was removed before"
            assert number not in found, f"message {number} is there twice"
            assert octets == ledger.octets(number), f"message {number} is torn"
            assert name == ledger.recipient(number)
            found.add(number)
    lost = ledger.acknowledged - found
    assert not lost, f"{len(lost)} of {len(ledger.acknowledged)} are lost: {lost}"


@live
async def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    server = Server(tmp_path)
    await server.people(*PEOPLE)
    await server.start()
    acknowledged = 0
    try:
        for kill in range(KILLS):
            ledger = Ledger(chance, kill * 10**6)
            senders = [
                Deferred.fromCoroutine(send(server, ledger)) for _ in range(SENDERS)
            ]
            await pause(chance.uniform(SHORTEST, LONGEST))
            await server.kill()
            for sender in senders:
                await sender
            if kill % 5 == 0:
                await server.check_store()
            await server.start()
            await check(server, ledger)
            acknowledged += len(ledger.acknowledged)
        await server.check_store()
    finally:
        await server.stop()
    assert acknowledged > KILLS * SENDERS, f"seed {seed}: hardly any load"
