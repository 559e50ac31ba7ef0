"""What became of a submission, in the words that clients get (RFC 8621, 7)."""

from __future__ import annotations

import pytest
from store.keeping import now
from store.queueing import address, target

from mailnode.interfaces.delivery import IOutbox
from mailnode.jmap.sending.fate import Undo, reply, statuses, undo
from mailnode.model.envelope import Recipient
from mailnode.model.queue import Outcome, Result, Stage, Waiting
from mailnode.model.trail import Event, Step

NOW = 1_700_000_000_000


def waits(
    number: int = 0,
    *,
    stage: Stage = Stage.INCOMING,
    due: int = NOW + 1,
    attempts: int = 0,
    last: Outcome | None = None,
) -> Waiting:
    return Waiting(number, target("bob@example.net"), stage, due, attempts, last=last)


@pytest.mark.parametrize(
    ("waiting", "said"),
    [
        ([waits()], Undo.PENDING),
        ([waits(), waits(1)], Undo.PENDING),
        ([], Undo.FINAL),
        ([waits(due=NOW)], Undo.FINAL),
        ([waits(), waits(1, due=NOW)], Undo.FINAL),
        ([waits(stage=Stage.ACTIVE)], Undo.FINAL),
        ([waits(stage=Stage.DEFERRED, attempts=1)], Undo.FINAL),
        ([waits(stage=Stage.HOLD)], Undo.FINAL),
        ([waits(attempts=1)], Undo.FINAL),
    ],
)
def test_what_can_be_taken_back(waiting: list[Waiting], said: Undo) -> None:
    """The same as L{IQueue.recall} finds."""
    assert undo(waiting, NOW) is said


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("550 5.1.1 no such user", "5.1.1", "550 5.1.1 no such user"),
        (
            "mx-550-a.example.net [192.0.2.25] 451 4.3.0 busy (TLSv1.3 X); again Tue",
            "",
            "451 4.3.0 busy",
        ),
        ("mx.example.net 250 ok (as usual)", "", "250 ok (as usual)"),
        ("554 go away", "5.7.1", "554 5.7.1 go away"),
        ("no route to the host", "4.4.1", "451 4.4.1 no route to the host"),
        ("there is no such domain", "5.1.2", "550 5.1.2 there is no such domain"),
        ("", "9.1.2", "451 9.1.2"),
        ("nothing", "", ""),
    ],
)
def test_replies(text: str, status: str, said: str) -> None:
    assert reply(text, status) == said


class Outbox:
    """Knows the steps of one message."""

    def __init__(self, *steps: Step) -> None:
        self.known = steps

    async def steps(self, name: str) -> tuple[Step, ...]:
        return self.known


def step(event: Event, to: str, text: str = "") -> Step:
    return Step(NOW, "m", event, recipient=to, text=text)


def told(*steps: Step, waiting: tuple[Waiting, ...] = ()) -> tuple[str, str]:
    """What is said of bob."""
    bob = {"Bob@example.net": Recipient(address("Bob@example.net"))}
    outbox: IOutbox = Outbox(*steps)  # type: ignore[assignment]  # as much as is needed
    found = now(statuses(outbox, "m", bob, waiting))
    said = found["Bob@example.net"]
    assert isinstance(said, dict)
    assert said["displayed"] == "unknown"
    return str(said["delivered"]), str(said["smtpReply"])


def test_the_last_word_counts() -> None:
    bob = "bob@example.net"
    deferred = step(Event.DEFERRED, bob, "mx.a 450 4.2.0 later")
    assert told(deferred) == ("unknown", "250 2.0.0 nothing more is known")
    sent = step(Event.RELAYED, bob, "mx.a 250 2.0.0 thanks (TLSv1.3 Y)")
    assert told(deferred, sent) == ("unknown", "250 2.0.0 thanks")
    failed = step(Event.FAILED, bob, "mx.a 550 5.1.1 who?")
    assert told(deferred, failed) == ("no", "550 5.1.1 who?")
    assert told(failed, step(Event.REPORTED, bob, "failed"))[0] == "no"


def test_where_an_address_leads_is_not_told() -> None:
    """RFC 3461, 5.2.7.4."""
    there = step(Event.DELIVERED, "bob@example.net", "to INBOX of secret@example.org")
    assert told(there) == ("yes", "250 2.1.5 the message is in the mailbox")


def test_what_still_waits_counts_first() -> None:
    there = step(Event.DELIVERED, "bob@example.net")
    busy = Outcome(Result.DEFERRED, "4.2.2", "the mailbox is full")
    waiting = waits(1, last=busy, attempts=1, stage=Stage.DEFERRED)
    assert told(there, waiting=(waiting,)) == (
        "queued",
        "451 4.2.2 the mailbox is full",
    )
