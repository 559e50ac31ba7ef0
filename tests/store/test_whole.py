"""The mail of an account as a whole follows its mailboxes (RFC 8621)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from store.keeping import ANA, START, Keeping, mail, now, whole
from twisted.internet.task import Clock

from mailnode.errors import NotFound, NotPermitted
from mailnode.model.mail import By, Kind, Order, Question, Role
from mailnode.model.message import DELETED, FLAGGED, SEEN
from mailnode.model.numbers import NumberSet
from mailnode.query import (
    ALL,
    Attached,
    Body,
    Every,
    Flagged,
    Header,
    InThread,
    Keyword,
    Larger,
    Modified,
    Not,
    Outside,
    Query,
    Received,
    Sent,
    Smaller,
    Some,
    Text,
    Uids,
    Within,
)
from mailnode.store.account import Account
from mailnode.store.clerk import DELAY, Clerk
from mailnode.store.janitor import VANISHED_AGE, Janitor
from mailnode.store.mailbox import Mailbox
from mailnode.store.whole import catching, current, finding, gathering, threads
from mailnode.store.whole.mail import Mail
from mailnode.store.whole.remembering import ANSWERS, LIFE


def letter(
    id_: str = "", refers: str = "", subject: str = "one", text: str = "text"
) -> bytes:
    """A message that belongs to others."""
    return (
        f"Message-ID: <{id_}@x>\r\nReferences: {refers}\r\nFrom: Bob <bob@x>\r\n"
        f"To: {ANA}\r\nSubject: {subject}\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
        f"\r\n{text}\r\n"
    ).encode()


@pytest.fixture
def inbox(ana: Account) -> Mailbox:
    return now(ana.mailbox("INBOX"))


@pytest.fixture
def all_(ana: Account) -> Mail:
    return Mail(ana.shelf, ana.id)


def ids(keeping: Keeping) -> list[int]:
    """All emails, in the order in which they came."""
    tx = keeping.shards[0].connection
    return [id_ for (id_,) in tx.execute("SELECT id FROM email ORDER BY id")]


def found(
    all_: Mail, asked: Query, *orders: Order, collapse: bool = False
) -> list[int]:
    """The answer to a question."""
    answer = now(all_.find(Question(asked, orders, collapse)))
    return list(now(answer.window(0, 1000)))


def count(keeping: Keeping, table: str) -> int:
    query = f"SELECT count(*) FROM {table}"
    return int(keeping.shards[0].connection.execute(query).get)


def test_a_new_account_has_its_mailboxes(all_: Mail) -> None:
    mailboxes = now(all_.mailboxes())
    assert [(each.name, each.role) for each in mailboxes] == [
        ("INBOX", Role.INBOX),
        ("Archive", Role.ARCHIVE),
        ("Drafts", Role.DRAFTS),
        ("Junk", Role.JUNK),
        ("Sent", Role.SENT),
        ("Trash", Role.TRASH),
    ]
    assert now(all_.mailboxes([mailboxes[2].id, 999])) == [mailboxes[2]]
    assert now(all_.emails([1, 2])) == []


def test_an_email_in_two_mailboxes(keeping: Keeping, ana: Account, all_: Mail) -> None:
    """RFC 8621, 4.1.1: it is seen if all are, and else what one of them is."""
    keeping.deliver(letter("a"))
    inbox, sent = now(ana.mailbox("INBOX")), now(ana.mailbox("Sent"))
    now(inbox.store([1], [SEEN, "$Work"]))
    now(inbox.copy([1], sent))
    now(inbox.copy([1], inbox))
    now(sent.store([1], [FLAGGED], [SEEN]))
    [email] = now(all_.emails(ids(keeping)))
    assert email.mailboxes == {inbox.id, sent.id}
    assert email.keywords == {"$work", "$flagged"}
    counted = {each.name: each for each in now(all_.mailboxes())}
    assert (counted["INBOX"].emails, counted["Sent"].unread) == (1, 1)
    now(sent.store([1], [DELETED]))
    [email] = now(all_.emails(ids(keeping)))
    assert email.mailboxes == {inbox.id}
    assert email.keywords == {"$seen", "$work"}


def test_what_is_deleted_is_gone_and_comes_back(
    keeping: Keeping, inbox: Mailbox, all_: Mail
) -> None:
    keeping.deliver(letter("a"))
    before = now(all_.state(Kind.EMAIL))
    now(inbox.store([1], [DELETED]))
    gone = now(all_.changed(Kind.EMAIL, before, 9))
    [email] = ids(keeping)
    assert (gone.created, gone.updated, gone.destroyed) == ([], [], [email])
    assert not now(all_.emails([email]))
    assert not now(all_.threads([email]))
    assert not now(all_.opened([email]))
    assert not now(all_.projections([email]))
    now(inbox.store([1], remove=[DELETED]))
    back = now(all_.changed(Kind.EMAIL, gone.state, 9))
    assert (back.created, back.updated, back.destroyed) == ([email], [], [])
    assert now(all_.changed(Kind.THREAD, gone.state, 9)).created == [email]
    now(inbox.store([1], [DELETED]))
    again = now(all_.changed(Kind.EMAIL, before, 9))
    assert again.destroyed == [email]


def test_what_came_and_went_is_not_told(
    keeping: Keeping, inbox: Mailbox, all_: Mail
) -> None:
    before = now(all_.state(Kind.EMAIL))
    keeping.deliver(letter("a"))
    now(all_.state(Kind.EMAIL))
    now(inbox.expunge([1]))
    changed = now(all_.changed(Kind.EMAIL, before, 9))
    assert (changed.created, changed.updated, changed.destroyed) == ([], [], [])
    assert changed.state == now(all_.state(Kind.EMAIL)) > before


def test_states_that_never_were(keeping: Keeping, inbox: Mailbox, all_: Mail) -> None:
    keeping.deliver(letter("a"))
    state = now(all_.state(Kind.EMAIL))
    asked = Question(Within(frozenset({inbox.id})))
    for since in (0, state - 1, state + 1):
        with pytest.raises(NotFound):
            now(all_.changed(Kind.EMAIL, since, 9))
        with pytest.raises(NotFound):
            now(all_.moved(asked, since, None))
    assert now(all_.changed(Kind.EMAIL, state, 9)).state == state
    with pytest.raises(NotFound):
        now(all_.moved(Question(ALL), state, None))


def test_only_counters(keeping: Keeping, ana: Account, all_: Mail) -> None:
    """RFC 8621, 2.2, updatedProperties."""
    before = now(all_.state(Kind.MAILBOX))
    keeping.deliver(letter("a"))
    changed = now(all_.changed(Kind.MAILBOX, before, 9))
    assert (changed.updated, changed.counts_only) == ([1], True)
    now(ana.create("b"))
    now(ana.rename("Sent", "c"))
    changed = now(all_.changed(Kind.MAILBOX, before, 9))
    assert (len(changed.created), len(changed.updated)) == (1, 2)
    assert not changed.counts_only


def test_pages_tell_nothing_of_what_was_not_told(
    keeping: Keeping, inbox: Mailbox, all_: Mail
) -> None:
    """RFC 8620, 5.2: who stops after a page knows what was there then."""
    before = now(all_.state(Kind.EMAIL))
    keeping.deliver(letter("a"))
    now(all_.state(Kind.EMAIL))
    keeping.deliver(letter("b"))
    now(all_.state(Kind.EMAIL))
    now(inbox.store([1], [SEEN]))
    first = now(all_.changed(Kind.EMAIL, before, 1))
    a, b = ids(keeping)
    assert (first.created, first.more) == ([a], True)
    second = now(all_.changed(Kind.EMAIL, first.state, 1))
    assert (second.created, second.updated, second.more) == ([b], [], True)
    third = now(all_.changed(Kind.EMAIL, second.state, 1))
    assert (third.created, third.updated, third.more) == ([], [a], False)


def test_threads(keeping: Keeping, all_: Mail) -> None:
    """RFC 8621, 3: a message id in common, and the same subject."""
    keeping.deliver(letter("a"))
    keeping.deliver(letter("b", "<a@x>", "Re: one"))
    keeping.deliver(letter("c", "<a@x>", "two"))
    keeping.deliver(letter("d", "<z@x>", "one"))
    keeping.deliver(letter("e", "<z@x> <b@x>", "Fwd:  [list] o ne"))
    keeping.deliver(letter("f", "<d@x>", "one"))
    a, b, c, d, e, f = ids(keeping)
    now(all_.state(Kind.THREAD))
    assert [(t.id, t.emails) for t in now(all_.threads([a, c, d]))] == [
        (a, (a, b, e)),
        (c, (c,)),
        (d, (d, f)),
    ]


def test_a_thread_has_an_end(
    keeping: Keeping, all_: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "HELD", 2)
    for n in range(5):
        keeping.deliver(letter(str(n), "<a@x>"))
    a, b, c, d, e = ids(keeping)
    told = [(t.id, t.emails) for t in now(all_.threads(ids(keeping)))]
    assert told == [(a, (a, b)), (c, (c, d)), (e, (e,))]


def test_unread_threads(keeping: Keeping, ana: Account, all_: Mail) -> None:
    """RFC 8621, 2: the trash and the rest do not count for each other."""
    keeping.deliver(letter("a"))
    keeping.deliver(letter("b", "<a@x>"))
    inbox, trash = now(ana.mailbox("INBOX")), now(ana.mailbox("Trash"))
    now(inbox.store([1], [SEEN]))

    def unread() -> list[int]:
        return [
            each.unread_threads for each in now(all_.mailboxes([inbox.id, trash.id]))
        ]

    assert unread() == [1, 0]
    now(inbox.move([2], trash))
    assert unread() == [0, 1]
    now(ana.delete("Trash"))
    now(ana.create("Trash"))
    now(inbox.copy([1], now(ana.mailbox("Trash"))))
    assert unread() == [0]


def test_the_trash_may_be_another(keeping: Keeping, ana: Account, all_: Mail) -> None:
    keeping.deliver(letter("a"))
    keeping.deliver(letter("b", "<a@x>"))
    inbox, trash = now(ana.mailbox("INBOX")), now(ana.mailbox("Trash"))
    now(inbox.store([1], [SEEN]))
    now(inbox.move([2], trash))
    now(all_.state(Kind.EMAIL))
    state = now(all_.state(Kind.EMAIL))
    tx = keeping.shards[0].connection
    tx.execute("UPDATE mailbox SET special_use = NULL WHERE id = ?", (trash.id,))
    tx.execute("UPDATE account SET modseq = modseq + 1")
    counted = now(all_.mailboxes([inbox.id, trash.id]))
    assert [each.unread_threads for each in counted] == [1, 1]
    assert now(all_.state(Kind.EMAIL)) == state


def test_a_deleted_mailbox(keeping: Keeping, ana: Account, all_: Mail) -> None:
    for text in "abc":
        keeping.deliver(letter(text), mailbox="Sent")
    sent = now(ana.mailbox("Sent"))
    now(sent.copy([1], now(ana.mailbox("Archive"))))
    before = {kind: now(all_.state(kind)) for kind in Kind}
    listed = Question(Within(frozenset({sent.id})))
    now(ana.delete("Sent"))
    a, b, c = ids(keeping)[:1] + list(
        now(all_.changed(Kind.EMAIL, before[Kind.EMAIL], 9)).destroyed
    )
    changed = now(all_.changed(Kind.EMAIL, before[Kind.EMAIL], 9))
    assert (changed.updated, changed.destroyed) == ([a], [b, c])
    changed = now(all_.changed(Kind.MAILBOX, before[Kind.MAILBOX], 9))
    assert changed.destroyed == [sent.id]
    moved = now(all_.moved(listed, before[Kind.EMAIL], None))
    assert (moved.removed, moved.added, moved.total) == ([c, b, a], [], 0)
    assert found(all_, listed.asked) == []


def test_the_octets_of_emails(keeping: Keeping, all_: Mail) -> None:
    keeping.deliver(letter("a"))
    keeping.deliver(mail("b", 3 * 2**20))
    keeping.deliver(letter("c"))
    a, b, c = ids(keeping)
    opened = now(all_.opened([c, 999, b, a, c]))
    assert {email: whole(octets) for email, octets in opened.items()} == {
        a: letter("a"),
        b: mail("b", 3 * 2**20),
        c: letter("c"),
    }
    assert now(all_.projections([a, 999]))[a].base_subject == "one"
    [first, second] = now(all_.emails([c, 999, a]))
    assert (first.id, second.id) == (c, a)
    assert first.size == len(letter("c"))


QUESTIONS: tuple[tuple[Query, str], ...] = (
    (ALL, "abcd"),
    (Flagged("\\Seen"), "a"),
    (Flagged("\\Deleted"), ""),
    (Flagged("$WORK"), "b"),
    (Keyword("$work"), "b"),
    (Not(Keyword("$work")), "acd"),
    (Keyword("wor"), ""),
    (Larger(1000), "d"),
    (Smaller(1000), "abc"),
    (Received(START + 2), "bcd"),
    (Received(None, START + 2), "a"),
    (Received(START + 2, START + 4), "bc"),
    (Sent(19675, 19676), "abc"),
    (Sent(19676), ""),
    (Not(Sent(19675)), "d"),
    (Within(frozenset({1, 3})), "abcd"),
    (Within(frozenset({3})), "b"),
    (Within(frozenset()), ""),
    (Outside(frozenset({1})), "b"),
    (Outside(frozenset({1, 3})), ""),
    (Outside(frozenset()), "abcd"),
    (InThread("$seen", every=False), "ac"),
    (InThread("$seen", every=True), ""),
    (InThread("$work", every=True), "b"),
    (Attached(), ""),
    (Modified(1), "abcd"),
    (Every(()), "abcd"),
    (Some(()), ""),
    (Some((Keyword("$work"), Keyword("$seen"))), "ab"),
    (Text("text"), "abc"),
    (Body("needle"), "c"),
    (Body(""), "abcd"),
    (Header("subject", ""), "abcd"),
    (Header("references", "a@x"), "c"),
    (Not(Body("needle")), "abd"),
    (Every((Within(frozenset({3})), Text("text"))), "b"),
    (Every((Keyword("$work"), Body("needle"))), ""),
    (Some((Keyword("$work"), Body("needle"), Text("no such"))), "bc"),
    (Every((Text("text"), Not(Body("needle")))), "ab"),
    (Every(tuple(Keyword("$seen") for _ in range(999))), "a"),
)


@pytest.fixture
def full(keeping: Keeping, ana: Account) -> str:
    """Emails a to d."""
    keeping.deliver(letter("a"))
    keeping.deliver(letter("b", subject="two"))
    keeping.deliver(letter("c", "<a@x>", text="needle text"))
    keeping.deliver(mail("d", 2000))
    inbox = now(ana.mailbox("INBOX"))
    now(inbox.store([1], [SEEN]))
    now(inbox.store([2], ["$Work"]))
    now(inbox.copy([2], now(ana.mailbox("Sent"))))
    return "abcd"


def test_questions(keeping: Keeping, all_: Mail, full: str) -> None:
    names = dict(zip(ids(keeping), full, strict=True))
    for asked, expected in QUESTIONS:
        answer = [names[id_] for id_ in found(all_, asked)]
        assert answer == sorted(expected, reverse=True), asked
    with pytest.raises(TypeError):
        found(all_, Uids(NumberSet(((1, 2),))))
    deep: Query = Keyword("$seen")
    wide = deep
    for _ in range(5000):
        deep, wide = Not(deep), Every((wide,))
    for asked in (deep, wide):
        with pytest.raises(NotPermitted):
            found(all_, asked)


def test_orders(keeping: Keeping, all_: Mail, full: str) -> None:
    names = dict(zip(ids(keeping), full, strict=True))
    for orders, expected in (
        ((), "dcba"),
        ((Order(By.RECEIVED),), "abcd"),
        ((Order(By.SIZE, ascending=False),), "dcba"),
        ((Order(By.SUBJECT),), "dcab"),
        ((Order(By.FROM), Order(By.RECEIVED)), "abcd"),
        ((Order(By.KEYWORD, ascending=False, keyword="$seen"),), "adcb"),
        ((Order(By.SOME_IN_THREAD, keyword="$SEEN"),), "dbca"),
        ((Order(By.ALL_IN_THREAD, ascending=False, keyword="$work"),), "bdca"),
        ((Order(By.SENT, ascending=False), Order(By.TO)), "dcba"),
    ):
        answer = "".join(names[id_] for id_ in found(all_, ALL, *orders))
        assert answer == expected, orders
    assert len(found(all_, ALL, collapse=True)) == 3
    first = found(all_, ALL, Order(By.RECEIVED), collapse=True)
    assert [names[id_] for id_ in first] == ["a", "b", "d"]


def test_an_answer_is_remembered_for_a_minute(keeping: Keeping, all_: Mail) -> None:
    keeping.deliver(letter("a"))
    remembered = all_.shelf.remembered
    found(all_, ALL)
    found(all_, ALL)
    assert len(remembered.kept) == 1
    for n in range(ANSWERS + 10):
        found(all_, Larger(n))
    assert len(remembered.kept) == ANSWERS
    assert remembered.size == sum(len(ids) for _, ids in remembered.kept.values())
    keeping.clock.moment += LIFE
    found(all_, ALL)
    assert len(remembered.kept) == 1


def test_a_list_stays_as_it_was_found(
    keeping: Keeping,
    ana: Account,
    inbox: Mailbox,
    all_: Mail,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(finding, "PAGE", 2)
    for n in range(6):
        keeping.deliver(letter(str(n), f"<{n // 2}@t>"))
    asked = Within(frozenset({inbox.id}))
    a, b, c, d, e, f = ids(keeping)
    for collapse, listed in ((False, [f, e, d, c, b, a]), (True, [f, d, b])):
        answer = now(all_.find(Question(asked, collapse=collapse)))
        deep = now(all_.find(Question(asked, collapse=collapse)))
        assert now(deep.window(0, 9)) == listed
        assert [now(deep.index(id_)) for id_ in listed] == list(range(len(listed)))
        assert now(deep.index(999)) is None
        now(inbox.store([2, 4], [DELETED]))
        keeping.deliver(letter("new", "<0@t>"))
        now(all_.state(Kind.EMAIL))
        for each in (answer, deep):
            assert now(each.index(listed[-1])) == len(listed) - 1
            assert now(each.total()) == len(listed)
            assert now(each.window(1, 9)) == listed[1:]
        now(inbox.store([2, 4], remove=[DELETED]))
        now(inbox.expunge([now(inbox.status()).uidnext - 1]))


def test_how_a_list_changed(keeping: Keeping, ana: Account, all_: Mail) -> None:
    """RFC 8620, 5.6."""
    for n in range(6):
        keeping.deliver(letter(str(n), f"<{n // 2}@t>"))
    inbox = now(ana.mailbox("INBOX"))
    asked = Within(frozenset({inbox.id}))
    a, b, _, d, e, f = ids(keeping)
    state = now(all_.state(Kind.EMAIL))
    now(inbox.move([2, 6], now(ana.mailbox("Sent"))))
    keeping.deliver(letter("6", "<2@t>"))
    new = ids(keeping)[-1]
    moved = now(all_.moved(Question(asked), state, None))
    assert (moved.removed, moved.added, moved.total) == ([f, b], [(new, 0)], 5)
    moved = now(all_.moved(Question(asked, collapse=True), state, None))
    assert (moved.removed, moved.added, moved.total) == ([f, b], [(new, 0), (a, 2)], 3)
    moved = now(all_.moved(Question(asked, collapse=True), state, d))
    assert moved.added == [(new, 0)]
    now(inbox.append(keeping.content(letter("7")), (), START))
    moved = now(all_.moved(Question(asked), state, e))
    assert moved.added == [(new, 0)]


def test_many_places_are_counted_in_one_walk(keeping: Keeping, all_: Mail) -> None:
    asked = Question(Within(frozenset({1})))
    state = now(all_.state(Kind.EMAIL))
    for n in range(20):
        keeping.deliver(letter(str(n)))
    moved = now(all_.moved(asked, state, None))
    assert moved.added == [(id_, n) for n, id_ in enumerate(reversed(ids(keeping)))]


def test_small_steps(
    keeping: Keeping, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody reads before all is done, and every step is small."""
    monkeypatch.setattr(gathering, "SOME", 3)
    monkeypatch.setattr(gathering, "MARKINGS", 1)
    inbox, tx = now(ana.mailbox("INBOX")), keeping.shards[0].connection
    for n in range(8):
        keeping.deliver(letter(str(n)))
    steps = 1
    while catching.catch_up(tx, ana.id, 1, 2):
        assert catching.target(tx, ana.id)[1] == -1
        steps += 1
    assert steps == 2 + 5
    for n in range(3):
        now(inbox.store([n + 1], [SEEN]))
    now(inbox.expunge([5, 6]))
    now(inbox.expunge([7, 8]))
    steps = 1
    while catching.catch_up(tx, ana.id, 1, 100):
        steps += 1
    assert steps > 1
    assert count(keeping, "flagged") == count(keeping, "whole_touched") == 0
    assert not catching.catch_up(tx, ana.id, 1, 100)


