"""Giving mail out: RETR of ten thousand messages, ours and Dovecot's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import contest, letters
from benchmarks.contest import Figures
from benchmarks.load import WINDOW
from benchmarks.ours import Mailnode
from benchmarks.peers import Dovecot

MESSAGES = 10_000
READERS = 4
"""Mailboxes that share the messages, where several are read side by side."""


@dataclass(frozen=True, slots=True)
class Way:
    """How the messages are asked for.

    @ivar readers: connections, each to a mailbox of its own.
    @ivar window: RETR commands on their way at a time.
    """

    readers: int
    window: int

    def name(self) -> str:
        ahead = "one by one" if self.window == 1 else f"{self.window} ahead"
        return f"{self.readers} connection{'s' * (self.readers > 1)}, {ahead}"

    def users(self) -> list[str]:
        if self.readers == 1:
            return [f"reader@{letters.DOMAIN}"]
        return [f"reader{n}@{letters.DOMAIN}" for n in range(self.readers)]


WAYS = (Way(1, 1), Way(1, WINDOW), Way(READERS, 1), Way(READERS, WINDOW))


def _fill(product: Mailnode | Dovecot) -> None:
    product.fill(f"reader@{letters.DOMAIN}", range(MESSAGES))
    share = MESSAGES // READERS
    for n in range(READERS):
        mine = range(n * share, (n + 1) * share)
        product.fill(f"reader{n}@{letters.DOMAIN}", mine)


def _once(product: Mailnode | Dovecot, way: Way) -> Figures:
    users = [word for user in way.users() for word in ("--user", user)]
    # fmt: off
    return contest.measure(
        product, product.pop3, "pop3", *users, "--password", product.password,
        "--window", str(way.window), "--expect", str(MESSAGES),
    )
    # fmt: on


def run(ours: Mailnode, dovecot: Dovecot) -> dict[tuple[str, str], Figures]:
    """Every way, in turn, round after round; once before, to warm the caches."""
    entrants = (ours, dovecot)
    for product in entrants:
        _fill(product)
        for way in (WAYS[0], WAYS[-1]):
            _once(product, way)
    rounds: dict[tuple[str, str], list[Figures]] = {}
    for _ in range(contest.ROUNDS):
        for way in WAYS:
            for product in entrants:
                key = way.name(), product.name
                rounds.setdefault(key, []).append(_once(product, way))
    return {key: contest.median(figures) for key, figures in rounds.items()}


def table(results: dict[tuple[str, str], Figures]) -> Iterator[str]:
    """The results in Markdown, with ours over the peer's."""
    yield "| RETR of 10,000 | who | messages/s | CPU µs/message | mailnode is |"
    yield "|---|---|---|---|---|"
    for (way, who), figures in results.items():
        ratio = results[way, Mailnode.name].rate / figures.rate
        yield (
            f"| {way} | {who} | {figures.rate:,.0f} | {figures.cpu:,.0f} "
            f"| {'' if who == Mailnode.name else f'{ratio:.1f} times'} |"
        )


def main() -> None:
    with (
        contest.workshop() as home,
        contest.running(Mailnode(home / "mailnode")) as ours,
        contest.running(Dovecot(home / "dovecot")) as dovecot,
    ):
        print(*table(run(ours, dovecot)), sep="\n")


if __name__ == "__main__":
    main()
