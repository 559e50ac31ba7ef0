"""One mailbox on two servers, asked the same questions through imaplib."""

from __future__ import annotations

import imaplib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from live import values
from live.server import PASSWORD
from live.values import Values

BOUND = 30.0
BOX = "Corpus"
FIRST = 1_732_800_000
"""INTERNALDATE of the first message: 28 November 2024, 13:20 UTC."""
STEP = 9 * 3600
"""Seconds from each message to the next."""
FLAGS = ("", r"(\Seen)", r"(\Flagged \Answered)", r"(\Draft $Work)", r"(\Deleted)")


@dataclass(frozen=True, slots=True)
class Difference:
    """Something two servers do not agree about.

    @ivar message: the name of the message, or the search.
    @ivar item: what of it was asked.
    @ivar exists: there is such a section, as we describe the message.
    @ivar composite: it is made of other sections.
    """

    message: str
    item: str
    ours: object
    theirs: object
    exists: bool = True
    composite: bool = False

    def __str__(self) -> str:
        return f"{self.message} | {self.item}\n    {self.ours!r}\n    {self.theirs!r}"


@dataclass(frozen=True, slots=True)
class Search:
    """A question to SEARCH.

    @ivar words: it, without the literal at its end, if there is one.
    """

    words: str
    literal: bytes | None = None
    charset: str | None = None

    def __str__(self) -> str:
        words = ["SEARCH", self.words]
        if self.charset is not None:
            words.insert(1, f"CHARSET {self.charset}")
        if self.literal is not None:
            words.append(repr(self.literal)[1:])
        return " ".join(words)


class Asked:
    """A server with the corpus in a mailbox."""

    def __init__(self, port: int, user: str) -> None:
        self.port = port
        self.user = user
        self.client = self.connected()

    def connected(self) -> imaplib.IMAP4:
        """A new connection, logged in."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=BOUND)
        client.login(self.user, PASSWORD)
        return client

    def close(self) -> None:
        """Leave without a word."""
        self.client.shutdown()

    def open(self) -> None:
        """Look at the mailbox."""
        said, reply = self.client.select(BOX, readonly=True)
        assert said == "OK", reply

    def fill(self, corpus: Iterable[bytes]) -> None:
        """Append messages, each hours later than the one before, and open them."""
        self.client.create(BOX)
        for number, message in enumerate(corpus):
            date = imaplib.Time2Internaldate(FIRST + number * STEP)
            flags = FLAGS[number % len(FLAGS)]
            said, reply = self.client.append(BOX, flags, date, message)
            assert said == "OK", (number, reply)
        self.open()

    def fetch(self, number: int, items: str) -> Values:
        """What is said of one message; the word of refusal, if that is the answer."""
        self.client.response("FETCH")  # What was told by the way before
        try:
            said, reply = self.client.fetch(str(number), f"({items})")
        except imaplib.IMAP4.abort:
            self.client.shutdown()
            self.client = self.connected()
            self.open()
            return {items: "BYE"}
        except imaplib.IMAP4.error:
            return {items: "BAD"}
        found: Values = {} if said == "OK" else {items: said}
        text = b""
        for each in reply:
            text += b"\r\n".join(each) if isinstance(each, tuple) else each or b""
            if isinstance(each, bytes) and said == "OK":
                of, _, listed = text.partition(b" ")
                found |= (
                    values.answers(values.read(listed)) if int(of) == number else {}
                )
                text = b""
        found.pop("UID", None)
        return found

    def search(self, asked: Search) -> set[int] | str:
        """The numbers that are found, or the word of refusal."""
        # Typeshed takes it for text.
        self.client.literal = asked.literal  # type: ignore[assignment]
        try:
            said, reply = self.client.search(asked.charset, asked.words)
        except imaplib.IMAP4.error:
            return "BAD"
        if said != "OK":
            return said
        return {int(each) for each in (reply[0] or b"").split()}


WHOLE = "ENVELOPE BODYSTRUCTURE BODY RFC822.SIZE INTERNALDATE FLAGS"
TEXTS = (
    "",
    "HEADER",
    "TEXT",
    "HEADER.FIELDS (To Subject X-None)",
    "HEADER.FIELDS.NOT (Date to CONTENT-TYPE)",
)
PARTIALS = ("BODY.PEEK[]<0.7>", "BODY.PEEK[TEXT]<3.5>", "BODY.PEEK[1]<2.100000>")


def described(asked: Asked, number: int) -> Values:
    """What is known of a message as a whole, a value for each field of each part."""
    found = asked.fetch(number, WHOLE)
    date = found.pop("INTERNALDATE")
    assert isinstance(date, bytes), date
    read = imaplib.Internaldate2tuple(b'INTERNALDATE "%b"' % date)
    assert read is not None, date
    found["INTERNALDATE"] = int(time.mktime(read))
    flags = found.pop("FLAGS")
    assert isinstance(flags, tuple), flags
    # To be first to hear of a message is a matter of sessions.
    found["FLAGS"] = tuple(sorted({*map(str, flags)} - {r"\Recent"}))
    found |= values.envelope(found.pop("ENVELOPE"), "ENVELOPE")
    found |= values.structure(found.pop("BODYSTRUCTURE"), "BODYSTRUCTURE")
    return found | values.structure(found.pop("BODY"), "BODY")


def sections(paths: Iterable[str]) -> Iterator[str]:
    """Every section of a message, some stretches, and parts it does not have."""
    for path in ("", *paths, "9", "1.9"):
        kinds = TEXTS if not path else (*TEXTS, "MIME")
        dots = ("." if path and kind else "" for kind in kinds)
        for dot, kind in zip(dots, kinds, strict=True):
            yield f"BODY.PEEK[{path}{dot}{kind}]"
    yield from PARTIALS


def binaries(paths: Iterable[str]) -> Iterator[str]:
    """Every part without its encoding; each may be refused on its own."""
    for path in ("", *paths):
        yield f"BINARY.PEEK[{path}]"
        yield f"BINARY.SIZE[{path}]"


def messages(ours: Asked, theirs: Asked, names: Sequence[str]) -> Iterator[Difference]:
    """All that two servers do not agree about of some messages."""
    for number, name in enumerate(names, 1):
        here, there = described(ours, number), described(theirs, number)
        paths = sorted({*values.parts(here), *values.parts(there)})
        asked = " ".join(sections(paths))
        here |= ours.fetch(number, asked)
        there |= theirs.fetch(number, asked)
        for item in binaries(paths):
            here |= ours.fetch(number, item)
            there |= theirs.fetch(number, item)
        for item in sorted({*here, *there}):
            one, other = here.get(item, "-"), there.get(item, "-")
            if one != other:
                has, made = values.has(here, item), values.composite(here, item)
                yield Difference(name, item, one, other, has, made)


def found(
    ours: Asked, theirs: Asked, names: Sequence[str], asked: Search
) -> Iterator[Difference]:
    """All messages that only one of two servers finds."""
    item = str(asked)
    here, there = ours.search(asked), theirs.search(asked)
    if not isinstance(here, set) or not isinstance(there, set):
        if here != there:
            yield Difference("", item, here, there)
        return
    for number in sorted(here ^ there):
        yield Difference(names[number - 1], item, number in here, number in there)
