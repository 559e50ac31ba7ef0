"""An IMAP client thin enough to outrun what it measures; it understands only tags.

It is a process of its own (C{python -m benchmarks.imapclient}).  An answer is whole
when its last line begins with the tag; what is in it is looked at only when asked
to, in rounds nobody times.
"""

from __future__ import annotations

import argparse
import json
import select
import socket
import statistics
import sys
import time
from collections.abc import Callable
from itertools import cycle

from benchmarks import processes
from benchmarks.load import ADDRESSES, PATIENCE, Refused

PIECE = 2**20
"""Octets that are taken from a socket at a time."""
TAIL = 512
"""Octets at the end of an answer among which its last line is."""
TAG = b"t"
LATEST = 0.05
"""Seconds after which an IDLE should have told of a delivery."""


class Client:
    """One connection, logged in.

    @ivar octets: of all answers.
    """

    def __init__(self, options: argparse.Namespace, index: int = 0) -> None:
        source = f"127.0.1.{1 + index % ADDRESSES}"
        where = (options.host, options.port)
        self.socket = socket.create_connection(where, PATIENCE, (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.room = memoryview(bytearray(PIECE))
        self.octets = 0
        self.kept: list[bytes] | None = None
        self.hear(b"* OK")
        self.do(f"LOGIN {options.user} {options.password}".encode())

    def hear(self, start: bytes = TAG + b" OK") -> None:
        """Take a whole answer: up to a line that begins so.

        @raise Refused: when it is another answer.
        """
        tail = b""
        while not tail.endswith(b"\r\n") or not (
            last := tail[tail.rfind(b"\n", 0, -2) + 1 :]
        ).startswith((start, TAG + b" ", b"* BYE")):
            size = self.socket.recv_into(self.room)
            if not size:
                raise Refused("the server closed the connection")
            self.octets += size
            if self.kept is not None:
                self.kept.append(bytes(self.room[:size]))
            tail = tail[-TAIL:] + bytes(self.room[max(0, size - TAIL) : size])
        if not last.startswith(start):
            raise Refused(f"wanted {start!r}, got {last[:200]!r}")

    def do(self, command: bytes) -> None:
        """Give a command and take its answer."""
        self.socket.sendall(b"%b %b\r\n" % (TAG, command))
        self.hear()

    def read(self, command: bytes) -> bytes:
        """Give a command and keep its answer."""
        self.kept = []
        self.do(command)
        answer, self.kept = b"".join(self.kept), None
        return answer


class Stopwatch:
    """How long things take, and what they cost the server.

    @ivar pid: the server's first process.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.taken: list[float] = []
        self.spent = processes.cpu(pid)
        self.began = time.perf_counter()

    def timed(self, deed: Callable[[], object]) -> None:
        """Do something and note how long it took."""
        began = time.perf_counter()
        deed()
        self.taken.append(time.perf_counter() - began)

    def over(self, seconds: float) -> bool:
        """Whether so much time has passed."""
        return time.perf_counter() - self.began >= seconds

    def report(self, done: int, octets: int) -> dict[str, float]:
        """What came of so many deeds."""
        seconds = time.perf_counter() - self.began
        cpu = processes.cpu(self.pid) - self.spent
        ranked = sorted(self.taken)
        return {
            "done": done,
            "octets": octets,
            "seconds": seconds,
            "rate": done / seconds,
            "p50": 1000 * statistics.median(ranked),
            "p99": 1000 * ranked[len(ranked) * 99 // 100],
            "most": 1000 * ranked[-1],
            "cpu": 1e6 * cpu / done,
        }


def ask(options: argparse.Namespace) -> dict[str, float]:
    """Give some commands in turn, over one connection, for a while."""
    client = Client(options)
    if not options.unselected:
        client.do(b"SELECT INBOX")
    commands = [command.encode() for command in options.command]
    if options.count:
        for command in commands:
            answer = client.read(command)
            found = answer.count(options.token.encode())
            if found != options.count:
                raise Refused(f"{command!r}: {found} of {options.count}")
    before, done = client.octets, 0
    watch = Stopwatch(options.pid)
    while not watch.over(options.seconds) or done % len(commands):
        command = commands[done % len(commands)]
        watch.timed(lambda command=command: client.do(command))  # type: ignore[misc]  # its default is of this type
        done += 1
    return watch.report(done, client.octets - before)


def crowd(options: argparse.Namespace) -> dict[str, float]:
    """Give one command over many connections, each again when it is answered.

    The answer is a single short line, which comes in one piece.
    """
    clients = [Client(options, index) for index in range(options.connections)]
    command = b"%b %b\r\n" % (TAG, options.command[0].encode())
    poll = select.epoll()
    by_number = {client.socket.fileno(): client for client in clients}
    for client in clients:
        if not options.unselected:
            client.do(b"SELECT INBOX")
        poll.register(client.socket, select.EPOLLIN)
    done = 0
    watch = Stopwatch(options.pid)
    for client in clients:
        client.socket.sendall(command)
    sockets = {number: client.socket for number, client in by_number.items()}
    while not watch.over(options.seconds):
        ready = poll.poll(PATIENCE)
        for number, _ in ready:
            answer = sockets[number].recv(TAIL)
            if not (answer.startswith(TAG) and answer.endswith(b"\r\n")):
                raise Refused(f"{options.command[0]}: {answer!r}")
            sockets[number].send(command)
        done += len(ready)
    watch.taken.append((time.perf_counter() - watch.began) / done)
    return watch.report(done, 0)


def append(options: argparse.Namespace) -> dict[str, float]:
    """Put messages of one size into a mailbox, over some connections side by side."""
    from benchmarks.correspondence import letter  # noqa: PLC0415 - takes a while

    clients = [Client(options, index) for index in range(options.connections)]
    bodies = cycle([letter(number, options.size) for number in range(1, 500)])
    poll = select.epoll()
    by_number = {client.socket.fileno(): client for client in clients}
    number = done = 0

    def send(client: Client) -> None:
        nonlocal number
        number += 1
        mark = b"X-Letter: %d %d\r\n" % (time.time_ns(), number)
        message = mark + next(bodies)
        client.socket.sendall(
            b"%b APPEND INBOX {%d+}\r\n%b\r\n" % (TAG, len(message), message)
        )

    for client in clients:
        poll.register(client.socket, select.EPOLLIN)
    watch = Stopwatch(options.pid)
    sent = dict.fromkeys(by_number, time.perf_counter())
    for client in clients:
        send(client)
    while not watch.over(options.seconds):
        for ready, _ in poll.poll(PATIENCE):
            by_number[ready].hear()
            now = time.perf_counter()
            watch.taken.append(now - sent[ready])
            sent[ready] = now
            done += 1
            send(by_number[ready])
    for client in clients:
        client.hear()
    return watch.report(done + len(clients), 0)


def idle(options: argparse.Namespace) -> dict[str, float]:
    """How long after the last octet of an APPEND an IDLE elsewhere hears of it."""
    from benchmarks.correspondence import letter  # noqa: PLC0415 - takes a while

    listener, sender = Client(options), Client(options)
    listener.do(b"SELECT INBOX")
    listener.socket.sendall(b"%b IDLE\r\n" % TAG)
    listener.hear(b"+ ")
    watch = Stopwatch(options.pid)
    for number in range(options.count):
        message = b"X-Letter: %d\r\n%b" % (time.time_ns(), letter(number, 4000))
        sender.socket.sendall(b"%b APPEND INBOX {%d+}\r\n" % (TAG, len(message)))
        sender.socket.sendall(message + b"\r\n")
        watch.timed(lambda: hear_news(listener))
        sender.hear()
    return watch.report(options.count, 0)


def hear_news(listener: Client) -> None:
    """Wait until there is one message more."""
    heard = b""
    while b" EXISTS\r\n" not in heard:
        heard += listener.socket.recv(PIECE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pid", type=int, required=True, help="the server's")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--unselected", action="store_true")
    parser.add_argument("--command", action="append", default=[])
    parser.add_argument("--token", default=" FETCH (", help="what is counted")
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--size", type=int, default=10_000)
    parser.add_argument("verb", choices=["ask", "crowd", "append", "idle"])
    options = parser.parse_args()
    verbs = {"ask": ask, "crowd": crowd, "append": append, "idle": idle}
    try:
        print(json.dumps(verbs[options.verb](options)))
    except Refused as refused:
        sys.exit(f"imapclient: {refused}")


if __name__ == "__main__":
    main()