def test_who_has_no_whole_pays_nothing(keeping: Keeping, inbox: Mailbox) -> None:
    keeping.deliver(letter("a"))
    now(inbox.store([1], [SEEN]))
    assert count(keeping, "flagged") == count(keeping, "whole") == 0


def test_flags_far_apart(keeping: Keeping, inbox: Mailbox, all_: Mail) -> None:
    for n in range(130):
        keeping.deliver(letter(str(n)))
    now(all_.state(Kind.EMAIL))
    now(inbox.store([1, 130], [SEEN]))
    spans = keeping.shards[0].connection.execute("SELECT spans FROM flagged").get
    assert spans == "[[1, 1], [130, 130]]"
    here = ids(keeping)
    assert found(all_, Keyword("$seen")) == [here[129], here[0]]


def test_what_was_forgotten_is_looked_at_again(
    keeping: Keeping, ana: Account, inbox: Mailbox, all_: Mail
) -> None:
    """Flags and UIDs are not remembered for ever."""
    for n in range(4):
        keeping.deliver(letter(str(n)))
    now(all_.state(Kind.EMAIL))
    a, _, c, d = ids(keeping)
    now(inbox.store([1], [SEEN]))
    now(inbox.expunge([2]))
    keeping.clock.moment += VANISHED_AGE + 1
    janitor = Janitor(keeping.store, Clock())
    janitor.running = True
    now(janitor.tidy(keeping.shards[0]))
    assert count(keeping, "flagged") == count(keeping, "vanished") == 0
    assert found(all_, ALL) == [d, c, a]
    assert found(all_, Keyword("$seen")) == [a]


