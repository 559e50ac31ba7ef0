"""Taking mail in: ours by SMTP and LMTP, Postfix by SMTP, Dovecot by LMTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from benchmarks import contest
from benchmarks.contest import Figures
from benchmarks.ours import Mailnode
from benchmarks.peers import Dovecot, Postfix, Product

CONNECTIONS = (1, 10, 50)
SECONDS = 3
"""How long one load lasts."""
WARMING = 2
"""Seconds of load nobody measures, in which accounts get their directories."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way into a product."""

    product: Product
    into: str
    protocol: str
    port: int

    def name(self) -> str:
        return f"{self.product.name}, {self.into}"


def ways(ours: Mailnode, postfix: Postfix, dovecot: Dovecot) -> list[Way]:
    """Everything that takes part; ours first."""
    return [
        Way(ours, "SMTP", "smtp", ours.smtp),
        Way(ours, "LMTP", "lmtp", ours.lmtp),
        Way(postfix, "SMTP, queued", "smtp", postfix.smtp),
        Way(dovecot, "LMTP, Maildir", "lmtp", dovecot.maildir),
        Way(dovecot, "LMTP, sdbox", "lmtp", dovecot.sdbox),
    ]


def _once(way: Way, connections: int, seconds: int, first: Iterator[int]) -> Figures:
    # fmt: off
    return contest.measure(
        way.product, way.port, "ingest", "--protocol", way.protocol,
        "--connections", str(connections), "--seconds", str(seconds),
        "--first", str(next(first)),
    )
    # fmt: on


def run(entrants: list[Way]) -> dict[tuple[str, int], Figures]:
    """Every way under every number of connections, in turn, round after round."""
    first = count(10**6, 10**6)
    for way in entrants:
        _once(way, max(CONNECTIONS), WARMING, first)
    rounds: dict[tuple[str, int], list[Figures]] = {}
    for _ in range(contest.ROUNDS):
        for connections in CONNECTIONS:
            for way in entrants:
                figures = _once(way, connections, SECONDS, first)
                rounds.setdefault((way.name(), connections), []).append(figures)
    return {key: contest.median(figures) for key, figures in rounds.items()}


def table(results: dict[tuple[str, int], Figures]) -> Iterator[str]:
    """The results in Markdown, with ours (by SMTP) over each peer."""
    yield "| connections | who, how | messages/s | p50 ms | p99 ms | CPU µs/message | mailnode is |"
    yield "|---|---|---|---|---|---|---|"
    for (who, connections), figures in sorted(
        results.items(), key=lambda item: item[0][1]
    ):
        ours = who.startswith(Mailnode.name)
        same = f"{Mailnode.name}, {'SMTP' if 'SMTP' in who else 'LMTP'}"
        ratio = results[same, connections].rate / figures.rate
        yield (
            f"| {connections} | {who} | {figures.rate:,.0f} | {figures.p50:.1f} "
            f"| {figures.p99:.1f} | {figures.cpu:,.0f} "
            f"| {'' if ours else f'{ratio:.1f} times'} |"
        )


def main() -> None:
    with (
        contest.workshop() as home,
        contest.running(Mailnode(home / "mailnode")) as ours,
        contest.running(Postfix(home / "postfix")) as postfix,
        contest.running(Dovecot(home / "dovecot")) as dovecot,
    ):
        print(*table(run(ways(ours, postfix, dovecot))), sep="\n")


if __name__ == "__main__":
    main()
