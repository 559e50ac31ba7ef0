"""A load generator thin enough to outrun what it measures: SMTP, LMTP and POP3.

It is a process of its own (C{python -m benchmarks.load}), one epoll loop, and a
conversation is a generator: it yields what to send and how to tell that the
answer is complete, and is resumed with the answer.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import itertools
import json
import select
import socket
import sys
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from benchmarks import letters

Framing = Callable[[bytearray], bytes | None]
"""Takes a whole answer off the front of what was received, if it is there."""
Conversation = Generator[tuple[bytes, Framing], bytes, None]

ADDRESSES = 250
"""Connections come from this many loopback addresses, 127.0.1.1 and up."""
WINDOW = 100
"""RETR commands on their way at a time, when they are pipelined."""
READ = 256 * 2**10
PATIENCE = 30.0
"""Seconds without any news before the run is given up."""


class Refused(Exception):
    """The server answered something else than it should."""


def replies(count: int) -> Framing:
    """SMTP replies, the last line of each with a space after its code."""

    def whole(buffer: bytearray) -> bytes | None:
        if not buffer.endswith(b"\r\n"):
            return None
        text = bytes(buffer)
        ends = sum(line[3:4] == b" " for line in text.split(b"\r\n"))
        if ends < count:
            return None
        buffer.clear()
        return text

    return whole


def line(buffer: bytearray) -> bytes | None:
    """One line (RFC 1939, 3)."""
    end = buffer.find(b"\r\n")
    return _taken(buffer, end + 2) if end >= 0 else None


def listing(buffer: bytearray) -> bytes | None:
    """A multi-line response (RFC 1939, 3)."""
    if buffer.startswith(b"-"):
        return line(buffer)
    end = buffer.find(b"\r\n.\r\n")
    return _taken(buffer, end + 5) if end >= 0 else None


def _taken(buffer: bytearray, size: int) -> bytes:
    with memoryview(buffer) as view:
        found = bytes(view[:size])
    del buffer[:size]
    return found


@dataclass(slots=True)
class Tally:
    """What came of it.

    @ivar began: when the first letter was handed in, on the clock of
        C{time.perf_counter}, which is one for all processes of a machine.
    """

    done: int = 0
    octets: int = 0
    latencies: list[float] = field(default_factory=list)
    pipelined: bool = False
    began: float = 0.0

    def report(self, seconds: float) -> dict[str, float | int | bool]:
        ranked = sorted(self.latencies) or [0.0]
        return {
            "done": self.done,
            "octets": self.octets,
            "seconds": seconds,
            "began": self.began,
            "rate": self.done / seconds,
            "p50": 1000 * ranked[len(ranked) // 2],
            "p99": 1000 * ranked[len(ranked) * 99 // 100],
            "pipelined": self.pipelined,
        }


def _expect(answer: bytes, start: bytes) -> bytes:
    if not answer.startswith(start):
        raise Refused(f"wanted {start!r}, got {answer[:200]!r}")
    return answer


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be sent, by all connections together.

    @ivar numbers: the letters, until they or the time run out.
    @ivar until: when to stop, on the clock of C{time.perf_counter}.
    @ivar recipient: whom a letter is for.
    @ivar login: the initial response of AUTH PLAIN; empty: nobody logs in.
    """

    lmtp: bool
    numbers: Iterator[int]
    until: float
    recipient: Callable[[int], str]
    login: bytes = b""


def sending(task: Task, tally: Tally) -> Conversation:
    """Send letters as busy relays do.

    MAIL, RCPT and DATA go out in one write when PIPELINING is offered
    (RFC 2920), the message when 354 has come, the next MAIL after its 250.
    Where the server has a limit of messages a session (RFC 9422), the
    session ends there, and another one follows.
    """
    _expect((yield b"", replies(1)), b"220")
    hello = b"LHLO" if task.lmtp else b"EHLO"
    offer = _expect((yield hello + b" client.example.net\r\n", replies(1)), b"250")
    tally.pipelined = b"PIPELINING" in offer
    most = (
        int(offer.partition(b"MAILMAX=")[2].split()[0]) if b"MAILMAX=" in offer else 0
    )
    if task.login:
        _expect((yield b"AUTH PLAIN " + task.login + b"\r\n", replies(1)), b"235")
    mail = b"MAIL FROM:<bob@example.net>\r\n"
    for number in itertools.islice(task.numbers, most or None):
        recipient = b"RCPT TO:<%s>\r\n" % task.recipient(number).encode()
        began = time.perf_counter()
        tally.began = tally.began or began
        if tally.pipelined:
            answer = yield mail + recipient + b"DATA\r\n", replies(3)
            _expect(answer[answer.rfind(b"\n", 0, -2) + 1 :], b"354")
        else:
            _expect((yield mail, replies(1)), b"250")
            _expect((yield recipient, replies(1)), b"250")
            _expect((yield b"DATA\r\n", replies(1)), b"354")
        _expect((yield letters.letter(number) + b".\r\n", replies(1)), b"250")
        ended = time.perf_counter()
        tally.latencies.append(ended - began)
        tally.done += 1
        tally.octets += letters.SIZE
        if ended > task.until:
            break
    yield b"QUIT\r\n", replies(1)


