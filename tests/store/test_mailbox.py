"""What a mailbox promises: append, flags, copies, moves, and what has changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from store.keeping import ANA, BOB, START, Keeping, Opening, mail, now, whole
from zope.interface.verify import verifyObject

from mailnode.errors import NotFound, NotPermitted, OverQuota, TooMany
from mailnode.interfaces.content import IContent, IOctets, ISpool
from mailnode.interfaces.mailbox import IMailbox
from mailnode.model.change import Arrived, Change, Flagged, Marked, Vanished
from mailnode.model.message import CHUNK, DELETED, FLAGGED, SEEN, Message
from mailnode.store.account import Account
from mailnode.store.flags import KEYWORDS
from mailnode.store.reading import AHEAD
from mailnode.store.store import Limits


def stored(mailbox: IMailbox, uids: list[int], **wishes: Any) -> Message:
    """What becomes of the flags of one message."""
    done = now(mailbox.store(uids, **wishes))
    assert (done.uids, done.refused) == (uids, ())
    message = now(mailbox.message(uids[0]))
    assert message.modseq >= max(done.modseqs, default=0)
    return message


def test_keeps_its_contracts(keeping: Keeping, ana: Account) -> None:
    inbox = now(ana.mailbox("inbox"))
    assert verifyObject(IMailbox, inbox)
    assert verifyObject(ISpool, ana.spool())
    content = keeping.content(mail())
    assert verifyObject(IContent, content)
    now(inbox.append(content))
    assert verifyObject(IOctets, now(inbox.content(1)))


def test_append_gives_back_what_it_was_given(keeping: Keeping, ana: Account) -> None:
    inbox = now(ana.mailbox("INBOX"))
    octets = mail("hello")
    content = keeping.content(octets)
    message = now(inbox.append(content, ["\\seen", "$Work", "work"], 5))
    assert (message.uid, message.size, message.received) == (1, len(octets), 5)
    assert message.flags == {SEEN, "$Work", "work"}
    assert now(inbox.message(1)) == message
    assert now(inbox.messages()) == [message]
    assert now(inbox.projections(1)) == content.projections
    opened = now(inbox.content(1))
    assert (opened.size, opened.header_size) == (
        len(octets),
        content.projections.header_size,
    )
    assert whole(opened) == octets
    assert now(opened.read(3)) == octets[3:]
    assert now(opened.read(len(octets))) == b""


def test_append_dates_a_message_now(keeping: Keeping, ana: Account) -> None:
    inbox = now(ana.mailbox("INBOX"))
    assert now(inbox.append(keeping.content(mail()))).received == START


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 4 * CHUNK, 4 * CHUNK + 1, 17 * CHUNK]
)
def test_every_octet_is_kept(keeping: Keeping, ana: Account, size: int) -> None:
    octets = bytes(n * 7 % 256 for n in range(1000)) * (size // 1000 + 1)
    octets = octets[:size]
    inbox = now(ana.mailbox("INBOX"))
    now(inbox.append(keeping.content(octets)))
    opened = now(inbox.content(1))
    assert whole(opened) == octets
    if size > CHUNK:
        assert now(opened.read(CHUNK + 1)) == octets[CHUNK + 1 : 2 * CHUNK]


def test_a_message_that_is_not_here(ana: Account) -> None:
    inbox = now(ana.mailbox("INBOX"))
    for verb in (inbox.message, inbox.projections, inbox.content):
        with pytest.raises(NotFound):
            now(verb(1))
    assert now(inbox.store([1], add=[SEEN])) == Marked()
    assert now(inbox.expunge([1])) == []
    assert now(inbox.copy([1], inbox)) == []
    assert now(inbox.move([1], inbox)) == []


def test_messages_come_in_pages(keeping: Keeping, ana: Account) -> None:
    for n in range(7):
        keeping.deliver(mail(str(n)))
    inbox = now(ana.mailbox("INBOX"))
    first = now(inbox.messages(limit=3))
    assert [m.uid for m in first] == [1, 2, 3]
    assert [m.uid for m in now(inbox.messages(3, 10))] == [4, 5, 6, 7]
    assert now(inbox.messages(7)) == []


def test_status_counts(keeping: Keeping, ana: Account) -> None:
    inbox = now(ana.mailbox("INBOX"))
    for flags in ([], [SEEN], [DELETED], [SEEN, DELETED]):
        now(inbox.append(keeping.content(mail()), flags))
    status = now(inbox.status())
    assert (status.messages, status.unseen, status.deleted) == (4, 2, 2)
    assert status.size == 4 * len(mail())
    assert (status.uidnext, status.uidvalidity) == (5, inbox.uidvalidity)
    now(inbox.store([1, 2], add=[DELETED], remove=[SEEN]))
    status = now(inbox.status())
    assert (status.unseen, status.deleted) == (3, 4)
    now(inbox.expunge([4]))
    status = now(inbox.status())
    assert (status.messages, status.unseen, status.deleted) == (3, 3, 3)
    assert status.uidnext == 5


def test_flags_are_added_removed_and_replaced(keeping: Keeping, ana: Account) -> None:
    inbox = now(ana.mailbox("INBOX"))
    now(inbox.append(keeping.content(mail()), [SEEN, "one"]))
    added = stored(inbox, [1], add=[FLAGGED, "ONE", "two"])
    assert added.flags == {SEEN, FLAGGED, "one", "two"}
    removed = stored(inbox, [1], remove=["\\SEEN", "two", "never seen"])
    assert removed.flags == {FLAGGED, "one"}
    replaced = stored(inbox, [1], add=[SEEN], replace=True)
    assert replaced.flags == {SEEN}
    assert now(inbox.message(1)) == replaced


def test_flags_that_stay_are_no_change(keeping: Keeping, ana: Account) -> None:
    inbox = now(ana.mailbox("INBOX"))
    message = now(inbox.append(keeping.content(mail()), [SEEN]))
    heard: list[Change] = []
    ana.watch(heard.append)
    assert now(inbox.store([1], add=[SEEN])) == Marked([1])
    assert now(inbox.message(1)) == message
    assert heard == []


def test_unchanged_since(keeping: Keeping, ana: Account) -> None:
    inbox = now(ana.mailbox("INBOX"))
    first = now(inbox.append(keeping.content(mail("1"))))
    second = now(inbox.append(keeping.content(mail("2"))))
    assert second.modseq > first.modseq
    changed = now(inbox.store([1, 2], add=[SEEN], unchanged_since=first.modseq))
    assert (changed.uids, changed.refused) == ([1], [2])
    assert now(inbox.message(2)) == second


@pytest.mark.parametrize("flag", ["\\Recent", "\\Other", "", "k" * 256])
def test_flags_there_are_not(keeping: Keeping, ana: Account, flag: str) -> None:
    inbox = now(ana.mailbox("INBOX"))
    with pytest.raises(NotPermitted):
        now(inbox.append(keeping.content(mail()), [flag]))
    now(inbox.append(keeping.content(mail())))
    with pytest.raises(NotPermitted):
        now(inbox.store([1], add=[flag]))
    assert now(inbox.status()).messages == 1


def test_keywords_run_out_and_are_used_again(keeping: Keeping, ana: Account) -> None:
    inbox = now(ana.mailbox("INBOX"))
    now(inbox.append(keeping.content(mail())))
    names = [f"k{n}" for n in range(KEYWORDS)]
    message = stored(inbox, [1], add=names)
    assert message.flags == set(names)
    with pytest.raises(TooMany):
        now(inbox.store([1], add=["more"]))
    now(inbox.store([1], remove=["k7"]))
    message = stored(inbox, [1], add=["more"])
    assert message.flags == {*names, "more"} - {"k7"}


def test_expunge_says_what_was_here(keeping: Keeping, ana: Account) -> None:
    inbox = now(ana.mailbox("INBOX"))
    for n in range(5):
        now(inbox.append(keeping.content(mail(str(n)))))
    assert now(inbox.expunge([9, 4, 2, 2])) == [2, 4]
    assert [m.uid for m in now(inbox.messages())] == [1, 3, 5]
    quota = now(ana.quota())
    assert (quota.messages, quota.octets) == (3, 3 * len(mail("0")))


def test_many_messages_at_once(keeping: Keeping, ana: Account) -> None:
    inbox = now(ana.mailbox("INBOX"))
    for _ in range(3):
        now(inbox.append(keeping.content(mail())))
    archive = now(ana.mailbox("Archive"))
    for _ in range(10):
        now(inbox.copy([m.uid for m in now(inbox.messages(limit=10_000))], inbox))
    uids = [m.uid for m in now(inbox.messages(limit=10_000))]
    assert len(uids) == 3072
    assert len(now(inbox.store(uids[::2], add=[SEEN])).uids) == 1536
    assert now(inbox.status()).unseen == 1536
    assert len(now(inbox.move(uids[:2000], archive))) == 2000
    assert now(archive.status()).messages == 2000
    assert now(inbox.expunge(uids)) == uids[2000:]
    assert now(inbox.status()).messages == 0


def test_a_copy_is_the_same_email_with_its_own_flags(
    keeping: Keeping, ana: Account
) -> None:
    inbox, sent = now(ana.mailbox("INBOX")), now(ana.mailbox("Sent"))
    now(sent.append(keeping.content(mail()), ["other"]))
    message = now(inbox.append(keeping.content(mail("x")), [SEEN, "$Work"], 77))
    assert now(inbox.copy([1], sent)) == [(1, 2)]
    copied = now(sent.message(2))
    assert (copied.id, copied.flags, copied.received) == (message.id, message.flags, 77)
    now(sent.store([2], add=[FLAGGED]))
    assert now(inbox.message(1)) == message
    now(inbox.expunge([1]))
    assert whole(now(sent.content(2))) == mail("x")


def test_a_move_keeps_the_email(keeping: Keeping, ana: Account) -> None:
    inbox, trash = now(ana.mailbox("INBOX")), now(ana.mailbox("Trash"))
    for n in range(3):
        now(inbox.append(keeping.content(mail(str(n))), ["$Work"]))
    message = now(inbox.message(2))
    assert now(inbox.move([3, 2, 8], trash)) == [(2, 1), (3, 2)]
    assert now(trash.message(1)).id == message.id
    assert now(trash.message(1)).flags == {"$Work"}
    assert [m.uid for m in now(inbox.messages())] == [1]
    assert now(inbox.move([1], inbox)) == [(1, 4)]


def test_another_accounts_mailbox_is_no_target(keeping: Keeping, ana: Account) -> None:
    keeping.deliver(mail())
    inbox = now(ana.mailbox("INBOX"))
    other = now(keeping.account(BOB).mailbox("INBOX"))
    for verb in (inbox.copy, inbox.move):
        with pytest.raises(NotFound):
            now(verb([1], other))


def test_nothing_comes_into_a_deleted_mailbox(keeping: Keeping, ana: Account) -> None:
    inbox, box = now(ana.mailbox("INBOX")), now(ana.create("box"))
    keeping.deliver(mail())
    now(ana.delete("box"))
    with pytest.raises(NotFound):
        now(box.status())
    with pytest.raises(NotFound):
        now(box.append(keeping.content(mail())))
    for verb in (inbox.copy, inbox.move):
        with pytest.raises(NotFound):
            now(verb([1], box))
    assert now(inbox.status()).messages == 1
    assert now(box.messages()) == []


def test_changes_since(keeping: Keeping, ana: Account) -> None:
    inbox = now(ana.mailbox("INBOX"))
    for n in range(4):
        now(inbox.append(keeping.content(mail(str(n)))))
    since = now(inbox.status()).highest_modseq
    assert now(inbox.changes(since)) == ((), ())
    flagged = stored(inbox, [2], add=[SEEN])
    now(inbox.expunge([1, 3]))
    now(inbox.move([4], now(ana.mailbox("Trash"))))
    assert now(inbox.changes(since)) == ([flagged], [1, 3, 4])
    assert now(inbox.changes(0)) == ([flagged], [1, 3, 4])
    assert now(inbox.changes(now(inbox.status()).highest_modseq)) == ((), ())


def test_every_change_has_its_modseq(keeping: Keeping, ana: Account) -> None:
    heard: list[Change] = []
    stop = ana.watch(heard.append)
    inbox, trash = now(ana.mailbox("INBOX")), now(ana.mailbox("Trash"))
    message = now(inbox.append(keeping.content(mail())))
    keeping.deliver(mail("two"))
    flagged = stored(inbox, [1], add=[SEEN])
    now(inbox.copy([1], trash))
    now(inbox.move([1], trash))
    now(trash.expunge([1, 2]))
    kinds = [Arrived, Arrived, Flagged, Arrived, Arrived, Vanished, Vanished]
    assert [type(change) for change in heard] == kinds
    assert heard[0] == Arrived(inbox.id, (message,), message.modseq)
    seen = frozenset((SEEN,))
    assert heard[2] == Flagged(inbox.id, [1], seen, frozenset(), False, flagged.modseq)
    modseqs = [change.modseq for change in heard]
    assert modseqs[4] == modseqs[5]
    del modseqs[5]
    assert modseqs == list(range(modseqs[0], modseqs[0] + 6))
    stop()
    stop()
    keeping.deliver(mail("three"))
    assert len(heard) == 7


def test_quota_to_the_octet(opening: Opening) -> None:
    size = len(mail())
    keeping = opening(quota=Limits(3 * size, None))
    ana = keeping.account()
    inbox = now(ana.mailbox("INBOX"))
    keeping.deliver(mail())
    now(inbox.append(keeping.content(mail())))
    now(inbox.copy([1], inbox))
    assert now(ana.quota()).octets == 3 * size
    for work in (
        inbox.append(keeping.content(mail())),
        inbox.copy([1], inbox),
    ):
        with pytest.raises(OverQuota):
            now(work)
    with pytest.raises(OverQuota):
        keeping.deliver(mail(), delivery_id="again")
    now(inbox.move([1], now(ana.mailbox("Trash"))))
    now(inbox.expunge([2]))
    keeping.deliver(mail(), delivery_id="again")
    now(keeping.store.set_quota(ANA, Limits(None, 4)))
    keeping.deliver(mail())
    with pytest.raises(OverQuota):
        keeping.deliver(mail())
    assert now(ana.quota()).messages_limit == 4


def test_a_large_message_finds_no_room_before_it_is_written(
    opening: Opening,
) -> None:
    keeping = opening(quota=Limits(2**20, None))
    inbox = now(keeping.account().mailbox("INBOX"))
    with pytest.raises(OverQuota):
        now(inbox.append(keeping.content(mail(size=2**20 + 1))))
    [shard] = keeping.shards
    assert shard.connection.execute("SELECT count(*) FROM content").get == 0


def test_many_are_read_at_once(keeping: Keeping, ana: Account) -> None:
    inbox = now(ana.mailbox("INBOX"))
    sizes = (0, CHUNK, 3 * CHUNK, 3 * CHUNK, 2 * CHUNK, 0)
    for number, size in enumerate(sizes):
        keeping.deliver(mail(str(number), size))
    for uids in ([], [3], [1, 2, 3, 4, 5, 6], [2, 5, 6, 99], range(2, 5)):
        there = [uid for uid in uids if uid < 99]
        octets = now(inbox.opened(uids))
        assert [uid for uid, _ in octets] == there
        for uid, opened in octets:
            assert whole(opened) == mail(str(uid - 1), sizes[uid - 1])
        known = now(inbox.projected(uids))
        assert known == [(uid, now(inbox.projections(uid))) for uid in there]
    ahead = [opened.first for _, opened in now(inbox.opened(range(1, 7)))]
    assert [first is not None for first in ahead] == [size <= AHEAD for size in sizes]


def test_an_index_comes_in_pieces(keeping: Keeping, ana: Account) -> None:
    inbox = now(ana.mailbox("INBOX"))
    for number in range(5):
        flags = [SEEN, f"k{number}"] if number % 2 else []
        now(inbox.append(keeping.content(mail()), flags))
    now(inbox.expunge([3]))
    first = now(inbox.index(limit=2))
    assert (list(first.uids), first.uids.itemsize) == ([1, 2], 4)
    rest = now(inbox.index(2, 100))
    assert [rest.sets[each] for each in rest.flags] == [{SEEN, "k3"}, frozenset()]
    assert list(rest.modseqs) == [m.modseq for m in now(inbox.messages(2))]
    assert not now(inbox.index(5)).uids


@pytest.mark.parametrize(
    "uids", [range(1, 11), [1, 3, 5], [2], [1, 2, 9, 10], [4, 99], [1, 5, 6, 7, 8, 9]]
)
@pytest.mark.parametrize(
    "wishes",
    [
        {"add": [SEEN]},
        {"remove": [SEEN]},
        {"add": [DELETED]},
        {"remove": [DELETED, SEEN]},
        {"add": [SEEN, "$Work"], "remove": [DELETED]},
        {"add": ["$Work"]},
        {"add": [FLAGGED], "replace": True},
        {"replace": True},
        {},
    ],
)
def test_flags_of_many_in_every_way(
    keeping: Keeping, ana: Account, uids: Sequence[int], wishes: dict[str, Any]
) -> None:
    """Ranges, lists, gaps; one flag and several; some that have it already."""
    inbox = now(ana.mailbox("INBOX"))
    for number in range(12):
        flags = [SEEN] * (number % 2) + [DELETED] * (number % 3 == 0)
        now(
            inbox.append(
                keeping.content(mail()), [*flags, "k"] if number > 5 else flags
            )
        )
    now(inbox.expunge([3, 11]))
    before = {m.uid: m for m in now(inbox.messages())}
    heard: list[Change] = []
    ana.watch(heard.append)
    done = now(inbox.store(uids, **wishes))
    after = {m.uid: m for m in now(inbox.messages())}
    assert list(done.uids) == [uid for uid in uids if uid in before]
    changed = [uid for uid in after if after[uid] != before[uid]]
    for uid, message in before.items():
        flags_ = set() if wishes.get("replace") else set(message.flags)
        if uid in uids:
            flags_ = (flags_ - set(wishes.get("remove", ()))) | set(
                wishes.get("add", ())
            )
            assert after[uid].flags == flags_
    if not changed:
        assert (heard, done.modseqs) == ([], ())
        return
    [flagged] = heard
    assert isinstance(flagged, Flagged)
    assert list(flagged.uids) == changed
    assert {after[uid].modseq for uid in changed} == {flagged.modseq}
    assert done.modseqs == (flagged.modseq,)
    for uid in changed:
        assert flagged.of(before[uid].flags) == after[uid].flags
