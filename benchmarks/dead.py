"""What a hundred thousand messages cost that wait for a host which is never there."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import apsw

from benchmarks import contest, letters, processes
from benchmarks.contest import Figures
from benchmarks.ours import Mailnode
from mailnode.model.envelope import Address, Envelope, Recipient, Sender, Target
from mailnode.store import migrate
from mailnode.store.database import InlineDatabase
from mailnode.store.queue import Queue
from mailnode.store.reserve import Reserve
from mailnode.testing.content import MemoryContent

QUEUED = 100_000
DOMAIN = "dead.example"
NOBODY = "127.0.2.99"
"""Where nobody listens."""
CONNECTIONS = 10
SECONDS = 3
ROUNDS = 5
GOAL = 200 * 2**20
"""Octets of memory that they may cost."""
SHARE = 0.9
"""Of its rate that local delivery must keep."""

_ROUTE = """
[queue]
first_retry = 2

[[route]]
recipients = ["{domain}"]
host = "{host}:{port}"
"""
_TEXT = b"From: ana@example.org\r\nSubject: %06d\r\n\r\n" + b"Nobody is there.\r\n" * 50


class Waiting(Mailnode):
    """mailnode with a route that leads nowhere, and is tried often."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        port = processes.free_port()
        self.more = _ROUTE.format(domain=DOMAIN, host=NOBODY, port=port)

    @property
    def main(self) -> Path:
        """The database with the queue."""
        return self.home / "data" / "main.db"

    def fill(self, user: str, numbers: range) -> None:
        """Put messages into the queue while it is stopped, by its own code."""
        processes.end(self.process)
        database = InlineDatabase(self.main, prepare=migrate.main)
        database.connection.execute("PRAGMA synchronous = OFF")
        reserve = Reserve(self.home, self.now, 0)
        queue = Queue(database, reserve, self.now, "benchmark")
        sender = Address("ana", letters.DOMAIN)
        for number in numbers:
            there = Address(f"{user}{number}", DOMAIN)
            target = Target(Recipient(there), there, None, sender)
            envelope = Envelope(
                f"{number:032x}", Sender(sender), (target,), self.now(), "ana"
            )
            _done(queue.put(envelope, MemoryContent(_TEXT % number)))
        _done(database.close())
        self.serve()

    def now(self) -> int:
        """Milliseconds since 1970."""
        return round(1000 * time.time())

    def untried(self) -> int:
        """How many messages nobody has tried yet."""
        with contextlib.closing(
            apsw.Connection(str(self.main), flags=apsw.SQLITE_OPEN_READONLY)
        ) as database:
            return int(
                database.execute(
                    "SELECT count(*) FROM queue_target WHERE attempts = 0"
                ).get
            )


def _done(work: Coroutine[object, None, object]) -> None:
    """Let something come to its end that waits for nobody."""
    with contextlib.suppress(StopIteration):
        work.send(None)


@dataclass(frozen=True, slots=True)
class Costs:
    """What they cost.

    @ivar passed: how many had been tried or passed over at the end.
    @ivar octets: by which resident memory was larger then.
    @ivar without: local delivery beside an empty queue.
    @ivar beside: the same beside them.
    """

    passed: int
    octets: int
    without: Figures
    beside: Figures


def deliver(product: Mailnode, first: Iterator[int]) -> Figures:
    """Local delivery for some seconds."""
    # fmt: off
    return contest.measure(
        product, product.smtp, "ingest", "--connections", str(CONNECTIONS),
        "--seconds", str(SECONDS), "--first", str(next(first)),
    )
    # fmt: on


def run(plain: Mailnode, loaded: Waiting) -> Costs:
    """One server with them and one without, in turn."""
    first = count(10**6, 10**6)
    loaded.fill("nobody", range(0))  # so that both measures follow a start
    for each in (plain, loaded):
        deliver(each, first)
    before = processes.resident(loaded.process.pid)
    loaded.fill("nobody", range(QUEUED))
    deliver(loaded, first)
    pairs = [(deliver(plain, first), deliver(loaded, first)) for _ in range(ROUNDS)]
    octets = processes.resident(loaded.process.pid) - before
    without, beside = (contest.median([*each]) for each in zip(*pairs, strict=True))
    return Costs(QUEUED - loaded.untried(), octets, without, beside)


def table(costs: Costs) -> Iterator[str]:
    """The results in Markdown."""
    share = costs.beside.rate / costs.without.rate
    yield "| beside | messages/s delivered here | CPU µs/message | goal |"
    yield "|---|---|---|---|"
    yield f"| an empty queue | {costs.without.rate:,.0f} | {costs.without.cpu:,.0f} | |"
    yield (
        f"| {QUEUED:,} messages for a dead host | {costs.beside.rate:,.0f}"
        f" ({share:.0%}) | {costs.beside.cpu:,.0f} | at least {SHARE:.0%} |"
    )
    yield ""
    yield (
        f"Those messages cost {costs.octets / 2**20:.1f} MB of resident memory (goal:"
        f" under {GOAL / 2**20:.0f} MB); at the end, {costs.passed:,} of them had been"
        " tried or passed over."
    )


def main() -> None:
    with (
        contest.workshop() as home,
        contest.running(Mailnode(home / "plain")) as plain,
        contest.running(Waiting(home / "loaded")) as loaded,
    ):
        print(*table(run(plain, loaded)), sep="\n")


if __name__ == "__main__":
    main()