@pytest.mark.parametrize("again", [False, True])
def test_what_was_forgotten_takes_several_steps(
    keeping: Keeping,
    ana: Account,
    all_: Mail,
    monkeypatch: pytest.MonkeyPatch,
    again: bool,
) -> None:
    """Nothing is passed over where nothing has changed for so long."""
    monkeypatch.setattr(gathering, "SOME", 2)
    for n in range(7):
        keeping.deliver(letter(str(n)))
        keeping.deliver(letter(f"{n} too"), mailbox="Sent")
    if again:
        now(all_.state(Kind.EMAIL))
    now(ana.subscribe("INBOX", subscribed=False))
    tx = keeping.shards[0].connection
    tx.execute("UPDATE account SET floor_modseq = modseq")
    assert found(all_, ALL) == ids(keeping)[::-1]
    assert is_current(all_)


def test_what_is_gone_is_forgotten(
    keeping: Keeping, ana: Account, inbox: Mailbox, all_: Mail
) -> None:
    keeping.deliver(letter("a"))
    keeping.deliver(letter("b"))
    asked = Question(Within(frozenset({inbox.id})))
    before = {kind: now(all_.state(kind)) for kind in Kind}
    now(inbox.expunge([1]))
    now(ana.delete("Sent"))
    after = {kind: now(all_.state(kind)) for kind in Kind}
    assert count(keeping, "whole_email") == 2
    keeping.clock.moment += VANISHED_AGE
    janitor = Janitor(keeping.store, Clock())
    janitor.running = True
    now(janitor.tidy(keeping.shards[0]))
    assert count(keeping, "whole_email") == count(keeping, "whole_thread") == 1
    assert count(keeping, "whole_reference") == 1
    assert count(keeping, "whole_left") == 0
    assert count(keeping, "whole_mailbox") == 5
    for kind in Kind:
        with pytest.raises(NotFound):
            now(all_.changed(kind, before[kind], 9))
        assert now(all_.changed(kind, after[kind], 9)).state == after[kind]
    with pytest.raises(NotFound):
        now(all_.moved(asked, before[Kind.EMAIL], None))


