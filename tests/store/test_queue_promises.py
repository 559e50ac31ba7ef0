"""What every queue promises, be it in memory or on the disk."""

from __future__ import annotations

import pytest
from store.keeping import START, Keeping, now
from store.queueing import (
    BUSY,
    LEASE,
    MAIL,
    SENT,
    address,
    envelope,
    later,
    said,
    target,
)

from mailnode.errors import NotFound
from mailnode.interfaces.queue import IQueue
from mailnode.model.envelope import (
    Envelope,
    Sender,
)


def test_held_for_later(queue: IQueue, keeping: Keeping) -> None:
    """RFC 4865: not before its time."""
    release = START + 5000
    held = envelope("m", "bob@bob.example", hold_until=release)
    now(queue.put(held, MAIL))
    assert now(queue.claim(1, lease=LEASE)) == []
    assert now(queue.next_due()) == release
    keeping.clock.moment = release
    assert said(now(queue.claim(1, lease=LEASE))) == ["m"]


def test_what_is_held_can_be_taken_back(queue: IQueue, keeping: Keeping) -> None:
    """RFC 8621, 7: canceled is what nobody has got, and nobody will get."""
    release = START + 5000
    two = ("bob@bob.example", "carla@carla.example")
    now(queue.put(envelope("m", *two, hold_until=release), MAIL))
    keeping.clock.moment = release - 1
    assert now(queue.recall("m"))
    assert now(queue.entries()) == []
    assert now(queue.next_due()) is None
    assert not now(queue.recall("m"))
    keeping.clock.moment = release
    assert now(queue.claim(9, lease=LEASE)) == []


def test_what_may_have_been_tried_is_not_taken_back(
    queue: IQueue, keeping: Keeping
) -> None:
    """Whoever takes a message has won, whatever becomes of it."""
    release = START + 5000
    now(queue.put(envelope("now", "bob@bob.example"), MAIL))
    assert not now(queue.recall("now"))
    now(queue.drop("now"))
    two = ("bob@bob.example", "carla@carla.example")
    now(queue.put(envelope("m", *two, hold_until=release), MAIL))
    keeping.clock.moment = release
    assert not now(queue.recall("m"))
    [claim] = now(queue.claim(1, lease=LEASE))
    assert not now(queue.recall("m"))
    now(queue.settle(claim, [SENT]))
    assert not now(queue.recall("m"))
    [claim] = now(queue.claim(1, lease=LEASE))
    now(queue.settle(claim, [later(release + 9000)]))
    assert not now(queue.recall("m"))
    assert now(queue.hold("m")) == 1
    assert not now(queue.recall("m"))
    assert len(now(queue.entry("m")).waiting) == 1


def test_a_lease_that_ended_is_none(queue: IQueue, keeping: Keeping) -> None:
    now(queue.put(envelope("m", "bob@bob.example"), MAIL))
    [first] = now(queue.claim(5, lease=LEASE))
    assert now(queue.claim(5, lease=LEASE)) == []
    assert now(queue.next_due()) == START + LEASE
    keeping.clock.moment += LEASE
    [second] = now(queue.claim(5, lease=LEASE))
    with pytest.raises(NotFound):
        now(queue.settle(first, [SENT]))
    with pytest.raises(NotFound):
        now(queue.renew(first, lease=LEASE))
    now(queue.give_back([first]))
    assert now(queue.claim(5, lease=LEASE)) == []
    second = now(queue.renew(second, lease=2 * LEASE))
    keeping.clock.moment += LEASE
    assert now(queue.claim(5, lease=LEASE)) == []
    now(queue.settle(second, [SENT]))
    assert now(queue.entries()) == []
    assert now(queue.next_due()) is None


def test_a_refused_settlement_does_nothing(queue: IQueue) -> None:
    now(queue.put(envelope("m", "bob@b.example", "carla@b.example"), MAIL))
    [claim] = now(queue.claim(5, lease=LEASE))
    now(queue.drop("m"))
    report = envelope("r", "ana@example.org", sender="")
    with pytest.raises(NotFound):
        now(queue.settle(claim, [SENT, SENT], [(report, MAIL)]))
    assert now(queue.entries()) == []


def test_one_claim_goes_one_way(queue: IQueue) -> None:
    """RFC 5321, 4.5.3.1.8: a server takes a hundred recipients."""
    many = tuple(
        target(f"p{n}@bob.example", address("ana@example.org")) for n in range(230)
    )
    forwarded = target("q@bob.example", address("srs0=x@example.org"))
    elsewhere = target("q@carla.example", address("ana@example.org"))
    sender = Sender(address("ana@example.org"))
    all_of_them = (*many, forwarded, elsewhere)
    now(queue.put(Envelope("m", sender, all_of_them, START), MAIL))
    claims = now(queue.claim(50, lease=LEASE))
    sizes = sorted(len(claim.waiting) for claim in claims)
    assert sizes == [1, 1, 30, 100, 100]
    for claim in claims:
        assert len({(t.destination, t.sender) for t in claim.envelope.targets}) == 1
    numbers = [w.number for claim in claims for w in claim.waiting]
    assert sorted(numbers) == list(range(232))


