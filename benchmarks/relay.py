"""Passing mail on: from those who hand it in, through the queue, to null receivers."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import apsw

from benchmarks import contest, letters, processes
from benchmarks.contest import Figures
from benchmarks.ours import Mailnode
from benchmarks.peers import Postfix, Product

DESTINATIONS = (1, 20)
MESSAGES = 5000
"""Letters of one load."""
WARMING = 1000
"""Letters of a load nobody measures."""
CONNECTIONS = 10
"""Of those who hand them in."""
HOSTS = [f"127.0.2.{number}" for number in range(1, max(DESTINATIONS) + 1)]
"""Where the null receivers listen, one for each domain."""
BACKLOG = "200"
"""Connections to a null receiver that may wait to be taken."""

_SUBMISSION = """
[[listen]]
protocol = "submission"
endpoint = "tcp:{submission}:interface=127.0.0.1"
tls = "none"

[submission]
senders = "any"
messages_per_hour = 0
messages_per_day = 0
recipients_per_hour = 0
recipients_per_day = 0
"""
_ROUTE = """
[[route]]
recipients = ["{domain}"]
host = "{host}:{port}"
"""
_TRANSPORT = "{{ {domain} = smtp:[{host}]:{port} }}"
_COUNTER = re.compile(rb"mesg=(\d+)")


class Sinks:
    """Postfix's own null receivers, one for each destination.

    @ivar port: theirs, each on its own address.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir()
        self.port = processes.free_port()
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Listen on every address."""
        sink = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
        if sink is None:
            raise processes.NotReady("no smtp-sink: install postfix")
        for host in HOSTS:
            command = [sink, "-c", "-u", "nobody", f"{host}:{self.port}", BACKLOG]
            self.running.append(processes.start(command, self.home / host))

    def received(self) -> int:
        """How many messages they have thrown away."""
        return sum(self._count(self.home / host) for host in HOSTS)

    def _count(self, log: Path) -> int:
        found = _COUNTER.findall(log.read_bytes()[-200:])
        return int(found[-1]) if found else 0

    def stop(self) -> None:
        """End them all."""
        for each in self.running:
            processes.end(each)


class Relaying(Mailnode):
    """mailnode with submission, and a route to every null receiver."""

    def __init__(self, home: Path, port: int) -> None:
        super().__init__(home)
        self.submission = processes.free_port()
        routes = [
            _ROUTE.format(domain=letters.domain(number), host=host, port=port)
            for number, host in enumerate(HOSTS)
        ]
        self.more = _SUBMISSION.format(submission=self.submission) + "".join(routes)

    def busy(self) -> bool:
        """Whether anything is left in the queue: one look at an index."""
        database = apsw.Connection(
            str(self.home / "data" / "main.db"), flags=apsw.SQLITE_OPEN_READONLY
        )
        found = database.execute(
            "SELECT EXISTS (SELECT 1 FROM queue_message WHERE complete = 1)"
        ).get
        database.close()
        return bool(found)


class Passing(Postfix):
    """smtpd, cleanup, queue manager and smtp, with a transport to every receiver."""

    def __init__(self, home: Path, port: int) -> None:
        super().__init__(home)
        routes = [
            _TRANSPORT.format(domain=letters.domain(number), host=host, port=port)
            for number, host in enumerate(HOSTS)
        ]
        self.transports = f"default_transport = smtp:\ntransport_maps = inline:{{{' '.join(routes)}}}\n"

    def busy(self) -> bool:
        if any((self.home / "queue" / "deferred").rglob("*/*")):
            raise processes.NotReady(f"{self.name} has deferred what it should relay")
        return super().busy()


@dataclass(frozen=True, slots=True)
class Way:
    """A way through a product.

    @ivar login: what is said in AUTH, if anything.
    """

    product: Product
    port: int
    login: Sequence[str]


def ways(ours: Relaying, postfix: Passing) -> list[Way]:
    """Everything that takes part; ours first."""
    login = ["--login", f"{letters.account(0)}:{ours.password}"]
    return [Way(ours, ours.submission, login), Way(postfix, postfix.smtp, [])]


def once(
    way: Way, sinks: Sinks, destinations: int, messages: int, first: int
) -> Figures:
    """Hand in some letters, and wait until all have been passed on."""
    product = way.product
    product.settle()
    had, before = sinks.received(), product.cpu()
    # fmt: off
    report = contest.load(
        way.port, "ingest", "--connections", str(CONNECTIONS), "--seconds", "600",
        "--first", str(first), "--count", str(messages),
        "--domains", str(destinations), *way.login,
    )
    # fmt: on
    product.settle()
    seconds = time.perf_counter() - report["began"]
    spent = product.cpu() - before
    if sinks.received() - had != messages:
        raise SystemExit(f"{product.name} has not relayed {messages} messages")
    cpu = 1e6 * spent / messages
    return Figures(messages / seconds, report["p50"], report["p99"], cpu)


def run(entrants: list[Way], sinks: Sinks) -> dict[tuple[str, int], Figures]:
    """Everybody to each number of destinations, in turn, round after round."""
    first = count(10**6, 10**6)
    rounds: dict[tuple[str, int], list[Figures]] = {}
    for way in entrants:
        once(way, sinks, max(DESTINATIONS), WARMING, next(first))
    for _ in range(contest.ROUNDS):
        for destinations in DESTINATIONS:
            for way in entrants:
                figures = once(way, sinks, destinations, MESSAGES, next(first))
                key = (way.product.name, destinations)
                rounds.setdefault(key, []).append(figures)
    return {key: contest.median(figures) for key, figures in rounds.items()}


def table(results: dict[tuple[str, int], Figures]) -> Iterator[str]:
    """The results in Markdown, with ours over the peer."""
    yield "| destinations | who | messages/s | p50 ms | p99 ms | CPU µs/message | mailnode is |"
    yield "|---|---|---|---|---|---|---|"
    for (who, destinations), figures in results.items():
        ratio = results[Mailnode.name, destinations].rate / figures.rate
        yield (
            f"| {destinations} | {who} | {figures.rate:,.0f} | {figures.p50:.1f} "
            f"| {figures.p99:.1f} | {figures.cpu:,.0f} "
            f"| {'' if who == Mailnode.name else f'{ratio:.1f} times'} |"
        )


def main() -> None:
    with (
        contest.workshop() as home,
        contest.running(Sinks(home / "sinks")) as sinks,
        contest.running(Relaying(home / "mailnode", sinks.port)) as ours,
        contest.running(Passing(home / "postfix", sinks.port)) as postfix,
    ):
        print(*table(run(ways(ours, postfix), sinks)), sep="\n")


if __name__ == "__main__":
    main()
