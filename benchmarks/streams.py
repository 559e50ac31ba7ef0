"""EventSource: a thousand pages that wait, and how soon all of them hear of a message."""

from __future__ import annotations

import argparse
import contextlib
import selectors
import smtplib
import socket
import statistics
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks import contest, letters, processes
from benchmarks.load import ADDRESSES
from benchmarks.ours import READERS, Mailnode

STREAMS = 1000
ROUNDS = 10
KB_GOAL = 12.0
MS_GOAL = 50.0
PAUSE = 0.5
"""Seconds between two messages: longer than changes are taken together."""


@dataclass(frozen=True, slots=True)
class Waited:
    """What a thousand streams cost.

    @ivar kilobytes: of memory for each of them.
    @ivar first: milliseconds from the reply to the message until the first heard.
    @ivar last: the same, until the last did.
    """

    kilobytes: float
    first: float
    last: float


def opened(ours: Mailnode, index: int, user: str) -> socket.socket:
    """One stream, whose header has come."""
    said = b64encode(f"{ours.login(user)}:{ours.password}".encode())
    source = (f"127.0.1.{1 + index % ADDRESSES}", 0)
    stream = socket.create_connection(("127.0.0.1", ours.http), 30, source)
    stream.sendall(
        b"GET /jmap/eventsource/?types=*&closeafter=no&ping=0 HTTP/1.1\r\n"
        b"Host: localhost\r\nAuthorization: Basic %s\r\n\r\n" % said
    )
    head = b""
    while b"\r\n\r\n" not in head:
        head += stream.recv(4096)
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"no stream: {head[:200]!r}")
    stream.setblocking(False)
    return stream


def heard(streams: Sequence[socket.socket], since: float) -> tuple[float, float]:
    """When the first and the last of them hear something, in milliseconds."""
    places = {stream.fileno(): stream for stream in streams}
    with selectors.DefaultSelector() as waiting:
        for stream in streams:
            waiting.register(stream, selectors.EVENT_READ)
        moments = list[float]()
        while len(moments) < len(streams):
            ready = waiting.select(10)
            if not ready:
                raise SystemExit(f"{len(streams) - len(moments)} streams heard nothing")
            now = time.perf_counter()
            for stream in (places[key.fd] for key, _ in ready):
                if b"event: state" in stream.recv(8192):
                    waiting.unregister(stream)
                    moments.append((now - since) * 1e3)
    return moments[0], moments[-1]


def run(ours: Mailnode) -> Waited:
    """Open the streams, bring messages, and see when they are told."""
    processes.raise_files()
    user = READERS[0]
    with contextlib.ExitStack() as stack:
        warm = stack.enter_context(opened(ours, 0, user))
        before = processes.resident(ours.process.pid)
        streams = [warm]
        streams += [
            stack.enter_context(opened(ours, index, user))
            for index in range(1, STREAMS)
        ]
        held = processes.resident(ours.process.pid) - before
        sender = stack.enter_context(smtplib.LMTP("127.0.0.1", ours.lmtp))
        times = []
        for number in range(ROUNDS):
            time.sleep(PAUSE)
            letter = letters.octets(letters.letter(number))
            sender.sendmail("bob@example.net", [ours.login(user)], letter)
            times.append(heard(streams, time.perf_counter()))
    first, last = zip(*times, strict=True)
    kilobytes = held / (STREAMS - 1) / 1000
    return Waited(kilobytes, statistics.median(first), statistics.median(last))


def table(waited: Waited) -> Iterator[str]:
    """Lines of a table."""
    yield f"| {STREAMS:,} streams of one account | mailnode | goal |"
    yield "|---|---|---|"
    yield f"| KB of memory each | {waited.kilobytes:.1f} | {KB_GOAL:.0f} |"
    yield f"| ms until the first is told | {waited.first:.0f} | {MS_GOAL:.0f} |"
    yield f"| ms until the last is told | {waited.last:.0f} | {MS_GOAL:.0f} |"


def main() -> None:
    """Run this part and print it."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with (
        contest.workshop() as home,
        contest.running(Mailnode(home / "mailnode")) as ours,
    ):
        print("\n".join(table(run(ours))))


if __name__ == "__main__":
    main()
