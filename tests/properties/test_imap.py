"""What is written in IMAP is read again, and views of a mailbox agree with it."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from imap.room import Room
from store.keeping import mail, now

from mailnode.errors import MailError, NotPermitted, SyntaxFault
from mailnode.imap import response, section
from mailnode.imap.command import announced
from mailnode.imap.extensions.qresync import known_uids
from mailnode.imap.grammar import ATOM, LARGEST, LIST_CHARS, Arguments, SequenceSet
from mailnode.imap.plainbody import without_extensions
from mailnode.imap.searching import Reading
from mailnode.imap.selected import Selected
from mailnode.model.mailbox import mailbox_name
from mailnode.model.message import DELETED, SEEN, SYSTEM_FLAGS
from mailnode.model.numbers import NumberSet
from mailnode.wire import utf7
from mailnode.wire.dates import A_DAY, write_internal_date

NO_RULES = {
    *("sp", "next_is", "one_of", "listed", "spaced", "limited", "spelled"),
    *("word", "literal", "quoted", "new_mailbox", "flag", "flags", "string"),
}
"""What is no rule of its own, or the better part of one that is read here."""
NUMBERS = st.integers(1, LARGEST)
SMALL = st.integers(1, 40)
FLAGS = st.sampled_from([*SYSTEM_FLAGS, "$Junk", "Todo"])
ATOMS = st.text(
    "".join(c for c in string.printable if ATOM.fullmatch(c.encode())), min_size=1
)


def gathered(octets: bytes) -> Arguments:
    """Octets of a command as the gathering leaves them."""
    text, literals = b"", {}
    while (end := octets.find(b"\r\n")) >= 0 and (
        ahead := announced(octets[:end])
    ) is not None:
        start = len(text) + octets[:end].rindex(b"{")
        text += octets[:end]
        literals[start] = octets[end + 2 : end + 2 + ahead.size]
        octets = octets[end + 2 + ahead.size :]
    return Arguments(text + octets, 0, literals)


# Values


@given(st.binary().map(lambda data: data.replace(b"\0", b"")))
def test_strings(data: bytes) -> None:
    for written in (response.string(data), response.nstring(data)):
        arguments = gathered(written)
        assert arguments.nstring() == data
        arguments.end()
    assert gathered(response.astring(data)).astring() == data


def test_nil() -> None:
    assert Arguments(response.nstring(None)).nstring() is None


@given(ATOMS)
def test_atoms(atom: str) -> None:
    assert Arguments(atom.encode()).astring() == atom.encode()
    assert Arguments(atom.encode()).atom() == atom.encode()


@given(st.text())
def test_mailbox_names(name: str) -> None:
    try:
        name = mailbox_name(name)
    except NotPermitted:
        return
    for utf8 in (True, False):
        written = response.mailbox(name, utf8=utf8)
        assert Arguments(written, utf8=utf8).mailbox() == name


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_modified_utf7(name: str) -> None:
    assert utf7.decode(utf7.encode(name)) == name


@given(st.one_of(st.binary(), st.text("&-+,AZaz09/~", max_size=8).map(str.encode)))
def test_modified_utf7_has_one_form(octets: bytes) -> None:
    try:
        said = utf7.decode(octets)
    except SyntaxFault:
        return
    assert utf7.encode(said) == octets


@pytest.mark.parametrize(
    "bad", [b"&", b"&AGE-", b"&U,BTFw-&ZeVnLIqe-", b"&Jjo!", b"&2AA-", b"&AA-", b"\xff"]
)
def test_modified_utf7_that_is_none(bad: bytes) -> None:
    with pytest.raises(SyntaxFault):
        utf7.decode(bad)


def test_modified_utf7_as_the_rfc_has_it() -> None:
    assert utf7.decode(b"~peter/mail/&U,BTFw-/&ZeVnLIqe-") == "~peter/mail/台北/日本語"


@given(st.sets(SMALL))
def test_number_sets(numbers: set[int]) -> None:
    found = NumberSet.of(sorted(numbers))
    assert set(found) == numbers
    assert len(found) == len(numbers)
    assert found.last == max(numbers, default=0)
    assert [n for n in range(45) if n in found] == sorted(numbers)
    if numbers:
        assert Arguments(found.written()).sequence_set().resolved(50) == found


@given(st.sets(SMALL), st.sets(SMALL))
def test_number_sets_choose(numbers: set[int], there: set[int]) -> None:
    found = NumberSet.of(sorted(numbers)).among(sorted(there))
    assert found == sorted(numbers & there)


ENDS = st.one_of(st.just(0), SMALL)


@given(st.lists(st.tuples(ENDS, ENDS), min_size=1), SMALL)
def test_sequence_sets(spans: list[tuple[int, int]], last: int) -> None:
    def end(number: int) -> str:
        return str(number) if number else "*"

    written = ",".join(f"{end(low)}:{end(high)}" for low, high in spans).encode()
    read = Arguments(written).sequence_set()
    assert read == SequenceSet(tuple(spans))
    meant = set()
    for low, high in spans:
        pair = sorted((low or last, high or last))
        meant |= set(range(pair[0], pair[1] + 1))
    assert set(read.resolved(last)) == meant


@given(st.lists(FLAGS, max_size=5))
def test_flag_lists(flags: list[str]) -> None:
    written = "(" + " ".join(flags) + ")"
    assert Arguments(written.encode()).flag_list() == flags
    assert Arguments(written.upper().encode()).flag_list() == [
        flag if flag in SYSTEM_FLAGS else flag.upper() for flag in flags
    ]


@given(st.integers(0, 10**18 - 1))
def test_numbers(number: int) -> None:
    assert Arguments(b"%d" % number).number() == number


@given(NUMBERS)
def test_numbers_that_are_not_zero(number: int) -> None:
    assert Arguments(b"%d" % number).nz_number() == number


@pytest.mark.parametrize("number", [0, LARGEST + 1, 10**18])
def test_numbers_that_are_too_small_or_large(number: int) -> None:
    with pytest.raises(SyntaxFault):
        Arguments(b"%d" % number).nz_number()


@given(st.integers(0, 2**63 - 1))
def test_mod_sequences(number: int) -> None:
    assert Arguments(b"%d" % number).mod_sequence() == number
    with pytest.raises(SyntaxFault):
        Arguments(b"%d" % (number + 2**63)).mod_sequence()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_patterns(pattern: str) -> None:
    for utf8 in (True, False):
        octets = pattern.encode() if utf8 else utf7.encode(pattern)
        arguments = gathered(response.string(octets))
        arguments.utf8 = utf8
        assert arguments.list_mailbox() == pattern
    if LIST_CHARS.fullmatch(pattern.encode()):
        assert Arguments(pattern.encode()).list_mailbox() == pattern


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001
def test_dates(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC, microsecond=0)
    when = int(moment.timestamp()) * 1000
    assert Arguments(write_internal_date(when)).date_time() == when
    day = write_internal_date(when)[1:12].strip()
    for written in (day, b'"%b"' % day, day.lower()):
        assert Arguments(written).date() == when - when % A_DAY


@given(st.integers(0, 10**18 - 1), st.integers(1, 10**18 - 1))
def test_partials(start: int, count: int) -> None:
    found = section.partial(Arguments(b"<%d.%d>" % (start, count)))
    assert found == section.Partial(start, count)
    assert section.partial(Arguments(b")")) is None


@given(st.sets(SMALL, min_size=1))
def test_known_uids(uids: set[int]) -> None:
    found = NumberSet.of(sorted(uids))
    assert known_uids(Arguments(found.written())) == found
    with pytest.raises(SyntaxFault):
        known_uids(Arguments(found.written() + b",*"))


RULES = [
    name
    for name, rule in vars(Arguments).items()
    if callable(rule) and not name.startswith("_") and name not in NO_RULES
]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_read_back(rule: str) -> None:
    assert re.search(rf"\)\.{rule}\(", Path(__file__).read_text("utf-8"))


PARTS = st.lists(st.integers(1, 99), max_size=4)
TEXTS = st.sampled_from(["", "HEADER", "TEXT", "MIME", "HEADER.FIELDS (to cc)"])


@given(PARTS, TEXTS)
def test_sections(part: list[int], text: str) -> None:
    said = ".".join([*map(str, part), *([text] if text else [])])
    arguments = Arguments(said.encode() + b"]")
    if text == "MIME" and not part:
        with pytest.raises(SyntaxFault):
            section.section(arguments)
        return
    found = section.section(arguments)
    arguments.end()
    assert (found.part, found.text.decode()) == (tuple(part), text.partition(" ")[0])
    assert section.section(Arguments(found.said + b"]")) == found


# Octets that follow no grammar

READERS = (
    Arguments.astring,
    Arguments.nstring,
    Arguments.mailbox,
    Arguments.new_mailbox,
    Arguments.list_mailbox,
    Arguments.sequence_set,
    Arguments.flags,
    Arguments.date,
    Arguments.date_time,
    Arguments.nz_number,
    section.section,
    section.partial,
)
SCRAPS = st.lists(
    st.one_of(
        st.sampled_from(
            b'( ) " \\ [ ] < > { } {3} {3+} ~{1} * % , : 0 1 99999999999 . $ NIL & -'
            b" \\Seen HEADER.FIELDS 1-Jan-1970 \xff \0 \r".split(b" ")
        ),
        st.binary(max_size=3),
        st.just(b" "),
    )
).map(b"".join)


@given(SCRAPS)
def test_nothing_makes_a_reader_fail(octets: bytes) -> None:
    for read in READERS:
        arguments = Arguments(octets)
        try:
            read(arguments)
        except (SyntaxFault, MailError):
            continue
        assert 0 <= arguments.at <= len(octets)


@given(SCRAPS)
def test_nothing_makes_a_structure_fail(octets: bytes) -> None:
    without_extensions(octets)


COMMANDS = st.lists(
    st.tuples(
        st.sampled_from(
            b"SEARCH FETCH STORE COPY LIST STATUS APPEND UID SELECT ID".split()
        ),
        SCRAPS,
    ),
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(COMMANDS)
def test_nothing_makes_a_session_fail(commands: list[tuple[bytes, bytes]]) -> None:
    """Whatever is said, every answer is a line that begins as it must."""
    said = b"".join(b"c %b %b\r\n" % command for command in commands)
    with Room() as room:
        room.keep(mail())
        heard = room.talk(b"b SELECT INBOX\r\n" + said + b"z NOOP\r\n").heard
    assert b"SERVERBUG" not in heard
    assert b"\r\nb OK" in heard


# Views against the mailbox


class Watching(RuleBasedStateMachine):
    """One mailbox, two clients who know what they are told, and no more."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room().__enter__()
        self.inbox = self.room.mailbox()
        self.clients = [self.client(), self.client()]
        self.known: list[list[int]] = [[], []]
        self.flags: list[dict[int, bytes]] = [{}, {}]

    def client(self) -> Selected:
        """Somebody who selects INBOX."""

        async def at_once() -> None:
            """Nobody else is there."""

        view = now(self.room.views.join(self.room.ana, self.inbox, at_once))
        return Selected(view, read_only=False)

    @rule(count=st.integers(1, 3))
    def arrive(self, count: int) -> None:
        self.room.keep(*[mail()] * count)

    @rule(uids=st.sets(SMALL), flag=FLAGS, add=st.booleans())
    def mark(self, uids: set[int], flag: str, add: bool) -> None:
        if add:
            now(self.inbox.store(uids, add=[flag]))
        else:
            now(self.inbox.store(uids, remove=[flag]))

    @rule(uids=st.sets(SMALL, max_size=12))
    def expunge(self, uids: set[int]) -> None:
        now(self.inbox.expunge(uids))

    @rule(uids=st.sets(SMALL, max_size=5))
    def copy_here(self, uids: set[int]) -> None:
        now(self.inbox.copy(uids, self.inbox))

    @rule(uids=st.sets(SMALL, max_size=5))
    def move_away(self, uids: set[int]) -> None:
        now(self.inbox.move(uids, self.room.mailbox("Archive")))

    @rule(who=st.integers(0, 1), expunges=st.booleans())
    def tell(self, who: int, expunges: bool) -> None:
        known, flags = self.known[who], self.flags[who]
        while lines := self.clients[who].news(expunges=expunges, recent=False):
            for line in b"".join(lines).split(b"\r\n")[:-1]:
                self.hear(line, who, known, flags)
                assert expunges or b"EXPUNGE" not in line
        if expunges:
            there = list(now(self.inbox.messages(0, 1000)))
            assert known == [message.uid for message in there]
            for message in there:
                said = set(flags[message.uid].decode().split())
                assert said == set(message.flags), message.uid

    def hear(
        self, line: bytes, who: int, known: list[int], flags: dict[int, bytes]
    ) -> None:
        """What a client makes of a response."""
        words = line.split(b" ", 3)
        if words[1] == b"FLAGS":
            return
        number = int(words[1])
        if words[2] == b"EXISTS":
            assert number > len(known)
            client = self.clients[who]
            fresh = client.uids[len(known) : number]
            known += fresh
            for uid in fresh:
                flags[uid] = self.said(client, uid)
        elif words[2] == b"EXPUNGE":
            flags.pop(known.pop(number - 1))
        else:
            said, _, rest = words[3].removeprefix(b"(UID ").partition(b" FLAGS (")
            assert known[number - 1] == int(said)
            flags[int(said)] = rest.removesuffix(b"))")

    def said(self, client: Selected, uid: int) -> bytes:
        """The flags that FETCH would answer now."""
        client.said((uid,))
        line = client.flag_list(uid, recent=False)
        return line.removeprefix(b"FLAGS (").removesuffix(b")")

    @precondition(lambda self: any(self.known))
    @rule(who=st.integers(0, 1), data=st.data())
    def numbers_are_good(self, who: int, data: st.DataObject) -> None:
        known = self.known[who]
        if known:
            number = data.draw(st.integers(1, len(known)))
            which = SequenceSet(((number, number),))
            client = self.clients[who]
            assert list(client.chosen(which, by_uid=False)) == [known[number - 1]]
            assert client.number(known[number - 1]) == number

    @invariant()
    def each_knows_as_many_as_it_was_told(self) -> None:
        for client, known in zip(self.clients, self.known, strict=True):
            assert list(client.uids) == known

    @invariant()
    def the_view_is_the_mailbox(self) -> None:
        view = self.clients[0].view
        there = now(self.inbox.messages(0, 1000))
        assert list(view.uids) == [message.uid for message in there]
        assert list(view.modseqs) == [message.modseq for message in there]
        deleted = [m.uid for m in there if DELETED in m.flags]
        assert [u for u in view.uids if DELETED.lower() in view.flags_of(u)] == deleted
        unseen = [n for n, m in enumerate(there, 1) if SEEN not in m.flags]
        assert view.first_unseen() == next(iter(unseen), 0)
        assert view.edges.uidnext == now(self.inbox.status()).uidnext

    def teardown(self) -> None:
        for client in self.clients:
            self.room.views.leave(client.view, client)
        assert list(self.room.views.open) == list(self.room.views.left)
        self.room.__exit__(None, None, None)


TestWatching = Watching.TestCase
TestWatching.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)


def test_searches_of_any_depth_end() -> None:
    """Nesting up to the limit is read; beyond it there is a complaint."""
    with Room() as room:
        for depth in (1, 30, 62):
            said = room.ask(b"SEARCH " + b"NOT " * depth + b"ALL")
            assert said.startswith(b"* SEARCH\r\n")
        assert Reading.__doc__
        assert b"NO [LIMIT]" in room.ask(b"SEARCH " + b"(" * 65 + b"ALL" + b")" * 65)
