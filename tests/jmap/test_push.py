"""Who hears what, when, and how often it is found out."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from web.mailbag import Account

from mailnode.errors import Unavailable
from mailnode.interfaces.account import IMailAccount
from mailnode.jmap.push import Listening, Pushes, StateChange
from mailnode.model.change import Arrived, ObjectChanged, Vanished
from mailnode.model.mail import Kind
from mailnode.model.message import Message

LOST = Vanished(1, (1,), 1)


class Hub:
    """An account, whose states a test sets, and those who listen to it."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.account = Account("ana@example.org", 7)
        self.slow: Deferred[None] | None = None
        self.fault: Exception | None = None
        self.counted = 0
        states = {
            "Email": self.email,
            "Mailbox": self.mailbox,
            "Identity": self.identity,
        }
        self.pushes = Pushes(states, self.clock.callLater, self.run)
        self.told: list[list[StateChange]] = []

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        self.failed = Deferred.fromCoroutine(work)

    async def email(self, account: IMailAccount) -> str:
        self.counted += 1
        if self.slow is not None:
            await self.slow
        if self.fault is not None:
            raise self.fault
        return str(await account.mail().state(Kind.EMAIL))

    async def mailbox(self, account: IMailAccount) -> str:
        return str(await account.mail().state(Kind.MAILBOX))

    async def identity(self, account: IMailAccount) -> str:
        return str(await account.objects().state("Identity"))

    def listener(self) -> Listening:
        told: list[StateChange] = []
        self.told.append(told)
        joined = Deferred.fromCoroutine(self.pushes.listen(self.account, told.append))
        return joined.result  # type: ignore[return-value]  # it is there at once

    def arrive(self, **states: int) -> None:
        for name, state in states.items():
            self.account.bag.states[Kind[name.upper()]] = state
        self.account.tell(LOST)

    def heard(self, number: int = 0) -> list[Any]:
        return [each.value(None)["changed"] for each in self.told[number]]


def test_a_change_is_told_at_once_and_more_in_a_quarter_of_a_second() -> None:
    hub = Hub()
    hub.listener()
    hub.arrive(email=2)
    hub.arrive(email=3, mailbox=2)
    hub.clock.advance(0.01)
    assert hub.heard() == [{"A7": {"Email": "3", "Mailbox": "2"}}]
    hub.arrive(email=4)
    hub.clock.advance(0.2)
    hub.arrive(email=5)
    hub.clock.advance(0.049)
    assert hub.heard()[1:] == []
    hub.clock.advance(0.002)
    assert hub.heard()[1:] == [{"A7": {"Email": "5"}}]
    hub.clock.advance(1)
    hub.arrive(email=6)
    hub.clock.advance(0.01)
    assert hub.heard()[2:] == [{"A7": {"Email": "6"}}]


def test_it_is_found_out_once_for_all() -> None:
    hub = Hub()
    for _ in range(50):
        hub.listener()
    assert hub.account.watched == 1
    assert hub.counted == 1
    hub.arrive(email=2)
    hub.clock.advance(1)
    assert hub.counted == 2
    assert all(len(each) == 1 for each in hub.told)
    assert len({id(each[0].text(None)) for each in hub.told}) == 1


def test_what_did_not_change_is_not_told() -> None:
    hub = Hub()
    hub.listener()
    hub.account.tell(LOST)
    hub.clock.advance(1)
    assert hub.heard() == []


def test_of_other_things_only_their_state_is_asked_for() -> None:
    hub = Hub()
    hub.listener()
    hub.account.others.modseqs["Identity"] = 5
    hub.account.tell(ObjectChanged("Identity", 5))
    hub.account.tell(ObjectChanged("Unknown", 5))
    hub.clock.advance(1)
    assert hub.heard() == [{"A7": {"Identity": "5"}}]
    assert hub.counted == 1


def test_who_comes_later_knows_what_is() -> None:
    hub = Hub()
    hub.listener()
    hub.arrive(email=9)
    hub.clock.advance(1)
    later = hub.listener()
    assert later.present.states["Email"] == "9"
    assert hub.heard(1) == []


def test_nobody_watches_when_nobody_listens() -> None:
    hub = Hub()
    one, two = hub.listener(), hub.listener()
    one.stop()
    one.stop()
    assert hub.account.history.listeners
    hub.arrive(email=2)
    two.stop()
    assert not hub.account.history.listeners
    assert not hub.pushes.watches
    hub.clock.advance(1)
    assert hub.counted == 1
    hub.listener()
    assert hub.account.watched == 2


