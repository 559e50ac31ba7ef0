"""What has outlived its time goes, a little at a time, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import apsw
import pytest
from store.keeping import ANA, BOB, Keeping, mail, now, whole
from twisted.internet.task import Clock
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from zope.interface import provider

from mailnode.clock import DAY
from mailnode.errors import NoSpace, NotFound, Unavailable
from mailnode.model.message import CHUNK
from mailnode.store import janitor as times
from mailnode.store import purge
from mailnode.store.account import Account
from mailnode.store.janitor import Janitor


@pytest.fixture
def reactor() -> Clock:
    return Clock()


@pytest.fixture
def janitor(keeping: Keeping, reactor: Clock) -> Iterator[Janitor]:
    janitor = Janitor(keeping.store, reactor)
    janitor.startService()
    yield janitor
    _ = janitor.stopService()


def count(keeping: Keeping, table: str) -> int:
    query = f"SELECT count(*) FROM {table}"
    return int(keeping.shards[0].connection.execute(query).get)


def test_contents_go_after_an_hour(
    keeping: Keeping, ana: Account, janitor: Janitor, reactor: Clock
) -> None:
    inbox = now(ana.mailbox("INBOX"))
    octets = mail(size=2 * CHUNK)
    keeping.deliver(octets)
    keeping.deliver(mail("stays"))
    opened = now(inbox.content(1))
    now(inbox.expunge([1]))
    keeping.clock.moment += times.CONTENT_AGE - 1
    reactor.advance(times.ROUND)
    assert whole(opened) == octets
    keeping.clock.moment += 1
    reactor.advance(times.ROUND)
    assert (count(keeping, "content"), count(keeping, "chunk")) == (1, 1)
    with pytest.raises(NotFound):
        now(opened.read(CHUNK))
    assert whole(now(inbox.content(2))) == mail("stays")


def test_large_contents_go_in_pieces(keeping: Keeping, ana: Account) -> None:
    inbox = now(ana.mailbox("INBOX"))
    octets = mail(size=(purge.CHUNKS + 3) * CHUNK)
    keeping.deliver(octets)
    keeping.deliver(mail("small"))
    now(inbox.expunge([1, 2]))
    shard, later = keeping.shards[0], keeping.clock.moment

    def some(tx: apsw.Connection) -> bool:
        return purge.contents(tx, later)

    assert now(shard.write(some))
    assert count(keeping, "chunk") == 4
    keeping.sound()
    keeping.deliver(octets)  # what is half gone is not shared
    assert whole(now(inbox.content(3))) == octets
    while now(shard.write(some)):
        pass
    assert (count(keeping, "content"), count(keeping, "chunk")) == (1, purge.CHUNKS + 3)


def test_a_full_disk_takes_mail_again_when_people_delete_some(
    keeping: Keeping, ana: Account, janitor: Janitor, reactor: Clock
) -> None:
    inbox = now(ana.mailbox("INBOX"))
    keeping.deliver(mail(size=3 * CHUNK))
    reserve = keeping.store.reserve
    reserve.least, reserve.free = 1000, lambda _: 1000
    keeping.clock.moment += times.SHORT_AGE
    with pytest.raises(NoSpace):
        reserve.check(CHUNK)
    now(inbox.expunge([1]))
    reactor.advance(times.ROUND)
    with pytest.raises(NoSpace):
        reserve.check(CHUNK)
    keeping.clock.moment += times.SHORT_AGE
    reactor.advance(times.ROUND)
    reserve.check(CHUNK)
    keeping.deliver(mail(size=2 * CHUNK))


def test_many_contents_go(keeping: Keeping, ana: Account) -> None:
    for n in range(2 * purge.CHUNKS):
        keeping.deliver(mail(str(n)))
    inbox = now(ana.mailbox("INBOX"))
    now(inbox.expunge(range(1, 2 * purge.CHUNKS + 1)))
    shard, later = keeping.shards[0], keeping.clock.moment
    rounds = 0
    while now(shard.write(lambda tx: purge.contents(tx, later))):
        rounds += 1
    assert rounds == 2
    assert count(keeping, "content") == 0


def test_what_was_written_ahead_and_never_used_goes(
    keeping: Keeping, ana: Account, janitor: Janitor, reactor: Clock
) -> None:
    tx = keeping.shards[0].connection
    tx.execute("UPDATE account SET next_id = next_id + 1")
    tx.execute(
        "INSERT INTO content (account, id, size, refs, freed_at)"
        " SELECT id, next_id - 1, 999999, 0, ? FROM account",
        (keeping.clock.moment,),
    )
    keeping.sound()
    keeping.clock.moment += times.CONTENT_AGE
    reactor.advance(times.ROUND)
    assert count(keeping, "content") == 0


def test_what_vanished_is_forgotten_and_said_so(
    keeping: Keeping, ana: Account, janitor: Janitor, reactor: Clock
) -> None:
    inbox = now(ana.mailbox("INBOX"))
    for n in range(4):
        keeping.deliver(mail(str(n)))
    before = now(inbox.status()).highest_modseq
    now(inbox.expunge([1, 2]))
    between = now(inbox.status()).highest_modseq
    keeping.clock.moment += times.VANISHED_AGE - 1
    now(inbox.expunge([3]))
    reactor.advance(times.ROUND)
    assert now(inbox.changes(before)) == ([], [1, 2, 3])
    keeping.clock.moment += 1
    reactor.advance(times.ROUND)
    assert now(inbox.changes(before)) is None
    assert now(inbox.changes(between)) == ([], [3])
    keeping.clock.moment += times.VANISHED_AGE
    reactor.advance(times.ROUND)
    assert count(keeping, "vanished") == 0
    assert now(inbox.changes(between)) is None
    assert now(inbox.changes(now(inbox.status()).highest_modseq)) == ((), ())


def test_objects_that_are_gone_are_forgotten(
    keeping: Keeping, ana: Account, janitor: Janitor, reactor: Clock
) -> None:
    made = now(ana.objects().write(lambda pen: pen.add("Identity", {})))
    now(ana.objects().write(lambda pen: pen.remove("Identity", made.id)))
    keeping.clock.moment += times.VANISHED_AGE - 1
    reactor.advance(times.ROUND)
    assert count(keeping, "object") == 1
    keeping.clock.moment += 1
    reactor.advance(times.ROUND)
    assert count(keeping, "object") == 0
    with pytest.raises(NotFound):
        now(ana.objects().changed("Identity", 0, 1))


def test_uploads_go_after_a_day(
    keeping: Keeping, ana: Account, janitor: Janitor, reactor: Clock
) -> None:
    now(ana.mail().upload(keeping.content(b"one")))
    keeping.clock.moment += DAY + times.CONTENT_AGE - 1
    reactor.advance(times.ROUND)
    assert count(keeping, "content") == 1
    keeping.clock.moment += 1
    reactor.advance(times.ROUND)
    assert (count(keeping, "content"), count(keeping, "chunk")) == (0, 0)


def test_deliveries_are_forgotten(
    keeping: Keeping, janitor: Janitor, reactor: Clock
) -> None:
    keeping.deliver(mail(), ANA, BOB, delivery_id="one")
    keeping.clock.moment += times.DELIVERED_AGE - 1
    reactor.advance(times.ROUND)
    keeping.deliver(mail(), ANA, BOB, delivery_id="one")
    assert count(keeping, "message") == 2
    reactor.advance(times.ROUND)
    assert count(keeping, "delivered") == 0


def test_deletions_that_were_interrupted_are_finished(
    keeping: Keeping, ana: Account, janitor: Janitor, reactor: Clock
) -> None:
    now(ana.create("box"))
    for n in range(3):
        keeping.deliver(mail(str(n)), mailbox="box")
    tx = keeping.shards[0].connection
    tx.execute("UPDATE mailbox SET name = NULL WHERE name = 'box'")
    tx.execute("UPDATE account SET octets = 0, messages = 0")
    keeping.sound()
    reactor.advance(times.ROUND)
    assert count(keeping, "message") == 0
    assert count(keeping, "mailbox WHERE name IS NULL") == 0


def test_statistics_are_looked_at_once_a_day(
    keeping: Keeping,
    janitor: Janitor,
    reactor: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[object] = []
    monkeypatch.setattr(times, "optimise", looked.append)
    reactor.advance(times.ROUND)
    assert looked == []
    keeping.clock.moment += times.OPTIMISE
    reactor.advance(times.ROUND)
    reactor.advance(times.ROUND)
    assert len(looked) == 2
    monkeypatch.undo()
    keeping.clock.moment += times.OPTIMISE
    reactor.advance(times.ROUND)


def test_trouble_does_not_end_the_rounds(
    keeping: Keeping,
    ana: Account,
    janitor: Janitor,
    reactor: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []

    @provider(ILogObserver)
    def listen(event: LogEvent) -> None:
        said.append(str(event.get("log_format")))

    globalLogPublisher.addObserver(listen)
    try:
        for error in (Unavailable("busy"), ValueError("a fault of ours")):

            async def fall(error: Exception = error, **_: object) -> None:
                raise error

            monkeypatch.setattr(keeping.store, "recover", lambda _, fall=fall: fall())
            reactor.advance(times.ROUND)
    finally:
        globalLogPublisher.removeObserver(listen)
    assert len([each for each in said if "later again" in each]) == 1
    assert len([each for each in said if "stumbled" in each]) == 1
    monkeypatch.undo()
    keeping.deliver(mail())
    now(now(ana.mailbox("INBOX")).expunge([1]))
    keeping.clock.moment += times.CONTENT_AGE
    reactor.advance(times.ROUND)
    assert count(keeping, "content") == 0


def test_stops(keeping: Keeping, reactor: Clock) -> None:
    janitor = Janitor(keeping.store, reactor)
    janitor.startService()
    assert janitor.stopService().called
    assert reactor.getDelayedCalls() == []


def test_other_chores_in_every_round(keeping: Keeping, reactor: Clock) -> None:
    done: list[int] = []

    async def chore() -> None:
        done.append(len(done))
        if len(done) == 2:
            raise Unavailable("not now")

    janitor = Janitor(keeping.store, reactor, [chore])
    janitor.startService()
    for _ in range(3):
        reactor.advance(times.ROUND)
    assert done == [0, 1, 2]
    _ = janitor.stopService()