def test_priority_goes_first(queue: IQueue) -> None:
    """RFC 6710."""
    for priority in (0, -9, 9, 4):
        wished = envelope(f"p{priority}", "bob@bob.example", priority=priority)
        now(queue.put(wished, MAIL))
    assert said(now(queue.claim(9, lease=LEASE))) == ["p9", "p4", "p0", "p-9"]


def test_senders_take_turns(queue: IQueue, keeping: Keeping) -> None:
    """Whoever sends a thousand does not keep one waiting who sends two."""
    for n in range(60):
        now(queue.put(envelope(f"a{n:02}", "x@bob.example"), MAIL))
    assert said(now(queue.claim(10, lease=LEASE))) == [f"a{n:02}" for n in range(10)]
    for name in ("b0", "b1", "b2"):
        bobs = envelope(name, "x@bob.example", sender="bob@example.org")
        now(queue.put(bobs, MAIL))
    served = said(now(queue.claim(8, lease=LEASE)))
    assert [name for name in served if name.startswith("b")] == ["b0", "b1", "b2"]
    assert "".join(name[0] for name in served[:6]) in {"ababab", "bababa"}
    keeping.clock.moment += LEASE


def test_destinations_take_turns(queue: IQueue) -> None:
    for n in range(20):
        now(queue.put(envelope(f"d{n:02}", "x@big.example"), MAIL))
    now(queue.put(envelope("s1", "x@small.example"), MAIL))
    now(queue.put(envelope("t1", "x@tiny.example"), MAIL))
    one_by_one = [said(now(queue.claim(1, lease=LEASE)))[0] for _ in range(4)]
    assert {"s1", "t1"} < set(one_by_one)
    assert said(now(queue.claim(9, ["big.example"], lease=LEASE))) == []


def test_one_destination_only(queue: IQueue) -> None:
    for name, there in (("a", "bob"), ("b", "carla"), ("c", "carla")):
        now(queue.put(envelope(name, f"x@{there}.example"), MAIL))
    claims = now(queue.claim(9, lease=LEASE, only="carla.example"))
    assert sorted(said(claims)) == ["b", "c"]
    assert not now(queue.claim(9, lease=LEASE, only="carla.example"))
    assert said(now(queue.claim(9, lease=LEASE))) == ["a"]


def test_put_off(queue: IQueue, keeping: Keeping) -> None:
    now(queue.put_off("bob.example", START + 500))
    assert now(queue.next_due()) is None
    now(queue.put(envelope("m", "x@bob.example", "y@carla.example"), MAIL))
    [claim] = now(queue.claim(9, lease=LEASE))
    assert claim.destination == "carla.example"
    assert now(queue.next_due()) == START + 500
    assert now(queue.retry("m")) == 0
    assert now(queue.next_due()) == START
    now(queue.put_off("bob.example", START + 500))
    keeping.clock.moment += 500
    assert said(now(queue.claim(9, lease=LEASE))) == ["m"]


def test_hold_and_release(queue: IQueue) -> None:
    now(queue.put(envelope("m", "x@bob.example", "y@carla.example"), MAIL))
    [claim] = now(queue.claim(1, lease=LEASE))
    assert now(queue.hold("m")) == 1
    assert now(queue.claim(9, lease=LEASE)) == []
    now(queue.settle(claim, [later(START + 9000)]))
    stages = [each.stage for each in now(queue.entry("m")).waiting]
    assert sorted(each.value for each in stages) == ["deferred", "hold"]
    assert now(queue.retry()) == 1
    assert len(now(queue.claim(9, lease=LEASE))) == 1
    assert now(queue.release("m")) == 1
    assert len(now(queue.claim(9, lease=LEASE))) == 1


def test_what_nobody_tries_any_more_can_be_held(
    queue: IQueue, keeping: Keeping
) -> None:
    now(queue.put(envelope("m", "x@bob.example"), MAIL))
    [claim] = now(queue.claim(1, lease=LEASE))
    keeping.clock.moment += LEASE - 1
    assert now(queue.hold("m")) == 0
    keeping.clock.moment += 1
    assert now(queue.hold("m")) == 1
    assert now(queue.next_due()) is None
    with pytest.raises(NotFound):
        now(queue.settle(claim, [SENT]))


def test_whoever_waits_is_put_off_too(queue: IQueue, keeping: Keeping) -> None:
    now(queue.put(envelope("m", "x@bob.example"), MAIL))
    [claim] = now(queue.claim(1, lease=LEASE))
    now(queue.settle(claim, [later(START + 100)]))
    now(queue.put_off("bob.example", START + 500))
    assert now(queue.next_due()) == START + 500
    [waiting] = now(queue.entry("m")).waiting
    assert waiting.due == START + 500
    assert waiting.last == BUSY
    keeping.clock.moment += 100
    assert now(queue.claim(1, lease=LEASE)) == []
    now(queue.put_off("bob.example", 0))
    assert said(now(queue.claim(1, lease=LEASE))) == ["m"]
