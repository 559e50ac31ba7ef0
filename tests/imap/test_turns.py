"""Whoever asks for much gets it in pieces: others have their turn, and little is held."""

from __future__ import annotations

import base64
import random
import tracemalloc

from imap.room import LOGIN, Peer, Room
from store.keeping import now

from mailnode.store import naming

MIB = 2**20
NAMES = 300


def mailboxes(room: Room, number: int, tail: str = "") -> None:
    """Make many of them at once."""
    names = [(f"x{n:05}{tail}", None) for n in range(number)]
    shard = room.keeping.shards[0]
    _ = now(shard.write(lambda tx: naming.insert(tx, room.ana.id, names, 0)))


def large(size: int) -> bytes:
    """A message with one part, in base64."""
    octets = base64.encodebytes(random.Random(1).randbytes(size))
    head = b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + octets.replace(b"\n", b"\r\n")


def turns(room: Room, command: bytes) -> int:
    """How often others had their turn while a command was answered."""
    before = room.talk(b"b SELECT INBOX\r\n").turns
    peer = room.talk(b"b SELECT INBOX\r\nc " + command + b"\r\n")
    assert b"\r\nc OK" in peer.heard
    return peer.turns - before


def test_patterns_are_compared_in_turns() -> None:
    with Room() as room:
        mailboxes(room, NAMES, "ab" * 400)
        some = b" ".join([b"*%d*a%%b*c" % n for n in range(10)])
        assert turns(room, b'LIST "" (%b)' % some) >= NAMES / 4


def test_the_status_of_many_is_told_in_turns() -> None:
    with Room() as room:
        mailboxes(room, NAMES)
        assert turns(room, b'LIST "" * RETURN (STATUS (MESSAGES))') >= NAMES / 50


def test_a_long_lsub_leaves_in_pieces() -> None:
    with Room() as room:
        for n in range(NAMES):
            now(room.ana.subscribe(f"{n}" + "x" * 900))
        peer = room.talk(b'c LSUB "" *\r\n')
        assert peer.octets > 900 * NAMES
        assert peer.largest < 2**17


def test_an_encoding_is_taken_off_in_turns() -> None:
    with Room() as room:
        room.keep(large(4 * MIB))
        assert turns(room, b"FETCH 1 BINARY.SIZE[1]") >= 20
        # A stretch near the end of a large part, of which all is decoded.
        assert turns(room, b"FETCH 1 BINARY.PEEK[1]<4194000.100>") >= 20


def test_what_is_asked_for_again_and_again_is_not_held() -> None:
    """Each item may be a quarter of a megabyte, and there may be hundreds."""
    items = b" ".join([b"BODY.PEEK[]<%d.262144>" % n for n in range(400)])
    with Room() as room:
        room.keep(large(MIB))
        peer = Peer(LOGIN + b"b SELECT INBOX\r\nc FETCH 1 (%b)\r\n" % items)
        peer.keeps = False
        tracemalloc.start()
        now(room.session(peer).run())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peer.octets > 400 * 262_144
        assert peak < 8 * MIB
        assert peer.turns > 100


def test_half_an_answer_is_closed_when_the_rest_cannot_be_said() -> None:
    """RFC 9051, 7.1, UNKNOWN-CTE: what was said already is a response all the same."""
    strange = b"Content-Transfer-Encoding: zip\r\n\r\n"
    items = b" ".join([b"BODY.PEEK[]<%d.262144>" % n for n in range(8)])
    with Room() as room:
        room.keep(strange + b"x" * MIB)
        said = room.ask(b"FETCH 1 (%b BINARY.PEEK[1] UID)" % items)
        assert said.startswith(b"* 1 FETCH (BODY[]<0> {262144}\r\n")
        assert b")\r\nc0 NO [UNKNOWN-CTE]" in said
        assert b"UID" not in said
        assert room.ask(b"FETCH 1 (UID BINARY.PEEK[1])").startswith(
            b"c0 NO [UNKNOWN-CTE]"
        )


def test_items_have_a_limit() -> None:
    with Room() as room:
        room.keep(b"one")
        items = b" ".join([b"BODY[%d]" % n for n in range(1, 502)])
        assert room.ask(b"FETCH 1 (%b)" % items).startswith(b"c0 NO [LIMIT]")


def test_keywords_that_nobody_bears_are_forgotten() -> None:
    with Room() as room:
        room.keep(b"one")
        commands = [b"STORE 1 FLAGS.SILENT (k%d)" % n for n in range(300)]
        told = room.ask(*commands).split(b"\r\n")
        lines = [line for line in told if line.startswith(b"* FLAGS (")]
        assert len(lines) == 300  # Each is told of the new one...
        assert all(b" k%d)" % n in line for n, line in enumerate(lines))
        assert max(map(len, lines)) < 1000  # ...and of those there may be.
