"""Open mailboxes: shared, loaded once, and small."""

from __future__ import annotations

from array import array
from collections.abc import Callable

import pytest
from imap.room import LOGIN, Peer, Room
from store.keeping import mail, now

from mailnode.errors import NotFound
from mailnode.imap import session
from mailnode.imap import view as view_
from mailnode.imap.grammar import Arguments
from mailnode.imap.selected import REMEMBERED, Selected
from mailnode.imap.view import SPARE, View
from mailnode.model.change import Arrived, Flagged
from mailnode.model.message import Message


async def at_once() -> None:
    """Nobody else is there."""


def opened(room: Room, *, read_only: bool = False) -> Selected:
    """INBOX, as somebody selects it who is told everything."""
    view = now(room.views.join(room.ana, room.mailbox(), at_once))
    selected = Selected(view, read_only=read_only)
    told(selected)
    return selected


def told(selected: Selected, *, expunges: bool = True) -> bytes:
    """All the news."""
    heard = b""
    while lines := selected.news(expunges=expunges, recent=False):
        heard += b"".join(lines)
    return heard


def fill(room: Room, count: int) -> None:
    """Put so many messages into INBOX."""
    room.keep(mail())
    inbox = room.mailbox()
    there = 1
    while there < count:
        there += len(now(inbox.copy(range(1, min(there, count - there) + 1), inbox)))


def test_sessions_share_what_is_open() -> None:
    with Room() as room:
        fill(room, 10)
        one, two = opened(room), opened(room)
        assert one.view is two.view
        room.views.leave(one.view, one)
        assert list(room.views.open.values()) == [two.view]
        room.views.leave(two.view, two)
        assert list(room.views.open.values()) == [two.view]
        assert opened(room).view is two.view


def test_a_message_costs_sixteen_octets() -> None:
    with Room() as room:
        fill(room, 1000)
        view = opened(room).view
        arrays = (view.uids, view.flags, view.modseqs)
        assert sum(each.itemsize for each in arrays) == 16
        assert len(view.palette.written) == 1


def test_a_copy_is_made_only_for_what_is_hidden() -> None:
    with Room() as room:
        fill(room, 5)
        selected = opened(room)
        assert selected.uids is selected.view.uids
        now(room.mailbox().expunge([2, 4]))
        assert told(selected, expunges=False) == b""
        assert list(selected.uids) == [1, 2, 3, 4, 5]
        assert told(selected) == b"* 4 EXPUNGE\r\n* 2 EXPUNGE\r\n"
        assert selected.uids is selected.view.uids


def test_a_message_that_comes_and_goes_is_never_told() -> None:
    with Room() as room:
        fill(room, 2)
        selected = opened(room)
        room.keep(mail("new"))
        now(room.mailbox().expunge([3]))
        assert told(selected) == b""


