"""The same mail on Debian's Dovecot and here, asked the same questions (RFC 9051)."""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from live import corpus, differing
from live.asynchronous import lasting, live
from live.differing import Asked
from live.dovecot import Dovecot
from live.server import SETTINGS, Server, free_port, pause
from twisted.internet.threads import deferToThread


@dataclass
class Both:
    ours: Asked
    theirs: Asked
    names: list[str]


FLAGS = ["()"]


@lasting
async def both() -> AsyncIterator[Both]:
    mails = {**corpus.generated(), **corpus.of_python()}
    with (
        tempfile.TemporaryDirectory(prefix="mailnode-live-") as home,
        tempfile.TemporaryDirectory(prefix="mailnode-dovecot-") as other,
    ):
        dovecot = Dovecot(Path(other))
        dovecot.start()
        server = Server(Path(home))
        try:
            await server.people("ana")
            port = free_port()
            server.settings.write_text(
                server.settings.read_text()
                + f'\n[[listen]]\nprotocol = "imap"\nendpoint = "tcp:{port}:interface=127.0.0.1"\n'
            )
            await server.start()
            t0 = time.time()
            ours = await deferToThread(Asked, port, "ana@example.org")
            theirs = await deferToThread(Asked, dovecot.port, "ana@example.org")
            await deferToThread(ours.fill, mails.values())
            print("filled", time.time() - t0)
            await deferToThread(theirs.fill, mails.values())
            print("filled", time.time() - t0)
            Path("/tmp/dd/ourport").write_text(str(port))
            yield Both(ours, theirs, list(mails))
            ours.close()
            theirs.close()
        finally:
            await server.stop()
            await dovecot.stop()


@live
async def test_messages(both: Both) -> None:
    t0 = time.time()
    found = await deferToThread(
        lambda: list(differing.messages(both.ours, both.theirs, both.names))
    )
    print("compared", time.time() - t0)
    with open("/tmp/diffs.txt", "w") as f:
        for each in found:
            print(each, file=f)
    print(len(found))

@live
async def test_search(both: Both) -> None:
    t0=time.time()
    from live.searches import SEARCHES
    found = await deferToThread(lambda: [e for s in SEARCHES for e in differing.found(both.ours, both.theirs, both.names, s)])
    print("compared", time.time()-t0)
    with open("/tmp/search.txt","w") as f:
        for each in found:
            print(each, file=f)
    print(len(found))

@live
async def test_known(both: Both) -> None:
    from live.searches import SEARCHES
    from live.known import KNOWN
    found = await deferToThread(lambda: list(differing.messages(both.ours, both.theirs, both.names))+[e for s in SEARCHES for e in differing.found(both.ours, both.theirs, both.names, s)])
    un=[e for e in found if not any(k.covers(e) for k in KNOWN)]
    with open("/tmp/un.txt","w") as f:
        for each in un: print(each, file=f)
    for k in KNOWN:
        print(sum(k.covers(e) for e in found), k.reason)
    print(len(found),len(un))