def test_an_account_goes_with_its_whole(keeping: Keeping, all_: Mail) -> None:
    keeping.deliver(letter("a"))
    now(all_.state(Kind.EMAIL))
    now(keeping.store.remove_account(ANA))
    for table in ("whole", "whole_kind", "whole_email", "whole_place", "whole_talk"):
        assert count(keeping, table) == 0
    with pytest.raises(NotFound):
        now(all_.state(Kind.EMAIL))


@pytest.fixture
def reactor() -> Clock:
    return Clock()


@pytest.fixture
def clerk(keeping: Keeping, reactor: Clock) -> Iterator[Clerk]:
    clerk = Clerk(keeping.store, reactor)
    yield clerk
    if clerk.running:
        _ = clerk.stopService()


def is_current(all_: Mail) -> bool:
    """Whether nothing is left to do."""
    modseq, upto = now(
        all_.shelf.database.read(lambda tx: catching.target(tx, all_.account))
    )
    return upto == modseq


def test_the_clerk_follows(
    keeping: Keeping, all_: Mail, clerk: Clerk, reactor: Clock
) -> None:
    now(current.catch_up(all_.shelf, all_.account))
    keeping.deliver(letter("a"))
    assert not is_current(all_)
    clerk.startService()
    assert is_current(all_)
    keeping.deliver(letter("b"))
    keeping.deliver(letter("c"))
    reactor.advance(DELAY / 2)
    assert not is_current(all_)
    reactor.advance(DELAY / 2)
    assert is_current(all_)
    assert not reactor.getDelayedCalls()


def test_the_clerk_does_nothing_unasked(
    keeping: Keeping, all_: Mail, clerk: Clerk, reactor: Clock
) -> None:
    clerk.startService()
    keeping.deliver(letter("a"))
    reactor.advance(DELAY)
    assert count(keeping, "whole") == 0
    _ = clerk.stopService()
    keeping.deliver(letter("b"))
    assert not reactor.getDelayedCalls()
