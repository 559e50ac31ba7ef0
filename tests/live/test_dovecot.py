"""The same mail on Debian's Dovecot and here, asked the same questions (RFC 9051)."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from live import corpus, differing, known
from live.asynchronous import lasting, live
from live.differing import Asked, Difference
from live.dovecot import Dovecot
from live.known import Known
from live.searches import SEARCHES
from live.server import DOMAIN, Server, free_port
from twisted.internet.defer import gatherResults
from twisted.internet.threads import deferToThread

ANA = f"ana@{DOMAIN}"
LISTENER = """
[[listen]]
protocol = "imap"
endpoint = "tcp:{port}:interface=127.0.0.1"
"""
SHOWN = 20
"""Differences that a failure tells of."""


@dataclass(frozen=True)
class Both:
    """The corpus on two servers.

    @ivar names: of its messages, in order.
    """

    ours: Asked
    theirs: Asked
    names: Sequence[str]

    def messages(self) -> list[Difference]:
        """All they do not agree about when messages are fetched."""
        return list(differing.messages(self.ours, self.theirs, self.names))

    def searches(self) -> list[Difference]:
        """The same for searches."""
        return [
            each
            for asked in SEARCHES
            for each in differing.found(self.ours, self.theirs, self.names, asked)
        ]

    def close(self) -> None:
        """Leave both."""
        self.ours.close()
        self.theirs.close()


async def filled(ours: int, theirs: int) -> Both:
    """The corpus on the servers that listen on two ports."""
    mails = {**corpus.generated(), **corpus.of_python()}
    here = await deferToThread(Asked, ours, ANA)
    there = await deferToThread(Asked, theirs, ANA)
    filling = [deferToThread(each.fill, mails.values()) for each in (here, there)]
    await gatherResults(filling, consumeErrors=True)
    return Both(here, there, list(mails))


@lasting
async def both() -> AsyncIterator[Both]:
    """Dovecot and mailnode, each with the corpus."""
    with (
        tempfile.TemporaryDirectory(prefix="mailnode-live-") as home,
        tempfile.TemporaryDirectory(prefix="mailnode-dovecot-") as other,
    ):
        dovecot, server = Dovecot(Path(other)), Server(Path(home))
        dovecot.start()
        try:
            await server.people("ana")
            port = free_port()
            with server.settings.open("a") as settings:
                settings.write(LISTENER.format(port=port))
            await server.start()
            await dovecot.greets()
            asked = await filled(port, dovecot.port)
            try:
                yield asked
            finally:
                asked.close()
        finally:
            await server.stop()
            await dovecot.stop()


def judge(found: Iterable[Difference], listed: Sequence[Known]) -> None:
    """Every difference is listed, and all that is listed is still so."""
    unused = dict.fromkeys(listed)
    unlisted = []
    for each in found:
        reasons = [reason for reason in listed if reason.covers(each)]
        for reason in reasons:
            unused.pop(reason, None)
        if not reasons:
            unlisted.append(each)
    said = "\n".join(map(str, unlisted[:SHOWN]))
    assert not unlisted, f"{len(unlisted)} differences, ours above theirs:\n{said}"
    here = bool(corpus.of_python())
    stale = [each.reason for each in unused if here or not each.of_python]
    assert not stale, f"no longer so: {stale}"


@live
async def test_messages_are_described_and_taken_apart_alike(both: Both) -> None:
    judge(await deferToThread(both.messages), known.MESSAGES)


@live
async def test_searches_find_the_same(both: Both) -> None:
    judge(await deferToThread(both.searches), known.SEARCHES)


def test_the_mails_of_python_were_among_them() -> None:
    if not corpus.of_python():
        pytest.skip("needs the test mails of Python: libpython3-testsuite")
