"""Programs that want a terminal, and are given one."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

from live import program
from twisted.internet import reactor

BOUND = 15.0
"""Seconds that such a program may take before it is killed."""


class OnTerminal(program.Running):
    """A program on a terminal of its own, which nobody looks at."""

    def start(
        self, environment: Mapping[str, str], directory: Path | None = None
    ) -> None:
        path = None if directory is None else str(directory)
        env = {**environment, "TERM": "vt100", "LINES": "24", "COLUMNS": "80"}
        reactor.spawnProcess(
            self, self.words[0], self.words, env=env, path=path, usePTY=True
        )

    def connectionMade(self) -> None:
        """A terminal stays open: nothing is typed into it."""


async def show(
    *words: str | Path, environment: Mapping[str, str], directory: Path
) -> program.Outcome:
    """Run a program that ends of itself within C{BOUND} seconds, with 0."""
    running = OnTerminal(words)
    running.start({"PATH": os.defpath, **environment}, directory)
    killing = reactor.callLater(BOUND, running.signal, signal.SIGKILL)
    outcome = await running.ended
    if killing.active():
        killing.cancel()
    assert outcome.code == 0, outcome.text()
    return outcome