def test_changes_while_loading_are_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything happens between two pieces of the mailbox."""
    monkeypatch.setattr(view_, "LOADED", 500)
    with Room() as room:
        fill(room, 1200)
        inbox = room.mailbox()
        steps: list[Callable[[], object]] = [
            lambda: now(inbox.store([1, 700], add=["\\Flagged"])),
            lambda: now(inbox.expunge([2, 3, 800])),
            lambda: room.keep(mail("late")),
        ]

        async def meanwhile() -> None:
            if steps:
                steps.pop()()

        view = View(inbox)
        now(view.load(room.ana, meanwhile))
        assert steps == []
        messages = [m for at in range(0, 2000, 500) for m in now(inbox.messages(at))]
        there = {message.uid: message for message in messages}
        assert list(view.uids) == sorted(there)
        for uid in (1, 700, 1201):
            assert view.flags_of(uid) == {flag.lower() for flag in there[uid].flags}
            assert view.modseqs[view.at(uid)] == there[uid].modseq
        view.stop()


def test_two_who_open_at_the_same_time_share_in_the_end() -> None:
    with Room() as room:
        fill(room, 10)
        found: list[View] = []

        async def somebody_else() -> None:
            if not found:
                found.append(now(room.views.join(room.ana, room.mailbox(), at_once)))

        view = now(room.views.join(room.ana, room.mailbox(), somebody_else))
        assert view is found[0]
        assert len(room.keeping.store.shelves[0].changes.listeners[room.ana.id]) == 1


def test_a_deleted_mailbox_does_not_open() -> None:
    with Room() as room:
        mailbox = now(room.ana.create("Short"))
        now(room.ana.delete("Short"))
        with pytest.raises(NotFound):
            now(room.views.join(room.ana, mailbox, at_once))


def test_many_changed_flags_are_remembered_by_their_modseq() -> None:
    with Room() as room:
        fill(room, REMEMBERED + 100)
        selected = opened(room)
        now(room.mailbox().store(range(1, REMEMBERED + 101), add=["\\Seen"]))
        now(room.mailbox().store([1], add=["\\Flagged"]))
        assert selected.unsaid.count <= REMEMBERED
        assert told(selected).count(b" FETCH ") == REMEMBERED + 100
        assert told(selected) == b""


def test_sets_of_flags_that_nobody_bears_are_dropped() -> None:
    with Room() as room:
        fill(room, 2)
        selected = opened(room)
        view = selected.view
        for number in range(3 * SPARE):
            flags = frozenset((f"k{number}",))
            change = Flagged(1, [1], flags, frozenset(), True, 10**6 + number)
            view.flagged(change)
        assert len(view.palette.written) <= SPARE + 10
        assert selected.flag_list(1, recent=False) == b"FLAGS (k%d)" % (3 * SPARE - 1)
        assert selected.flag_list(2, recent=False) == b"FLAGS ()"


def test_news_of_other_mailboxes_is_not_ours() -> None:
    with Room() as room:
        fill(room, 2)
        selected = opened(room)
        message = Message(9, 9, 99, frozenset(), 1, 0)
        selected.view.changed(Arrived(room.mailbox("Archive").id, (message,), 99))
        assert told(selected) == b""


def test_sets_mean_what_they_say() -> None:
    with Room() as room:
        fill(room, 6)
        now(room.mailbox().expunge([2, 5]))
        selected = opened(room)
        for text, by_uid, uids in (
            (b"1:*", False, [1, 3, 4, 6]),
            (b"*:2", False, [3, 4, 6]),
            (b"4,1,4", False, [1, 6]),
            (b"2:5", True, [3, 4]),
            (b"*", True, [6]),
            (b"9:*", True, [6]),
            (b"7:9", True, []),
            (b"$", True, []),
        ):
            which = Arguments(text).sequence_set()
            assert list(selected.chosen(which, by_uid=by_uid)) == uids, text


def test_a_client_that_does_not_read_fills_no_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """News in IDLE ends at some point; it comes when IDLE does."""
    monkeypatch.setattr(session, "LISTENING", 50_000)
    with Room() as room:
        fill(room, 500)
        written: list[int] = []

        class Deaf(Peer):
            async def line(self, limit: int) -> bytes:
                if self.sent.startswith(b"DONE"):
                    before = self.octets
                    for number in range(6):
                        flag = f"f{number % 2}"
                        now(room.mailbox().store(range(1, 501), add=[flag]))
                        now(room.mailbox().store(range(1, 501), remove=[flag]))
                    written.append(self.octets - before)
                return await super().line(limit)

        peer = Deaf(LOGIN + b"b SELECT INBOX\r\nc IDLE\r\nDONE\r\nd NOOP\r\n")
        now(room.session(peer).run())
        assert 50_000 < written[0] < 80_000
        assert b"c OK idled" in peer.heard
        assert b"* 500 FETCH (UID 500 FLAGS ())" in peer.heard[-30_000:]


def test_mailboxes_stay_open_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_, "KEPT", 25)
    monkeypatch.setattr(view_, "KEPT_VIEWS", 2)
    with Room() as room:
        fill(room, 10)
        names = ("INBOX", "Archive", "Sent", "Trash")
        for name in names[1:]:
            now(room.mailbox().copy(range(1, 11), room.mailbox(name)))

        def visit(name: str) -> View:
            view = now(room.views.join(room.ana, room.mailbox(name), at_once))
            selected = Selected(view, read_only=False)
            room.views.leave(view, selected)
            return view

        first = visit("INBOX")
        assert visit("INBOX") is first
        visit("Archive")
        visit("INBOX")  # so that Archive is the one left longest ago
        visit("Sent")
        kept = [view.mailbox.name for view in room.views.open.values()]
        assert sorted(kept) == ["INBOX", "Sent"]
        assert list(room.views.left) == [
            room.views.keys[view] for view in (first, visit("Sent"))
        ]
        listeners = room.keeping.store.shelves[0].changes.listeners
        assert len(listeners[room.ana.id]) == 2
        monkeypatch.setattr(view_, "KEPT", 5)
        visit("Trash")
        assert room.views.open == {}
        assert room.ana.id not in listeners


def test_a_mailbox_that_is_left_goes_on_hearing() -> None:
    with Room() as room:
        fill(room, 3)
        first = opened(room)
        room.views.leave(first.view, first)
        now(room.mailbox().store([1, 2], add=["\\Seen"]))
        room.keep(mail("late"))
        now(room.mailbox().expunge([2]))
        again = opened(room)
        assert again.view is first.view
        assert list(again.view.uids) == [1, 3, 4]
        assert again.view.first_unseen() == 2
        assert again.view.edges.uidnext == 5
        assert list(again.recent) == [4]


def test_a_mailbox_that_was_deleted_does_not_stay() -> None:
    with Room() as room:
        now(room.ana.create("box"))
        view = now(room.views.join(room.ana, room.mailbox("box"), at_once))
        selected = Selected(view, read_only=False)
        now(room.ana.delete("box"))
        room.views.leave(view, selected)
        assert room.views.open == {}


def test_the_first_unseen_is_found_again() -> None:
    with Room() as room:
        fill(room, 6)
        inbox, view = room.mailbox(), opened(room).view
        now(inbox.store([1, 2, 3], add=["\\Seen"]))
        assert view.first_unseen() == 4
        now(inbox.store([2], remove=["\\Seen"]))
        assert view.first_unseen() == 2
        now(inbox.store(range(1, 7), add=["\\Seen"], replace=True))
        assert view.first_unseen() == 0
        now(inbox.store([5, 6], add=["\\Flagged"], replace=True))
        assert view.first_unseen() == 5
        now(inbox.expunge([1, 5]))
        assert view.first_unseen() == 4
        room.keep(mail("new"))
        now(inbox.store([6], add=["\\Seen"]))
        assert view.first_unseen() == 5


def test_columns_of_flags_and_numbers() -> None:
    """The client knows some that have gone, and asks for those between them."""
    with Room() as room:
        fill(room, 6)
        inbox, selected = room.mailbox(), opened(room)
        now(inbox.store([2, 3], add=["\\Seen"]))
        now(inbox.expunge([4]))
        for uids in ([1, 2, 3], [2, 3, 5], [3, 4, 5], [1, 6], [4], [6]):
            assert list(selected.numbers(uids)) == uids
            flags = [b"\\Seen" if uid in (2, 3) else b"" for uid in uids]
            assert list(selected.written(uids, recent=False)) == flags
        selected.recent = array("I", [3, 6])
        written = selected.written([2, 3, 5, 6], recent=True)
        assert list(written) == [b"\\Seen", b"\\Seen \\Recent", b"", b"\\Recent"]
