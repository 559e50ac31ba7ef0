"""IMAP, beside Dovecot: what clients ask of mailboxes of 10,000 and 100,000 messages."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks import contest, correspondence, letters
from benchmarks.imapclient import Client
from benchmarks.ours import Mailnode
from benchmarks.peers import Dovecot

THUNDERBIRD = (
    "UID FETCH 1:* (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc"
    " Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To"
    " Content-Type Reply-To)])"
)
APPLE_MAIL = (
    "FETCH 1:* (INTERNALDATE UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (date"
    " subject from to cc message-id in-reply-to references content-type x-priority"
    " x-uniform-type-identifier x-universally-unique-identifier list-id"
    " list-unsubscribe)])"
)
MUTT = (
    "FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (DATE FROM"
    " SENDER SUBJECT TO CC MESSAGE-ID REFERENCES CONTENT-TYPE CONTENT-DESCRIPTION"
    " IN-REPLY-TO REPLY-TO LINES LIST-POST X-LABEL)])"
)
BODIES = 2000
"""Messages of which everything is asked."""
WARM = 0.1
"""Seconds that a round lasts that only warms the caches and looks at the answers."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox that is filled before anything is measured.

    @ivar size: octets of each message, or nearly.
    """

    user: str
    messages: int
    size: int

    @property
    def address(self) -> str:
        return f"{self.user}@{letters.DOMAIN}"

    def mail(self) -> Iterator[bytes]:
        """What is in it."""
        for number in range(self.messages):
            yield correspondence.letter(number, self.size)


SMALL = Mailbox("reader", 10_000, 10_000)
LARGE = Mailbox("reader0", 100_000, 2_500)
OTHER = Mailbox("reader1", 0, 10_000)


@dataclass(frozen=True, slots=True)
class Work:
    """Something to be done over and over.

    @ivar commands: given in turn.
    @ivar each: how many things one of them does.
    @ivar unit: what those are.
    @ivar goal: how many times as fast as the peer.
    @ivar verb: what the client does, with further words for it.
    @ivar seen: how often C{token} is in a right answer; 0 not to look.
    """

    name: str
    mailbox: Mailbox
    commands: tuple[str, ...]
    each: float
    unit: str
    goal: float
    verb: tuple[str, ...] = ("ask",)
    seen: int = 0
    token: str = " FETCH ("

    def words(self) -> Iterator[str]:
        """For the client's command line."""
        yield from self.verb
        for command in self.commands:
            yield from ("--command", command)


def _fetch(name: str, box: Mailbox, command: str, goal: float) -> Work:
    number = box.messages
    return Work(name, box, (command,), number, "messages", goal, seen=number)


def of(box: Mailbox) -> Iterator[Work]:
    """What is done with a mailbox."""
    pair = ("SELECT INBOX", "UNSELECT")
    yield Work("SELECT", box, pair, 0.5, "mailboxes", 1.0, ("ask", "--unselected"))
    yield _fetch("FETCH FLAGS", box, "FETCH 1:* (UID FLAGS)", 2.0)
    yield _fetch("FETCH ENVELOPE", box, "FETCH 1:* (ENVELOPE)", 3.0)
    yield _fetch("fields for Thunderbird", box, THUNDERBIRD, 2.0)
    yield _fetch("fields for Apple Mail", box, APPLE_MAIL, 2.0)
    yield _fetch("fields for mutt", box, MUTT, 2.0)
    fetch = f"FETCH 1:{BODIES} (BODY.PEEK[])"
    yield Work("FETCH BODY[]", box, (fetch,), BODIES, "messages", 2.0, seen=BODIES)
    marks = (
        "STORE 1:* +FLAGS.SILENT (\\Flagged)",
        "STORE 1:* -FLAGS.SILENT (\\Flagged)",
    )
    yield Work("STORE", box, marks, box.messages, "messages", 1.5)


