"""A search finds what reading everything finds, with an index and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.keeping import ANA, BOB, Keeping, now
from twisted.internet.task import Clock

from mailnode import query
from mailnode.errors import NotFound, Unavailable
from mailnode.message import texts
from mailnode.message.finding import Facts, find, judge
from mailnode.model.message import DELETED, FLAGGED, SEEN
from mailnode.model.numbers import NumberSet
from mailnode.query import Query
from mailnode.store import catalogue as catalogues
from mailnode.store import migrate, search
from mailnode.store.account import Account
from mailnode.store.connection import pen
from mailnode.store.database import InlineDatabase
from mailnode.store.files import open_store, remove
from mailnode.store.janitor import Janitor
from mailnode.store.mailbox import Mailbox

DAY = 86_400_000
BREAKFAST = (
    b"From: Bob <bob@example.org>\r\nSubject: The =?utf-8?q?caf=C3=A9?= opens\r\n"
    b"Date: Sun, 1 Nov 2026 23:30:00 -1000\r\n\r\nGood coffee there.\r\n"
)
QUOTED = (
    b"From: Ana\r\nSubject: coffee\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nIm Caf=C3=A9 =3D gut\r\n"
)
PARTS = (
    b"Subject: parts\r\nDate: Mon, 2 Nov 2026 00:30:00 +1000\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    b"Content-Description: hidden words\r\n\r\nfirst part ends here\r\n--b\r\n"
    b"Content-Type: message/rfc822\r\n\r\nSubject: inner coffee\r\n\r\ndeep\r\n--b--\r\n"
)
ODD = b"Subject: a\x1eb\x00c\r\nX-Odd: one:two\r\n\r\nlast\x1eline\r\n"
EMPTY = b"X-Empty:\r\nSubject: \r\n\r\n"
MAIL = (BREAKFAST, QUOTED, PARTS, EMPTY, b"no header at all", ODD)
NEEDLES = (
    *("coffee", "caf\xe9", "CAFE\u0301", "co", "e", "", "here first", "inner coffee"),
    *("hidden words", "a\x1eb", 'say "it"', "x" * 60, "ends here", "bob@example"),
)


@pytest.fixture
def inbox(keeping: Keeping, ana: Account) -> Mailbox:
    return filled(keeping, ana)


def filled(keeping: Keeping, ana: Account) -> Mailbox:
    """INBOX with a bit of everything."""
    inbox = now(ana.mailbox("INBOX"))
    wishes = ((), (SEEN,), (FLAGGED, "$Work"), (DELETED, SEEN))
    for number, octets in enumerate(MAIL * 2):
        flags = wishes[number % len(wishes)]
        now(inbox.append(keeping.content(octets), flags, number * DAY))
    now(inbox.expunge([4, 9]))
    return inbox


async def nobody_waits() -> None:
    """There is only one of us."""


def by_reading(inbox: Mailbox, asked: Query) -> list[int]:
    """What asking every message comes to."""
    facts = [
        Facts(m.uid, frozenset(map(str.lower, m.flags)), m.modseq)
        for m in now(inbox.messages())
    ]
    return now(find(inbox, asked, facts, nobody_waits))


def index(keeping: Keeping) -> None:
    """Bring the index up to date."""
    for catalogue in keeping.store.catalogues:
        now(catalogue.catch_up())


def searched(inbox: Mailbox, asked: Query) -> list[int]:
    return list(now(inbox.search(asked)))


numbers = st.integers(0, 14)
days = st.none() | st.integers(20_756, 20_762)
moments = st.none() | st.integers(-1, 13).map(lambda n: n * DAY)
needles = st.sampled_from(NEEDLES)
fields = st.sampled_from(("subject", "from", "x-empty", "x-odd", "x-odd: one", "none"))
flags = st.sampled_from((SEEN, "\\SEEN", DELETED, "$work", "$none", "\\Odd"))
leaves = st.one_of(
    st.just(query.ALL),
    st.lists(st.integers(1, 14), unique=True).map(
        lambda found: query.Uids(NumberSet.of(sorted(found)))
    ),
    st.just(query.Uids(NumberSet.of(range(1, 60, 2)))),
    st.builds(query.Flagged, flags),
    st.builds(query.Larger, st.sampled_from((0, 20, 100, 200))),
    st.builds(query.Smaller, st.sampled_from((0, 20, 100, 200))),
    st.builds(query.Received, moments, moments),
    st.builds(query.Sent, days, days),
    st.builds(query.Modified, numbers),
    st.builds(query.Header, fields, needles),
    st.builds(query.Body, needles),
    st.builds(query.Text, needles),
)
queries = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda found: query.Every(tuple(found))),
        st.lists(inner, max_size=3).map(lambda found: query.Some(tuple(found))),
        st.builds(query.Not, inner),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def three() -> Iterator[list[Mailbox]]:
    """The same mail, not indexed, indexed in part, and wholly."""
    with TemporaryDirectory() as directory:
        found = []
        for indexed in (0, 6, 12):
            keeping = Keeping(Path(directory))
            inbox = filled(keeping, keeping.account())
            if indexed:
                searched(inbox, query.Text("begins"))
                index(keeping)
                last = now(inbox.message(indexed)).id
                keeping.indexes[0].connection.execute(
                    "UPDATE progress SET upto = ?", (last,)
                )
            found.append(inbox)
        yield found


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=queries)
def test_finds_what_reading_finds(three: list[Mailbox], asked: Query) -> None:
    expected = by_reading(three[0], asked)
    for inbox in three:
        assert searched(inbox, asked) == expected


@pytest.mark.parametrize("needle", NEEDLES)
def test_words_that_are_kept_say_the_same(
    keeping: Keeping, inbox: Mailbox, needle: str
) -> None:
    for asked in (
        query.Text(needle),
        query.Body(needle),
        query.Header("subject", needle),
    ):
        before = searched(inbox, asked)
        assert before == by_reading(inbox, asked)
        index(keeping)
        assert searched(inbox, asked) == before


def test_only_those_among_whom_we_look(inbox: Mailbox) -> None:
    assert now(inbox.search(query.ALL, [7, 3, 4, 99])) == [3, 7]
    assert now(inbox.search(query.Text("coffee"), [1, 2])) == [1, 2]
    assert now(inbox.search(query.ALL, [])) == []


def test_a_deleted_mailbox_has_nothing_to_find(ana: Account) -> None:
    box = now(ana.create("box"))
    now(ana.delete("box"))
    with pytest.raises(NotFound):
        now(box.search(query.ALL))


def test_a_question_nobody_knows(inbox: Mailbox) -> None:
    with pytest.raises(TypeError):
        now(inbox.search(query.Query()))


def scans(database: InlineDatabase, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every scan of a database from now on."""
    found: list[object] = []
    scan = database.scan

    async def noted(work: Callable[[apsw.Connection], object]) -> object:
        found.append(work)
        return await scan(work)

    monkeypatch.setattr(database, "scan", noted)
    return found


