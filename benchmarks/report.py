"""Runs everything and writes the tables into README.md, between its markers."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import (
    contest,
    cyrus,
    dead,
    imap,
    imapwaiting,
    ingest,
    jmap,
    memory,
    pop3,
    relay,
    streams,
)
from benchmarks.ours import Mailnode
from benchmarks.peers import PACKAGES, Dovecot, Postfix, missing

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- tables -->\n", "<!-- end of tables -->\n"


def _version(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.split()[-1] if "-d" in command else done.stdout.split()[0]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _machine() -> Iterator[str]:
    yield (
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, {os.cpu_count()} of {_processor()}, "
        f"Linux {platform.release()}, load {os.getloadavg()[0]:.1f} at the start. "
        f"Python {platform.python_version()}, "
        f"Postfix {_version('postconf', '-d', 'mail_version')}, "
        f"Dovecot {_version('dovecot', '--version')}, Cyrus {cyrus.version()}. "
        f"Medians of {contest.ROUNDS} rounds, products in turn within a round."
    )


def _sections() -> Iterator[str]:
    yield from _machine()
    with (
        contest.workshop() as home,
        contest.running(Mailnode(home / "mailnode")) as ours,
        contest.running(Postfix(home / "postfix")) as postfix,
        contest.running(Dovecot(home / "dovecot")) as dovecot,
    ):
        yield "\n### Taking mail in: 10 KB messages\n"
        yield from ingest.table(ingest.run(ingest.ways(ours, postfix, dovecot)))
        yield "\n### Giving mail out: POP3\n"
        yield from pop3.table(pop3.run(ours, dovecot))
    with (
        contest.workshop() as home,
        contest.running(Mailnode(home / "mailnode")) as ours,
        contest.running(Dovecot(home / "dovecot")) as dovecot,
    ):
        for product in (ours, dovecot):
            imap.fill(product)
        yield "\n### IMAP: what clients ask of mailboxes\n"
        yield from imap.table(imap.run((ours, dovecot), imap.WORKS))
        yield "\n### IMAP: sessions that wait\n"
        yield from imapwaiting.table(imapwaiting.run((ours, dovecot)))
    yield "\n### JMAP: a mailbox of 100,000 messages\n"
    yield from jmap.report()
    yield "\n### JMAP: pages that wait\n"
    with (
        contest.workshop() as home,
        contest.running(Mailnode(home / "mailnode")) as ours,
    ):
        yield from streams.table(streams.run(ours))
    yield "\n### Passing mail on: 10 KB messages\n"
    with (
        contest.workshop() as home,
        contest.running(relay.Sinks(home / "sinks")) as sinks,
        contest.running(relay.Relaying(home / "mailnode", sinks.port)) as relaying,
        contest.running(relay.Passing(home / "postfix", sinks.port)) as passing,
    ):
        entrants = relay.ways(relaying, passing)
        yield from relay.table(relay.run(entrants, sinks))
    yield "\n### A host that is never there\n"
    with (
        contest.workshop() as home,
        contest.running(Mailnode(home / "plain")) as plain,
        contest.running(dead.Waiting(home / "loaded")) as loaded,
    ):
        yield from dead.table(dead.run(plain, loaded))
    # A fresh process, so that what the loads before left behind is not counted.
    with (
        contest.workshop() as home,
        contest.running(Mailnode(home / "mailnode")) as ours,
    ):
        yield "\n### Memory of mailnode\n"
        yield from memory.table(memory.run(ours))


def main() -> None:
    if absent := [*missing(), *cyrus.missing()]:
        sys.exit(
            f"benchmarks: {', '.join(absent)} not found:"
            f" apt-get install --no-install-recommends {PACKAGES} {cyrus.PACKAGES}"
        )
    began = time.monotonic()
    lines = []
    for line in _sections():
        print(line, flush=True)
        lines.append(line)
    text = README.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{chr(10).join(lines)}\n\n{END}{after}")
    print(f"\n{time.monotonic() - began:.0f} seconds")


if __name__ == "__main__":
    main()
