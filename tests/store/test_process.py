"""A whole process: killed in the middle of writing, and with a message of 100 MB."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from store.keeping import now, whole

from mailnode.store.check import check
from mailnode.store.database import InlineDatabase
from mailnode.store.files import open_store

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}

WRITES = """
import sys
from pathlib import Path
from store.faults import Loop
from store.keeping import gathered, mail
from mailnode.model.envelope import Letter
from mailnode.store.database import ThreadedDatabase
from mailnode.store.files import open_store

loop = Loop()
store = open_store(
    Path(sys.argv[1]),
    lambda path, prepare: ThreadedDatabase(path, loop.reactor, prepare=prepare),
    clock=lambda: 1_700_000_000_000,
    shards=2,
    min_free=0,
)
loop.wait(store.recover())
names = [f"p{n}@example.org" for n in range(6)]

async def deliver(n):
    size = 3_000_000 if n % 20 == 0 else 5000
    there = names if n % 7 == 0 else names[n % 6 :][:1]
    content = gathered(store.spool(), mail(f"message {n}", size))
    try:
        letter = Letter(f"d{n}", tuple((name, "INBOX") for name in there), n)
        await store.deliver(letter, content)
    finally:
        content.discard()
    for name in there:
        print(n, name, flush=True)

first = int(sys.argv[2])
for n in range(first, first + 100_000, 8):
    loop.outcomes([deliver(m) for m in range(n, n + 8)])
"""


def test_what_was_promised_survives_a_kill(tmp_path: Path) -> None:
    promised: list[list[str]] = []
    for attempt, patience in enumerate((0.3, 0.5, 0.4)):
        ledger = tmp_path / "ledger"
        with ledger.open("w") as written:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    WRITES,
                    str(tmp_path / "store"),
                    str(attempt * 10**6),
                ],
                stdout=written,
                env=ENVIRONMENT,
            )
            deadline = time.monotonic() + 30
            while not ledger.stat().st_size and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(patience)
            process.send_signal(signal.SIGKILL)
            assert process.wait(30) == -signal.SIGKILL
        lines = ledger.read_text().split("\n")
        promised += [line.split() for line in lines[:-1]]
    assert len(promised) > 30
    store = open_store(
        tmp_path / "store",
        lambda path, prepare: InlineDatabase(path, prepare=prepare),
        clock=lambda: 1_700_000_000_000,
        min_free=0,
    )
    assert len(store.shelves) == 2
    now(store.recover())
    kept: dict[str, list[int]] = {}
    for name in {name for _, name in promised}:
        inbox = now(now(store.account(name)).mailbox("INBOX"))
        messages = now(inbox.messages(limit=100_000))
        kept[name] = [message.received for message in messages]
        assert len(set(kept[name])) == len(kept[name])
        for message in messages[-3:]:
            octets = whole(now(inbox.content(message.uid)))
            assert f"Subject: message {message.received}\r\n".encode() in octets
    assert all(int(n) in kept[name] for n, name in promised)
    shards = [shelf.database for shelf in store.shelves]
    assert now(check(store.main, shards)) == []
    now(store.close())


GROWS = """
import resource, sys
from pathlib import Path
from store.faults import Loop
from store.keeping import mail
from mailnode.model.envelope import Letter
from mailnode.store.check import check
from mailnode.store.database import ThreadedDatabase
from mailnode.store.files import open_store

loop = Loop()
store = open_store(
    Path(sys.argv[1]),
    lambda path, prepare: ThreadedDatabase(path, loop.reactor, prepare=prepare),
    clock=lambda: 1_700_000_000_000,
    min_free=0,
)

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

def deliver(n, pieces):
    spool = store.spool()
    spool.write(mail("large"))
    for piece in range(pieces):
        spool.write(b"%070d%06d\\r\\n" % (n, piece) * 1000)
    content = spool.seal()
    letter = Letter(f"d{n}", (("ana@example.org", "INBOX"),), n)
    loop.wait(store.deliver(letter, content))
    content.discard()
    return content.size

async def read():
    inbox = await (await store.account("ana@example.org")).mailbox("INBOX")
    octets = await inbox.content((await inbox.status()).uidnext - 1)
    at = 0
    while piece := await octets.read(at):
        at += len(piece)
    return at

shards = [shelf.database for shelf in store.shelves]
deliver(1, 200)
loop.wait(read())
loop.wait(check(store.main, shards))
before = peak()
size = deliver(2, 1300)
assert loop.wait(read()) == size > 100e6
assert loop.wait(check(store.main, shards)) == []
print(peak() - before)
loop.wait(store.close())
"""


@pytest.mark.parametrize("limit", [10e6])
def test_a_large_message_takes_little_memory(tmp_path: Path, limit: float) -> None:
    done = subprocess.run(
        [sys.executable, "-c", GROWS, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
        env=ENVIRONMENT,
    )
    assert float(done.stdout) < limit