def test_a_long_search_goes_on_a_little_at_a_time(
    keeping: Keeping, inbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        uids = [m.uid for m in now(inbox.messages())]
        now(inbox.copy(uids, inbox))
    everything = [m.uid for m in now(inbox.messages())]
    times = count()
    work = search.search(
        keeping.store.shelves[0],
        inbox.place,
        query.Not(query.Text("nowhere")),
        monotonic=lambda: next(times) * search.SECONDS * 2,
    )
    noted = scans(keeping.shards[0], monkeypatch)
    assert now(work) == everything
    assert len(noted) >= len(everything) / search.TURN
    index(keeping)
    noted = scans(keeping.indexes[0], monkeypatch)
    monkeypatch.setattr(keeping.store.catalogues[0], "monotonic", lambda: next(times))
    assert searched(inbox, query.Not(query.Text("co"))) == by_reading(
        inbox, query.Not(query.Text("co"))
    )
    assert len(noted) >= len(everything) / catalogues.TURN


def test_pages_join_without_a_seam(
    inbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in (1, 2, 3, 12):
        monkeypatch.setattr(search, "PAGE", size)
        for asked in (
            query.Text("e"),
            query.Some((query.Flagged(SEEN), query.Text("e"))),
        ):
            assert searched(inbox, asked) == by_reading(inbox, asked)


def test_the_index_is_asked_and_not_the_mail(
    keeping: Keeping, inbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched(inbox, query.Body("coffee"))
    index(keeping)
    noted = scans(keeping.shards[0], monkeypatch)
    assert searched(inbox, query.Body("coffee")) == [1, 3, 7]
    assert not any(isinstance(work, search.Read) for work in noted)


def test_new_mail_is_found_before_it_is_indexed(
    keeping: Keeping, inbox: Mailbox
) -> None:
    searched(inbox, query.Body("coffee"))
    index(keeping)
    keeping.deliver(MAIL[0])
    assert searched(inbox, query.Body("good coffee"))[-1] == 13


def test_the_janitor_indexes_when_somebody_has_searched(
    keeping: Keeping, inbox: Mailbox
) -> None:
    reactor = Clock()
    janitor = Janitor(keeping.store, reactor)
    janitor.startService()
    assert words(keeping) == 0
    searched(inbox, query.Flagged(SEEN))
    reactor.advance(0)
    assert words(keeping) == 0
    searched(inbox, query.Text("coffee"))
    assert words(keeping) == 0
    reactor.advance(0)
    assert words(keeping) == len(MAIL) * 2 - 2
    keeping.deliver(MAIL[0])
    reactor.advance(60)
    reactor.advance(0)
    assert words(keeping) == len(MAIL) * 2 - 1
    assert janitor.stopService().called


def words(keeping: Keeping) -> int:
    """How many emails are indexed."""
    query_ = "SELECT count(*) FROM words"
    return int(keeping.indexes[0].connection.execute(query_).get)


def test_nobodys_mail_is_indexed_for_nothing(keeping: Keeping, inbox: Mailbox) -> None:
    keeping.deliver(MAIL[0], BOB)
    searched(inbox, query.Text("coffee"))
    index(keeping)
    assert words(keeping) == len(MAIL) * 2 - 2


def test_what_has_gone_leaves_the_index(keeping: Keeping, inbox: Mailbox) -> None:
    searched(inbox, query.Text("coffee"))
    index(keeping)
    now(inbox.expunge([1, 2, 3]))
    keeping.clock.moment += catalogues.SWEEP
    index(keeping)
    assert words(keeping) == len(MAIL) * 2 - 5
    trigram = "SELECT count(*) FROM trigram WHERE trigram MATCH '\"off\"'"
    assert keeping.indexes[0].connection.execute(trigram).get == 2
    now(keeping.store.remove_account(ANA))
    keeping.clock.moment += catalogues.SWEEP
    index(keeping)
    assert words(keeping) == 0


def test_an_index_that_is_newer_than_the_mail_is_made_anew(
    keeping: Keeping, inbox: Mailbox
) -> None:
    """The shard was brought back from a copy: its numbers come again."""
    connection = keeping.shards[0].connection
    copy = connection.serialize("main")
    keeping.deliver(b"Subject: lost\r\n\r\nwholly new\r\n")
    searched(inbox, query.Text("coffee"))
    index(keeping)
    connection.deserialize("main", copy)
    keeping.clock.moment += catalogues.SWEEP
    index(keeping)
    assert words(keeping) == 0
    keeping.deliver(b"Subject: other\r\n\r\nquite another\r\n")
    for _ in range(2):
        assert searched(inbox, query.Text("quite another")) == [13]
        assert searched(inbox, query.Text("wholly new")) == []
        index(keeping)
    assert words(keeping) == len(MAIL) * 2 - 1


def test_a_message_with_too_many_words_is_read(
    keeping: Keeping, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "KEPT", 5000)
    inbox = now(ana.mailbox("INBOX"))
    keeping.deliver(b"Subject: long\r\n\r\n" + b"many words " * 1000 + b"the end\r\n")
    keeping.deliver(b"Subject: short\r\n\r\nthe end\r\n")
    assert searched(inbox, query.Body("the end")) == [1, 2]
    index(keeping)
    assert words(keeping) == 2
    assert searched(inbox, query.Body("the end")) == [1, 2]
    assert searched(inbox, query.Text("long")) == [1]
    assert searched(inbox, query.Not(query.Text("many words"))) == [2]


def test_an_index_that_does_not_answer_is_done_without(
    keeping: Keeping, inbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched(inbox, query.Text("coffee"))
    index(keeping)
    discarded: list[bool] = []
    [catalogue] = keeping.store.catalogues
    catalogue.discard = lambda: discarded.append(True)
    expected = by_reading(inbox, query.Text("coffee"))
    scan = keeping.indexes[0].scan
    failing = [1]

    async def broken(work: Callable[[apsw.Connection], object]) -> object:
        failing[0] -= 1
        if failing[0] >= 0:
            return await scan(work)
        raise Unavailable("out of order") from apsw.CorruptError("malformed")

    monkeypatch.setattr(keeping.indexes[0], "scan", broken)
    for left in (0, 1):
        failing[0] = left
        assert searched(inbox, query.Text("coffee")) == expected
    assert discarded == [True, True]


def test_whoever_loses_the_index_loses_nothing(tmp_path: Path) -> None:
    def opened() -> tuple[object, Mailbox]:
        store = open_store(
            tmp_path,
            lambda path, prepare: InlineDatabase(path, prepare=prepare),
            clock=lambda: 5,
            min_free=0,
        )
        return store, now(now(store.account(ANA)).mailbox("INBOX"))

    for damage in (
        lambda path: None,
        remove,
        lambda path: path.write_bytes(b"no database" * 1000),
        lambda path: pen(str(path)).execute("PRAGMA user_version = 99"),
    ):
        store, inbox = opened()
        spool = store.spool()  # type: ignore[attr-defined]  # it is a store
        spool.write(MAIL[0])
        now(inbox.append(spool.seal()))
        for _ in range(2):
            found = searched(inbox, query.Body("good coffee"))
            assert found == [m.uid for m in now(inbox.messages())]
            for catalogue in store.catalogues:  # type: ignore[attr-defined]  # the same
                now(catalogue.catch_up())
        now(store.close())  # type: ignore[attr-defined]  # the same
        damage(tmp_path / "search-0.db")
    assert not list(tmp_path.glob("*.bak*"))


def test_words_know_their_fields() -> None:
    words = texts.Words("\x1esubject: one: two\x1ex-a: \x1ex-b: subject: three", "", "")
    assert words.field("subject", "two")
    assert words.field("x-a", "")
    assert not words.field("x-a", "subject")
    assert not words.field("subject", "three")
    assert not words.field("subject: one", "")
    assert not words.field("", "")
    assert judge(query.ALL)(Facts(1, frozenset(), 1))
    assert migrate.SEARCH != migrate.SHARD
