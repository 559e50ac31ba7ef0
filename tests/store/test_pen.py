"""What the pen of an account's mail promises: every verb, every error, and the news."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import pairwise
from typing import TypeVar

import apsw
import pytest
from store.keeping import ANA, BOB, START, Keeping, Opening, gathered, mail, now, whole
from zope.interface.verify import verifyObject

from mailnode.errors import (
    AlreadyExists,
    MailError,
    NoSpace,
    NotFound,
    NotPermitted,
    OverQuota,
    TooMany,
)
from mailnode.interfaces.mail import IMailPen, IStaged
from mailnode.model.change import Arrived, Change, Flagged, MailboxChanged, Vanished
from mailnode.model.mail import Counted, Email, Kind, MailboxWish, Role
from mailnode.model.message import CHUNK, DELETED, FLAGGED, SEEN
from mailnode.store import flags, naming
from mailnode.store import pen as pens
from mailnode.store.account import Account
from mailnode.store.content import LARGE
from mailnode.store.flags import KEYWORDS
from mailnode.store.pen import Pen
from mailnode.store.store import Limits
from mailnode.store.whole import catching

T = TypeVar("T")


def write(ana: Account, work: Callable[[IMailPen], T]) -> T:
    return now(ana.mail().write(work))


def box(ana: Account, name: str) -> int:
    """The id of a mailbox."""
    return now(ana.mailbox(name)).id


def boxes(ana: Account, *names: str) -> list[int]:
    return [box(ana, name) for name in names]


def staged(keeping: Keeping, ana: Account, text: str = "one", size: int = 0) -> IStaged:
    made: IStaged = now(ana.mail().stage(keeping.content(mail(text, size))))
    return made


def add(
    keeping: Keeping,
    ana: Account,
    *names: str,
    keywords: Collection[str] = (),
    text: str = "one",
) -> Email:
    """Put a message into some mailboxes, or INBOX."""
    ready = staged(keeping, ana, text)
    mailboxes = boxes(ana, *names or ("INBOX",))
    return write(ana, lambda pen: pen.add(ready, mailboxes, keywords))


def put(ana: Account, email: int, *names: str, keywords: Collection[str] = ()) -> None:
    mailboxes = boxes(ana, *names)
    write(ana, lambda pen: pen.put(email, mailboxes, keywords))


def email(ana: Account, number: int) -> Email:
    [found] = now(ana.mail().emails([number]))
    return found


def far_from(keeping: Keeping) -> int:
    """The id of a mailbox of somebody else, which none of ana's has."""
    bob = keeping.account(BOB)
    for n in range(30):
        now(bob.create(f"far {n}"))
    return box(bob, "far 29")


def held(ana: Account, name: str) -> list[tuple[int, int, set[str]]]:
    """The messages of a mailbox: UID, email and flags."""
    found = now(now(ana.mailbox(name)).messages())
    return [(each.uid, each.id, set(each.flags)) for each in found]


def counted(ana: Account, name: str) -> Counted:
    [found] = [each for each in now(ana.mail().mailboxes()) if each.name == name]
    return found


def listening(ana: Account) -> list[Change]:
    heard: list[Change] = []
    ana.watch(heard.append)
    return heard


def kinds(heard: list[Change]) -> list[str]:
    return [type(each).__name__ for each in heard]


def refused(
    ana: Account, error: type[MailError], work: Callable[[IMailPen], object]
) -> None:
    """A verb raises, and nothing is different then, even if others go on."""
    heard = listening(ana)
    shard = ana.shelf.database
    tables = ("message", "mailbox", "email", "content", "keyword", "subscription")
    queries = [f"SELECT * FROM {table}" for table in (*tables, "vanished", "account")]

    def attempt(pen: IMailPen) -> None:
        assert isinstance(pen, Pen)
        before = [list(pen.tx.execute(query)) for query in queries]
        with pytest.raises(error):
            work(pen)
        assert [list(pen.tx.execute(query)) for query in queries] == before
        assert pen.news == []

    write(ana, attempt)
    assert heard == []
    assert shard is ana.shelf.database


def test_keeps_its_contracts(keeping: Keeping, ana: Account) -> None:
    write(ana, lambda pen: verifyObject(IMailPen, pen))
    assert verifyObject(IStaged, staged(keeping, ana))


