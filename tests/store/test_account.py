"""What an account promises: mailboxes by name, subscriptions, watchers."""

from __future__ import annotations

import pytest
from store.keeping import ANA, START, Keeping, mail, now, whole
from zope.interface.verify import verifyObject

from mailnode.errors import AlreadyExists, NotFound, NotPermitted, TooMany
from mailnode.interfaces.account import IMailAccount, IStore
from mailnode.model.change import Change, MailboxChanged, News
from mailnode.model.mailbox import SpecialUse
from mailnode.model.message import SEEN
from mailnode.store import naming
from mailnode.store.account import Account


def names(ana: Account) -> list[str]:
    return [mailbox.name for mailbox in now(ana.mailboxes())]


FIRST = ["INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash"]


def test_keeps_its_contracts(keeping: Keeping, ana: Account) -> None:
    assert verifyObject(IStore, keeping.store)
    assert verifyObject(IMailAccount, ana)
    assert (ana.name, ana.id) == (ANA, 1)


def test_a_new_account_is_furnished(ana: Account) -> None:
    found = now(ana.mailboxes())
    assert [m.name for m in found] == FIRST
    assert all(m.subscribed for m in found)
    assert {m.name: m.special_use for m in found} == {
        "INBOX": None,
        "Archive": SpecialUse.ARCHIVE,
        "Drafts": SpecialUse.DRAFTS,
        "Junk": SpecialUse.JUNK,
        "Sent": SpecialUse.SENT,
        "Trash": SpecialUse.TRASH,
    }


def test_an_account_is_made_once(keeping: Keeping, ana: Account) -> None:
    again = keeping.account()
    assert again.id == ana.id
    keeping.store.known.clear()
    assert keeping.account().id == ana.id
    assert names(ana) == FIRST


def test_an_account_that_was_made_by_half(keeping: Keeping, ana: Account) -> None:
    [shard] = keeping.shards
    for table in ("account", "mailbox", "subscription"):
        shard.connection.execute(f"DELETE FROM {table}")
    keeping.store.known.clear()
    assert names(keeping.account()) == FIRST
    assert keeping.account().id == ana.id


def test_create_makes_what_is_missing_above(ana: Account) -> None:
    heard: list[Change] = []
    ana.watch(heard.append)
    made = now(ana.create("a/b/c"))
    assert names(ana) == ["INBOX", "Archive", *FIRST[2:], "a", "a/b", "a/b/c"]
    assert made.name == "a/b/c"
    assert [(c.name, c.news) for c in heard if isinstance(c, MailboxChanged)] == [
        ("a", News.CREATED),
        ("a/b", News.CREATED),
        ("a/b/c", News.CREATED),
    ]
    assert not now(ana.mailboxes())[-1].subscribed
    now(ana.create("inbox/lists"))
    assert now(ana.mailbox("INBOX/lists")).name == "INBOX/lists"


@pytest.mark.parametrize("name", ["INBOX", "inbox", "Sent", "Sent"])
def test_create_refuses_a_name_that_is_taken(ana: Account, name: str) -> None:
    with pytest.raises(AlreadyExists):
        now(ana.create(name))


@pytest.mark.parametrize("name", ["", "a//b", "/a", "a/", "a*", "x" * 1001, "\0"])
def test_create_refuses_a_name_there_cannot_be(ana: Account, name: str) -> None:
    with pytest.raises(NotPermitted):
        now(ana.create(name))
    with pytest.raises(NotPermitted):
        now(ana.subscribe(name))
    for verb in (ana.mailbox, ana.delete):
        with pytest.raises(NotFound):
            now(verb(name))


def test_a_use_has_one_mailbox(ana: Account) -> None:
    with pytest.raises(AlreadyExists):
        now(ana.create("Papierkorb", SpecialUse.TRASH))
    now(ana.delete("Trash"))
    now(ana.create("Papierkorb", SpecialUse.TRASH))
    [bin_] = [m for m in now(ana.mailboxes()) if m.special_use is SpecialUse.TRASH]
    assert bin_.name == "Papierkorb"


def test_there_are_only_so_many(ana: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "MAILBOXES", 8)
    now(ana.create("a/b"))
    with pytest.raises(TooMany):
        now(ana.create("c"))
    with pytest.raises(TooMany):
        now(ana.rename("a/b", "c/d"))
    now(ana.delete("a/b"))
    now(ana.create("c"))


def test_uidvalidity_is_never_the_same_again(keeping: Keeping, ana: Account) -> None:
    first = now(ana.create("box"))
    now(ana.delete("box"))
    second = now(ana.create("box"))
    assert second.uidvalidity > first.uidvalidity >= START // 1000 - 1
    keeping.clock.moment += 3_600_000
    third = now(ana.create("other"))
    assert third.uidvalidity == keeping.clock.moment // 1000
    keeping.clock.moment = 0
    assert now(ana.create("last")).uidvalidity == third.uidvalidity + 1


def test_rename_takes_along_what_is_below(keeping: Keeping, ana: Account) -> None:
    now(ana.create("a/b/c"))
    now(ana.create("ab"))
    now(ana.subscribe("a/b"))
    keeping.deliver(mail(), mailbox="a/b/c")
    box = now(ana.mailbox("a/b/c"))
    heard: list[Change] = []
    ana.watch(heard.append)
    now(ana.rename("a", "x/y"))
    assert names(ana)[6:] == ["ab", "x", "x/y", "x/y/b", "x/y/b/c"]
    assert now(ana.mailbox("x/y/b/c")).id == box.id
    assert whole(now(now(ana.mailbox("x/y/b/c")).content(1))) == mail()
    assert [m.name for m in now(ana.mailboxes()) if m.subscribed][-1] == "x/y/b"
    assert [(c.name, c.before) for c in heard if isinstance(c, MailboxChanged)] == [
        ("x", None),
        ("x/y", "a"),
        ("x/y/b", "a/b"),
        ("x/y/b/c", "a/b/c"),
    ]


