"""The log: one line an event, whatever somebody puts in it."""

from __future__ import annotations

import io
import json
import logging

import pytest
from twisted.logger import Logger, LogPublisher

from mailnode.config import Log
from mailnode.log import LINE_LIMIT, FromLogging, Teller


class Book:
    """A log that can be read again."""

    def __init__(self, format: str = "text", level: str = "info", **journal: str):  # noqa: A002
        self.out = io.StringIO()
        self.teller = Teller(lambda: self.out, journal)
        self.teller.configure(Log(format=format, level=level))
        publisher = LogPublisher(self.teller)
        self.log = Logger("mailnode.smtp.session", observer=publisher)

    def lines(self) -> list[str]:
        return self.out.getvalue().splitlines()


def test_lines_for_people() -> None:
    book = Book()
    book.log.info("mail from {sender}", sender="bob@example.net")
    (line,) = book.lines()
    moment, level, rest = line.split(None, 2)
    assert moment.endswith("Z")
    assert level == "info"
    assert rest == "smtp.session: mail from bob@example.net"


def test_lines_for_machines() -> None:
    book = Book("json")
    book.log.warn("size {size}", size=5, sender="bob", thing=object())
    (line,) = book.lines()
    said = json.loads(line)
    assert said.pop("time").endswith("Z")
    assert said == {
        "level": "warn",
        "source": "smtp.session",
        "message": "size 5",
        "size": 5,
        "sender": "bob",
    }


def test_the_journal_has_its_own_clock() -> None:
    book = Book(JOURNAL_STREAM="8:123")
    book.log.error("trouble")
    assert book.lines() == ["<3>smtp.session: trouble"]


@pytest.mark.parametrize("format_name", ["text", "json"])
@pytest.mark.parametrize(
    "said",
    ["a\r\nb", "a\nb", "\x1b[2J", "a\x85b", "a\u2028b", "\x00", "\ud800", "\x9b31m"],
)
def test_nothing_can_forge_a_line(format_name: str, said: str) -> None:
    book = Book(format_name)
    book.log.info("helo {name}", name=said)
    text = book.out.getvalue()
    assert text.count("\n") == 1
    assert text.removesuffix("\n").isprintable()
    assert len(text.splitlines()) == 1


def test_a_line_has_an_end() -> None:
    book = Book()
    book.log.info("{word}", word="x" * 10**6)
    assert len(book.out.getvalue()) < LINE_LIMIT + 100


def test_levels() -> None:
    book = Book(level="warn")
    book.log.debug("a")
    book.log.info("b")
    book.log.warn("c")
    book.log.critical("d")
    assert [line[-1] for line in book.lines()] == ["c", "d"]
    book.teller.configure(Log(level="debug"))
    book.log.debug("e")
    assert len(book.lines()) == 3


def test_what_twisted_says_of_itself_matters_less() -> None:
    book = Book()
    foreign = Logger("twisted.internet.tcp", observer=book.log.observer)
    foreign.info("starting on 25")
    assert book.lines() == []
    foreign.error("trouble")
    assert len(book.lines()) == 1


def test_failures_tell_where_and_no_values() -> None:
    book = Book()

    def login(password: str) -> None:
        raise RuntimeError("no luck")

    try:
        login("faminta")
    except RuntimeError:
        book.log.failure("it broke off")
    (line,) = book.lines()
    assert "it broke off: RuntimeError: no luck (" in line
    assert "test_log.py:" in line
    assert "faminta" not in line


def test_what_logging_says_comes_through() -> None:
    book = Book()
    other = logging.getLogger("mailnode.store.test_log")
    handler = FromLogging(book.log.observer)
    other.addHandler(handler)
    try:
        other.warning("about %s", "it")
        other.error("trouble", exc_info=ValueError("x"))
    finally:
        other.removeHandler(handler)
    first, second = book.lines()
    assert first.endswith("store.test_log: about it")
    assert "store.test_log: trouble: ValueError: x" in second
