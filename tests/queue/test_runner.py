"""The runner beside what its dialogues show: clocks that jump, hosts that hold us."""

from __future__ import annotations

from office import RELAYED, Office, envelope
from twisted.internet.defer import Deferred

from mailnode.model.queue import Outcome

HOUR = 3_600_000


def test_a_clock_put_forward_sends_nothing_twice() -> None:
    office = Office()
    held: Deferred[Outcome] = Deferred()
    office.remote.answers["bob@example.net"] = held
    office.start()
    office.put(envelope("m1", "bob@example.net"))
    office.pass_time(1)
    office.jump = HOUR
    office.put(envelope("m2", "carla@example.com"))
    office.pass_time(120)
    assert [to for _, to in office.remote.tried] == [
        "bob@example.net",
        "carla@example.com",
    ]
    held.callback(RELAYED)
    office.pass_time(HOUR)
    assert len(office.remote.tried) == 2
    relayed = [step.id for step in office.trail.steps if step.event.value == "relayed"]
    assert sorted(relayed) == ["m1", "m2"]
