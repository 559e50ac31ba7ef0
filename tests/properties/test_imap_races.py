"""In the midst of a command others act: nothing breaks, and all hear of it in the end.

Sessions stop wherever a real one would let others have their turn.
"""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from imap.clients import Client, Pause
from imap.room import Room
from store.keeping import mail, now

from mailnode.store.database import InlineDatabase

NUMBERED = (b"FETCH", b"STORE", b"SEARCH")
WORDS = st.sampled_from(
    [
        b"SELECT INBOX",
        b"SELECT INBOX",
        b"EXAMINE a",
        b"SELECT a",
        b"FETCH 1:* BODY[]",
        b"FETCH 1:* (UID FLAGS)",
        b"UID FETCH 1:* (FLAGS ENVELOPE)",
        b"FETCH 2 BINARY.SIZE[1]",
        b"STORE 1:* +FLAGS (\\Deleted)",
        b"STORE 1:3 -FLAGS.SILENT (\\Deleted \\Seen)",
        b"UID STORE 2:* +FLAGS ($Work)",
        b"EXPUNGE",
        b"UID EXPUNGE 1:3",
        b"COPY 1:2 a",
        b"UID COPY 1:4 INBOX",
        b"MOVE 1 a",
        b"UID MOVE 1:* INBOX",
        b"SEARCH BODY one",
        b"UID SEARCH UNSEEN",
        b"APPEND INBOX {3+}\r\nabc",
        b"APPEND a {3+}\r\nabc",
        b"CREATE a",
        b"DELETE a",
        b"RENAME a b",
        b"RENAME b a",
        b"RENAME INBOX b",
        b'LIST "" * RETURN (STATUS (MESSAGES))',
        b"STATUS INBOX (MESSAGES UNSEEN)",
        b"CLOSE",
        b"UNSELECT",
        b"NOOP",
        b"IDLE\r\nDONE",
    ]
)
SCRIPTS = st.lists(st.lists(WORDS, max_size=12), min_size=3, max_size=3)
FLAGS = re.compile(rb"\* \d+ FETCH \(UID (\d+) FLAGS \(([^)]*)\)\)")
TAGGED = re.compile(rb"t(\d+) (OK|NO|BAD) ")


@contextmanager
def unhurried(database: InlineDatabase) -> Iterator[None]:
    """The database takes its time, as one with threads does."""

    def waiting(verb: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def wait(*work: object, **how: object) -> object:
            await Pause()
            try:
                return await verb(*work, **how)
            finally:
                await Pause()

        return wait

    with (
        patch.object(database, "write", waiting(database.write)),
        patch.object(database, "scan", waiting(database.scan)),
    ):
        yield


def played(clients: Iterable[Client], chance: random.Random) -> None:
    """Let everybody go on by turns, until all is said."""
    while busy := [
        each
        for each in clients
        if not each.ended and not (each.peer.waits and b"\r\n" not in each.peer.sent)
    ]:
        chance.choice(busy).go()


def heard(script: list[bytes], lines: Iterable[bytes]) -> int:
    """Numbers are good, and stay so while they are in use; how many are answered."""
    count: int | None = None
    command = 0
    for line in lines:
        verb = script[command].partition(b" ")[0] if command < len(script) else b""
        words = line.split(b" ")
        tagged = TAGGED.match(line)
        if tagged is not None:
            assert int(tagged[1]) == command
            command += 1
            if verb in (b"CLOSE", b"UNSELECT") and tagged[2] == b"OK":
                count = None
        elif line.startswith(b"* OK [CLOSED]"):
            count = None
        elif words[2:] == [b"EXISTS"]:
            assert count is None or int(words[1]) > count
            count = int(words[1])
        elif words[2:] == [b"EXPUNGE"]:
            assert count is not None
            assert 1 <= int(words[1]) <= count
            assert verb not in NUMBERED
            count -= 1
        elif words[2:3] == [b"FETCH"]:
            assert count is not None
            assert 1 <= int(words[1]) <= count
    return command


def agrees(client: Client) -> None:
    """In the end it has been told of everything."""
    selected = client.session.selected
    if selected is None or selected.view.gone:
        return
    assert client(b"NOOP").said.startswith(b"OK")
    there = now(selected.view.mailbox.messages(0, 10_000))
    told = [FLAGS.fullmatch(line) for line in client(b"UID FETCH 1:* FLAGS").lines]
    assert [
        (int(each[1]), set(each[2].decode().split()) - {"\\Recent"})
        for each in told
        if each is not None
    ] == [(message.uid, set(message.flags)) for message in there]


@settings(max_examples=150, deadline=None)
@given(SCRIPTS, st.integers(0, 2**32))
def test_nothing_comes_of_a_race(scripts: list[list[bytes]], seed: int) -> None:
    with Room() as room:
        now(room.ana.create("a"))
        room.keep(*[mail(text) for text in ("one", "two", "three")])
        clients = [Client(room) for _ in scripts]
        for client, script in zip(clients, scripts, strict=True):
            client.peer.yields = True
            words = enumerate([b"SELECT INBOX", *script])
            client.peer.sent = b"".join(b"t%d %b\r\n" % each for each in words)
        with unhurried(room.keeping.shards[0]):
            played(clients, random.Random(seed))
        for client, script in zip(clients, scripts, strict=True):
            lines = client.heard()
            assert not any(b"SERVERBUG" in line for line in lines)
            answered = heard([b"SELECT INBOX", *script], lines)
            client.peer.yields = False
            if not client.ended:
                assert answered == 1 + len(script)
                agrees(client)
            client.leave()
        assert room.views.open.keys() == room.views.left.keys()
