"""Messages let in piece by piece."""

from __future__ import annotations

import tracemalloc

from imap.room import LOGIN, EndlessPeer, Room
from store.keeping import now

from mailnode.imap.options import IMAPOptions

MIB = 2**20


def test_a_large_message_is_not_held_in_memory() -> None:
    size = 40 * MIB
    with Room() as room:
        peer = EndlessPeer(LOGIN + b"b APPEND INBOX {%d}\r\n" % size)
        peer.left = size
        tracemalloc.start()
        now(room.session(peer).run())  # it is gone before the line ends
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 4 * MIB
        assert now(room.mailbox().status()).messages == 0


def test_what_is_refused_is_thrown_away_as_it_comes() -> None:
    size = 40 * MIB
    with Room() as room:
        peer = EndlessPeer(LOGIN + b"b APPEND INBOX {%d+}\r\n" % size)
        peer.left = size
        options = IMAPOptions(message_limit=MIB)
        tracemalloc.start()
        now(room.session(peer, options).run())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < MIB
        assert peer.left == 0
        assert now(room.mailbox().status()).messages == 0


def test_a_full_disk_is_said_and_the_rest_read() -> None:
    with Room() as room:
        room.keeping.store.reserve.least = 2**62
        peer = room.talk(b"b APPEND INBOX {9+}\r\nb NOOP 12\r\nc NOOP\r\n")
        room.keeping.store.reserve.least = 0
        assert b"\r\nb NO [UNAVAILABLE] " in peer.heard
        assert peer.heard.count(b"\r\nc OK") == 1
        assert peer.heard.count(b"\r\nb ") == 1