class TestAdd:
    def test_to_one_mailbox(self, keeping: Keeping, ana: Account) -> None:
        heard = listening(ana)
        made = add(keeping, ana, keywords=["$Seen", "$forwarded", "Mine"])
        assert made.mailboxes == {box(ana, "INBOX")}
        assert made.keywords == {"$seen", "$forwarded", "mine"}
        assert (made.received, made.size) == (START, len(mail("one")))
        assert made == email(ana, made.id)
        assert held(ana, "INBOX") == [(1, made.id, {SEEN, "$Forwarded", "mine"})]
        [arrived] = heard
        assert isinstance(arrived, Arrived)
        assert arrived.messages == tuple(now(now(ana.mailbox("INBOX")).messages()))

    def test_to_several(self, keeping: Keeping, ana: Account) -> None:
        heard = listening(ana)
        made = add(keeping, ana, "Sent", "INBOX", "Archive", keywords=["$flagged"])
        assert made.mailboxes == set(boxes(ana, "Sent", "INBOX", "Archive"))
        for name in ("Sent", "INBOX", "Archive"):
            assert held(ana, name) == [(1, made.id, {FLAGGED})]
        assert kinds(heard) == ["Arrived"] * 3
        assert now(ana.quota()).messages == 3

    @pytest.mark.parametrize("size", [0, CHUNK, LARGE + 1, 2 * LARGE])
    def test_octets(self, keeping: Keeping, ana: Account, size: int) -> None:
        ready = staged(keeping, ana, "big", size)
        inbox = box(ana, "INBOX")
        made = write(ana, lambda pen: pen.add(ready, [inbox], ()))
        opened = now(ana.mail().opened([made.id]))
        assert whole(opened[made.id]) == mail("big", size)
        assert now(ana.mail().holders([made.hash])) == {made.hash: [made.id]}

    def test_the_day_it_came(self, keeping: Keeping, ana: Account) -> None:
        ready, inbox = staged(keeping, ana), box(ana, "INBOX")
        made = write(ana, lambda pen: pen.add(ready, [inbox], (), 5))
        assert (made.received, email(ana, made.id).received) == (5, 5)

    def test_the_same_octets_twice(self, keeping: Keeping, ana: Account) -> None:
        one, two = add(keeping, ana), add(keeping, ana)
        assert one.id != two.id
        assert one.hash == two.hash
        assert now(ana.mail().holders([one.hash, bytes(32)])) == {
            one.hash: [one.id, two.id],
            bytes(32): [],
        }

    def test_refused(self, keeping: Keeping, ana: Account) -> None:
        far = far_from(keeping)
        ready, inbox = staged(keeping, ana), box(ana, "INBOX")
        his = staged(keeping, keeping.account(BOB))
        now(ana.create("gone"))
        gone = box(ana, "gone")
        now(ana.delete("gone"))
        for mailboxes in ([far], [inbox, gone], [0], [inbox, -1]):
            refused(ana, NotFound, lambda pen, m=mailboxes: pen.add(ready, m, ()))  # type: ignore[misc]  # bound now
        refused(ana, NotPermitted, lambda pen: pen.add(ready, [], ()))
        refused(ana, NotFound, lambda pen: pen.add(his, [inbox], ()))
        for keyword in ("", "a b", "\\Seen", "\\deleted", "é", "x" * 256, "a]", "\0"):
            refused(
                ana,
                NotPermitted,
                lambda pen, k=keyword: pen.add(ready, [inbox], ["a", k]),  # type: ignore[misc]  # bound now
            )

    def test_no_room(self, opening: Opening) -> None:
        keeping = opening(quota=Limits(None, 2))
        ana = keeping.account()
        ready = staged(keeping, ana)
        three = boxes(ana, "INBOX", "Sent", "Trash")
        refused(ana, OverQuota, lambda pen: pen.add(ready, three, ["new"]))
        add(keeping, ana, "INBOX", "Sent")
        with pytest.raises(OverQuota):
            staged(keeping, ana)
        keeping.store.reserve.least = 2**62
        keeping.clock.moment += 10_000
        with pytest.raises(NoSpace):
            staged(keeping, ana)

    def test_too_many_keywords(self, keeping: Keeping, ana: Account) -> None:
        full = [f"k{n}" for n in range(KEYWORDS)]
        add(keeping, ana, "Sent", keywords=full)
        ready = staged(keeping, ana)
        both = boxes(ana, "INBOX", "Sent")
        refused(ana, TooMany, lambda pen: pen.add(ready, both, ["one more"[:3] + "!"]))


