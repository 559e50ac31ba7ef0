"""The queue keeps what it was given, in order, whatever happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from store.keeping import START, Keeping, mail, now, whole
from store.queueing import (
    BIG,
    LEASE,
    MAIL,
    SENT,
    Line,
    address,
    envelope,
    later,
    said,
)

from mailnode.errors import NoSpace, NotFound, Unavailable
from mailnode.model.envelope import (
    Body,
    Deadline,
    Envelope,
    Notify,
    OriginalRecipient,
    Recipient,
    Return,
    Sender,
    Target,
)
from mailnode.model.message import CHUNK
from mailnode.store.journal import STALE
from mailnode.store.queue import Queue
from mailnode.testing import MemoryContent


def test_an_envelope_comes_back_as_it_was(line: Line) -> None:
    wished = Sender(
        address("Ana@example.org"),
        Body.BINARY,
        4000,
        utf8=True,
        ret=Return.HEADERS,
        envid="\x00\ud800é",
        priority=-9,
        hold_until=START - 1,
        deadline=Deadline(START + 5, returned=True, traced=True),
        require_tls=True,
    )
    to = Recipient(
        address("bób@bob.example"),
        frozenset({Notify.DELAY, Notify.FAILURE}),
        OriginalRecipient("utf-8", "bób+x@example.net"),
    )
    targets = (
        Target(to, address("x y@bob.example"), None, address("a@b@example.org")),
        Target(
            Recipient(address("carla@example.org")), address("c@[IPv6:::1]"), None, None
        ),
        Target(
            Recipient(address("postmaster@"), frozenset()), address("d@e"), "In/a", None
        ),
    )
    whole_one = Envelope("m", wished, targets, START - 7, "ana@example.org")
    line.put(whole_one)
    entry = now(line.queue.entry("m"))
    assert entry.envelope == whole_one
    assert entry.size == MAIL.size
    claims = now(line.queue.claim(9, lease=LEASE))
    found = {claim.waiting[0].number: claim.envelope.targets for claim in claims}
    assert found == {n: (each,) for n, each in enumerate(targets)}


def test_the_same_put_again_changes_nothing(line: Line) -> None:
    line.put(envelope("m", "bob@bob.example"))
    told: list[None] = []
    stop = line.queue.watch(lambda: told.append(None))
    line.put(envelope("m", "carla@carla.example"))
    now(line.queue.put(envelope("m", "carla@carla.example"), BIG))
    assert told == []
    [entry] = now(line.queue.entries())
    assert entry.envelope == envelope("m", "bob@bob.example")
    line.put(envelope("n", "bob@bob.example"))
    assert told == [None]
    stop()
    stop()
    line.put(envelope("o", "bob@bob.example"))
    assert told == [None]


def test_a_listener_that_fails_harms_nobody(keeping: Keeping) -> None:
    complaints: list[Exception] = []
    queue = Queue(
        keeping.main, keeping.store.reserve, keeping.clock, "one", complaints.append
    )
    told: list[None] = []

    def fail() -> None:
        raise ZeroDivisionError

    queue.watch(fail)
    queue.watch(lambda: told.append(None))
    now(queue.put(envelope("m", "bob@bob.example"), MAIL))
    assert told == [None]
    assert [type(each) for each in complaints] == [ZeroDivisionError]


def test_what_cannot_be_removed_yet_is_settled(keeping: Keeping) -> None:
    complaints: list[Exception] = []
    queue = Queue(
        keeping.main, keeping.store.reserve, keeping.clock, "one", complaints.append
    )
    huge = MemoryContent(mail("huge", 20 * CHUNK))
    now(queue.put(envelope("m", "bob@bob.example"), huge))
    [claim] = now(queue.claim(1, lease=LEASE))

    async def full(message: int) -> None:
        raise NoSpace(str(message))

    queue.strike, strike = full, queue.strike  # type: ignore[method-assign]  # the disk is full
    now(queue.settle(claim, [SENT]))
    assert [type(each) for each in complaints] == [NoSpace]
    assert now(queue.entries()) == []
    now(queue.put(envelope("m", "bob@bob.example"), MAIL))
    queue.strike = strike  # type: ignore[method-assign]  # and has room again
    keeping.clock.moment += STALE
    now(queue.sweep())
    assert whole(now(queue.content("m"))) == MAIL.data
    chunks = "SELECT count(*) FROM queue_chunk"
    assert keeping.main.connection.execute(chunks).get == 1


def test_large_contents(line: Line) -> None:
    now(line.queue.put(envelope("m", "bob@bob.example"), BIG))
    octets = now(line.queue.content("m"))
    assert (octets.size, octets.header_size) == (BIG.size, BIG.header_size)
    assert whole(octets) == BIG.data
    assert now(octets.read(CHUNK + 5)) == BIG.data[CHUNK + 5 : 2 * CHUNK]
    [claim] = now(line.queue.claim(1, lease=LEASE))
    report = envelope("r", "ana@example.org", sender="")
    now(line.queue.settle(claim, [SENT], [(report, BIG)]))
    assert line.names() == ["r"]
    assert whole(now(line.queue.content("r"))) == BIG.data
    assert now(line.queue.drop("r")) == 1
    assert line.execute("SELECT count(*) FROM queue_chunk").get == 0
    with pytest.raises(Unavailable):
        now(octets.read(CHUNK))


def test_what_was_not_finished_is_swept_away(line: Line) -> None:
    class Cut(MemoryContent):
        def chunks(self) -> Iterator[bytes]:
            yield from list(super().chunks())[:3]
            raise NoSpace("no more")

    for _ in range(2):
        with pytest.raises(NoSpace):
            now(line.queue.put(envelope("m", "bob@bob.example"), Cut(BIG.data)))
    assert line.names() == []
    assert now(line.queue.next_due()) is None
    count = "SELECT count(*) FROM queue_message"
    now(line.queue.sweep())
    assert line.execute(count).get == 2
    line.clock.moment += STALE
    now(line.queue.sweep())
    assert line.execute(count).get == 0
    now(line.queue.put(envelope("m", "bob@bob.example"), BIG))
    assert line.names() == ["m"]


def test_who_waits_too_long_while_writing_is_told(line: Line) -> None:
    swept: list[None] = []

    class Slow(MemoryContent):
        def chunks(self) -> Iterator[bytes]:
            yield from super().chunks()
            if not swept:
                swept.append(None)
                line.execute("DELETE FROM queue_message")
                line.execute("DELETE FROM queue_chunk")

    with pytest.raises(Unavailable):
        now(line.queue.put(envelope("m", "bob@bob.example"), Slow(BIG.data)))
    line.execute("DELETE FROM queue_chunk")
    assert line.names() == []


def test_a_retried_message_stands_behind_nobody_who_came_later(
    line: Line,
) -> None:
    """Mail that comes while others wait does not keep them from their turn."""
    line.put(*(envelope(f"a{n}", "x@bob.example") for n in range(3)))
    claims = now(line.queue.claim(3, lease=LEASE))
    for claim in claims:
        now(line.queue.settle(claim, [later(START + 100)]))
    line.put(
        *(
            envelope(f"b{n}", "x@bob.example", sender="bob@example.org")
            for n in range(30)
        )
    )
    line.clock.moment += 100
    served = said(now(line.queue.claim(6, lease=LEASE)))
    assert Counter(name[0] for name in served) == {"a": 3, "b": 3}


def test_a_destination_is_forgotten_with_its_last_target(line: Line) -> None:
    count = "SELECT count(*) FROM queue_destination"
    line.put(envelope("m", "x@bob.example"))
    [claim] = now(line.queue.claim(9, lease=LEASE))
    now(line.queue.put_off("bob.example", START + 500))
    now(line.queue.settle(claim, [SENT]))
    assert line.execute(count).get == 1  # the next message waits as well
    line.clock.moment += 500
    now(line.queue.sweep())
    assert line.execute(count).get == 0


def test_retry_of_very_many(line: Line) -> None:
    """More than one transaction looks at."""
    to = [f"p{n}@bob.example" for n in range(700)]
    line.put(envelope("m", *to), envelope("n", *to))
    for claim in now(line.queue.claim(50, lease=LEASE)):
        now(line.queue.settle(claim, [later(START + LEASE)] * len(claim.waiting)))
    assert now(line.queue.claim(50, lease=LEASE)) == []
    assert now(line.queue.retry("m")) == 700
    assert now(line.queue.retry()) == 1400
    total = 0
    for _ in range(20):
        claims = now(line.queue.claim(50, lease=LEASE))
        total += sum(len(claim.waiting) for claim in claims)
    assert total == 1400


def test_another_run_takes_over(keeping: Keeping) -> None:
    line = Line(keeping)
    line.put(*(envelope(f"m{n}", f"x@h{n}.example") for n in range(5)))
    claims = now(line.queue.claim(3, lease=LEASE))
    after = Line(keeping, "two")
    assert len(now(after.queue.claim(9, lease=LEASE))) == 2
    now(after.queue.recover())
    assert len(now(after.queue.claim(9, lease=LEASE))) == 3
    with pytest.raises(NotFound):
        now(line.queue.settle(claims[0], [SENT]))
