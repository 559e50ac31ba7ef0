"""A place to try a server in, as a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 20.0
"""Seconds that a process may take for anything."""


def free_port() -> int:
    """A port of the loopback interface that nobody has at the moment."""
    with closing(socket.socket()) as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def until(there: Callable[[], object], what: str) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.02)


@dataclass
class Process:
    """A C{twistd mailnode} that a test has started."""

    running: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        """All it has told so far."""
        return self.log.read_text("utf-8", "replace")

    def until_said(self, words: str, times: int = 1) -> None:
        """Wait until it has told something, so many times."""

        def there() -> bool:
            ended = self.running.poll() is not None
            found = self.said().count(words) >= times
            assert found or not ended, f"it ended:\n{self.said()}"
            return found

        until(there, repr(words))

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self.running.send_signal(number)

    def ended(self) -> int:
        """Its exit status, once it has ended."""
        return self.running.wait(PATIENCE)


@dataclass
class Trial:
    """A directory with a configuration."""

    path: Path
    started: list[Process]

    @property
    def config(self) -> Path:
        return self.path / "mailnode.toml"

    def write(self, *listen: str, more: str = "", top: str = "") -> None:
        """Write the configuration; each listener is C{PROTOCOL ENDPOINT [TLS]}."""
        text = f'hostname = "localhost"\ndata = "data"\n{top}\n'
        for each in listen:
            protocol, endpoint, *tls = each.split()
            text += f'[[listen]]\nprotocol = "{protocol}"\nendpoint = "{endpoint}"\n'
            text += "".join(f'tls = "{word}"\n' for word in tls)
        self.config.write_text(text + more)

    def start(self, *command: str, **environment: str) -> Process:
        """Start C{twistd mailnode} in the foreground."""
        log = self.path / f"log{len(self.started)}"
        twistd = (
            sys.executable,
            "-c",
            "from twisted.scripts.twistd import run; run()",
        )
        line = [*command, *twistd, "--nodaemon", "--pidfile=", "mailnode"]
        with log.open("wb") as out:
            running = subprocess.Popen(
                [*line, "--config", str(self.config)],
                stdout=out,
                stderr=out,
                env=os.environ | environment,
            )
        process = Process(running, log)
        self.started.append(process)
        return process

    def daemon(self) -> subprocess.CompletedProcess[str]:
        """Start it as a daemon: what twistd says before it goes into the background."""
        twistd = (sys.executable, "-c", "from twisted.scripts.twistd import run; run()")
        log, pid = self.path / "daemon.log", self.path / "daemon.pid"
        return subprocess.run(
            [
                *twistd,
                *(f"--pidfile={pid}", f"--logfile={log}"),
                *("mailnode", "--config", str(self.config)),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def ctl(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run mailnodectl."""
        return subprocess.run(
            [sys.executable, "-m", "mailnode.ctl", "--config", self.config, *words],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
