"""The server that live tests share, and a summary of the programs they missed."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from live.asynchronous import fresh, lasting
from live.owner import Owner, newcomer
from live.server import Server

PEOPLE = ("ana", "bob")


async def _served(home: Path, *names: str) -> AsyncIterator[Server]:
    server = Server(home)
    await server.people(*names)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


@lasting
async def server() -> AsyncIterator[Server]:
    """A server with ana and bob, which the tests of a module share."""
    with tempfile.TemporaryDirectory(prefix="mailnode-live-") as home:
        async for served in _served(Path(home), *PEOPLE):
            yield served


@fresh
async def own_server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server with ana and bob for one test, which may end it."""
    async for served in _served(tmp_path, *PEOPLE):
        yield served


@fresh
async def empty(server: Server) -> AsyncIterator[Server]:
    """The shared server, with nothing in ana's mailbox."""
    await server.messages("ana", remove=True)
    yield server


@fresh
async def owner(server: Server) -> AsyncIterator[Owner]:
    """Someone new at the shared server."""
    yield await newcomer(server)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once more which programs to install for the tests that were skipped."""
    reasons = {
        str(report.longrepr[2])
        for report in terminalreporter.stats.get("skipped", ())
        if isinstance(report.longrepr, tuple) and "needs " in report.longrepr[2]
    }
    if reasons:
        terminalreporter.section("clients that were not here to be tested")
        for reason in sorted(reasons):
            terminalreporter.line(reason.removeprefix("Skipped: "))