WORD = correspondence.RARE.decode()
WORKS = [
    *of(SMALL),
    Work(
        "SEARCH BODY",
        SMALL,
        (f"SEARCH BODY {WORD}",),
        1,
        "searches",
        50.0,
        seen=1,
        token=" 1001 ",
    ),
    *of(LARGE),
    Work("APPEND", OTHER, (), 1, "messages", 2.0, ("append",)),
    Work(
        "APPEND, 10 connections",
        OTHER,
        (),
        1,
        "messages",
        2.0,
        ("append", "--connections", "10"),
    ),
    Work("NOOP", SMALL, ("NOOP",), 1, "commands", 1.0),
    Work(
        "NOOP, 50 connections",
        SMALL,
        ("NOOP",),
        1,
        "commands",
        2.0,
        ("crowd", "--connections", "50"),
    ),
]


@dataclass(frozen=True, slots=True)
class Speed:
    """What one product did.

    @ivar rate: units a second.
    @ivar cpu: microseconds of processor time a unit, all processes.
    """

    rate: float
    cpu: float


def give(
    product: Mailnode | Dovecot, work: Work, seconds: float, *, look: bool = False
) -> Speed:
    """Let a product do some work for a while."""
    report = contest.load(
        product.imap,
        *("--user", work.mailbox.address, "--password", product.password),
        *("--pid", str(product.process.pid), "--seconds", str(seconds)),
        *("--count", str(work.seen if look else 0), "--token", work.token),
        *work.words(),
        client="benchmarks.imapclient",
    )
    return Speed(report["rate"] * work.each, report["cpu"] / work.each)


def fill(product: Mailnode | Dovecot) -> None:
    """Put the mail there, most of it read, and have it indexed by whoever does that."""
    for box in (SMALL, LARGE):
        product.stock(box.address, box.mail())
        client = Client(options(product, box))
        client.do(b"SELECT INBOX")
        client.do(b"STORE 1:%d +FLAGS.SILENT (\\Seen)" % (box.messages * 9 // 10))
        client.socket.close()
    if isinstance(product, Mailnode):
        client = Client(options(product, SMALL))
        client.do(b"SELECT INBOX")
        client.do(b"SEARCH BODY %b" % WORD.encode())
        product.indexed(SMALL.messages)
        client.socket.close()


def options(product: Mailnode | Dovecot, box: Mailbox) -> argparse.Namespace:
    """What a client must know."""
    return argparse.Namespace(
        host="127.0.0.1",
        port=product.imap,
        user=box.address,
        password=product.password,
    )


def run(
    products: Iterable[Mailnode | Dovecot], works: Iterable[Work], seconds: float = 1.0
) -> dict[tuple[Work, str], Speed]:
    """All works, in turn, round after round; once before, to warm the caches."""
    entrants, works = list(products), list(works)
    rounds: dict[tuple[Work, str], list[Speed]] = {}
    for work in works:
        for product in entrants:
            give(product, work, WARM, look=True)
        for _ in range(contest.ROUNDS):
            for product in entrants:
                speed = give(product, work, seconds)
                rounds.setdefault((work, product.name), []).append(speed)
    return {key: contest.median(speeds) for key, speeds in rounds.items()}


def table(results: dict[tuple[Work, str], Speed]) -> Iterator[str]:
    """The results in Markdown, with ours over the peer's."""
    yield "| messages | what | mailnode | Dovecot | CPU µs each | | mailnode is | goal |"
    yield "|---|---|---|---|---|---|---|---|"
    for work in dict.fromkeys(work for work, _ in results):
        ours, peer = results[work, Mailnode.name], results[work, Dovecot.name]
        yield (
            f"| {_said(work.mailbox.messages)} | {work.name} | {_said(ours.rate)} {work.unit}/s"
            f" | {_said(peer.rate)} | {_said(ours.cpu)} | {_said(peer.cpu)}"
            f" | {_said(ours.rate / peer.rate)} times | {work.goal} |"
        )


def _said(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def main() -> None:
    began = time.monotonic()
    with (
        contest.workshop() as home,
        contest.running(Mailnode(home / "mailnode")) as ours,
        contest.running(Dovecot(home / "dovecot")) as dovecot,
    ):
        for product in (ours, dovecot):
            fill(product)
        print(*table(run((ours, dovecot), WORKS)), sep="\n")
    print(f"{time.monotonic() - began:.0f} seconds")


if __name__ == "__main__":
    main()
