"""What is held in memory: ten thousand idle readers, and one message of 100 MB."""

from __future__ import annotations

import hashlib
import random
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import contest, letters, processes
from benchmarks.load import ADDRESSES
from benchmarks.ours import Mailnode

IDLE = 10_000
"""POP3 connections that have been greeted and say nothing more."""
LARGE = 100 * 2**20
"""Octets of the large message."""
IDLE_GOAL = 120 * 2**20
LARGE_GOAL = 40 * 2**20

_LINE = 76
_HEADER = (
    b"From: bob@example.net\r\nTo: ana@example.org\r\nSubject: Large\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Growth:
    """What a load added to the memory of the server, in octets, and its goal."""

    what: str
    octets: int
    goal: int


def _connect(port: int, index: int = 0) -> socket.socket:
    source = f"127.0.1.{1 + index % ADDRESSES}"
    return socket.create_connection(("127.0.0.1", port), 30, (source, 0))


def idle(ours: Mailnode) -> Growth:
    """Open the idle connections and see that the server still serves."""
    processes.raise_files()
    before = processes.resident(ours.process.pid)
    sockets = []
    try:
        for index in range(IDLE):
            connection = _connect(ours.pop3, index)
            sockets.append(connection)
            if not connection.recv(200).startswith(b"+OK"):
                raise SystemExit(f"connection {index} was not greeted")
        after = processes.resident(ours.process.pid)
        last = sockets[0]
        last.sendall(b"CAPA\r\n")
        if not last.recv(2000).startswith(b"+OK"):
            raise SystemExit("the first of ten thousand is not served any more")
    finally:
        for connection in sockets:
            connection.close()
    return Growth(f"{IDLE:,} idle POP3 connections", after - before, IDLE_GOAL)


def _pieces() -> Iterator[bytes]:
    """The large message, a megabyte or so at a time."""
    yield _HEADER
    chance = random.Random(1)
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    line = bytes(chance.choices(alphabet, k=_LINE)) + b"\r\n"
    block = b"".join(line[n:-2] + line[:n] + b"\r\n" for n in range(_LINE)) * 170
    for _ in range(LARGE // len(block)):
        yield block


def _say(connection: socket.socket, command: bytes, wanted: bytes) -> bytes:
    connection.sendall(command)
    answer = connection.recv(4096)
    if not answer.startswith(wanted):
        raise SystemExit(f"{command[:40]!r} was answered {answer[:200]!r}")
    return answer


def _send(port: int, recipient: str) -> bytes:
    """Bring the large message in by SMTP; its hash."""
    sent = hashlib.sha256()
    with _connect(port) as connection:
        connection.settimeout(120)
        _say(connection, b"", b"220")
        _say(connection, b"EHLO client.example.net\r\n", b"250")
        _say(connection, b"MAIL FROM:<bob@example.net>\r\n", b"250")
        _say(connection, b"RCPT TO:<%s>\r\n" % recipient.encode(), b"250")
        _say(connection, b"DATA\r\n", b"354")
        for piece in _pieces():
            sent.update(piece)
            connection.sendall(piece)
        _say(connection, b".\r\n", b"250")
        _say(connection, b"QUIT\r\n", b"221")
    return sent.digest()


def _receive(port: int, user: str, password: str) -> bytes:
    """Fetch the last message by POP3; the hash of what follows the trace."""
    received = hashlib.sha256()
    with _connect(port) as connection, connection.makefile("rb") as lines:
        connection.settimeout(120)
        for command in (
            b"",
            b"USER %s" % user.encode(),
            b"PASS %s" % password.encode(),
        ):
            connection.sendall(command + b"\r\n" * bool(command))
            answer = lines.readline()
            if not answer.startswith(b"+OK"):
                raise SystemExit(f"{command[:4]!r} was answered {answer!r}")
        connection.sendall(b"STAT\r\n")
        count = int(lines.readline().split()[1])
        connection.sendall(b"RETR %d\r\n" % count)
        lines.readline()
        ours = False
        while (line := lines.readline()) != b".\r\n":
            if not line:
                raise SystemExit("the large message broke off")
            ours = ours or line.startswith(b"From: ")
            if ours:
                received.update(line)
    return received.digest()


def large(ours: Mailnode) -> Growth:
    """Take the large message in and give it out, and see the peak of both."""
    reader = f"reader@{letters.DOMAIN}"
    before = processes.forget_peak(ours.process.pid)
    sent = _send(ours.smtp, reader)
    if _receive(ours.pop3, reader, ours.password) != sent:
        raise SystemExit("the large message came back changed")
    return Growth(
        "100 MB in by SMTP and out by POP3 (peak)",
        processes.peak(ours.process.pid) - before,
        LARGE_GOAL,
    )


def run(ours: Mailnode) -> list[Growth]:
    """Both, the peak first: memory that connections held is not given back."""
    return [large(ours), idle(ours)]


def table(results: list[Growth]) -> Iterator[str]:
    """The results in Markdown."""
    yield "| load | growth of resident memory | goal |"
    yield "|---|---|---|"
    for growth in results:
        megabytes, goal = growth.octets / 2**20, growth.goal / 2**20
        yield f"| {growth.what} | {megabytes:.1f} MB | under {goal:.0f} MB |"


def main() -> None:
    with (
        contest.workshop() as home,
        contest.running(Mailnode(home / "mailnode")) as ours,
    ):
        print(*table(run(ours)), sep="\n")


if __name__ == "__main__":
    main()
