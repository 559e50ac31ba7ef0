"""Several clients at once: whatever they do, each is told what is so, and no more.

Real sessions over a real store, against dictionaries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)
from imap.clients import Answer, Client
from imap.model import DELETED, OK, SEEN, Account, Box, Kept, Known, numbers_in
from imap.room import Room
from store.keeping import mail, now

A_HISTORY = 50
"""Steps, at most; a few histories are shorter."""
HISTORIES = 240
"""So that there are ten thousand steps."""

NAMES = ("INBOX", "a", "a/b", "b", "Trash")
FLAGS = (SEEN, DELETED, "\\Flagged", "\\Answered", "$Work")
TEXTS = (b"one", b"two", b"three")
SIGNS = (b"", b"+", b"-")
COPYUID = re.compile(rb"\[COPYUID (\d+) (\S+) (\S+)\]")
APPENDUID = re.compile(rb"\[APPENDUID (\d+) (\d+)\]")

KEYS: tuple[tuple[bytes, Callable[[Kept], bool]], ...] = (
    (b"ALL", lambda _: True),
    (b"SEEN", lambda kept: SEEN in kept.flags),
    (b"UNDELETED", lambda kept: DELETED not in kept.flags),
    (b"KEYWORD $work", lambda kept: "$Work" in kept.flags),
    (b"NOT (FLAGGED SEEN)", lambda kept: not {"\\Flagged", SEEN} <= kept.flags),
    (b"BODY w", lambda kept: kept.text == b"two"),
    (b"OR SUBJECT ONE TEXT hree", lambda kept: kept.text != b"two"),
    (b"UNSEEN NOT BODY t", lambda k: SEEN not in k.flags and k.text == b"one"),
)

clients = st.sampled_from((0, 0, 0, 1, 1, 1, 2))
"""The third says little, and so idles for long."""
names = st.sampled_from(NAMES)
places = st.sampled_from(("INBOX", "INBOX", "INBOX", *NAMES))
flags = st.frozensets(st.sampled_from(FLAGS), max_size=3)
texts = st.sampled_from(TEXTS)
picks = st.lists(st.integers(0, 20), min_size=1, max_size=4)
"""Which of the messages a client knows; 0 is the star, and the last there is not."""
BEYOND = 20


def body(text: bytes) -> bytes:
    """What BODY[TEXT] of a message is."""
    return text + b"\r\n"


def listed(numbers: Sequence[int]) -> bytes:
    """A set as a client writes it: 0 is the star."""
    return b",".join(b"%d" % number if number else b"*" for number in numbers)


class Sessions(RuleBasedStateMachine):
    """Three clients of one account, who speak IMAP4rev1, IMAP4rev2 and QRESYNC.

    @ivar left: what the third knew of a mailbox when it left, and as of when.
    """

    @initialize(name=names)
    def open(self, name: str) -> None:
        self.room = Room().__enter__()
        for info in now(self.room.ana.mailboxes()):
            if info.name not in NAMES:
                now(self.room.ana.delete(info.name))
        for missing in ("a/b", "b"):
            now(self.room.ana.create(missing))
        self.account = Account(NAMES)
        self.clients = [self.connect(who) for who in range(3)]
        self.known: list[Known | None] = [None] * 3
        self.idle = [False] * 3
        self.left: tuple[Known, bytes, dict[int, frozenset[str]]] | None = None
        for number in range(9):
            self.deliver(NAMES[-(number % 3 == 0)], TEXTS[number % 3])
        for who in range(3):
            self.select(who, name if who == 2 else "INBOX", read_only=False)
        self.begin_idling(2)

    def connect(self, who: int) -> Client:
        """Somebody comes, or comes again."""
        client = Client(self.room)
        ready = {1: b"IMAP4rev2 CONDSTORE", 2: b"QRESYNC"}.get(who)
        if ready is not None:
            assert client(b"ENABLE " + ready).said.startswith(OK)
        return client

    def teardown(self) -> None:
        if hasattr(self, "clients"):
            for client in self.clients:
                client.leave()
            assert self.room.views.open.keys() == self.room.views.left.keys()
            self.room.__exit__(None, None, None)

    # How a client asks, and how it hears.

    def ask(self, who: int, command: bytes, expected: bytes) -> Answer:
        """Give a command that should be answered so; hear all who idle."""
        answer = self.clients[who](command)
        assert answer.said.startswith(expected), (command, answer, expected)
        self.all_are_told()
        return answer

    def all_are_told(self) -> None:
        """Whoever idles has been told everything."""
        for who, idles in enumerate(self.idle):
            if idles:
                self.hear(who, self.clients[who].heard(), expunges=True)

    def hear(
        self, who: int, lines: Sequence[bytes], *, expunges: bool
    ) -> dict[int, bytes | None]:
        """What the client makes of some responses; what it was told of which UID.

        If its mailbox is gone, it had to go too, and comes again.
        """
        known, told = self.known[who], dict[int, bytes | None]()
        if known is not None and known.box.gone:
            assert lines[-1].startswith(b"* BYE [NONEXISTENT]"), lines
            assert self.clients[who].ended
            self.clients[who] = self.connect(who)
            self.known[who], self.idle[who] = None, False
            return told
        if known is None:
            assert not lines
            return told
        for line in lines:
            assert expunges or not line.endswith(b"EXPUNGE")
            assert expunges or not line.startswith(b"* VANISHED")
            assert who != 2 or not line.endswith(b"EXPUNGE")
            assert who != 1 or not line.endswith(b"RECENT")
            if (
                re.search(rb"FETCH .*FLAGS ", line) and b") BODY[" not in line
            ):  # It was not asked for.
                assert (who > 0) == (b" MODSEQ (" in line)
            fetched = known.hear(line)
            if fetched is not None:
                told.setdefault(fetched[0], fetched[1])
        known.agrees(expunges=expunges)
        return told

    def awake(self, who: int) -> Known | None:
        """The client ends IDLE, if it does; what it has selected."""
        if self.idle[who]:
            client = self.clients[who]
            client.say(b"DONE\r\n")
            *lines, said = client.heard()
            assert b"OK" in said
            self.idle[who] = False
            self.hear(who, lines, expunges=True)
        return self.known[who]

    def simple(self, who: int, command: bytes, expected: bytes) -> None:
        """A command that changes nothing for the client itself but by news."""
        answer = self.ask(who, command, expected)
        self.hear(who, answer.lines, expunges=True)

    # What is about the selected mailbox.

    def meant(self, who: int, picks: Sequence[int], *, by_uid: bool) -> list[int]:
        """Numbers or UIDs the client chooses; 0 is the star."""
        known = self.known[who]
        count = len(known.uids) if known is not None else 0
        numbers = [
            count + 1 if pick == BEYOND else pick and (pick - 1) % (count or 1) + 1
            for pick in picks
        ]
        if not by_uid or known is None:
            return numbers
        uids = [0, *known.uids, known.last + 3]
        return [uids[number] for number in numbers]

    def chosen(
        self, known: Known, which: Sequence[int], *, by_uid: bool
    ) -> list[int] | None:
        """The UIDs that are meant; none at all, if a number is none."""
        if by_uid:
            return [number or known.last for number in which]
        count = len(known.uids)
        numbers = [number or count for number in which]
        if not count or max(numbers) > count:
            return None
        return sorted({known.uids[number - 1] for number in numbers})

    def outcome(self, known: Known, uids: Sequence[int], *, by_uid: bool) -> bytes:
        """How a FETCH or STORE of some messages ends."""
        missed = not by_uid and len(known.there(uids)) < len(set(uids))
        return b"NO [EXPUNGEISSUED]" if missed else OK

    def begun(
        self, who: int, which: Sequence[int], command: bytes, *, by_uid: bool
    ) -> tuple[Known, list[int]] | None:
        """The mailbox and the UIDs a command is about, if it is to succeed.

        Otherwise it is given here, and refused.
        """
        known = self.awake(who)
        if known is None:
            self.simple(who, command, b"BAD")
            self.select(who, "INBOX", read_only=False)
            return None
        if known.box.gone:
            self.simple(who, command, b"NO [NONEXISTENT]")
            return None
        uids = self.chosen(known, which, by_uid=by_uid)
        if uids is None:
            answer = self.ask(who, command, b"BAD")
            numbered = command.startswith((b"FETCH", b"STORE"))
            self.hear(who, answer.lines, expunges=not numbered)
            return None
        return known, uids

    def mark(self, who: int, box: Box, uid: int, new: frozenset[str]) -> None:
        """A client changes flags, which the others are to be told."""
        kept = box.messages[uid]
        if kept.flags != new:
            kept.flags = new
            for other, known in enumerate(self.known):
                if known is not None and known.box is box and other != who:
                    known.touched.add(uid)

    @rule(who=clients, which=picks, by_uid=st.booleans(), reads=st.booleans())
    def fetch(self, who: int, which: list[int], by_uid: bool, reads: bool) -> None:
        which = self.meant(who, which, by_uid=by_uid)
        uid = b"UID " if by_uid else b""
        items = b"BODY[TEXT]" if reads else b"(UID FLAGS BODY.PEEK[TEXT])"
        command = b"%bFETCH %b %b" % (uid, listed(which), items)
        begun = self.begun(who, which, command, by_uid=by_uid)
        if begun is None:
            return
        known, uids = begun
        there = known.there(uids)
        if reads and not known.read_only:
            for each in there:
                seen = known.box.messages[each].flags | {SEEN}
                self.mark(who, known.box, each, seen)
        answer = self.ask(who, command, self.outcome(known, uids, by_uid=by_uid))
        texts = {each: body(known.box.messages[each].text) for each in there}
        told = self.hear(who, answer.lines, expunges=by_uid)
        assert {each: text for each, text in told.items() if text} == texts

    @rule(
        who=clients,
        which=picks,
        by_uid=st.booleans(),
        sign=st.sampled_from(SIGNS),
        wanted=flags,
        silent=st.booleans(),
    )
    def store(  # noqa: PLR0917 - hypothesis names them
        self,
        who: int,
        which: list[int],
        by_uid: bool,
        sign: bytes,
        wanted: frozenset[str],
        silent: bool,
    ) -> None:
        which = self.meant(who, which, by_uid=by_uid)
        command = b"%bSTORE %b %bFLAGS%b (%b)" % (
            b"UID " if by_uid else b"",
            listed(which),
            sign,
            b".SILENT" if silent else b"",
            " ".join(sorted(wanted)).encode(),
        )
        known = self.awake(who)
        if known is not None and known.read_only and not known.box.gone:
            answer = self.ask(who, command, b"NO [NOPERM]")
            self.hear(who, answer.lines, expunges=by_uid)
            return
        begun = self.begun(who, which, command, by_uid=by_uid)
        if begun is None:
            return
        known, uids = begun
        changed = known.there(uids)
        others = frozenset(known.touched)
        for uid in changed:
            kept = known.box.messages[uid]
            left = {b"": frozenset[str](), b"+": kept.flags}.get(sign)
            new = kept.flags - wanted if left is None else left | wanted
            self.mark(who, known.box, uid, new)
            if silent and uid not in others:
                known.flags[uid] = new
        answer = self.ask(who, command, self.outcome(known, uids, by_uid=by_uid))
        told = self.hear(who, answer.lines, expunges=by_uid)
        if silent:
            assert others >= told.keys()  # Only what others had changed.
        else:
            assert told.keys() >= set(changed)

    @rule(who=clients, which=picks, by_uid=st.booleans(), to=places, move=st.booleans())
    def bring(
        self, who: int, which: list[int], by_uid: bool, to: str, move: bool
    ) -> None:
        which = self.meant(who, which, by_uid=by_uid)
        verb = b"MOVE" if move else b"COPY"
        uid = b"UID " if by_uid else b""
        command = b'%b%b %b "%b"' % (uid, verb, listed(which), to.encode())
        known = self.awake(who)
        if move and known is not None and known.read_only and not known.box.gone:
            self.simple(who, command, b"NO [NOPERM]")
            return
        begun = self.begun(who, which, command, by_uid=by_uid)
        if begun is None:
            return
        known, uids = begun
        there, target = known.there(uids), self.account.boxes.get(to)
        if not by_uid and len(there) < len(set(uids)):
            self.simple(who, command, b"NO [EXPUNGEISSUED]")
            return
        if target is None:
            self.simple(who, command, b"NO [TRYCREATE]")
            return
        pairs = self.account.bring(known.box, there, target, move=move)
        answer = self.ask(who, command, OK)
        said = COPYUID.search(b"\n".join([*answer.lines, answer.said]))
        assert (said is not None) == bool(pairs)
        if said is not None:
            old, new = numbers_in(said[2]), numbers_in(said[3])
            assert list(zip(old, new, strict=True)) == pairs
            self.valid(target, said[1])
        self.hear(who, answer.lines, expunges=True)

    @rule(who=clients, which=st.none() | picks)
    def expunge(self, who: int, which: list[int] | None) -> None:
        if which is not None:
            which = self.meant(who, which, by_uid=True)
        command = b"EXPUNGE" if which is None else b"UID EXPUNGE " + listed(which)
        known = self.awake(who)
        if known is not None and known.read_only and not known.box.gone:
            self.simple(who, command, b"NO [NOPERM]")
            return
        begun = self.begun(who, which or [], command, by_uid=True)
        if begun is None:
            return
        known, uids = begun
        for uid in known.doomed():
            if which is None or uid in known.there(uids):
                del known.box.messages[uid]
        self.simple(who, command, OK)

    @rule(
        who=clients,
        key=st.sampled_from(KEYS),
        among=st.none() | picks,
        by_uid=st.booleans(),
        save=st.booleans(),
    )
    def search(
        self,
        who: int,
        key: tuple[bytes, Callable[[Kept], bool]],
        among: list[int] | None,
        by_uid: bool,
        save: bool,
    ) -> None:
        words, holds = key
        if among is not None:
            among = self.meant(who, among, by_uid=False)
        command = b"UID SEARCH " if by_uid else b"SEARCH "
        command += b"RETURN (SAVE ALL) " if save else b""
        command += words if among is None else b"%b %b" % (listed(among), words)
        begun = self.begun(who, [], command, by_uid=True)
        if begun is None:
            return
        known, _ = begun
        uids = known.there(known.uids)
        if among is not None:
            numbers = {number or len(known.uids) for number in among}
            uids = [uid for uid in uids if known.uids.index(uid) + 1 in numbers]
        found = [uid for uid in uids if holds(known.box.messages[uid])]
        known.saved = found if save else known.saved
        wanted = found if by_uid else [known.uids.index(uid) + 1 for uid in found]
        answer = self.ask(who, command, OK)
        first = answer.lines[0]
        if save or who == 1:
            assert first.startswith(b"* ESEARCH ")
            assert numbers_in(first.partition(b" ALL ")[2]) == wanted
        else:
            assert first == b"* SEARCH" + b"".join(b" %d" % each for each in wanted)
        self.hear(who, answer.lines, expunges=by_uid)

    @rule(who=clients)
    def fetch_saved(self, who: int) -> None:
        command = b"FETCH $ (UID FLAGS BODY.PEEK[TEXT])"
        begun = self.begun(who, [], command, by_uid=True)
        if begun is None:
            return
        known, _ = begun
        there = known.there(known.saved)
        answer = self.ask(who, command, OK)
        told = self.hear(who, answer.lines, expunges=False)
        assert [each for each, text in told.items() if text] == there

    # Which mailbox is selected.

    @rule(who=clients, name=places, read_only=st.sampled_from((False, False, True)))
    def select(self, who: int, name: str, read_only: bool) -> None:
        was = self.awake(who)
        verb = b"EXAMINE" if read_only else b"SELECT"
        box = self.account.boxes.get(name)
        self.known[who] = None
        expected = OK if box is not None else b"NO [NONEXISTENT]"
        answer = self.clients[who](b'%b "%b"' % (verb, name.encode()))
        assert answer.said.startswith(expected)
        closed = any(line.startswith(b"* OK [CLOSED]") for line in answer.lines)
        assert closed == (was is not None)
        if box is None:
            return
        known = self.known[who] = Known(box, read_only, list(box.messages))
        said = b"\n".join(answer.lines)
        assert b"* %d EXISTS" % len(known.uids) in said
        assert b"[UIDNEXT %d]" % box.uidnext in said
        validity = re.search(rb"\[UIDVALIDITY (\d+)\]", said)
        assert validity is not None
        self.valid(box, validity[1])

    def valid(self, box: Box, validity: bytes) -> None:
        """A mailbox keeps its UIDVALIDITY, and no two have the same."""
        box.validity = box.validity or validity
        assert box.validity == validity
        others = [each.validity for each in self.account.boxes.values()]
        assert others.count(validity) == 1

    @rule(who=clients, expunges=st.booleans())
    def close(self, who: int, expunges: bool) -> None:
        known = self.awake(who)
        command = b"CLOSE" if expunges else b"UNSELECT"
        if known is None:
            self.simple(who, command, b"BAD")
            return
        if expunges and not known.read_only and not known.box.gone:
            for uid in known.doomed():
                del known.box.messages[uid]
        self.known[who] = None
        assert self.ask(who, command, OK).lines == []

    @rule(who=clients)
    def leave(self, who: int) -> None:
        """Somebody is gone without a word, and comes again."""
        self.clients[who].leave()
        self.clients[who] = self.connect(who)
        self.known[who], self.idle[who] = None, False
        self.select(who, "INBOX", read_only=False)

    @rule()
    def step_out(self) -> None:
        """The third leaves its mailbox, and remembers all it knows of it."""
        known = self.awake(2)
        if known is None or known.box.gone:
            return
        for command in (b"NOOP", b"UID FETCH 1:* (FLAGS MODSEQ)"):
            answer = self.ask(2, command, OK)
            self.hear(2, answer.lines, expunges=True)
        name = next(n for n, box in self.account.boxes.items() if box is known.box)
        answer = self.ask(2, b'STATUS "%b" (HIGHESTMODSEQ)' % name.encode(), OK)
        modseq = answer.lines[0].rpartition(b" ")[2].removesuffix(b")")
        self.left = (known, modseq, dict(known.flags))
        assert self.ask(2, b"UNSELECT", OK).lines == []
        self.known[2] = None

    @precondition(lambda self: self.left is not None)
    @rule(asks=st.booleans())
    def come_back(self, asks: bool) -> None:
        """It selects that mailbox again, and is told what it missed."""
        assert self.left is not None
        old, modseq, flags = self.left
        names = [n for n, box in self.account.boxes.items() if box is old.box]
        was = self.awake(2)
        if not names or not old.box.validity:
            return
        ids = b" " + listed(old.uids) if asks and old.uids else b""
        missed = b"QRESYNC (%b %b%b)" % (old.box.validity, modseq, ids)
        command = b'SELECT "%b" (%b)' % (names[0].encode(), missed)
        lines = self.ask(2, command, OK).lines
        assert any(line.startswith(b"* OK [CLOSED]") for line in lines) == (
            was is not None
        )
        earlier = [line for line in lines if line.startswith(b"* VANISHED (EARLIER) ")]
        there = set(old.uids).difference(
            uid for line in earlier for uid in numbers_in(line.rpartition(b" ")[2])
        )
        assert there == {uid for uid in old.uids if uid in old.box.messages}
        known = self.known[2] = Known(old.box, read_only=False)
        known.uids = list(old.box.messages)
        known.flags = {uid: flags[uid] for uid in there}
        for line in lines:
            if b" FETCH (" in line:
                known.hear(line)
        known.agrees(expunges=True)
        if not ids:
            assert known.flags.keys() == old.box.messages.keys()

    # What is told without being asked for.

    @rule(who=clients, check=st.booleans())
    def noop(self, who: int, check: bool) -> None:
        known = self.awake(who)
        gone = known is not None and known.box.gone
        wrong = b"BAD" if known is None else b"NO [NONEXISTENT]" if gone else OK
        self.simple(who, b"CHECK" if check else b"NOOP", wrong if check else OK)

    @rule(who=clients)
    def begin_idling(self, who: int) -> None:
        known = self.awake(who)
        client = self.clients[who]
        client.say(b"i IDLE\r\n")
        lines = client.heard()
        if known is not None and known.box.gone:
            assert lines.pop().startswith(b"i OK")
            self.hear(who, lines, expunges=True)
            return
        assert lines.pop() == b"+ idling"
        self.idle[who] = True
        self.hear(who, lines, expunges=True)

    @rule(name=places, text=texts)
    def deliver(self, name: str, text: bytes) -> None:
        """Somebody else brings a message."""
        box = self.account.boxes.get(name, self.account.boxes["INBOX"])
        box.put(Kept(text, frozenset()))
        self.room.keeping.deliver(mail(text.decode()), mailbox=name)
        self.all_are_told()

    # What is about mailboxes by their names.

    @rule(who=clients, name=places, text=texts, wanted=flags)
    def append(self, who: int, name: str, text: bytes, wanted: frozenset[str]) -> None:
        self.awake(who)
        message = mail(text.decode())
        said = " ".join(sorted(wanted)).encode()
        command = b'APPEND "%b" (%b) {%d+}\r\n%b' % (
            name.encode(),
            said,
            len(message),
            message,
        )
        box = self.account.boxes.get(name)
        if box is None:
            self.simple(who, command, b"NO [TRYCREATE]")
            return
        uid = box.put(Kept(text, wanted))
        answer = self.ask(who, command, OK)
        found = APPENDUID.search(answer.said)
        assert found is not None
        assert int(found[2]) == uid
        self.valid(box, found[1])
        self.hear(who, answer.lines, expunges=True)

    @rule(who=clients, name=names)
    def create(self, who: int, name: str) -> None:
        self.awake(who)
        outcome = self.account.create(name)
        self.simple(who, b'CREATE "%b"' % name.encode(), outcome)

    @rule(who=clients, name=names)
    def delete(self, who: int, name: str) -> None:
        known = self.awake(who)
        selected = known is not None and self.account.boxes.get(name) is known.box
        outcome = self.account.delete(name)
        command = b'DELETE "%b"' % name.encode()
        if selected and outcome == OK:
            self.known[who] = None
            answer = self.ask(who, command, outcome)
            assert answer.lines[0].startswith(b"* OK [CLOSED]")
        elif known is not None and known.box.gone and outcome == OK:
            self.known[who] = None  # It has left what was gone already.
            assert self.ask(who, command, outcome).lines[0].startswith(b"* OK [CLOSED]")
        else:
            self.simple(who, command, outcome)

    @rule(who=clients, name=names, to=names)
    def rename(self, who: int, name: str, to: str) -> None:
        self.awake(who)
        outcome = self.account.rename(name, to)
        self.simple(who, b'RENAME "%b" "%b"' % (name.encode(), to.encode()), outcome)

    @rule(who=clients, name=names)
    def status(self, who: int, name: str) -> None:
        self.awake(who)
        box = self.account.boxes.get(name)
        command = b'STATUS "%b" (MESSAGES UIDNEXT UNSEEN DELETED)' % name.encode()
        if box is None:
            self.simple(who, command, b"NO [NONEXISTENT]")
            return
        answer = self.ask(who, command, OK)
        assert answer.lines[0].endswith(
            b"(MESSAGES %d UIDNEXT %d UNSEEN %d DELETED %d)"
            % (
                len(box.messages),
                box.uidnext,
                box.counted(lambda kept: SEEN not in kept.flags),
                box.counted(lambda kept: DELETED in kept.flags),
            )
        )
        self.hear(who, answer.lines[1:], expunges=True)

    @rule(who=clients)
    def list_all(self, who: int) -> None:
        self.awake(who)
        answer = self.ask(who, b'LIST "" *', OK)
        lines = [line for line in answer.lines if line.startswith(b"* LIST")]
        found = {line.rpartition(b'"/" ')[2].strip(b'"').decode() for line in lines}
        assert found == self.account.boxes.keys()
        self.hear(who, answer.lines[len(lines) :], expunges=True)


Sessions.TestCase.settings = settings(
    max_examples=HISTORIES,
    stateful_step_count=A_HISTORY,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestSessions = Sessions.TestCase
