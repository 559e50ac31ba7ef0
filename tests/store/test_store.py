"""Deliveries: for all or for none, once, over several shards, and removals."""

from __future__ import annotations

import pytest
from store.keeping import ANA, BOB, START, Keeping, Opening, mail, now, whole

from mailnode.errors import NoSpace, NotFound, OverQuota, Unavailable
from mailnode.model.change import Arrived, Change
from mailnode.model.envelope import Letter
from mailnode.store import naming
from mailnode.store.account import Account
from mailnode.store.check import check
from mailnode.store.content import LARGE
from mailnode.store.journal import STALE
from mailnode.store.migrate import Unusable
from mailnode.store.store import Limits

EVERYBODY = [f"p{n}@example.org" for n in range(16)]


def held(keeping: Keeping, name: str, mailbox: str = "INBOX") -> list[bytes]:
    """Everything somebody has."""
    box = now(keeping.account(name).mailbox(mailbox))
    return [whole(now(box.content(m.uid))) for m in now(box.messages())]


def test_delivers_to_everybody(keeping: Keeping) -> None:
    keeping.deliver(mail(), ANA, BOB)
    assert held(keeping, ANA) == held(keeping, BOB) == [mail()]
    [message] = now(now(keeping.account().mailbox("INBOX")).messages())
    assert (message.received, message.flags) == (START + 1, frozenset())


@pytest.mark.parametrize("name", ["Lists", "no//mailbox", ""])
def test_a_mailbox_that_is_not_there_means_inbox(keeping: Keeping, name: str) -> None:
    keeping.deliver(mail(), mailbox=name)
    assert held(keeping, ANA) == [mail()]


def test_delivers_to_a_mailbox_by_any_of_its_names(
    keeping: Keeping, ana: Account
) -> None:
    now(ana.create("INBOX/caf\u00e9"))
    keeping.deliver(mail(), mailbox="inbox/cafe\u0301")
    assert held(keeping, ANA, "INBOX/caf\u00e9") == [mail()]


def test_a_delivery_is_made_once(keeping: Keeping, ana: Account) -> None:
    heard: list[Change] = []
    ana.watch(heard.append)
    for _ in range(3):
        keeping.deliver(mail(), ANA, delivery_id="same")
    keeping.deliver(mail(), ANA, BOB, ANA, delivery_id="same")
    assert held(keeping, ANA) == held(keeping, BOB) == [mail()]
    assert [type(change) for change in heard] == [Arrived]


def test_one_who_is_full_keeps_it_from_all(keeping: Keeping) -> None:
    keeping.account(BOB)
    now(keeping.store.set_quota(BOB, Limits(len(mail()) - 1, None)))
    with pytest.raises(OverQuota):
        keeping.deliver(mail(), ANA, BOB, delivery_id="d")
    assert held(keeping, ANA) == held(keeping, BOB) == []
    now(keeping.store.set_quota(BOB, Limits(len(mail()), 1)))
    keeping.deliver(mail(), ANA, BOB, delivery_id="d")
    assert held(keeping, ANA) == held(keeping, BOB) == [mail()]


@pytest.mark.parametrize("size", [10_000, LARGE + 1])
def test_the_same_octets_are_kept_once(keeping: Keeping, size: int) -> None:
    octets = mail(size=size)
    for _ in range(3):
        keeping.deliver(octets)
    tx = keeping.shards[0].connection
    assert tx.execute("SELECT sum(length(data)) FROM chunk").get == size
    assert tx.execute("SELECT refs FROM content").get == 3
    inbox = now(keeping.account().mailbox("INBOX"))
    assert len({m.id for m in now(inbox.messages())}) == 3
    now(inbox.expunge([1, 2]))
    assert tx.execute("SELECT refs, freed_at FROM content").get == (1, None)
    now(inbox.expunge([3]))
    assert tx.execute("SELECT refs, freed_at FROM content").get == (
        0,
        keeping.clock.moment,
    )
    keeping.deliver(octets)
    assert tx.execute("SELECT refs, freed_at FROM content").get == (1, None)


