"""Header fields are learnt when they are asked for, and go with their messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from store.keeping import ANA, Keeping, mail, now
from twisted.internet.task import Clock

from mailnode.interfaces.mailbox import IMailbox
from mailnode.message.fields import LIMIT
from mailnode.model.message import CHUNK, HeaderFields
from mailnode.store import fields
from mailnode.store import janitor as times
from mailnode.store.account import Account
from mailnode.store.check import check
from mailnode.store.fields import BLOCK, SETS
from mailnode.store.janitor import Janitor

SUBJECT = HeaderFields(frozenset((b"subject",)))
UPTO = 2 * BLOCK + 10
"""Messages of two whole blocks, for there is no UID 0, and of a third."""


@pytest.fixture
def inbox(keeping: Keeping, ana: Account) -> IMailbox:
    """An INBOX with messages of some blocks, all different."""
    for number in range(1, UPTO + 1):
        keeping.deliver(mail(str(number)))
    return now(ana.mailbox("INBOX"))


def asked(box: IMailbox, uids: range, wanted: HeaderFields = SUBJECT) -> list[object]:
    """What all of them have, however often one must ask."""
    found: list[object] = []
    start = uids.start
    while start < uids.stop:
        columns = now(box.columns(range(start, uids.stop), [wanted]))
        assert len(columns.uids) == len(columns.values[0])
        found += columns.values[0]
        assert columns.upto >= start
        start = columns.upto + 1
    return found


def subjects(*numbers: int) -> list[bytes]:
    return [b"Subject: %d\r\n\r\n" % number for number in numbers]


def kept(keeping: Keeping) -> list[int]:
    """The blocks that are kept."""
    query = "SELECT block FROM field_block ORDER BY fields, block"
    return [block for (block,) in keeping.shards[0].connection.execute(query)]


@contextmanager
def unreadable(keeping: Keeping) -> Iterator[None]:
    """No header can be read meanwhile."""
    execute = keeping.shards[0].connection.execute
    execute("CREATE TEMP TABLE held AS SELECT content, data FROM chunk")
    execute("UPDATE chunk SET data = zeroblob(length(data))")
    yield
    execute(
        "UPDATE chunk SET data = (SELECT data FROM held WHERE content = chunk.content)"
    )
    execute("DROP TABLE held")


EVERYTHING = range(1, UPTO + 1)


def test_whole_blocks_are_learnt(keeping: Keeping, inbox: IMailbox) -> None:
    assert asked(inbox, EVERYTHING) == subjects(*EVERYTHING)
    assert kept(keeping) == [0, 1]
    with unreadable(keeping):
        found = asked(inbox, EVERYTHING)
        few = now(inbox.columns([5, 70, 2 * BLOCK - 1], [SUBJECT, "size"]))
    last = 2 * BLOCK - 1
    assert found == [*subjects(*EVERYTHING[:last]), *[b""] * (UPTO - last)]
    assert few.values[0] == subjects(5, 70, last)
    assert few.values[1] == (len(mail("5")), len(mail("70")), len(mail(str(last))))


def test_a_block_that_is_not_whole_is_not_learnt(
    keeping: Keeping, inbox: IMailbox
) -> None:
    for uids in (range(1, 20), range(2, BLOCK), range(2 * BLOCK, UPTO + 1)):
        assert asked(inbox, uids) == subjects(*uids)
    assert kept(keeping) == []
    now(inbox.expunge([1]))
    asked(inbox, range(2, BLOCK))
    assert kept(keeping) == [0]


def test_a_piece_of_a_mailbox_ends_where_a_block_begins(inbox: IMailbox) -> None:
    columns = now(inbox.columns(range(1, BLOCK + 10), [SUBJECT, "size"]))
    assert columns.upto == BLOCK - 1
    assert list(columns.uids) == list(range(1, BLOCK))
    assert [len(values) for values in columns.values] == [BLOCK - 1] * 2


def test_blocks_go_with_their_messages(
    keeping: Keeping, ana: Account, inbox: IMailbox
) -> None:
    asked(inbox, EVERYTHING)
    now(inbox.expunge([7]))
    assert kept(keeping) == [1]
    keeping.sound()
    now(inbox.move([BLOCK], now(ana.mailbox("Archive"))))
    assert kept(keeping) == []


def test_what_was_found_too_early_is_not_kept(
    keeping: Keeping, inbox: IMailbox
) -> None:
    """A message goes between the reading and the learning."""
    shard, place = keeping.shards[0], (1, inbox.id)
    moment = keeping.clock()
    _, lesson = now(
        shard.read(lambda tx: fields.read(tx, place, SUBJECT, range(1, BLOCK), moment))
    )
    assert lesson is not None
    now(inbox.expunge([3]))
    now(shard.write(lambda tx: fields.learn(tx, place, lesson, moment)))
    assert kept(keeping) == []


def test_a_mailbox_takes_along_what_it_has_learnt(
    keeping: Keeping, ana: Account, inbox: IMailbox
) -> None:
    asked(inbox, EVERYTHING)
    now(ana.rename("INBOX", "old"))
    keeping.sound()
    with unreadable(keeping):
        found = asked(now(ana.mailbox("old")), range(1, BLOCK))
    assert found == subjects(*range(1, BLOCK))
    now(ana.delete("old"))
    assert kept(keeping) == []


def test_an_account_takes_it_along(keeping: Keeping, inbox: IMailbox) -> None:
    asked(inbox, EVERYTHING)
    now(keeping.store.remove_account(ANA))
    assert kept(keeping) == []
    query = "SELECT count(*) FROM field_set"
    assert keeping.shards[0].connection.execute(query).get == 0


def test_only_so_much_is_learnt(keeping: Keeping, inbox: IMailbox) -> None:
    wanted = [
        HeaderFields(frozenset((b"subject",)), others=True),
        HeaderFields(frozenset((b"sub ject",))),
        HeaderFields(frozenset((b"",))),
        HeaderFields(frozenset(b"%d" % n for n in range(fields.NAMES + 1))),
    ]
    for each in wanted:
        asked(inbox, range(1, BLOCK), each)
    assert kept(keeping) == []
    for number in range(SETS + 3):
        asked(inbox, range(1, BLOCK), HeaderFields(frozenset((b"x-%d" % number,))))
    assert kept(keeping) == [0] * SETS


def test_what_nobody_asks_for_is_forgotten(
    keeping: Keeping, ana: Account, inbox: IMailbox
) -> None:
    reactor = Clock()
    janitor = Janitor(keeping.store, reactor)
    janitor.startService()
    other = HeaderFields(frozenset((b"to",)))
    for each in (SUBJECT, other):
        asked(inbox, range(1, BLOCK), each)
    keeping.clock.moment += times.FIELDS_AGE - 1
    asked(inbox, range(1, BLOCK), other)
    keeping.clock.moment += 1
    reactor.advance(times.ROUND)
    names = list(keeping.shards[0].connection.execute("SELECT names FROM field_set"))
    assert names == [("to",)]
    assert kept(keeping) == [0]
    _ = janitor.stopService()


def test_large_headers_are_read_a_few_at_a_time(
    keeping: Keeping, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fields, "ENOUGH", 3 * CHUNK)
    for number in range(8):
        keeping.deliver(mail(str(number), 2 * CHUNK))
    inbox = now(ana.mailbox("INBOX"))
    columns = now(inbox.columns(range(1, 9), ["size", SUBJECT]))
    assert list(columns.uids) == [1, 2, 3, 4, 5, 6]
    assert columns.upto == 6
    assert asked(inbox, range(1, 9)) == subjects(*range(8))


def test_many_headers_are_read_in_whole_blocks(
    inbox: IMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fields, "ENOUGH", fields.LEAST * (BLOCK + 10))
    columns = now(inbox.columns(EVERYTHING, [SUBJECT]))
    assert columns.upto == 2 * BLOCK - 1
    assert asked(inbox, EVERYTHING) == subjects(*EVERYTHING)


def test_a_header_longer_than_a_chunk(keeping: Keeping, ana: Account) -> None:
    fill = b"X-Fill: 0123456789\r\n" * (2 * CHUNK // 20)
    keeping.deliver(fill + b"Subject: 1\r\n\r\nbody")
    keeping.deliver(fill * (LIMIT // CHUNK) + b"Subject: 1\r\n\r\nbody")
    inbox = now(ana.mailbox("INBOX"))
    assert asked(inbox, range(1, 3)) == [*subjects(1), b"\r\n"]


def test_a_full_disk_keeps_nobody_from_reading(
    keeping: Keeping, inbox: IMailbox
) -> None:
    keeping.store.reserve.least = 2**62
    assert asked(inbox, EVERYTHING) == subjects(*EVERYTHING)
    assert kept(keeping) == []


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (
            "UPDATE field_block SET data = zeroblob(300)",
            "messages 0 to 63 than the mail",
        ),
        ("UPDATE field_block SET block = 1", "messages 64 to 127 than the mail"),
        ("UPDATE field_block SET block = 9", "messages 576 to 639 than the mail"),
        ("UPDATE field_set SET names = 'to'", "other header fields"),
        ("UPDATE field_set SET mailbox = 99", "of mailbox 99, which there is not"),
        ("DELETE FROM field_set", "of the set 1, which there is not"),
    ],
)
def test_damage_is_found(
    keeping: Keeping, inbox: IMailbox, damage: str, sentence: str
) -> None:
    asked(inbox, range(1, BLOCK))
    execute = keeping.shards[0].connection.execute
    execute(damage)
    found = [str(finding) for finding in now(check(keeping.main, keeping.shards))]
    assert any(sentence in each for each in found), found
    execute("DELETE FROM field_block")
    execute("DELETE FROM field_set")
