"""A store to play with: its messages, its clock, and how to wait for an answer."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Protocol, TypeVar

from mailnode.interfaces.content import IOctets, ISpool
from mailnode.model.envelope import Letter
from mailnode.store import migrate
from mailnode.store.account import Account
from mailnode.store.check import check
from mailnode.store.database import InlineDatabase
from mailnode.store.spool import Content
from mailnode.store.store import Limits, Store

T = TypeVar("T")
ANA = "ana@example.org"
BOB = "bob@example.org"
START = 1_700_000_000_000
"""When the tests take place, in milliseconds."""


def now(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine comes to that never has to wait."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    raise AssertionError("it waits for something")


class Clock:
    """Milliseconds, which pass when we say so."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> int:
        return self.moment


def mail(text: str = "one", size: int = 0) -> bytes:
    """A message, filled up to a size."""
    head = f"From: {BOB}\r\nTo: {ANA}\r\nSubject: {text}\r\n\r\n{text}\r\n".encode()
    line = b"0123456789" * 7 + b"abcdef\r\n"
    fill = (line * ((size - len(head)) // len(line) + 1))[: max(0, size - len(head))]
    return head + fill


def gathered(spool: ISpool, octets: bytes) -> Content:
    """A message, as it comes in from a connection."""
    for start in range(0, len(octets), 50_000):
        spool.write(octets[start : start + 50_000])
    content = spool.seal()
    assert isinstance(content, Content)
    return content


def whole(octets: IOctets) -> bytes:
    """All that a kept message has."""
    read = b""
    while piece := now(octets.read(len(read))):
        read += piece
    return read


class Opening(Protocol):
    """Makes stores."""

    def __call__(self, shards: int = 1, quota: Limits | None = None) -> Keeping:
        """One more."""


class Keeping:
    """A store in memory.

    @ivar failures: what the store complained of.
    """

    def __init__(
        self, directory: Path, shards: int = 1, quota: Limits | None = None
    ) -> None:
        self.clock = Clock()
        self.failures: list[Exception] = []
        self.contents: list[Content] = []
        self.main = InlineDatabase(prepare=migrate.main)
        self.shards = [InlineDatabase(prepare=migrate.shard) for _ in range(shards)]
        self.indexes = [InlineDatabase(prepare=migrate.search) for _ in range(shards)]
        self.store = Store(
            self.main,
            self.shards,
            directory_path=directory,
            clock=self.clock,
            default_quota=quota or Limits(),
            min_free=0,
            complain=self.failures.append,
            indexes=self.indexes,
        )

    def account(self, name: str = ANA) -> Account:
        """Somebody's mail."""
        return now(self.store.account(name))

    def content(self, octets: bytes) -> Content:
        """A message that is not kept yet; it is forgotten with the store."""
        self.contents.append(gathered(self.store.spool(), octets))
        return self.contents[-1]

    def deliver(
        self,
        octets: bytes,
        *names: str,
        mailbox: str = "INBOX",
        delivery_id: str | None = None,
    ) -> None:
        """Bring a message to somebody, or to ana."""
        self.clock.moment += 1
        letter = Letter(
            delivery_id or f"d{self.clock.moment}",
            tuple((name, mailbox) for name in names or (ANA,)),
            self.clock.moment,
        )
        now(self.store.deliver(letter, self.content(octets)))

    def close(self) -> None:
        """Forget everything."""
        for content in self.contents:
            content.discard()
        now(self.store.close())

    def sound(self) -> None:
        """Make sure that everything agrees with everything."""
        assert [str(f) for f in now(check(self.main, self.shards))] == []