def test_a_slow_answer_delays_and_loses_nothing() -> None:
    hub = Hub()
    hub.listener()
    hub.slow = Deferred()
    hub.arrive(email=2)
    hub.clock.advance(0.25)
    hub.arrive(email=3)
    hub.clock.pump([0.25] * 3)
    assert hub.counted == 2
    hub.slow.callback(None)
    hub.slow = None
    hub.clock.pump([0.25] * 2)
    assert hub.heard()[-1]["A7"]["Email"] == "3"


def test_what_changes_while_somebody_joins_is_not_missed() -> None:
    hub = Hub()
    hub.slow = Deferred()
    told: list[StateChange] = []
    joined = Deferred.fromCoroutine(hub.pushes.listen(hub.account, told.append))
    hub.arrive(email=2)
    hub.slow.callback(None)
    hub.slow = None
    listening: Any = joined.result
    hub.clock.advance(1)
    assert told or listening.present.states["Email"] == "2"


def test_trouble_is_tried_again() -> None:
    hub = Hub()
    hub.listener()
    hub.fault = Unavailable("busy")
    hub.arrive(email=2)
    hub.clock.advance(1)
    hub.fault = None
    hub.clock.advance(5)
    assert hub.heard() == [{"A7": {"Email": "2"}}]


def test_who_cannot_be_told_how_it_is_leaves_nothing_behind() -> None:
    hub = Hub()
    hub.fault = Unavailable("busy")
    joined = Deferred.fromCoroutine(hub.pushes.listen(hub.account, print))
    why: list[Failure] = []
    _ = joined.addErrback(why.append)
    assert why[0].check(Unavailable)
    assert not hub.account.history.listeners
    assert not hub.pushes.watches


def came(number: int) -> Arrived:
    return Arrived(1, (Message(1, number, 1, frozenset(), 1, 0),), 1)


def test_what_is_delivered_has_a_state_of_its_own() -> None:
    hub = Hub()
    listening = hub.listener()
    assert listening.present.states["EmailDelivery"] == "1"
    hub.arrive(email=2)
    hub.clock.advance(1)
    assert hub.heard() == [{"A7": {"Email": "2"}}]
    hub.account.bag.states[Kind.EMAIL] = 3
    hub.account.tell(came(40))
    hub.clock.advance(1)
    assert hub.heard()[1] == {"A7": {"Email": "3", "EmailDelivery": "3"}}
    hub.account.bag.states[Kind.EMAIL] = 4
    hub.account.tell(came(30))  # one that was there, in another mailbox
    hub.clock.advance(1)
    assert hub.heard()[2] == {"A7": {"Email": "4"}}
    hub.fault = Unavailable("busy")
    hub.account.bag.states[Kind.EMAIL] = 5
    hub.account.tell(came(41))
    hub.clock.advance(1)
    hub.fault = None
    hub.clock.advance(5)
    assert hub.heard()[3] == {"A7": {"Email": "5", "EmailDelivery": "5"}}


def test_types() -> None:
    change = StateChange("A1", {"Email": "2", "Mailbox": "3"}, {"Email"})
    assert change.concerns(None)
    assert change.concerns(frozenset({"Email", "Thread"}))
    assert not change.concerns(frozenset({"Mailbox"}))
    assert change.text(frozenset({"Email"})) == (
        b'{"@type":"StateChange","changed":{"A1":{"Email":"2"}}}'
    )
    both = StateChange("A1", change.states, {"Mailbox"}).after(change)
    assert both.changed == {"Email", "Mailbox"}


def test_what_was_missed() -> None:
    before = StateChange("A1", {"Email": "2", "Mailbox": "3"}, ())
    now = StateChange("A1", {"Email": "4", "Mailbox": "3", "Thread": "1"}, ())
    assert now.since(before.token).changed == {"Email", "Thread"}
    assert now.since(now.token).changed == set()
    assert now.since("nonsense").changed == set(now.states)
    assert now.since("&" * 5000 + "=" * 5000).changed == set(now.states)


names = st.text(min_size=1, max_size=20)


@given(st.dictionaries(names, names, max_size=8))
def test_a_token_says_all_states(states: dict[str, str]) -> None:
    change = StateChange("A1", states, ())
    assert change.token.isascii()
    assert change.token.isprintable()
    assert change.since(change.token).changed == set()
