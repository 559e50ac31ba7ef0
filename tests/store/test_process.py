"""A whole process: killed in the middle of writing, and with a message of 100 MB."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from store.keeping import Clock, now, whole

from mailnode.model.queue import Stage
from mailnode.store import migrate
from mailnode.store.check import check
from mailnode.store.database import InlineDatabase
from mailnode.store.files import open_store
from mailnode.store.queue import Queue
from mailnode.store.reserve import Reserve

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


def killed(program: str, path: Path, first: int, patience: float) -> list[str]:
    """Run a program, kill it in the middle of its work, and see what it had said."""
    ledger = path / "ledger"
    with ledger.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(path / "store"), str(first)],
            stdout=written,
            env=ENVIRONMENT,
        )
        deadline = time.monotonic() + 30
        while not ledger.stat().st_size and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(patience)
        process.send_signal(signal.SIGKILL)
        assert process.wait(30) == -signal.SIGKILL
    return ledger.read_text().split("\n")[:-1]


def test_what_was_promised_survives_a_kill(tmp_path: Path) -> None:
    promised: list[list[str]] = []
    for attempt, patience in enumerate((0.3, 0.5, 0.4)):
        lines = killed(WRITES, tmp_path, attempt * 10**6, patience)
        promised += [line.split() for line in lines]
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


QUEUES = """
import os, sys
from pathlib import Path
from store.faults import Loop
from store.keeping import mail
from store.queueing import SENT, envelope, later
from mailnode.store import migrate
from mailnode.store.database import ThreadedDatabase
from mailnode.store.queue import Queue
from mailnode.store.reserve import Reserve
from mailnode.testing import MemoryContent

loop = Loop()
clock = lambda: 1_700_000_000_000
place = Path(sys.argv[1])
main = ThreadedDatabase(place / "main.db", loop.reactor, prepare=migrate.main)
queue = Queue(main, Reserve(place, clock, 0), clock, os.urandom(8).hex())
loop.wait(queue.recover())

async def put(n):
    to = [f"p{k}@h{n % 5}.example" for k in range(1 + n % 3)]
    size = 3_000_000 if n % 30 == 0 else 5000
    await queue.put(envelope(f"m{n}", *to), MemoryContent(mail(f"{n}", size)))
    print("put", f"m{n}", flush=True)

async def settle(claim):
    print("try", claim.envelope.id, flush=True)
    last = int(claim.envelope.id[1:]) % 4 and not claim.waiting[0].attempts
    later_on = [later(clock())] * len(claim.waiting)
    await queue.settle(claim, later_on if last else [SENT] * len(claim.waiting))
    if not last:
        print("gone", claim.envelope.id, flush=True)

first = int(sys.argv[2])
for n in range(first, first + 100_000, 8):
    loop.outcomes([put(m) for m in range(n, n + 8)])
    claims = loop.wait(queue.claim(6, lease=10**6))
    loop.outcomes([settle(claim) for claim in claims])
"""


def test_the_queue_survives_a_kill(tmp_path: Path) -> None:
    lines: list[str] = []
    (tmp_path / "store").mkdir()
    for attempt, patience in enumerate((0.3, 0.5, 0.4)):
        written = killed(QUEUES, tmp_path, attempt * 10**6, patience)
        lines += written
    said: dict[str, set[str]] = {"put": set(), "try": set(), "gone": set()}
    for line in lines:
        verb, name = line.split()
        said[verb].add(name)
    assert len(said["put"]) > 30
    assert said["gone"]
    main = InlineDatabase(tmp_path / "store" / "main.db", prepare=migrate.main)
    clock = Clock()
    queue = Queue(main, Reserve(tmp_path, clock, 0), clock, "last")
    now(queue.recover())
    entries = now(queue.entries("", 10**6))
    there = {entry.envelope.id for entry in entries}
    assert not there & said["gone"]
    # What is missing was being settled when the process was killed.
    assert said["put"] - said["gone"] - there <= said["try"]
    assert not [w for e in entries for w in e.waiting if w.stage is Stage.ACTIVE]
    for entry in entries[-5:]:
        octets = whole(now(queue.content(entry.envelope.id)))
        assert f"Subject: {entry.envelope.id[1:]}\r\n".encode() in octets
    assert now(check(main, [])) == []
    now(main.close())


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