def _verify(answer: bytes, seen: set[int], tally: Tally) -> None:
    """Whether a RETR brought a letter as it was sent, for the first time."""
    at = answer.find(letters.MARK)
    start = at + len(letters.MARK)
    number = int(answer[start : start + 12]) if at >= 0 else -1
    if answer[at:-3] != letters.letter(number):
        raise Refused(f"not the letter that was sent: {answer[:300]!r}")
    if number in seen:
        raise Refused(f"letter {number} came twice")
    seen.add(number)
    tally.done += 1
    tally.octets += len(answer)


def reading(
    user: str, password: str, window: int, seen: set[int], tally: Tally
) -> Conversation:
    """Retrieve every message of a mailbox, C{window} commands ahead."""
    _expect((yield b"", line), b"+OK")
    offer = _expect((yield b"CAPA\r\n", listing), b"+OK")
    tally.pipelined = window > 1 and b"PIPELINING" in offer
    if not tally.pipelined:
        window = 1
    _expect((yield b"USER %s\r\n" % user.encode(), line), b"+OK")
    _expect((yield b"PASS %s\r\n" % password.encode(), line), b"+OK")
    count = int(_expect((yield b"STAT\r\n", line), b"+OK").split()[1])
    listed = _expect((yield b"LIST\r\n", listing), b"+OK")
    if listed.count(b"\r\n") != count + 2:
        raise Refused(f"STAT says {count}, LIST does not")
    asked = received = 0
    while received < count:
        ahead = asked - received
        send = b""
        if ahead <= window // 2 and asked < count:
            upto = min(count, received + window)
            send = b"".join(b"RETR %d\r\n" % n for n in range(asked + 1, upto + 1))
            asked = upto
        began = time.perf_counter()
        answer = yield send, listing
        if window == 1:
            tally.latencies.append(time.perf_counter() - began)
        received += 1
        _verify(_expect(answer, b"+OK"), seen, tally)
    _expect((yield b"QUIT\r\n", line), b"+OK")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connection goes, and where it comes from."""

    address: tuple[str, int]
    source: str


class Connection:
    """A socket, and the conversation that is held over it."""

    def __init__(self, place: Place, talk: Conversation) -> None:
        self.place = place
        self.socket = socket.create_connection(
            place.address, PATIENCE, (place.source, 0)
        )
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.talk = talk
        self.received = bytearray()
        self.outgoing = b""
        self.whole: Framing
        self._step(next(talk))

    def _step(self, step: tuple[bytes, Framing]) -> None:
        data, self.whole = step
        if data:
            self.outgoing += data
            self.flush()

    def flush(self) -> None:
        """Send what the socket takes."""
        with contextlib.suppress(BlockingIOError):
            self.outgoing = self.outgoing[self.socket.send(self.outgoing) :]

    def readable(self) -> bool:
        """Take what came and carry on; whether there is more to say."""
        data = self.socket.recv(READ)
        if not data:
            raise Refused("the server closed the connection")
        self.received += data
        while (answer := self.whole(self.received)) is not None:
            try:
                self._step(self.talk.send(answer))
            except StopIteration:
                self.socket.close()
                return False
        return True


class Room:
    """Conversations that are held side by side.

    @ivar more: the next conversation for a connection, or nothing.
    """

    def __init__(self, more: Callable[[], Conversation | None]) -> None:
        self.more = more
        self.poll = select.epoll()
        self.open: dict[int, Connection] = {}

    def enter(self, place: Place) -> None:
        """Begin the next conversation, if there is one."""
        talk = self.more()
        if talk is not None:
            connection = Connection(place, talk)
            self.open[connection.socket.fileno()] = connection
            self.poll.register(connection.socket, select.EPOLLIN)

    def run(self) -> None:
        """Hold them all to their ends."""
        while self.open:
            events = self.poll.poll(PATIENCE)
            if not events:
                raise Refused(f"{len(self.open)} conversations hang")
            for fd, event in events:
                self.serve(fd, event)

    def serve(self, fd: int, event: int) -> None:
        """Carry on where something has happened."""
        connection = self.open[fd]
        if event & select.EPOLLOUT:
            connection.flush()
        if event & ~select.EPOLLOUT and not connection.readable():
            del self.open[fd]
            self.enter(connection.place)
            return
        if connection.outgoing or event & select.EPOLLOUT:
            wanted = select.EPOLLOUT if connection.outgoing else 0
            self.poll.modify(fd, select.EPOLLIN | wanted)


def converse(
    address: tuple[str, int], count: int, more: Callable[[], Conversation | None]
) -> float:
    """Hold conversations over C{count} connections; the seconds it took."""
    room = Room(more)
    began = time.perf_counter()
    for index in range(count):
        room.enter(Place(address, f"127.0.1.{1 + index % ADDRESSES}"))
    room.run()
    return time.perf_counter() - began


def _recipients(options: argparse.Namespace) -> Callable[[int], str]:
    """Whom the letters are for."""
    if options.to is not None:
        return lambda _: str(options.to)
    if options.domains:
        return lambda number: letters.elsewhere(number, options.domains)
    return letters.account


def _initial(login: str) -> bytes:
    """What C{USER:PASSWORD} says in AUTH PLAIN (RFC 4616, 2)."""
    user, _, password = login.partition(":")
    return base64.b64encode(f"\0{user}\0{password}".encode())


def ingest(options: argparse.Namespace) -> Tally:
    """Send for some seconds, or so many letters, and print what came of it."""
    tally = Tally()
    task = Task(
        options.protocol == "lmtp",
        iter(range(options.first, options.first + options.count)),
        time.perf_counter() + options.seconds,
        _recipients(options),
        _initial(options.login) if options.login else b"",
    )

    def more() -> Conversation | None:
        over = time.perf_counter() > task.until or tally.done >= options.count
        return None if over else sending(task, tally)

    seconds = converse((options.host, options.port), options.connections, more)
    print(json.dumps(tally.report(seconds)))
    return tally


def retrieve(options: argparse.Namespace) -> Tally:
    """Retrieve the mailboxes of some users side by side, and compare."""
    tally = Tally()
    seen: set[int] = set()
    talks = iter(
        [
            reading(user, options.password, options.window, seen, tally)
            for user in options.user
        ]
    )
    address = (options.host, options.port)
    seconds = converse(address, len(options.user), lambda: next(talks, None))
    if tally.done != options.expect:
        raise Refused(f"{tally.done} messages of {options.expect} came back")
    print(json.dumps(tally.report(seconds)))
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    verbs = parser.add_subparsers(required=True)
    sends = verbs.add_parser("ingest")
    sends.add_argument("--protocol", choices=["smtp", "lmtp"], default="smtp")
    sends.add_argument("--connections", type=int, default=10)
    sends.add_argument("--seconds", type=float, default=4.0)
    sends.add_argument("--first", type=int, default=0, help="number of a letter")
    sends.add_argument("--count", type=int, default=10**9, help="letters at most")
    sends.add_argument("--to", help="one recipient for all of them")
    sends.add_argument("--domains", type=int, help="recipients in so many domains")
    sends.add_argument("--login", help="USER:PASSWORD, said once a connection")
    sends.set_defaults(verb=ingest)
    reads = verbs.add_parser("pop3")
    reads.add_argument("--user", action="append", required=True)
    reads.add_argument("--password", required=True)
    reads.add_argument("--window", type=int, default=1)
    reads.add_argument("--expect", type=int, required=True)
    reads.set_defaults(verb=retrieve)
    options = parser.parse_args()
    try:
        options.verb(options)
    except Refused as refused:
        sys.exit(f"load: {refused}")


if __name__ == "__main__":
    main()
