"""IMAP clients that mean harm: nothing is held for them, and the next one is served."""

from __future__ import annotations

import random
from pathlib import Path

from live import letters, talk
from live.asynchronous import live
from live.server import PASSWORD, Server, pause
from live.test_memory import held
from twisted.internet.defer import Deferred, DeferredList

MEGABYTE = 2**20
BOUND = 60 * MEGABYTE
"""What may be held more than before; two logins at a time take some 40."""
CROWD = 50
ROUNDS = 150
NAMES = (b"R0", b"R1", b"R2", b"INBOX")
WHAT = (
    b"SELECT %(one)b",
    b"CREATE %(one)b",
    b"DELETE %(one)b",
    b"RENAME %(one)b %(two)b",
    b"APPEND %(one)b {5+}\r\nhello",
    b"STATUS %(one)b (MESSAGES SIZE)",
    b"COPY 1:* %(two)b",
    b"MOVE 1 %(two)b",
    b"FETCH 1:* (FLAGS BODY[])",
    b"STORE 1:* +FLAGS (\\Deleted)",
    b"UID STORE 1:* (UNCHANGEDSINCE 9) -FLAGS (\\Deleted)",
    b"EXPUNGE",
    b"SEARCH TEXT hello",
    b"CLOSE",
    b"IDLE\r\nDONE",
)


async def client(server: Server, mailbox: bytes = b"") -> talk.Talk:
    """Somebody who has logged in."""
    peer = await talk.connect(server.imap)
    await peer.line()
    await peer.imap(f"LOGIN ana@example.org {PASSWORD}".encode())
    if mailbox:
        await peer.imap(b"SELECT " + mailbox)
    return peer


async def served(server: Server) -> None:
    """A decent client gets a message in and out, and nothing has gone wrong."""
    decent = await client(server, b"INBOX")
    decent.say(b"t APPEND Sent {%d+}\r\n%b\r\n" % (len(letters.DOTS), letters.DOTS))
    assert (await decent.line()).startswith(b"t OK")
    await decent.imap(b"LOGOUT")
    assert "Traceback" not in server.output()


@live
async def test_literals_that_never_come(own_server: Server) -> None:
    server = own_server
    await served(server)
    before = held(server.pid)
    crowd = [await client(server) for _ in range(CROWD)]
    for number, each in enumerate(crowd):
        large = number % 2 == 0
        begun = b"APPEND INBOX {100000000+}" if large else b"CREATE {60000+}"
        each.say(b"a " + begun + b"\r\n" + b"x" * 50_000)
    await served(server)
    assert held(server.pid) - before < BOUND
    for each in crowd:
        each.vanish()
    await served(server)
    found = await (await client(server)).imap(b"STATUS INBOX (MESSAGES)")
    assert b"(MESSAGES 0)" in found


@live
async def test_the_same_octets_hundreds_of_times(own_server: Server) -> None:
    """A hundred megabytes in one answer, for one who does not read it."""
    server = own_server
    await server.send(letters.LONG, "ana")
    await served(server)
    Path(f"/proc/{server.pid}/clear_refs").write_text("5")  # Forget the peak.
    before = held(server.pid)
    reader = await client(server, b"INBOX")
    assert reader.transport is not None
    reader.transport.pauseProducing()  # type: ignore[attr-defined]  # a TCP transport can
    items = b" ".join([b"BODY.PEEK[]<%d.262144>" % n for n in range(400)])
    reader.say(b"a FETCH 1 (%b)\r\n" % items * 3)
    await pause(1)
    await served(server)
    assert held(server.pid, "VmHWM") - before < BOUND
    reader.vanish()
    await served(server)


async def confusion(server: Server, chance: random.Random) -> None:
    """Somebody who does anything at all, and comes again when he must go."""
    peer = await client(server)
    for _ in range(ROUNDS):
        names = {b"one": chance.choice(NAMES), b"two": chance.choice(NAMES)}
        peer.say(b"t " + chance.choice(WHAT) % names + b"\r\n")
        try:
            while not (said := await peer.line()).startswith(b"t "):
                if said.endswith(b"}\r\n"):
                    await peer.exactly(int(said.rpartition(b"{")[2][:-3]))
        except talk.Gone:
            peer = await client(server)
        else:
            assert said.startswith((b"t OK", b"t NO", b"t BAD")), said
    peer.close()


@live
async def test_everybody_does_everything_at_once(own_server: Server) -> None:
    server = own_server
    crowd = [
        Deferred.fromCoroutine(confusion(server, random.Random(seed)))
        for seed in range(6)
    ]
    outcomes = await DeferredList(crowd)
    assert all(fine for fine, _ in outcomes), outcomes
    await served(server)
    await server.check_store()


@live
async def test_names_that_are_none(server: Server) -> None:
    """Any octets at all where a name of a mailbox is to be."""
    chance = random.Random(1)
    peer = await client(server)
    alphabet = b'&-+,AZaz/.%*"\\{}() \x01\x7f\x80\xc3\xa9\xff'
    for _ in range(500):
        verb = chance.choice(
            [b"CREATE", b"SELECT", b"DELETE", b"SUBSCRIBE", b'LIST ""']
        )
        name = bytes(chance.choices(alphabet, k=chance.randrange(1, 12)))
        peer.say(b"t %b {%d+}\r\n%b\r\n" % (verb, len(name), name))
        while not (said := await peer.line()).startswith(b"t "):
            if said.endswith(b"}\r\n"):
                await peer.exactly(int(said.rpartition(b"{")[2][:-3]))
        assert said.startswith((b"t OK", b"t NO", b"t BAD")), said
    peer.close()
    await served(server)
    await server.check_store()
