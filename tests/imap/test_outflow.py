"""Long answers leave in decent pieces, and others have their turn meanwhile."""

from __future__ import annotations

from imap.room import Peer
from store.keeping import now

from mailnode.imap.outflow import FULL, SECONDS, SHARE, Outflow


class Watch:
    """Seconds, which pass when we say so."""

    moment = 0.0

    def __call__(self) -> float:
        return self.moment


def test_little_is_gathered_and_much_is_written() -> None:
    peer = Peer(b"")
    out = Outflow(peer, peer.turn, monotonic=Watch())
    out.say(b"x" * 100, b"y")
    now(out.flow())
    assert peer.octets == 0
    out.say(b"x" * FULL)
    now(out.flow())
    assert peer.octets == FULL + 101
    out.say(b"end")
    out.flush()
    out.flush()
    assert peer.heard.endswith(b"y" + b"x" * FULL + b"end")
    assert peer.turns == 0


def test_others_have_their_turn_after_so_many_octets() -> None:
    peer = Peer(b"")
    out = Outflow(peer, peer.turn, monotonic=Watch())
    for _ in range(3 * SHARE // FULL):
        out.say(b"x" * FULL)
        now(out.flow())
    assert peer.turns == 3


def test_others_have_their_turn_after_so_long() -> None:
    peer, watch = Peer(b""), Watch()
    out = Outflow(peer, peer.turn, monotonic=watch)
    for _ in range(10):
        out.say(b"x")
        watch.moment += SECONDS / 2
        now(out.flow())
    assert peer.turns == 5
    assert peer.octets == 0
