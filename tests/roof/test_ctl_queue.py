"""mailnodectl queue and mailnodectl trail: what operators see and do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from roof.test_ctl import Desk
from roof.test_ctl import desk as desk  # noqa: PLC0414 - a fixture
from roof.test_ctl import house as house  # noqa: PLC0414 - a fixture
from store.keeping import Clock, mail, now
from store.queueing import address, envelope, later, target

from mailnode.config import load
from mailnode.ctl.queue import LISTED
from mailnode.ctl.spoken import lasting, octets
from mailnode.ctl.trail import STEPS
from mailnode.house import Cellar, inline
from mailnode.model.envelope import Envelope, Sender
from mailnode.model.queue import Outcome, Result, Settlement
from mailnode.model.trail import Event, Step
from mailnode.testing import MemoryContent

MAIL = MemoryContent(mail())
HOUR = 3_600_000


class Kept:
    """The store of a house, and a clock for it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.clock = Clock()

    @contextmanager
    def cellar(self) -> Iterator[Cellar]:
        cellar = Cellar(load(self.desk.file), inline(), self.clock)
        yield cellar
        now(cellar.close())


@pytest.fixture
def kept(house: Desk, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """A house whose clock stands still, and in local time that is UTC."""
    kept = Kept(house)
    plain = Cellar.__init__

    def at_that_time(self: Cellar, config: object, ways: object, *_: object) -> None:
        plain(self, config, ways, kept.clock)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(Cellar, "__init__", at_that_time)
    monkeypatch.setenv("TZ", "UTC")
    __import__("time").tzset()
    return kept


@pytest.fixture
def waiting(kept: Kept) -> Kept:
    """Two messages: one deferred by one of two servers, and one that is new."""
    with kept.cellar() as cellar:
        sender = Sender(address("ana@example.org"), priority=4)
        to = (
            target("bob@bob.example", sender.address),
            target("carla@carla.example", sender.address),
            target("dora@example.org", sender.address, mailbox="INBOX"),
        )
        whole = Envelope("a1", sender, to, kept.clock(), "ana@example.org")
        now(cellar.queue.put(whole, MAIL))
        now(cellar.queue.put(envelope("b2", "x@y.example", sender=""), MAIL))
        now(cellar.queue.put_off("y.example", kept.clock() + HOUR))
        busy = ["", "carla.example", "y.example"]
        [claim] = now(cellar.queue.claim(9, busy, lease=HOUR))
        outcome = Outcome(
            Result.DEFERRED,
            "4.7.1",
            "451 4.7.1 come\x1b[2J later",
            "mx.bob.example [192.0.2.1]",
            "TLSv1.3",
        )
        due = kept.clock() + HOUR // 2
        now(cellar.queue.settle(claim, [Settlement(outcome, due, warned=True)]))
    kept.clock.moment += HOUR // 4
    return kept


def test_an_empty_queue(house: Desk) -> None:
    assert house.type("queue", "list") == (0, "The queue is empty.\n", "")
    assert house.json("queue", "list") == (0, {"messages": [], "more": False})


def test_list(waiting: Kept) -> None:
    status, out, _ = waiting.desk.type("queue", "list")
    assert status == 0
    assert out == (
        "a1  15 min  65 octets  from ana@example.org\n"
        "    bob@bob.example      deferred  in 15 min"
        "  mx.bob.example [192.0.2.1]: 451 4.7.1 come\ufffd[2J later\n"
        "    carla@carla.example  incoming  now\n"
        "    dora@example.org     incoming  now\n"
        "b2  15 min  65 octets  from <>\n"
        "    x@y.example  incoming  in 45 min\n"
        "Messages: 2, recipients: 4.\n"
    )


def test_list_for_scripts(waiting: Kept) -> None:
    status, said = waiting.desk.json("queue", "list", "--after", "a")
    assert status == 0
    messages = said["messages"]
    assert isinstance(messages, list)
    first, second = messages
    assert first["recipients"][0] == {
        "recipient": "bob@bob.example",
        "address": "bob@bob.example",
        "mailbox": None,
        "stage": "deferred",
        "next": "2023-11-14T22:43:20.000Z",
        "in": 900,
        "attempts": 1,
        "warned": True,
        "last": {
            "result": "deferred",
            "status": "4.7.1",
            "text": "451 4.7.1 come\x1b[2J later",
            "host": "mx.bob.example [192.0.2.1]",
            "tls": "TLSv1.3",
        },
    }
    del first["recipients"], second["recipients"]
    assert first == {
        "id": "a1",
        "readable": True,
        "received": "2023-11-14T22:13:20.000Z",
        "age": 900,
        "size": MAIL.size,
        "sender": "ana@example.org",
        "account": "ana@example.org",
        "priority": 4,
    }
    assert waiting.desk.json("queue", "list", "--after", "b2") == (
        0,
        {"messages": [], "more": False},
    )


def test_very_many(kept: Kept) -> None:
    with kept.cellar() as cellar:
        for n in range(LISTED + 1):
            now(cellar.queue.put(envelope(f"m{n:05}", "x@y.example"), MAIL))
    _, out, _ = kept.desk.type("queue", "list")
    *_, total, more = out.splitlines()
    assert total == f"Messages: {LISTED}, recipients: {LISTED}."
    assert more == "There are more. Next: mailnodectl queue list --after m00999"
    _, out, _ = kept.desk.type(*more.split()[5:])
    assert out.splitlines()[-1] == "Messages: 1, recipients: 1."


def test_show(waiting: Kept) -> None:
    status, out, _ = waiting.desk.type("queue", "show", "a1")
    assert status == 0
    head, bob, carla, dora = out.split("\n\n")
    assert head == (
        "id            a1\n"
        "size          65 octets\n"
        "received      2023-11-14 22:13:20, 15 min ago\n"
        "sender        ana@example.org\n"
        "submitted by  ana@example.org\n"
        "priority      4"
    )
    assert bob == (
        "recipient   bob@bob.example\n"
        "stage       deferred\n"
        "next try    2023-11-14 22:43:20\n"
        "tried       1\n"
        "delay       the sender has been told\n"
        "last reply  mx.bob.example [192.0.2.1]: 451 4.7.1 come\ufffd[2J later\n"
        "status      deferred 4.7.1 TLSv1.3"
    )
    assert "next try   now" in carla
    assert "mailbox    INBOX of dora@example.org" in dora
    status, _, err = waiting.desk.type("queue", "show", "c3")
    assert (status, "no such message in the queue" in err) == (1, True)


def test_where_it_leads(kept: Kept) -> None:
    with kept.cellar() as cellar:
        to = target("team@example.org")
        elsewhere = type(to)(to.recipient, address("bob@bob.example"), None, None)
        now(cellar.queue.put(Envelope("m", Sender(None), (elsewhere,), 0), MAIL))
        [claim] = now(cellar.queue.claim(1, lease=HOUR))
        failure = Outcome(Result.DEFERRED, "4.3.0", "no route")
        now(cellar.queue.settle(claim, [Settlement(failure, kept.clock())]))
    _, out, _ = kept.desk.type("queue", "show", "m")
    assert "leads to    bob@bob.example\n" in out
    assert "last reply  no route\n" in out
    assert "sender    <>\n" in out


def test_what_cannot_be_read(waiting: Kept) -> None:
    with waiting.cellar() as cellar:
        now(
            cellar.store.main.write(
                lambda tx: list(
                    tx.execute("UPDATE queue_message SET envelope = 'x' WHERE id = 1")
                )
            )
        )
    _, out, _ = waiting.desk.type("queue", "list")
    assert out.startswith("a1          65 octets  cannot be read\nb2  15 min  65 oct")
    _, out, _ = waiting.desk.type("queue", "show", "a1")
    assert "corrupt" in out
    assert waiting.desk.json("queue", "drop", "a1")[1] == {"id": "a1", "recipients": 3}


def test_what_operators_do(waiting: Kept) -> None:
    desk = waiting.desk
    assert desk.type("queue", "retry")[0] == 1
    assert desk.type("queue", "retry", "a1", "--all")[0] == 1
    assert desk.json("queue", "retry", "a1") == (0, {"recipients": 1})
    assert desk.json("queue", "retry", "--all") == (0, {"recipients": 1})
    status, out, _ = desk.type("queue", "retry", "b2")
    assert (status, out) == (0, "Recipients that are due now: 0.\n")
    status, out, _ = desk.type("queue", "hold", "a1")
    assert (status, out) == (0, "a1 is held. Recipients: 3.\n")
    assert " hold\n" in desk.type("queue", "list")[1]
    assert desk.json("queue", "release", "a1") == (0, {"id": "a1", "recipients": 3})
    assert desk.json("queue", "drop", "a1") == (0, {"id": "a1", "recipients": 3})
    for verb in ("hold", "release", "drop", "retry", "show"):
        for name in ("a1", "\udcff"):
            status, _, err = desk.type("queue", verb, name)
            assert (status, "no such message" in err) == (1, True)
    _, out, _ = desk.type("trail", "a1")
    assert out == "".join(
        f"2023-11-14 22:28:20  a1  {event:<8}  ana@example.org"
        "  by the operator; recipients: 3\n"
        for event in ("held", "released", "dropped")
    )


def test_trail(kept: Kept) -> None:
    with kept.cellar() as cellar:
        at = kept.clock()
        ana, bob = "ana@example.org", "bob@bob.example"
        for step in (
            Step(at, "a1", Event.RECEIVED, ana, "", "<1@example.org>", "from [::1]"),
            Step(
                at + 1000, "a1", Event.RELAYED, ana, bob, text="mx.bob.example: 250\x07"
            ),
            Step(at + 2000, "b2", Event.RECEIVED, "", "", "<2@example.org>", "report"),
        ):
            cellar.trail.note(step)
    story = (
        "2023-11-14 22:13:20  a1  received  ana@example.org  from [::1]\n"
        "2023-11-14 22:13:21  a1  relayed   bob@bob.example  mx.bob.example: 250\ufffd\n"
    )
    for asked in ("a1", "1@example.org", "<1@example.org>", ana, bob):
        assert kept.desk.type("trail", asked) == (0, story, "")
    assert "received  <>  report\n" in kept.desk.type("trail", "b2")[1]
    assert kept.desk.json("trail", "b2") == (
        0,
        {
            "about": "b2",
            "steps": [
                {
                    "at": "2023-11-14T22:13:22.000Z",
                    "id": "b2",
                    "event": "received",
                    "sender": "",
                    "recipient": "",
                    "message_id": "<2@example.org>",
                    "text": "report",
                }
            ],
        },
    )
    assert kept.desk.type("trail", "\udcff") == (0, "Nothing is known of \ufffd.\n", "")


def test_a_long_trail(kept: Kept) -> None:
    with kept.cellar() as cellar:
        for n in range(STEPS + 1):
            cellar.trail.note(Step(n, "m", Event.DEFERRED, text=f"try {n}"))
    lines = kept.desk.type("trail", "m")[1].splitlines()
    assert lines[0].endswith("try 1")
    assert lines[-1] == f"Only the latest {STEPS} steps are shown."


def test_the_trail_is_kept_as_long_as_is_said(kept: Kept) -> None:
    text = kept.desk.file.read_text()
    kept.desk.file.write_text(text + '\n[trail]\nkeep = "1 hour"\n')
    assert load(kept.desk.file).trail.keep == 3600.0


@pytest.mark.parametrize(
    ("words", "number", "said"),
    [
        (lasting, 0, "0 s"),
        (lasting, 59.9, "59 s"),
        (lasting, 7199, "1 h"),
        (lasting, 10**6, "11 d"),
        (octets, 0, "0 octets"),
        (octets, 4096, "4.1 kB"),
    ],
)
def test_words(words: Callable[[object], str], number: float, said: str) -> None:
    assert words(number) == said


def test_a_claim_of_a_dead_run_is_given_back(waiting: Kept) -> None:
    with waiting.cellar() as cellar:
        assert len(now(cellar.queue.claim(9, lease=HOUR))) == 2
    assert "active" not in waiting.desk.type("queue", "list")[1]
    with waiting.cellar() as cellar:
        [one, *_] = now(cellar.queue.claim(9, lease=HOUR))
        now(cellar.queue.settle(one, [later(0)]))
