"""Programs that are run beside the reactor: servers, and clients of other people."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

BOUND = 60.0
"""Seconds that a program may take before it is killed."""
FILES = 20_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended and what it said, errors included.

    @ivar code: its exit status, C{None} when a signal ended it.
    @ivar signal: that signal.
    """

    code: int | None
    signal: int | None
    output: bytes

    def text(self) -> str:
        return self.output.decode(errors="replace")


class Running(ProcessProtocol):
    """A program while it runs.

    @ivar output: what it has said so far.
    @ivar ended: fires when it has ended.
    """

    def __init__(self, words: Sequence[str | Path], said: bytes = b"") -> None:
        self.words = [os.fspath(word) for word in words]
        self.said = said
        self.output = bytearray()
        self.ended: Deferred[Outcome] = Deferred()
        self.alive = True

    def start(
        self, environment: Mapping[str, str], directory: Path | None = None
    ) -> None:
        """Start it, in a directory if that matters."""
        _raise_files()
        path = None if directory is None else str(directory)
        reactor.spawnProcess(
            self, self.words[0], self.words, env=dict(environment), path=path
        )

    def connectionMade(self) -> None:
        assert self.transport is not None
        if self.said:
            self.transport.write(self.said)
        self.transport.closeStdin()

    def outReceived(self, data: bytes) -> None:
        self.output += data

    def errReceived(self, data: bytes) -> None:
        self.output += data

    def processEnded(self, reason: Failure) -> None:
        self.alive = False
        code = getattr(reason.value, "exitCode", None)
        number = getattr(reason.value, "signal", None)
        self.ended.callback(Outcome(code, number, bytes(self.output)))

    @property
    def pid(self) -> int:
        assert self.transport is not None
        pid = self.transport.pid
        assert isinstance(pid, int)
        return pid

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        assert self.transport is not None
        try:
            self.transport.signalProcess(int(number))
        except ProcessExitedAlready:
            self.alive = False


def _raise_files() -> None:
    """What we start inherits how many files it may open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def find(name: str) -> str | None:
    """A program beside the Python that runs the tests, or on the path."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)


def needed(name: str, install: str) -> str:
    """A program, or the test is skipped and says what to install."""
    found = find(name)
    if found is None:
        pytest.skip(f"needs {name}: {install}")
    return found


async def run(
    *words: str | Path,
    said: bytes = b"",
    environment: Mapping[str, str] | None = None,
    bound: float = BOUND,
) -> Outcome:
    """Run a program to its end, which comes within C{bound} seconds."""
    running = Running(words, said)
    running.start(os.environ if environment is None else environment)
    killing = reactor.callLater(bound, running.signal, signal.SIGKILL)
    outcome = await running.ended
    if killing.active():
        killing.cancel()
    return outcome


async def run_well(
    *words: str | Path,
    said: bytes = b"",
    environment: Mapping[str, str] | None = None,
    bound: float = BOUND,
) -> Outcome:
    """Run a program that must end with 0."""
    outcome = await run(*words, said=said, environment=environment, bound=bound)
    assert outcome.code == 0, f"{words}: {outcome.code}: {outcome.text()}"
    return outcome
