"""What has gone: told from what the store remembers, or else from what is there."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imap.room import Room
from store.keeping import mail, now

from mailnode.imap import selected
from mailnode.imap.extensions import qresync
from mailnode.imap.extensions.qresync import missing
from mailnode.model.numbers import NumberSet

SMALL = st.sets(st.integers(1, 30))


@given(SMALL, SMALL, st.integers(0, 30))
def test_what_is_missing(among: set[int], there: set[int], last: int) -> None:
    found = missing(NumberSet.of(sorted(among)), sorted(there), last)
    assert set(found) == {uid for uid in among if uid <= last} - there


def resync(room: Room, since: int) -> bytes:
    """What a client is told who knew the first six messages."""
    inbox = room.mailbox()
    select = b"SELECT INBOX (QRESYNC (%d %d 1:6))" % (inbox.uidvalidity, since)
    heard = room.talk(b"b ENABLE QRESYNC\r\nc " + select + b"\r\n").heard
    said = [line for line in heard.split(b"\r\n") if b"VANISHED" in line]
    return b"".join(said)


def test_with_many_changes_it_is_told_roughly(monkeypatch: pytest.MonkeyPatch) -> None:
    with Room() as room:
        room.keep(*[mail()] * 8)
        inbox = room.mailbox()
        now(inbox.expunge([2]))
        since = now(inbox.status()).highest_modseq
        now(inbox.expunge([3, 7]))
        now(inbox.store([1], add=["\\Flagged"]))
        assert resync(room, since) == b"* VANISHED (EARLIER) 3"
        monkeypatch.setattr(qresync, "FEW", 0)
        assert resync(room, since) == b"* VANISHED (EARLIER) 2:3"
        assert resync(room, since + 9) == b""


def test_what_the_store_has_forgotten_is_told_roughly() -> None:
    with Room() as room:
        room.keep(*[mail()] * 8)
        inbox = room.mailbox()
        now(inbox.expunge([2]))
        since = now(inbox.status()).highest_modseq
        now(inbox.expunge([3]))
        shard = room.keeping.shards[0]
        forget = "UPDATE account SET floor_modseq = modseq"
        _ = now(shard.write(lambda tx: tx.execute(forget).get))
        _ = now(shard.write(lambda tx: tx.execute("DELETE FROM vanished").get))
        assert resync(room, since) == b"* VANISHED (EARLIER) 2:3"


@given(st.integers(0, 8))
def test_what_has_changed_is_found_in_a_walk_too(since: int) -> None:
    with Room() as room:
        room.keep(*[mail()] * 4)
        room.talk(b"b SELECT INBOX\r\nc STORE 2 +FLAGS (\\Seen)\r\n")
        command = (
            b"b SELECT INBOX\r\nc FETCH 1:* UID (CHANGEDSINCE %d)\r\n"
            b"d SEARCH MODSEQ %d\r\n" % (since, since)
        )
        one_by_one = room.talk(command).heard
        with patch.object(selected, "MANY", 1):
            assert room.talk(command).heard == one_by_one
