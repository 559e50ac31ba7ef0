"""Whatever can be wrong in a store is found, and said in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from store.keeping import ANA, BOB, Keeping, mail, now
from store.queueing import envelope

from mailnode.model.mail import Kind
from mailnode.model.message import CHUNK
from mailnode.store.check import MOST, check
from mailnode.store.queue import Queue


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[Keeping]:
    """A store with a bit of everything, which will not be sound in the end."""
    keeping = Keeping(tmp_path)
    ana = keeping.account()
    keeping.deliver(mail("1"), ANA, BOB)
    keeping.deliver(mail("2", 3 * CHUNK))
    keeping.deliver(mail("3"))
    inbox = now(ana.mailbox("INBOX"))
    now(inbox.store([1], add=["$Work"]))
    now(inbox.copy([1], now(ana.mailbox("Sent"))))
    now(inbox.expunge([3]))
    keeping.sound()
    yield keeping
    keeping.close()


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("UPDATE account SET octets = octets + 1", "messages of"),
        ("UPDATE account SET messages = 0", "messages of"),
        ("UPDATE account SET modseq = 1", "modseq"),
        ("UPDATE account SET next_id = 2", "id"),
        ("UPDATE account SET uidvalidity = 2", "uidvalidity"),
        ("UPDATE account SET floor_modseq = 1000", "forgotten change 1000"),
        ("DELETE FROM account", "table of accounts"),
        ("UPDATE mailbox SET messages = 7 WHERE name = 'INBOX'", "INBOX says 7 m"),
        ("UPDATE mailbox SET unseen = 7 WHERE name = 'Sent'", "Sent says 7 unseen"),
        ("UPDATE mailbox SET deleted = 7 WHERE name = 'Sent'", "says 7 deleted"),
        ("UPDATE mailbox SET size = 7 WHERE name = 'Sent'", "Sent says 7 octets"),
        ("UPDATE mailbox SET uidnext = 2 WHERE name = 'INBOX'", "would give 2"),
        ("UPDATE mailbox SET highest_modseq = 1 WHERE name = 'Sent'", "of change"),
        ("UPDATE mailbox SET name = 'Xobni' WHERE name = 'INBOX'", "no INBOX"),
        ("DELETE FROM mailbox WHERE name = 'Sent'", "which there is not"),
        ("DELETE FROM keyword", "keyword without a name"),
        ("DELETE FROM email WHERE account = 1 AND id = 7", "no email of its size"),
        ("UPDATE email SET size = size + 1", "no email of its size"),
        ("DELETE FROM message WHERE uid = 2", "is in no mailbox"),
        ("DELETE FROM content WHERE refs > 0", "no content of its size"),
        ("UPDATE content SET refs = refs + 1", "emails, and 1 have it"),
        ("UPDATE content SET freed_at = 5", "freed at 5"),
        ("UPDATE content SET freed_at = NULL", "freed at None"),
        ("DELETE FROM chunk WHERE n = 1", "a chunk 2 that does not fit"),
        ("DELETE FROM chunk WHERE n = 2", "octets of"),
        ("UPDATE chunk SET data = zeroblob(length(data))", "than its hash says"),
        ("UPDATE chunk SET content = 999 WHERE n = 1", "content 999, which there"),
        (
            "INSERT INTO vanished VALUES (1, 1, 3, 1, 5, 0)",
            "has vanished, and is there",
        ),
        (
            "INSERT INTO mailbox VALUES (9, 1, 'INBOX', NULL, 1, 1, 0, 0, 0, 0, 0, 0)",
            "nobody in the main database",
        ),
    ],
)
def test_damage_to_a_shard_is_found(
    keeping: Keeping, damage: str, sentence: str
) -> None:
    [shard] = keeping.shards
    shard.connection.execute(damage)
    assert shard.connection.changes() > 0
    found = [str(finding) for finding in now(check(keeping.main, keeping.shards))]
    assert any(sentence in each for each in found), found
    assert all(each.startswith("shard 0, account ") for each in found)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("UPDATE whole_mailbox SET emails = 7 WHERE id = 1", "INBOX as a part of"),
        ("UPDATE whole_mailbox SET unread_threads = 7 WHERE id = 1", "INBOX as a part"),
        ("UPDATE whole_mailbox SET modseq = 1000 WHERE id = 1", "the modseq 1000"),
        ("UPDATE whole_kind SET state = 1000", "the state is 1000"),
        ("DELETE FROM whole_place WHERE mailbox = 1", "and has no place there"),
        (
            "UPDATE whole_place SET mailbox = 2 WHERE mailbox = 1",
            "has a place in mailbox 2",
        ),
        ("UPDATE whole_email SET keywords = ' $x '", "'$x'"),
        ("UPDATE whole_email SET unread = 3", "in the whole"),
        ("UPDATE whole_email SET destroyed = 5", "and is not there"),
        ("UPDATE whole_talk SET received = 5", "is not what its emails say"),
        ("DELETE FROM whole_talk", "is not known in mailbox"),
        ("UPDATE whole_thread SET emails = 5", "says 5 emails"),
        ("DELETE FROM whole_thread", "which there is not"),
        ("UPDATE message SET flags = 1", "in its mailboxes"),
    ],
)
def test_damage_to_a_whole_is_found(
    keeping: Keeping, damage: str, sentence: str
) -> None:
    now(keeping.account().mail().state(Kind.EMAIL))
    keeping.sound()
    [shard] = keeping.shards
    shard.connection.execute(damage)
    assert shard.connection.changes() > 0
    found = [str(finding) for finding in now(check(keeping.main, keeping.shards))]
    assert any(sentence in each for each in found), found


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (
            "INSERT INTO person VALUES ('x@y', 'y', '', 1)",
            "x@y lives in a domain that is not ours",
        ),
        (
            "INSERT INTO alias VALUES ('x@y', 'y', 0, 'z')",
            "the alias x@y is in a domain that is not ours",
        ),
        (
            "INSERT INTO scram VALUES ('x@y', 'm', X'00', 1, X'00', X'00')",
            "there are keys for x@y, whom we do not know",
        ),
        (
            f"UPDATE account SET shard = 3 WHERE name = '{ANA}'",
            f"the account {ANA} is on shard 3, which there is not",
        ),
        (
            f"UPDATE account SET id = 30 WHERE name = '{ANA}'",
            f"the account {ANA} has a number that was never given",
        ),
        (
            "INSERT INTO incoming_chunk VALUES (4, 0, X'00')",
            "there are octets of the letter 4, which is not in the journal",
        ),
    ],
)
def test_damage_to_the_main_database_is_found(
    keeping: Keeping, damage: str, sentence: str
) -> None:
    keeping.main.connection.execute(damage)
    found = [str(finding) for finding in now(check(keeping.main, keeping.shards))]
    assert f"main: {sentence}" in found


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (
            "INSERT INTO queue_chunk VALUES (9, 0, X'00')",
            "there are octets of message 9, which is not in the queue",
        ),
        (
            "UPDATE queue_message SET complete = 0 WHERE name = 'm'",
            "there are targets of message 1, which is not in the queue",
        ),
        (
            "DELETE FROM queue_target WHERE message = 1",
            "the message m in the queue goes nowhere",
        ),
        (
            "UPDATE queue_message SET id = 30 WHERE name = 'm'",
            "the message m in the queue has a number that was never given",
        ),
        (
            "UPDATE queue_target SET owner = 'x' WHERE stage = 'incoming'",
            "target 0 of message 2 in the queue is incoming, and has not what it should",
        ),
        (
            "DELETE FROM queue_destination WHERE name = 'bob.example'",
            "the queue has mail for bob.example, and no line for it",
        ),
        (
            "UPDATE queue_destination SET ready = NULL WHERE name = 'bob.example'",
            "the queue would look at bob.example at the wrong time",
        ),
        (
            "UPDATE queue_destination SET ready = 7 WHERE name = 'carla.example'",
            "the queue would look at carla.example at the wrong time",
        ),
        (
            "UPDATE queue_message SET envelope = 'x' WHERE name = 'm'",
            "the message m in the queue cannot be read",
        ),
        (
            "UPDATE queue_message SET header_size = 10000 WHERE name = 'm'",
            "the message m in the queue has a header larger than itself",
        ),
        (
            "UPDATE queue_chunk SET data = zeroblob(length(data))",
            "the message m in the queue has other octets than its hash says",
        ),
    ],
)
def test_damage_to_the_queue_is_found(
    keeping: Keeping, damage: str, sentence: str
) -> None:
    queue = Queue(keeping.main, keeping.store.reserve, keeping.clock, "one")
    now(queue.put(envelope("m", "x@bob.example"), keeping.content(mail())))
    now(queue.claim(1, lease=1000))
    now(queue.put(envelope("n", "x@bob.example"), keeping.content(mail())))
    now(queue.put(envelope("o", "x@carla.example"), keeping.content(mail())))
    keeping.sound()
    keeping.main.connection.execute(damage)
    found = [str(finding) for finding in now(check(keeping.main, keeping.shards))]
    assert f"main: {sentence}" in found


def test_damage_to_the_file_is_found(tmp_path: Path, keeping: Keeping) -> None:
    [shard] = keeping.shards
    shard.connection.execute("PRAGMA writable_schema = ON")
    shard.connection.execute(
        "UPDATE sqlite_schema SET sql = replace(sql, '(at)', '(account)')"
        " WHERE name = 'delivered_at'"
    )
    shard.connection.execute("PRAGMA writable_schema = RESET")
    found = [str(finding) for finding in now(check(keeping.main, keeping.shards))]
    assert any("delivered_at" in each for each in found)


def test_there_is_an_end_to_complaints(keeping: Keeping) -> None:
    keeping.shards[0].connection.execute(
        "WITH RECURSIVE c(n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM c LIMIT 1000)"
        " INSERT INTO message SELECT 1, 1, n, 1, 1, 0, 1, 1, 1 FROM c"
    )
    found = now(check(keeping.main, keeping.shards))
    assert MOST <= len(found) < 3 * MOST
