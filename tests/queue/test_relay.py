"""The relay beside what its dialogues show: turns, cancellation, faults of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from dialogue import Script
from remote import RemoteStage, claim
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import implementer

from mailnode.errors import NotFound
from mailnode.interfaces.content import IOctets
from mailnode.interfaces.dialing import Call
from mailnode.model.queue import Outcome, Result
from mailnode.queue import means
from mailnode.queue.means import Absent
from mailnode.testing import MemoryContent

CONTENT = MemoryContent(b"Subject: one\r\n\r\nbody\r\n")
REFUSED = Outcome(Result.DEFERRED, "4.4.1", "connection refused")


class Office:
    """A relay, and all that it is asked to carry."""

    def __init__(self, *settings: tuple[str, str]) -> None:
        self.script = Script(Path("none"), settings, ())
        self.stage = RemoteStage(self.script)
        self.ended: list[object] = []

    def carry(self, content: IOctets = CONTENT) -> Deferred[object]:
        """Hand over a message."""
        carried = self.stage.relay.carry(claim(self.script), content)
        held: Deferred[object] = Deferred.fromCoroutine(carried)
        _ = held.addBoth(self.ended.append)
        return held

    @property
    def calls(self) -> int:
        """How many were made."""
        return len(self.stage.reactor.tcpClients)


def test_many_wait_for_one_host_that_is_not_there() -> None:
    office = Office(("terms", "connections=1"))
    for _ in range(2000):
        _ = office.carry()
    assert office.calls == 1
    *_, factory, _, _ = office.stage.call()
    factory.clientConnectionFailed(None, Failure(ConnectionRefusedError()))
    office.stage.settle()
    assert len(office.ended) == 2000
    assert office.calls == 1, "it is not asked again so soon"
    (destination,) = office.stage.relay.destinations.values()
    assert destination.unused


def test_who_waits_can_be_called_back() -> None:
    office = Office(("terms", "connections=1"))
    first, second, third = office.carry(), office.carry(), office.carry()
    second.cancel()
    assert isinstance(office.ended.pop(), Failure)
    first.cancel()
    office.stage.settle()
    assert office.calls == 2
    third.cancel()
    assert all(
        isinstance(each, Failure) and each.check(CancelledError)
        for each in office.ended
    )


def test_a_connection_of_somebody_called_back_is_not_used_again() -> None:
    office = Office(("terms", "connections=1"))
    held = office.carry()
    office.stage.take("a")
    remote = office.stage.clients["a"]
    remote.send(b"220 mx.example.net\r\n")
    remote.send(b"250 mx.example.net\r\n")
    held.cancel()
    assert remote.wire.disconnected
    remote.lose()
    office.stage.settle()
    assert bytes(remote.heard).endswith(b"MAIL FROM:<ana@example.org>\r\n")
    assert office.stage.relay.destinations.popitem()[1].unused
    _ = office.carry()
    assert office.calls == 2


def test_a_call_of_somebody_called_back_is_hung_up() -> None:
    office = Office()
    held = office.carry()
    held.cancel()
    (connector,) = office.stage.reactor.connectors
    assert connector._disconnected
    office.stage.taken += 1
    held = office.carry()
    office.stage.take("a")
    held.cancel()
    assert office.stage.clients["a"].wire.disconnected


@implementer(IOctets)
class Unreadable:
    """A message whose octets are gone."""

    size = 100
    header_size = 10

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    async def read(self, start: int = 0) -> bytes:
        raise self.fault


@pytest.mark.parametrize("size", [100, 10**6])
def test_a_message_that_cannot_be_read(size: int) -> None:
    office = Office()
    content = Unreadable(NotFound("there is no such message"))
    content.size = size
    _ = office.carry(content)
    text = "the message cannot be read: there is no such message"
    assert office.ended == [[Outcome(Result.DEFERRED, "4.3.0", text)]]


@implementer(IOctets)
class Stuck(Unreadable):
    """A message that is read as far as it goes, and the second time never."""

    size = header_size = 2**20

    def __init__(self) -> None:
        super().__init__(NotFound())
        self.read_once = False

    async def read(self, start: int = 0) -> bytes:
        if not start and self.read_once:
            await Deferred[None]()
        self.read_once = True
        return b"\r\n" * 2**17 if start < self.size else b""


def test_a_delivery_that_is_stuck_does_not_hold_up_the_end() -> None:
    office = Office()
    _ = office.carry(Stuck())
    office.stage.take("a")
    office.stage.clients["a"].send(b"220 a\r\n")
    for answer in (b"250 mx.example.net", b"250 one", b"250 two", b"354 go on"):
        office.stage.clients["a"].send(answer + b"\r\n")
    stopped: Deferred[None] = Deferred.fromCoroutine(office.stage.relay.stop(10))
    office.stage.reactor.pump([1] * 10)
    assert not stopped.called
    office.stage.reactor.pump([1] * 3)
    assert stopped.called
    text = "this server is being stopped"
    assert office.ended == [[Outcome(Result.DEFERRED, "4.3.2", text)]]


def test_a_fault_of_ours_is_an_outcome() -> None:
    office = Office()
    _ = office.carry(Unreadable(ZeroDivisionError()))
    text = "something went wrong on this server"
    assert office.ended == [[Outcome(Result.DEFERRED, "4.3.0", text)]]


def test_who_is_absent_is_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(means, "REMEMBERED", 2)
    clock = Clock()
    absent = Absent(clock, 60)
    calls = [Call("mx.example.net", f"192.0.2.{n}", 25) for n in range(3)]
    for call in calls:
        absent.note(call, REFUSED)
    assert [absent.why(call) for call in calls] == [None, REFUSED, REFUSED]
    clock.advance(61)
    assert [absent.why(call) for call in calls] == [None] * 3
