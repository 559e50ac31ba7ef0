"""SIGKILL of the sender and of the receiver while mail passes: none is lost."""

from __future__ import annotations

import base64
import collections
import random
import re
from pathlib import Path

from live import letters, talk
from live.asynchronous import live
from live.server import PASSWORD, free_port, pause
from live.world import Node, zone
from live.zone import NameServer
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError

MESSAGES = 10_000
AGENTS = 4
SESSION = 500
"""Messages over one connection; a server takes no more than it says (RFC 9422)."""
KILLS = 10
"""Of each side, in turn."""
SHORTEST, LONGEST = 0.5, 2.5
"""Seconds between two of them."""
PATIENCE = 240.0
"""Seconds until all must have arrived."""
UNDERWAY = 20
"""Connections between the two at most, each with one message that may come twice."""
_NUMBER = re.compile(rb"\r\nSubject: (\d{8})\r\n")


class Ledger:
    """Messages by number.

    @ivar promised: those that the first server has answered for.
    """

    def __init__(self) -> None:
        self.waiting = collections.deque(range(MESSAGES))
        self.promised: set[int] = set()
        self.unsure: set[int] = set()

    def octets(self, number: int) -> bytes:
        """A message that is unlike any other."""
        text = b"%08d and nothing but the number\r\n" % number
        return (
            b"From: ana@example.org\r\nTo: bob@example.net\r\n"
            b"Message-ID: <%d@agent.example>\r\n"
            b"Date: Fri, 27 Nov 2026 10:00:00 +0000\r\n"
            b"Subject: %08d\r\n\r\n" % (number, number) + text * (1 + number % 40)
        )


async def hand_in(node: Node, ledger: Ledger) -> None:
    """An agent that hands in what is left, over and over until all is promised."""
    while ledger.waiting:
        try:
            await session(node, ledger)
        except (talk.Gone, ConnectError):
            await pause(0.1)


async def session(node: Node, ledger: Ledger) -> None:
    """One connection of an agent; a message that was not promised is handed in again."""
    client = await talk.connect(node.submission)
    assert (await client.reply()).startswith(b"220")
    await client.smtp(b"EHLO agent.example")
    secret = b"\0ana@example.org\0" + PASSWORD.encode()
    await client.smtp(b"AUTH PLAIN " + b64(secret), b"235")
    for _ in range(SESSION):
        if not ledger.waiting:
            break
        number = ledger.waiting.popleft()
        try:
            await client.smtp(b"MAIL FROM:<ana@example.org>")
            await client.smtp(b"RCPT TO:<bob@example.net>")
            await client.smtp(b"DATA", b"354")
            client.say(letters.stuffed(ledger.octets(number)))
            reply = await client.reply()
        except talk.Gone:
            ledger.unsure.add(number)
            ledger.waiting.append(number)
            raise
        assert reply.startswith(b"250"), reply
        ledger.promised.add(number)
    await client.smtp(b"QUIT", b"221")
    client.close()


def b64(data: bytes) -> bytes:
    """In base64, on one line."""
    return base64.b64encode(data)


async def received(node: Node) -> collections.Counter[int]:
    """What bob has, by number and how often, each of it whole."""
    found: collections.Counter[int] = collections.Counter()
    ledger = Ledger()
    for message in await node.messages("bob"):
        octets = letters.after_trace(message)
        match = _NUMBER.search(octets)
        assert match is not None, octets[:200]
        number = int(match[1])
        assert octets == ledger.octets(number), f"message {number} is torn"
        found[number] += 1
    return found


async def trouble(here: Node, there: Node, chance: random.Random) -> None:
    """Kill one after the other, and start it again."""
    for _ in range(KILLS):
        for node in (here, there):
            await pause(chance.uniform(SHORTEST, LONGEST))
            await node.kill()
            await node.start()


async def count(node: Node) -> int:
    """How many messages bob has."""
    client = await node.log_in("bob")
    answer = await client.pop3(b"STAT")
    await client.pop3(b"QUIT")
    client.close()
    return int(answer.split()[1])


@live
async def test_nothing_promised_is_lost(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    names = NameServer(zone())
    port = free_port()
    here = Node(tmp_path / "here", "example.org", port, names.place)
    there = Node(tmp_path / "there", "example.net", port, names.place)
    ledger = Ledger()
    try:
        await here.people("ana")
        await there.people("bob")
        for node in (here, there):
            await node.start()
        agents = [Deferred.fromCoroutine(hand_in(here, ledger)) for _ in range(AGENTS)]
        await trouble(here, there, random.Random(seed))
        for agent in agents:
            await agent
        until = reactor.seconds() + PATIENCE
        while await here.queued():
            assert reactor.seconds() < until, f"seed {seed}: {await count(there)}"
            await here.ctl("queue", "retry", "--all")
            await pause(1)
        found = await received(there)
        lost = ledger.promised - found.keys()
        assert not lost, f"seed {seed}: {len(lost)} are lost: {sorted(lost)[:20]}"
        twice = sum(found.values()) - len(found)
        # Twice comes what was under way when a side was killed, or what an
        # agent handed in again because it had no answer.
        bound = 2 * KILLS * UNDERWAY + len(ledger.unsure)
        assert twice <= bound, f"seed {seed}: {twice} came twice"
        for node in (here, there):
            await node.check_store()
    finally:
        for node in (here, there):
            await node.stop()
        await names.stop()
