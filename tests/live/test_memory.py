"""What the process holds in memory: ten thousand readers, and a message of 100 MB."""

from __future__ import annotations

import hashlib
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from live.asynchronous import live
from live.server import PASSWORD, Server
from twisted.internet.threads import deferToThread

MEGABYTE = 2**20
IDLE = 10_000
IDLE_GOAL = 120 * MEGABYTE
LARGE = 100 * MEGABYTE
LARGE_GOAL = 40 * MEGABYTE
ADDRESSES = 250
BOUND = 60.0
HEADER = b"Subject: large\r\nFrom: bob@example.net\r\n\r\n"


def held(pid: int, what: str = "VmRSS") -> int:
    """Octets of memory that a process holds now, or held at most (VmHWM)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(what)


def connected(port: int, index: int = 0) -> socket.socket:
    """A connection from one of many loopback addresses."""
    source = f"127.0.1.{1 + index % ADDRESSES}"
    return socket.create_connection(("127.0.0.1", port), BOUND, (source, 0))


def answered(connection: socket.socket, command: bytes, wanted: bytes) -> bytes:
    if command:
        connection.sendall(command + b"\r\n")
    answer = connection.recv(4096)
    assert answer.startswith(wanted), (command, answer)
    return answer


@live
async def test_ten_thousand_idle_readers(own_server: Server) -> None:
    server = own_server
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard <= IDLE + 100:
        pytest.skip(f"needs {IDLE + 100} open files, and ulimit -Hn is {hard}")

    def idle() -> int:
        before = held(server.pid)
        connections: list[socket.socket] = []
        try:
            for index in range(IDLE):
                connections.append(connected(server.pop3, index))
                answered(connections[-1], b"", b"+OK")
            growth = held(server.pid) - before
            for connection in connections[:: IDLE // 10]:
                answered(connection, b"CAPA", b"+OK")
        finally:
            for connection in connections:
                connection.close()
        return growth

    growth = await deferToThread(idle)
    assert growth < IDLE_GOAL, f"{growth / MEGABYTE:.1f} MB"
    assert await server.messages("ana") == []


def pieces() -> Iterator[bytes]:
    """The large message, piece by piece."""
    yield HEADER
    for number in range(LARGE // 78_000 + 1):
        yield (b"%06d " % number + b"x" * 69 + b"\r\n") * 1000


def send(port: int) -> bytes:
    """Bring the large message in; its hash."""
    sent = hashlib.sha256()
    with connected(port) as connection:
        answered(connection, b"", b"220")
        answered(connection, b"EHLO client.example.net", b"250")
        answered(connection, b"MAIL FROM:<bob@example.net>", b"250")
        answered(connection, b"RCPT TO:<ana@example.org>", b"250")
        answered(connection, b"DATA", b"354")
        for piece in pieces():
            connection.sendall(piece)
            sent.update(piece)
        answered(connection, b".", b"250")
        answered(connection, b"QUIT", b"221")
    return sent.digest()


def receive(port: int) -> bytes:
    """Fetch it; the hash of what follows the trace."""
    received = hashlib.sha256()
    with connected(port) as connection, connection.makefile("rb") as lines:
        answered(connection, b"", b"+OK")
        answered(connection, b"USER ana@example.org", b"+OK")
        answered(connection, b"PASS " + PASSWORD.encode(), b"+OK")
        connection.sendall(b"RETR 1\r\n")
        assert lines.readline().startswith(b"+OK")
        in_trace = True
        while (line := lines.readline()) != b".\r\n":
            assert line.endswith(b"\r\n"), line
            in_trace = in_trace and not line.startswith(b"Subject: large")
            if not in_trace:
                received.update(line)
    return received.digest()


@live
async def test_a_large_message_passes_in_little_memory(own_server: Server) -> None:
    server = own_server
    await server.messages("ana")
    Path(f"/proc/{server.pid}/clear_refs").write_text("5")  # Forget the peak.
    before = held(server.pid)
    sent = await deferToThread(send, server.smtp)
    assert await deferToThread(receive, server.pop3) == sent
    growth = held(server.pid, "VmHWM") - before
    assert growth < LARGE_GOAL, f"{growth / MEGABYTE:.1f} MB"
