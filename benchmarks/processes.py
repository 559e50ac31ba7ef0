"""Processes that are started, measured through /proc, and ended by their number."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
GRACE = 20.0
"""Seconds a process has to end when asked, before it is killed."""
READY = 30.0
"""Seconds a server has to greet."""
PORTS = (10_000, 32_000)
FILES = 20_000
"""Descriptors that a server or a client of ten thousand connections may have."""


class NotReady(Exception):
    """A server did not come up."""


def raise_files() -> None:
    """Let this process open as many files as it may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def start(
    command: Sequence[str | Path],
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, what it says in C{log}."""
    raise_files()
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )


def end(process: subprocess.Popen[bytes]) -> None:
    """End a server, and what it leaves behind of its own children."""
    family = tree(process.pid)
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(GRACE)
    for pid, started in family.items():
        if _born(pid) == started:
            os.kill(pid, signal.SIGKILL)


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on.

    Not one of those the kernel gives to clients: a client that looks for a
    server there too early could be connected with itself.
    """
    while True:
        port = random.randrange(*PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def greeted(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until whoever listens on C{port} has said something.

    @raise NotReady: when the process ended or time is up.
    """
    until = time.monotonic() + READY
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as probe:
                probe.settimeout(5)
                if probe.recv(100):
                    return
        except OSError:
            time.sleep(0.05)
    raise NotReady(f"port {port}: {log.read_text(errors='replace')[-2000:]}")


def until(true: Callable[[], bool], seconds: float, what: str) -> None:
    """Look every so often until something is so.

    @raise NotReady: when time is up.
    """
    end_ = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end_:
            raise NotReady(what)
        time.sleep(0.02)


def _stat(pid: int) -> list[str]:
    text = Path(f"/proc/{pid}/stat").read_text()
    return text[text.rindex(")") + 2 :].split()


def _born(pid: int) -> int:
    try:
        return int(_stat(pid)[19])
    except (OSError, ValueError):
        return -1


def tree(root: int) -> dict[int, int]:
    """A process and all its descendants, each with the tick of its birth."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(_stat(int(entry.name))[1])
            except OSError:
                continue
    found, look = {}, [root]
    while look:
        pid = look.pop()
        found[pid] = _born(pid)
        look += [child for child, parent in parents.items() if parent == pid]
    return found


def cpu(root: int) -> float:
    """Seconds of processor time of a tree, with those of its ended children."""
    total = 0
    for pid in tree(root):
        try:
            total += sum(map(int, _stat(pid)[11:15]))
        except OSError:
            continue
    return total / _TICK


def private(root: int) -> int:
    """Octets of memory that a tree of processes shares with nobody."""
    total = 0
    for pid in tree(root):
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(
            int(line.split()[1]) * 1024
            for line in text.splitlines()
            if line.startswith("Private_")
        )
    return total


def peak(pid: int) -> int:
    """The most octets a process has held since C{forget_peak}."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise NotReady("no VmHWM in /proc")


def forget_peak(pid: int) -> int:
    """Start to look for a new peak from what is held now, which is returned."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return resident(pid)


def resident(pid: int) -> int:
    """Octets of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