class TestPut:
    def test_keywords_of_all(self, keeping: Keeping, ana: Account) -> None:
        made = add(keeping, ana, "INBOX", "Sent", keywords=["old"])
        now(now(ana.mailbox("Sent")).store([1], add=[SEEN]))
        heard = listening(ana)
        put(ana, made.id, "INBOX", "Sent", keywords=["$seen", "new"])
        assert held(ana, "INBOX") == held(ana, "Sent") == [(1, made.id, {SEEN, "new"})]
        assert kinds(heard) == ["Flagged", "Flagged"]
        assert email(ana, made.id).keywords == {"$seen", "new"}
        heard.clear()
        put(ana, made.id, "Sent", "INBOX", keywords=["NEW", "$seen"])
        assert heard == []
        now(now(ana.mailbox("Sent")).store([1], add=[FLAGGED]))
        heard.clear()
        put(ana, made.id, "Sent", "INBOX", keywords=["new", "$seen"])
        [flagged] = heard
        assert isinstance(flagged, Flagged)
        assert (flagged.mailbox, list(flagged.uids)) == (box(ana, "Sent"), [1])
        assert flagged.of(frozenset({SEEN, "new", FLAGGED})) == {SEEN, "new"}

    def test_a_keyword_is_spelt_as_its_mailbox_does(
        self, keeping: Keeping, ana: Account
    ) -> None:
        keeping.deliver(mail("1"))
        now(now(ana.mailbox("INBOX")).store([1], add=["$FORWARDED", "Work"]))
        made = add(keeping, ana, keywords=["$forwarded", "work"])
        assert held(ana, "INBOX")[1] == (2, made.id, {"$FORWARDED", "Work"})
        put(ana, made.id, "INBOX", "Sent", keywords=["$forwarded", "work"])
        assert held(ana, "Sent") == [(1, made.id, {"$FORWARDED", "Work"})]

    def test_one_more_mailbox(self, keeping: Keeping, ana: Account) -> None:
        add(keeping, ana, text="before")
        made = add(keeping, ana, keywords=["$flagged"])
        heard = listening(ana)
        put(ana, made.id, "INBOX", "Sent", keywords=["$flagged"])
        assert held(ana, "INBOX")[1] == (2, made.id, {FLAGGED})
        assert held(ana, "Sent") == [(1, made.id, {FLAGGED})]
        [arrived] = heard
        assert isinstance(arrived, Arrived)
        assert arrived.mailbox == box(ana, "Sent")
        assert email(ana, made.id).mailboxes == set(boxes(ana, "INBOX", "Sent"))

    def test_elsewhere(self, keeping: Keeping, ana: Account) -> None:
        made = add(keeping, ana, "INBOX", keywords=["$flagged", "mine"])
        heard = listening(ana)
        put(ana, made.id, "Trash", keywords=["$flagged", "mine"])
        assert (held(ana, "INBOX"), len(held(ana, "Trash"))) == ([], 1)
        assert [(type(each), each.mailbox) for each in heard] == [  # type: ignore[union-attr]  # of mail
            (Arrived, box(ana, "Trash")),
            (Vanished, box(ana, "INBOX")),
        ]
        found = email(ana, made.id)
        assert (found.thread, found.received) == (made.thread, made.received)
        assert found.keywords == {"$flagged", "mine"}
        assert now(ana.quota()).messages == 1

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("INBOX", "Sent Trash"),
            ("INBOX Sent", "Trash"),
            ("INBOX Sent", "Trash Junk Archive"),
            ("INBOX Sent Trash", "Junk Archive"),
            ("INBOX Sent", "INBOX Trash Junk"),
            ("INBOX Sent Trash", "Sent Junk"),
            ("INBOX Sent Trash", "Sent"),
            ("Sent", "Sent"),
        ],
    )
    def test_anywhere(
        self, keeping: Keeping, ana: Account, before: str, after: str
    ) -> None:
        made = add(keeping, ana, *before.split(), keywords=["a", "$seen"])
        heard = listening(ana)
        put(ana, made.id, *after.split(), keywords=["a", "$seen"])
        found = email(ana, made.id)
        assert found.mailboxes == set(boxes(ana, *after.split()))
        assert found.keywords == {"a", "$seen"}
        assert now(ana.quota()).messages == len(after.split())
        came = [each.mailbox for each in heard if isinstance(each, Arrived)]
        went = [each.mailbox for each in heard if isinstance(each, Vanished)]
        assert len(came) + len(went) == len(heard)
        there, then = set(boxes(ana, *before.split())), set(found.mailboxes)
        assert (set(came), set(went)) == (then - there, there - then)
        assert (len(came), len(went)) == (len(set(came)), len(set(went)))

    def test_at_the_limit_it_may_move(self, opening: Opening) -> None:
        keeping = opening(quota=Limits(None, 2))
        ana = keeping.account()
        made = add(keeping, ana, "INBOX", "Sent")
        put(ana, made.id, "Trash", "Junk")
        three = boxes(ana, "Trash", "Junk", "Sent")
        refused(ana, OverQuota, lambda pen: pen.put(made.id, three, ["x"]))
        assert email(ana, made.id).mailboxes == set(three[:2])

    def test_twice_in_a_mailbox(self, keeping: Keeping, ana: Account) -> None:
        made = add(keeping, ana)
        inbox = now(ana.mailbox("INBOX"))
        now(inbox.copy([1], inbox))
        put(ana, made.id, "INBOX", keywords=["$seen"])
        assert held(ana, "INBOX") == [(1, made.id, {SEEN}), (2, made.id, {SEEN})]
        heard = listening(ana)
        put(ana, made.id, "Sent", keywords=["$seen"])
        assert (held(ana, "INBOX"), len(held(ana, "Sent"))) == ([], 1)
        gone = [each.uids for each in heard if isinstance(each, Vanished)]
        assert gone == [(1,), (2,)]

    def test_deleted_messages_are_left_alone(
        self, keeping: Keeping, ana: Account
    ) -> None:
        made = add(keeping, ana, "INBOX", "Sent", keywords=["old"])
        now(now(ana.mailbox("Sent")).store([1], add=[DELETED]))
        assert email(ana, made.id).mailboxes == {box(ana, "INBOX")}
        put(ana, made.id, "Trash", keywords=["new"])
        assert held(ana, "Sent") == [(1, made.id, {DELETED, "old"})]
        put(ana, made.id, "Sent", keywords=["new"])
        assert held(ana, "Sent") == [
            (1, made.id, {DELETED, "old"}),
            (2, made.id, {"new"}),
        ]
        assert now(now(ana.mailbox("Sent")).expunge([1])) == [1]
        assert email(ana, made.id).mailboxes == {box(ana, "Sent")}

    def test_what_is_deleted_is_not_there(self, keeping: Keeping, ana: Account) -> None:
        made = add(keeping, ana)
        [inbox] = boxes(ana, "INBOX")
        now(now(ana.mailbox("INBOX")).store([1], add=[DELETED]))
        refused(ana, NotFound, lambda pen: pen.put(made.id, [inbox], ()))
        refused(ana, NotFound, lambda pen: pen.destroy(made.id))
        refused(ana, NotFound, lambda pen: pen.email(made.id))
        now(now(ana.mailbox("INBOX")).store([1], remove=[DELETED]))
        put(ana, made.id, "INBOX", keywords=["$seen"])
        assert held(ana, "INBOX") == [(1, made.id, {SEEN})]

    def test_refused(self, keeping: Keeping, ana: Account) -> None:
        bob = keeping.account(BOB)
        for _ in range(9):
            his = add(keeping, bob).id
        made = add(keeping, ana, "INBOX", "Sent").id
        inbox, sent = boxes(ana, "INBOX", "Sent")
        for number in (0, -1, his, inbox, 999_999):
            refused(ana, NotFound, lambda pen, n=number: pen.put(n, [inbox], ()))  # type: ignore[misc]  # bound now
        refused(ana, NotFound, lambda pen: pen.put(made, [inbox, 999], ["new"]))
        refused(ana, NotPermitted, lambda pen: pen.put(made, [], ()))
        refused(ana, NotPermitted, lambda pen: pen.put(made, [sent], ["*"]))
        full = [f"k{n}" for n in range(KEYWORDS)]
        add(keeping, ana, "Trash", keywords=full)
        trash = box(ana, "Trash")
        refused(ana, TooMany, lambda pen: pen.put(made, [trash, sent], ["new"]))
        assert email(ana, made).mailboxes == {inbox, sent}


