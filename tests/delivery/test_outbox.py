"""What a way out tells of what it has taken, and takes back (RFC 4865; RFC 8621, 7)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from jmap.post import Post
from store.keeping import ANA, BOB, now

from mailnode.delivery.submission import Submission
from mailnode.model.envelope import Address, Origin, Recipient, Sender
from mailnode.model.trail import Event

ORIGIN = Origin("JMAP", "", "192.0.2.1")
ZOE = Address("zoe", "example.net")


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path)
    yield made
    made.close()


def way(post: Post, who: str = ANA) -> Submission:
    return Submission(who, post.agent)


async def octets() -> AsyncIterator[bytes]:
    yield b"From: ana@example.org\r\n\r\nbody\r\n"


def hand_in(post: Post, hold: int | None = 5000) -> str:
    """A message of ana's that is held, and its name."""

    async def handing() -> str:
        until = None if hold is None else post.clock() + hold
        sender = Sender(Address("ana", "example.org"), hold_until=until)
        transaction = await way(post).sender(sender, ORIGIN)
        await transaction.recipient(Recipient(ZOE))
        await transaction.content(octets())
        return transaction.name

    return now(handing())


def test_taken_back(post: Post) -> None:
    name = hand_in(post)
    assert len(now(way(post).waiting(name))) == 1
    assert now(way(post).recall(name))
    assert now(way(post).waiting(name)) == ()
    assert not now(way(post).recall(name))
    last = now(way(post).steps(name))[-1]
    assert (last.event, last.recipient) == (Event.DROPPED, ZOE.key)


def test_too_late(post: Post) -> None:
    name = hand_in(post)
    post.pass_time(5)
    assert not now(way(post).recall(name))
    assert not now(way(post).recall(hand_in(post, None)))
    assert len(post.queue.kept) == 2
    assert all(each.event is not Event.DROPPED for each in post.trail.steps)


def test_what_is_of_others_is_not_there(post: Post) -> None:
    name = hand_in(post)
    assert now(way(post, BOB).waiting(name)) == ()
    assert not now(way(post, BOB).recall(name))
    assert len(post.queue.kept) == 1