def test_several_shards_agree(opening: Opening) -> None:
    keeping = opening(shards=3)
    keeping.deliver(mail(), *EVERYBODY)
    keeping.deliver(mail(), *EVERYBODY, delivery_id="again")
    keeping.deliver(mail(), *EVERYBODY, delivery_id="again")
    for name in EVERYBODY:
        assert held(keeping, name) == [mail()] * 2
    tx = keeping.main.connection
    assert tx.execute("SELECT count(DISTINCT shard) FROM account").get == 3
    assert tx.execute("SELECT count(*) FROM incoming").get == 0
    assert tx.execute("SELECT count(*) FROM incoming_chunk").get == 0


def test_quota_over_several_shards(opening: Opening) -> None:
    keeping = opening(shards=3)
    for name in EVERYBODY:
        keeping.account(name)
    now(keeping.store.set_quota(EVERYBODY[-1], Limits(1, None)))
    with pytest.raises(OverQuota):
        keeping.deliver(mail(), *EVERYBODY)
    assert [held(keeping, name) for name in EVERYBODY] == [[]] * len(EVERYBODY)


@pytest.mark.parametrize("size", [5000, LARGE + 5000])
def test_the_journal_is_replayed(
    opening: Opening, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping = opening(shards=3)
    keeping.deliver(mail("first", size), *EVERYBODY)

    async def refuse(*_: object, **__: object) -> None:
        raise Unavailable("not now")

    monkeypatch.setattr(keeping.shards[1], "write", refuse)
    octets = mail("second", size)
    keeping.deliver(octets, *EVERYBODY)  # accepted: it is in the journal
    assert [type(error) for error in keeping.failures] == [Unavailable]
    keeping.failures.clear()
    now(keeping.store.recover(60_000))  # too young: its bearer may still be at it
    assert keeping.failures == []
    monkeypatch.undo()
    have = [len(held(keeping, name)) for name in EVERYBODY]
    assert set(have) == {1, 2}
    now(keeping.store.set_quota(EVERYBODY[have.index(1)], Limits(1, 1)))
    now(keeping.store.recover())
    for name in EVERYBODY:
        assert held(keeping, name) == [mail("first", size), octets]
    assert keeping.main.connection.execute("SELECT count(*) FROM incoming").get == 0


def test_a_damaged_letter_does_not_keep_the_others(opening: Opening) -> None:
    keeping = opening(shards=2)
    for name in EVERYBODY:
        keeping.account(name)
    for n in range(2):
        letter = Letter(f"d{n}", tuple((name, "INBOX") for name in EVERYBODY), 5)
        content = keeping.content(mail(str(n)))
        now(keeping.store.journal.write(letter, content))
    keeping.main.connection.execute(
        "UPDATE incoming_chunk SET data = zeroblob(9) WHERE incoming = 1"
    )
    now(keeping.store.recover())
    for name in EVERYBODY:
        assert held(keeping, name) == [mail("1")]
    assert "damaged" in str(keeping.failures.pop())
    keeping.main.connection.execute("DELETE FROM incoming_chunk")
    keeping.main.connection.execute("DELETE FROM incoming")


def test_a_letter_that_was_never_accepted_goes(opening: Opening) -> None:
    keeping = opening(shards=2)
    letter = Letter("d", ((ANA, "INBOX"),), 5)
    number = now(keeping.store.journal.write(letter, keeping.content(mail())))
    tx = keeping.main.connection
    tx.execute("UPDATE incoming SET complete = 0 WHERE id = ?", (number,))
    now(keeping.store.recover())
    assert tx.execute("SELECT count(*) FROM incoming").get == 1
    keeping.clock.moment += STALE
    now(keeping.store.recover())
    assert tx.execute("SELECT count(*) FROM incoming").get == 0
    assert held(keeping, ANA) == []


def test_a_letter_for_one_who_left_meanwhile(opening: Opening) -> None:
    keeping = opening(shards=2)
    keeping.account(BOB)
    letter = Letter("d", ((ANA, "INBOX"), (BOB, "INBOX")), 5)
    now(keeping.store.journal.write(letter, keeping.content(mail())))
    now(keeping.store.recover())
    assert held(keeping, BOB) == [mail()]
    assert keeping.main.connection.execute("SELECT name FROM account").get == BOB


def test_all_shards_must_be_there(opening: Opening) -> None:
    keeping = opening(shards=3)
    for name in EVERYBODY:
        keeping.account(name)
    everything = list(keeping.store.shelves)
    del keeping.store.shelves[2:]
    with pytest.raises(Unusable):
        now(keeping.store.recover())
    keeping.store.shelves[:] = everything


def test_an_account_is_removed_with_all_its_mail(keeping: Keeping) -> None:
    ana = keeping.account()
    keeping.deliver(mail(), ANA, BOB)
    keeping.deliver(mail(size=LARGE * 3), ANA)
    inbox = now(ana.mailbox("INBOX"))
    now(inbox.store([1], add=["$Work"]))
    now(inbox.expunge([2]))
    now(keeping.store.remove_account(ANA))
    tx = keeping.shards[0].connection
    for (table,) in list(
        tx.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    ):
        column = "id" if table == "account" else "account"
        rest = tx.execute(f"SELECT count(*) FROM {table} WHERE {column} = 1").get
        assert rest == 0, table
    with pytest.raises(NotFound):
        now(keeping.store.remove_account(ANA))
    with pytest.raises(NotFound):
        now(keeping.store.set_quota(ANA, Limits()))
    with pytest.raises(NotFound):
        now(ana.quota())
    with pytest.raises(NotFound):
        now(inbox.append(keeping.content(mail())))
    assert held(keeping, BOB) == [mail()]
    again = keeping.account()
    assert again.id > ana.id
    assert held(keeping, ANA) == []


def test_a_removal_is_taken_up_again(keeping: Keeping) -> None:
    ana = keeping.account()
    keeping.deliver(mail())
    keeping.main.connection.execute("DELETE FROM account")
    keeping.main.connection.execute("INSERT INTO removal VALUES (?, 0, 5)", (ana.id,))
    now(keeping.store.recover())
    tx = keeping.shards[0].connection
    assert tx.execute("SELECT count(*) FROM chunk").get == 0
    assert keeping.main.connection.execute("SELECT count(*) FROM removal").get == 0


def test_a_disk_that_is_nearly_full_takes_nothing(
    keeping: Keeping, ana: Account
) -> None:
    keeping.deliver(mail())
    inbox = now(ana.mailbox("INBOX"))
    reserve = keeping.store.reserve
    reserve.least = 1000
    room = 1000
    asked = 0

    def free(_path: object) -> int:
        nonlocal asked
        asked += 1
        return room

    reserve.free = free
    content = keeping.content(mail())  # it was asked a moment ago
    keeping.clock.moment += 1000
    with pytest.raises(NoSpace):
        now(inbox.append(content))
    with pytest.raises(NoSpace):
        now(keeping.store.deliver(Letter("d", ((ANA, "INBOX"),), 1), content))
    room = 999
    keeping.clock.moment += 1000
    with pytest.raises(NoSpace):
        ana.spool().write(b"x")
    assert asked == 2
    now(inbox.expunge([1]))  # but there is always room to remove
    room = 10**6
    keeping.clock.moment += 1000
    now(inbox.append(content))


def test_a_mailbox_that_fills_the_account_is_made_whole_again(
    keeping: Keeping, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(naming, "MAILBOXES", len(naming.FIRST))
    keeping.deliver(mail(), mailbox="Trash")
    now(ana.delete("Trash"))
    now(ana.create("Trash"))
    assert held(keeping, ANA, "Trash") == []
    assert now(check(keeping.main, keeping.shards)) == []