class TestDestroy:
    def test_everywhere(self, keeping: Keeping, ana: Account) -> None:
        made = add(keeping, ana, "INBOX", "Sent", "Trash")
        stays = add(keeping, ana, "INBOX", text="stays")
        now(now(ana.mailbox("Sent")).store([1], add=[DELETED]))
        heard = listening(ana)
        write(ana, lambda pen: pen.destroy(made.id))
        assert now(ana.mail().emails([made.id, stays.id])) == [email(ana, stays.id)]
        assert (held(ana, "Sent"), held(ana, "Trash")) == ([], [])
        assert kinds(heard) == ["Vanished"] * 3
        assert now(ana.quota()).messages == 1
        refused(ana, NotFound, lambda pen: pen.destroy(made.id))

    def test_the_octets_stay_for_an_hour(self, keeping: Keeping, ana: Account) -> None:
        """RFC 8620, 6: not deleted during the call that removed the last reference."""
        made = add(keeping, ana)
        write(ana, lambda pen: pen.destroy(made.id))
        assert whole(now(ana.mail().blob(made.hash))) == mail("one")


class TestCreateMailbox:
    def test_a_mailbox(self, ana: Account) -> None:
        heard = listening(ana)
        wish = MailboxWish("Lists", order=7, subscribed=True)
        made = write(ana, lambda pen: pen.create_mailbox(wish))
        assert made == counted(ana, "Lists")
        assert made == Counted(made.id, "Lists", None, 7, True, 0, 0, 0, 0)
        assert [
            each.news.value for each in heard if isinstance(each, MailboxChanged)
        ] == [
            "created",
            "subscribed",
        ]

    def test_below_another(self, ana: Account) -> None:
        def work(pen: IMailPen) -> None:
            above = pen.create_mailbox(MailboxWish("a"))
            below = pen.create_mailbox(MailboxWish("b", above.id))
            assert below.name == "a/b"
            assert [each.name for each in pen.mailboxes()][-2:] == ["a", "a/b"]

        write(ana, work)

    def test_with_a_role(self, ana: Account) -> None:
        trash = box(ana, "Trash")
        refused(
            ana,
            AlreadyExists,
            lambda pen: pen.create_mailbox(MailboxWish("Bin", role=Role.TRASH)),
        )

        def work(pen: IMailPen) -> Counted:
            pen.destroy_mailbox(trash)
            return pen.create_mailbox(MailboxWish("Bin", role=Role.TRASH))

        assert write(ana, work) == counted(ana, "Bin")
        assert counted(ana, "Bin").role is Role.TRASH

    def test_an_old_subscription_does_not_count(self, ana: Account) -> None:
        now(ana.subscribe("Old"))
        made = write(ana, lambda pen: pen.create_mailbox(MailboxWish("Old")))
        assert not made.subscribed
        assert made == counted(ana, "Old")

    def test_refused(
        self, keeping: Keeping, ana: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        far = far_from(keeping)
        sent = box(ana, "Sent")
        for wish, error in (
            (MailboxWish("a", far), NotFound),
            (MailboxWish("a", 0), NotFound),
            (MailboxWish("Sent"), AlreadyExists),
            (MailboxWish("inbox"), AlreadyExists),
            (MailboxWish("a", role=Role.INBOX), AlreadyExists),
            (MailboxWish("a", role=Role.SENT), AlreadyExists),
            (MailboxWish(""), NotPermitted),
            (MailboxWish("a/b"), NotPermitted),
            (MailboxWish("a*"), NotPermitted),
            (MailboxWish("x" * 1000, sent), NotPermitted),
        ):
            refused(ana, error, lambda pen, w=wish: pen.create_mailbox(w))  # type: ignore[misc]  # bound now
        monkeypatch.setattr(naming, "MAILBOXES", 6)
        refused(ana, TooMany, lambda pen: pen.create_mailbox(MailboxWish("a")))
        monkeypatch.setattr(naming, "MAILBOXES", 7)
        monkeypatch.setattr(naming, "SUBSCRIPTIONS", 6)
        wish = MailboxWish("a", subscribed=True)
        refused(ana, TooMany, lambda pen: pen.create_mailbox(wish))


class TestChangeMailbox:
    def change(self, ana: Account, number: int, wish: MailboxWish) -> None:
        write(ana, lambda pen: pen.change_mailbox(number, wish))

    def test_its_name(self, keeping: Keeping, ana: Account) -> None:
        now(ana.create("a/b"))
        now(ana.subscribe("a"))
        now(ana.subscribe("a/b"))
        made = add(keeping, ana, "a/b")
        number = box(ana, "a")
        heard = listening(ana)
        self.change(ana, number, MailboxWish("c", box(ana, "Sent"), subscribed=True))
        assert counted(ana, "Sent/c").id == number
        assert counted(ana, "Sent/c/b").subscribed
        assert email(ana, made.id).mailboxes == {box(ana, "Sent/c/b")}
        assert [
            (each.news.value, each.name, each.before)
            for each in heard
            if isinstance(each, MailboxChanged)
        ] == [("renamed", "Sent/c", "a"), ("renamed", "Sent/c/b", "a/b")]

    def test_all_but_its_name(self, ana: Account) -> None:
        number = box(ana, "Archive")
        before = now(ana.mail().state(Kind.MAILBOX))
        heard = listening(ana)
        self.change(
            ana, number, MailboxWish("Archive", role=Role.ARCHIVE, subscribed=True)
        )
        assert (heard, now(ana.mail().state(Kind.MAILBOX))) == ([], before)
        self.change(ana, number, MailboxWish("Archive", order=3))
        found = counted(ana, "Archive")
        assert (found.role, found.order, found.subscribed) == (None, 3, False)
        assert [
            each.news.value for each in heard if isinstance(each, MailboxChanged)
        ] == [
            "arranged",
            "unsubscribed",
        ]
        told = now(ana.mail().changed(Kind.MAILBOX, before, 10))
        assert (list(told.updated), told.counts_only) == ([number], False)

    def test_a_role_goes_to_another(self, ana: Account) -> None:
        junk, trash = boxes(ana, "Junk", "Trash")

        def work(pen: IMailPen) -> None:
            pen.change_mailbox(trash, MailboxWish("Trash"))
            pen.change_mailbox(junk, MailboxWish("Junk", role=Role.TRASH))

        write(ana, work)
        roles = [counted(ana, "Junk").role, counted(ana, "Trash").role]
        assert roles == [Role.TRASH, None]

    def test_inbox(self, keeping: Keeping, ana: Account) -> None:
        add(keeping, ana)
        inbox = box(ana, "INBOX")
        self.change(ana, inbox, MailboxWish("inbox", role=Role.INBOX, order=9))
        found = counted(ana, "INBOX")
        assert (found.order, found.subscribed, found.emails) == (9, False, 1)
        for wish in (
            MailboxWish("other", role=Role.INBOX),
            MailboxWish("INBOX", box(ana, "Sent"), role=Role.INBOX),
            MailboxWish("INBOX"),
            MailboxWish("INBOX", role=Role.TRASH),
        ):
            refused(ana, NotPermitted, lambda pen, w=wish: pen.change_mailbox(inbox, w))  # type: ignore[misc]  # bound now

    def test_one_whose_parent_is_gone(self, ana: Account) -> None:
        now(ana.create("a/b"))
        now(ana.delete("a"))
        number = box(ana, "a/b")
        self.change(ana, number, MailboxWish("a/b", order=2))
        assert counted(ana, "a/b").order == 2
        refused(
            ana,
            NotPermitted,
            lambda pen: pen.change_mailbox(number, MailboxWish("a/c")),
        )
        self.change(ana, number, MailboxWish("c"))
        assert counted(ana, "c").id == number

    def test_refused(self, keeping: Keeping, ana: Account) -> None:
        far = far_from(keeping)
        for name in ("a/b", "c/b"):
            now(ana.create(name))
        a, b, sent = boxes(ana, "a", "a/b", "Sent")
        for number, wish, error in (
            (0, MailboxWish("x"), NotFound),
            (far, MailboxWish("x"), NotFound),
            (a, MailboxWish("x", far), NotFound),
            (a, MailboxWish("Sent"), AlreadyExists),
            (a, MailboxWish("Inbox"), AlreadyExists),
            (b, MailboxWish("b", box(ana, "c")), AlreadyExists),
            (a, MailboxWish("a", role=Role.SENT), AlreadyExists),
            (a, MailboxWish("new", sent, role=Role.SENT), AlreadyExists),
            (a, MailboxWish("new", role=Role.INBOX), AlreadyExists),
            (a, MailboxWish("x", a), NotPermitted),
            (a, MailboxWish("b", a), NotPermitted),
            (a, MailboxWish("x", b), NotPermitted),
            (a, MailboxWish("x/y"), NotPermitted),
            (a, MailboxWish("x" * 999), NotPermitted),
        ):
            refused(ana, error, lambda pen, n=number, w=wish: pen.change_mailbox(n, w))  # type: ignore[misc]  # bound now


class TestDestroyMailbox:
    def test_with_what_is_in_it(self, keeping: Keeping, ana: Account) -> None:
        now(ana.create("box"))
        both = add(keeping, ana, "box", "INBOX")
        only = add(keeping, ana, "box", text="only")
        number = box(ana, "box")
        heard = listening(ana)

        def work(pen: IMailPen) -> None:
            pen.destroy_mailbox(number)
            assert pen.email(both.id).mailboxes == {inbox}
            with pytest.raises(NotFound):
                pen.email(only.id)
            with pytest.raises(NotFound):
                pen.put(only.id, [inbox], ())
            pen.put(both.id, [inbox], ["$seen"])
            assert "box" not in [each.name for each in pen.mailboxes()]

        inbox = box(ana, "INBOX")
        write(ana, work)
        assert kinds(heard) == ["MailboxChanged", "Flagged"]
        assert [each.id for each in now(ana.mail().emails([both.id, only.id]))] == [
            both.id
        ]
        [shard] = keeping.shards
        for table in ("message", "mailbox"):
            column = "id" if table == "mailbox" else "mailbox"
            query = f"SELECT count(*) FROM {table} WHERE {column} = ?"
            assert shard.connection.execute(query, (number,)).get == 0
        assert now(ana.quota()).messages == 1

    def test_a_large_one_keeps_nobody_waiting(
        self, keeping: Keeping, ana: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What others make of its threads may come later, in later states."""
        monkeypatch.setattr(catching, "STEP", 2)
        monkeypatch.setattr(pens, "STEPS", 3)
        now(ana.create("box"))
        both = add(keeping, ana, "box", "INBOX")
        for n in range(40):
            only = add(keeping, ana, "box", text=str(n))
        number, inbox = box(ana, "box"), box(ana, "INBOX")
        known = {kind: now(ana.mail().state(kind)) for kind in Kind}
        steps = 0
        catch_up = catching.catch_up

        def counted_step(tx: apsw.Connection, *values: int) -> bool:
            nonlocal steps
            steps += 1
            return catch_up(tx, *values)

        def work(pen: IMailPen) -> dict[Kind, int]:
            monkeypatch.setattr(catching, "catch_up", counted_step)
            pen.destroy_mailbox(number)
            named = {each.id: each.emails for each in pen.mailboxes()}
            assert named[inbox] == 1
            assert number not in named
            told = {kind: pen.state(kind) for kind in Kind}
            monkeypatch.setattr(catching, "catch_up", catch_up)
            return told

        told = write(ana, work)
        assert steps <= 4 * 3
        mailboxes = now(ana.mail().changed(Kind.MAILBOX, known[Kind.MAILBOX], 100))
        assert list(mailboxes.destroyed) == [number]
        early = now(ana.mail().changed(Kind.EMAIL, known[Kind.EMAIL], 100)).destroyed
        late = now(ana.mail().changed(Kind.EMAIL, told[Kind.EMAIL], 100)).destroyed
        assert 0 < len(late) < len(early) == 40
        assert email(ana, both.id).mailboxes == {inbox}
        assert now(ana.mail().emails([only.id])) == []

    def test_an_email_is_right_even_then(
        self, keeping: Keeping, ana: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(catching, "STEP", 2)
        monkeypatch.setattr(pens, "STEPS", 1)
        now(ana.create("box"))
        made = [add(keeping, ana, "box", "INBOX", text=str(n)) for n in range(9)]
        number, inbox = box(ana, "box"), box(ana, "INBOX")

        def work(pen: IMailPen) -> None:
            pen.destroy_mailbox(number)
            pen.state(Kind.EMAIL)
            for each in reversed(made):
                assert pen.email(each.id).mailboxes == {inbox}

        write(ana, work)

    def test_refused(self, keeping: Keeping, ana: Account) -> None:
        now(ana.create("a/b/c"))
        now(ana.create("ab"))
        now(ana.delete("a/b"))
        inbox, a, below = boxes(ana, "INBOX", "a", "a/b/c")
        refused(ana, NotPermitted, lambda pen: pen.destroy_mailbox(inbox))
        refused(ana, NotPermitted, lambda pen: pen.destroy_mailbox(a))
        refused(ana, NotFound, lambda pen: pen.destroy_mailbox(0))

        def work(pen: IMailPen) -> None:
            for number in (below, a):
                pen.destroy_mailbox(number)

        write(ana, work)
        refused(ana, NotFound, lambda pen: pen.destroy_mailbox(a))


class TestTogether:
    def test_states_are_exact(self, keeping: Keeping, ana: Account) -> None:
        ready, inbox = staged(keeping, ana), box(ana, "INBOX")
        keeping.deliver(mail("before"))
        states = []

        def work(pen: IMailPen) -> None:
            states.append([pen.state(kind) for kind in Kind])
            made = pen.add(ready, [inbox], ())
            states.append([pen.state(kind) for kind in Kind])
            pen.put(made.id, [inbox], ["$seen"])
            states.append([pen.state(kind) for kind in Kind])

        write(ana, work)
        states.append([now(ana.mail().state(kind)) for kind in Kind])
        assert states[2] == states[3]
        for before, after in pairwise(states[:3]):
            assert before[0] < after[0]  # unread
            assert before[2] < after[2]
        [told] = now(ana.mail().changed(Kind.EMAIL, states[0][2], 10)).created
        assert email(ana, told).keywords == {"$seen"}

    def test_what_raises_changes_nothing(self, keeping: Keeping, ana: Account) -> None:
        ready, inbox = staged(keeping, ana), box(ana, "INBOX")
        heard = listening(ana)

        def work(pen: IMailPen) -> None:
            pen.add(ready, [inbox], ["new"])
            pen.create_mailbox(MailboxWish("new"))
            raise NotPermitted("after all")

        with pytest.raises(NotPermitted):
            write(ana, work)
        assert (heard, held(ana, "INBOX")) == ([], [])
        assert "new" not in [each.name for each in now(ana.mailboxes())]

    def test_a_verb_that_fails_leaves_the_others(
        self, keeping: Keeping, ana: Account
    ) -> None:
        inbox, sent = boxes(ana, "INBOX", "Sent")
        full = [f"k{n}" for n in range(KEYWORDS)]
        add(keeping, ana, "Sent", keywords=full)
        ready = staged(keeping, ana)
        heard = listening(ana)

        def work(pen: IMailPen) -> int:
            made = pen.add(ready, [inbox], ["a"])
            with pytest.raises(TooMany):
                pen.put(made.id, [inbox, sent], ["b"])
            assert pen.email(made.id) == made
            pen.put(made.id, [inbox], ["c"])
            assert pen.email(made.id).keywords == {"c"}
            return made.id

        number = write(ana, work)
        assert kinds(heard) == ["Arrived", "Flagged"]
        assert held(ana, "INBOX") == [(1, number, {"c"})]

    def test_work_that_is_done_again(self, keeping: Keeping, ana: Account) -> None:
        """The transaction is undone once, and then it is kept."""
        ready, inbox = staged(keeping, ana, "big", LARGE + 1), box(ana, "INBOX")
        heard = listening(ana)
        made: list[int] = []

        def work(pen: IMailPen) -> None:
            made.append(pen.add(ready, [inbox], ["k"]).id)
            if len(made) == 1:
                raise NotFound("not yet")

        with pytest.raises(NotFound):
            write(ana, work)
        write(ana, work)
        assert held(ana, "INBOX") == [(1, made[1], {"k"})]
        assert kinds(heard) == ["Arrived"]

    def test_an_account_that_is_gone(self, keeping: Keeping, ana: Account) -> None:
        now(keeping.store.remove_account(ANA))
        with pytest.raises(NotFound):
            write(ana, lambda pen: pen.mailboxes())
        with pytest.raises(NotFound):
            now(ana.mail().stage(keeping.content(mail())))

    def test_a_stranger_is_not_staged(self, keeping: Keeping, ana: Account) -> None:
        inbox = box(ana, "INBOX")
        refused(ana, NotFound, lambda pen: pen.add(Strange(keeping), [inbox], ()))  # type: ignore[arg-type]  # on purpose

    def test_flags_have_all_their_bits(self) -> None:
        assert flags.KEYWORDS == KEYWORDS


class Strange:
    """Looks like something that is staged."""

    def __init__(self, keeping: Keeping) -> None:
        self.content = gathered(keeping.store.spool(), mail())