def test_rename_upwards(ana: Account) -> None:
    now(ana.create("a/b/b"))
    now(ana.delete("a"))
    now(ana.rename("a/b", "a"))
    assert names(ana)[6:] == ["a", "a/b"]


def test_rename_refuses(ana: Account) -> None:
    now(ana.create("a/b"))
    now(ana.create("c/b"))
    now(ana.delete("c"))
    for name, to, error in (
        ("none", "other", NotFound),
        ("a", "Sent", AlreadyExists),
        ("a", "a", AlreadyExists),
        ("a", "c", AlreadyExists),
        ("a", "inbox", AlreadyExists),
        ("a", "a/b/c", NotPermitted),
        ("a", "x" * 999, NotPermitted),
        ("a", "a//b", NotPermitted),
    ):
        with pytest.raises(error):
            now(ana.rename(name, to))
    assert names(ana)[6:] == ["a", "a/b", "c/b"]


def test_rename_inbox_moves_what_is_in_it(keeping: Keeping, ana: Account) -> None:
    inbox = now(ana.mailbox("INBOX"))
    now(ana.create("INBOX/below"))
    now(inbox.append(keeping.content(mail("1")), ["$Work", SEEN]))
    now(inbox.append(keeping.content(mail("2"))))
    since = now(inbox.status()).highest_modseq
    heard: list[Change] = []
    ana.watch(heard.append)
    now(ana.rename("INBOX", "old/2023"))
    moved = now(ana.mailbox("old/2023"))
    assert now(moved.message(1)).flags == {"$Work", SEEN}
    assert whole(now(moved.content(2))) == mail("2")
    assert now(inbox.messages()) == []
    assert now(inbox.changes(since)) == ([], [1, 2])
    assert now(inbox.status()).uidnext == 3
    assert now(moved.status()).uidnext == 3
    assert names(ana)[:2] == ["INBOX", "Archive"]
    assert now(ana.mailbox("INBOX/below")).name == "INBOX/below"
    assert [type(c).__name__ for c in heard] == [
        "MailboxChanged",
        "MailboxChanged",
        "Arrived",
        "Vanished",
    ]
    now(ana.rename("INBOX", "empty"))
    assert now(now(ana.mailbox("empty")).status()).messages == 0


def test_delete_takes_the_messages_and_leaves_what_is_below(
    keeping: Keeping, ana: Account
) -> None:
    now(ana.create("a/b"))
    for n in range(3):
        keeping.deliver(mail(str(n)), mailbox="a")
    inbox = now(ana.mailbox("INBOX"))
    now(now(ana.mailbox("a")).copy([2], inbox))
    now(now(ana.mailbox("a")).expunge([1]))
    heard: list[Change] = []
    ana.watch(heard.append)
    now(ana.delete("a"))
    assert names(ana)[6:] == ["a/b"]
    assert now(ana.quota()).messages == 1
    assert whole(now(inbox.content(1))) == mail("1")
    assert [(c.name, c.news) for c in heard if isinstance(c, MailboxChanged)] == [
        ("a", News.DELETED)
    ]
    with pytest.raises(NotPermitted):
        now(ana.delete("Inbox"))
    with pytest.raises(NotFound):
        now(ana.delete("a"))


def test_subscriptions_outlive_their_mailbox(ana: Account) -> None:
    heard: list[Change] = []
    now(ana.create("a"))
    ana.watch(heard.append)
    now(ana.subscribe("a"))
    now(ana.subscribe("a"))
    assert [m.subscribed for m in now(ana.mailboxes()) if m.name == "a"] == [True]
    now(ana.delete("a"))
    now(ana.create("a"))
    assert [m.subscribed for m in now(ana.mailboxes()) if m.name == "a"] == [True]
    now(ana.subscribe("a", subscribed=False))
    assert [m.subscribed for m in now(ana.mailboxes()) if m.name == "a"] == [False]
    now(ana.subscribe("never", subscribed=False))
    assert "never" not in now(ana.subscriptions())
    now(ana.subscribe("never"))
    assert now(ana.subscriptions()) == sorted(now(ana.subscriptions()))
    assert "never" in now(ana.subscriptions())
    assert "never" not in [m.name for m in now(ana.mailboxes())]
    assert [c.news.value for c in heard if isinstance(c, MailboxChanged)] == [
        "subscribed",
        "deleted",
        "created",
        "unsubscribed",
    ]


def test_a_listener_that_raises_harms_nobody(keeping: Keeping, ana: Account) -> None:
    heard: list[Change] = []

    def fall(change: Change) -> None:
        raise ValueError(change)

    ana.watch(fall)
    stop = ana.watch(heard.append)
    now(ana.create("a"))
    assert len(heard) == 1
    assert [type(error) for error in keeping.failures] == [ValueError]
    keeping.failures.clear()
    stop()


def test_a_listener_may_stop_another(keeping: Keeping, ana: Account) -> None:
    heard: list[Change] = []
    stops = [ana.watch(lambda _: stops[1]())]
    stops.append(ana.watch(heard.append))
    keeping.deliver(mail())
    assert heard == []
