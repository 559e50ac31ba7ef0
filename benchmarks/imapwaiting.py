"""IMAP sessions that wait: what they hold, how soon they hear, whom they keep waiting."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks import contest, processes
from benchmarks.imap import LARGE, OTHER, SMALL, THUNDERBIRD, fill, give, options
from benchmarks.imap import Work as Asking
from benchmarks.imapclient import Client
from benchmarks.ours import Mailnode
from benchmarks.peers import Dovecot

SESSIONS = 500
"""Sessions that have selected a mailbox of 10,000 messages, and idle."""
BEFORE = 20
"""Sessions that came and went before, so that the first does not pay for all."""
DELIVERIES = 100
"""Messages of which an IDLE hears."""
LONG = (
    ("FETCH 1:* (ENVELOPE)", "ENVELOPE"),
    (THUNDERBIRD, "header fields, found before"),
    (
        "FETCH 1:* (BODY.PEEK[HEADER.FIELDS.NOT (Received)])",
        "header fields, never kept",
    ),
    ("FETCH 1:* (BODY.PEEK[])", "BODY[]"),
)
"""What one session asks of 100,000 messages while another says NOOP."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: what was measured, in which unit, and its goal."""

    what: str
    who: str
    figure: float
    unit: str
    goal: str = ""


def held(product: Mailnode | Dovecot) -> float:
    """Octets of memory that one more idle session takes."""
    processes.raise_files()
    reader = options(product, SMALL)
    for index in range(BEFORE):
        _idling(reader, index).socket.close()
    time.sleep(1)
    before = processes.private(product.process.pid)
    clients = [_idling(reader, index) for index in range(SESSIONS)]
    time.sleep(1)
    after = processes.private(product.process.pid)
    for client in clients:
        client.socket.close()
    return (after - before) / SESSIONS


def _idling(options: argparse.Namespace, index: int) -> Client:
    client = Client(options, index)
    client.do(b"SELECT INBOX")
    client.socket.sendall(b"i IDLE\r\n")
    client.hear(b"+ ")
    return client


def hears(product: Mailnode | Dovecot) -> dict[str, float]:
    """How long after a message has come an IDLE says so."""
    words = ("--user", OTHER.address, "--password", product.password)
    return contest.load(
        product.imap,
        *words,
        *("--pid", str(product.process.pid), "--count", str(DELIVERIES), "idle"),
        client="benchmarks.imapclient",
    )


def waits(product: Mailnode, command: str) -> tuple[dict[str, float], int]:
    """How long a NOOP takes while somebody asks for much, and the growth of memory."""
    pid = product.process.pid
    asking = Asking(command, LARGE, (command,), LARGE.messages, "messages", 0)
    words = ("--user", SMALL.address, "--password", product.password)
    before = processes.forget_peak(pid)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(give, product, asking, 2.5)
        time.sleep(0.5)
        report = contest.load(
            product.imap,
            *words,
            *("--pid", str(pid), "--seconds", "1.5", "--command", "NOOP", "ask"),
            client="benchmarks.imapclient",
        )
        done.result()
    return report, processes.peak(pid) - before


def run(products: Iterable[Mailnode | Dovecot]) -> Iterator[Line]:
    """All of it."""
    entrants = list(products)
    goals = {Mailnode.name: "at most 1/20", Dovecot.name: ""}
    for product in entrants:
        what = "memory of one more idle session"
        octets = held(product)
        yield Line(what, product.name, octets / 1024, "KB", goals[product.name])
    for product in entrants:
        report = hears(product)
        goal = "under 50" if isinstance(product, Mailnode) else ""
        what = "a message in, IDLE hears: median"
        yield Line(what, product.name, report["p50"], "ms", goal)
        yield Line("the slowest of 100", product.name, report["most"], "ms", goal)
    for product in entrants:
        if isinstance(product, Mailnode):
            for command, name in LONG:
                report, growth = waits(product, command)
                what = f"NOOP while 100,000 are asked for {name}"
                yield Line(f"{what}: 99 of 100", product.name, report["p99"], "ms")
                yield Line("the slowest", product.name, report["most"], "ms", "20")
                yield Line("memory meanwhile", product.name, growth / 2**20, "MB")


def table(lines: Iterable[Line]) -> Iterator[str]:
    """The results in Markdown."""
    yield "| what | who | | goal |"
    yield "|---|---|---|---|"
    for line in lines:
        yield f"| {line.what} | {line.who} | {line.figure:,.3g} {line.unit} | {line.goal} |"


def main() -> None:
    with (
        contest.workshop() as home,
        contest.running(Mailnode(home / "mailnode")) as ours,
        contest.running(Dovecot(home / "dovecot")) as dovecot,
    ):
        for product in (ours, dovecot):
            fill(product)
        for line in table(run((ours, dovecot))):
            print(line, flush=True)


if __name__ == "__main__":
    main()
