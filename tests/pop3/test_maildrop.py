"""The maildrop of a session: small, and true to its numbers."""

from __future__ import annotations

import tracemalloc
from collections.abc import Coroutine, Sequence
from typing import TypeVar, cast

import pytest

from mailnode.errors import NotFound, SyntaxFault
from mailnode.model.message import SEEN, Message
from mailnode.pop3.maildrop import Maildrop
from mailnode.testing import FakePeer, MemoryMailbox, MemoryStore

T = TypeVar("T")


def now(course: Coroutine[object, object, T]) -> T:
    """What a coroutine returns that waits for nothing."""
    try:
        _ = course.send(None)
    except StopIteration as end:
        return cast("T", end.value)
    raise AssertionError("it waits")


def inbox(*messages: bytes) -> MemoryMailbox:
    """A mailbox with some messages."""
    box = MemoryStore().of("ana@example.org").inbox
    for each in messages:
        box.put(each)
    return box


def opened(box: MemoryMailbox) -> Maildrop:
    """The maildrop of a session that begins now."""
    drop = Maildrop(box)
    now(drop.fill(FakePeer()))
    return drop


def test_numbers() -> None:
    drop = opened(inbox(b"1", b"22", b"333"))
    assert (drop.count, drop.size) == (3, 6)
    assert [drop.number(b"%d" % n) for n in (1, 2, 3)] == [0, 1, 2]
    for words in (b"0", b"4", b"9999999999"):
        with pytest.raises(NotFound):
            drop.number(words)
    for words in (b"", b" 1", b"+1", b"1_0", b"\xb2", b"10000000000"):
        with pytest.raises(SyntaxFault):
            drop.number(words)
    drop.delete(1)
    assert (drop.count, drop.size) == (2, 4)
    assert list(drop.present()) == [0, 2]
    drop.restore()
    assert (drop.count, drop.size) == (3, 6)


def test_what_comes_later_is_not_in_it() -> None:
    box = inbox(b"1")
    drop = opened(box)
    box.put(b"22")
    assert drop.count == 1
    with pytest.raises(NotFound):
        drop.number(b"2")


def test_update_removes_and_marks_once() -> None:
    box = inbox(b"1", b"22", b"333", b"4444")
    now(box.store([4], add=[SEEN]))
    drop = opened(box)
    before = box.history.modseq
    for index in (0, 1, 3):
        drop.retrieved(index)
    drop.delete(0)
    now(drop.update(seen=True))
    left = {uid: message.flags for uid, (message, _) in box.kept.items()}
    assert left == {2: {SEEN}, 3: frozenset(), 4: {SEEN}}
    assert box.history.modseq == before + 2


def test_update_leaves_flags_alone_when_told_so() -> None:
    box = inbox(b"1")
    drop = opened(box)
    drop.retrieved(0)
    before = box.history.modseq
    now(drop.update(seen=False))
    assert box.history.modseq == before


def test_a_maildrop_of_many_is_small() -> None:
    class Many(MemoryMailbox):
        """A hundred thousand messages that are made when they are asked for."""

        async def messages(self, after: int = 0, limit: int = 500) -> Sequence[Message]:
            uids = range(after + 1, min(after + limit, 100_000) + 1)
            return [Message(uid, uid, 1, frozenset(), 10_000, 0) for uid in uids]

    box = Many(inbox().history, 1, "INBOX")
    tracemalloc.start()
    try:
        drop = opened(box)
        size, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert drop.count == 100_000
    assert size < 24 * 100_000
    assert most < 48 * 100_000
