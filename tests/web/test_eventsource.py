"""Event streams beyond what the dialogues show: many, slow, revoked, cut off."""

from __future__ import annotations

import json
import time
import tracemalloc
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from web.browser import ANA, Browser, Server
from web.mailbag import Account, Store, gate

from mailnode.interfaces.account import IMailAccount
from mailnode.jmap.extension import Extension, Repertoire
from mailnode.model.change import Vanished
from mailnode.model.mail import Kind
from mailnode.web.tree import tree

LOST = Vanished(1, (1,), 1)
AT = "/jmap/eventsource/?types={}&closeafter={}&ping={}"


def listening() -> Repertoire:
    """An extension whose types have states."""
    extension = Extension(1, "urn:example:mail")

    async def email(account: IMailAccount) -> str:
        return str(await account.mail().state(Kind.EMAIL))

    async def mailbox(account: IMailAccount) -> str:
        return str(await account.mail().state(Kind.MAILBOX))

    extension.states.update({"Email": email, "Mailbox": mailbox})
    return Repertoire([extension])


class Place:
    """A server that has mail for ana."""

    def __init__(self) -> None:
        self.gate = gate()
        self.server = Server(self.gate)
        self.clock = self.server.clock
        root = tree(self.gate, self.clock, listening())
        self.server = Server(self.gate, root=root, clock=self.clock)
        store = self.gate.store
        assert isinstance(store, Store)
        self.ana: Account = store.of("ana@example.org")
        self.clients: list[Browser] = []

    def listen(
        self, types: str = "*", after: str = "no", ping: object = 0, **more: str
    ) -> Browser:
        client = self.server.connect()
        fields = {name.replace("_", "-"): each for name, each in more.items()}
        client.send(AT.format(types, after, ping), ANA | fields)
        self.clients.append(client)
        return client

    def arrive(self, email: int) -> None:
        self.ana.bag.states[Kind.EMAIL] = email
        self.ana.tell(LOST)

    def close(self) -> None:
        for each in self.clients:
            each.protocol.connectionLost(Failure(ConnectionLost()))
        assert not self.ana.history.listeners
        later = [each for each in self.clock.getDelayedCalls() if "tick" in str(each)]
        assert not later


def events(client: Browser) -> list[dict[str, str]]:
    """The events that a client has heard."""
    octets = client.said.partition(b"\r\n\r\n")[2]
    content = b""
    while octets and not octets.startswith(b"HTTP/"):
        size, _, octets = octets.partition(b"\r\n")
        content += octets[: int(size, 16)]
        octets = octets[int(size, 16) + 2 :]
        if size == b"0":
            break
    blocks = [each.split("\n") for each in content.decode().split("\n\n")]
    found = [
        dict(line.split(": ", 1) for line in b if line[:1] != ":")
        for b in blocks
        if b != [""]
    ]
    return [each for each in found if each]


def test_a_change_is_an_event() -> None:
    place = Place()
    client = place.listen()
    assert b"Content-Type: text/event-stream\r\n" in client.said
    assert b"X-Accel-Buffering: no\r\n" in client.said
    place.arrive(2)
    assert events(client) == []
    place.clock.advance(0.25)
    (event,) = events(client)
    assert event["event"] == "state"
    assert json.loads(event["data"]) == {
        "@type": "StateChange",
        "changed": {"A1": {"Email": "2"}},
    }
    place.close()


def test_other_types_are_not_told() -> None:
    place = Place()
    one, two = place.listen("Mailbox,Thread"), place.listen("Email,Nonsense")
    place.arrive(2)
    place.clock.advance(0.25)
    assert events(one) == []
    assert len(events(two)) == 1
    place.close()


def test_after_one_it_may_end() -> None:
    place = Place()
    client = place.listen(after="state")
    place.arrive(2)
    place.clock.advance(0.25)
    assert client.said.endswith(b"0\r\n\r\n")
    assert not place.ana.history.listeners
    client.wire.io.truncate(0)
    assert client.ask("/healthz").status == 200, "the connection goes on"


def test_what_was_missed_comes_at_once() -> None:
    place = Place()
    client = place.listen()
    place.arrive(2)
    place.clock.advance(0.25)
    token = events(client)[0]["id"]
    assert events(place.listen(Last_Event_ID=token)) == []
    place.arrive(3)
    place.clock.advance(0.25)
    late = place.listen(Last_Event_ID=token)
    assert json.loads(events(late)[0]["data"])["changed"] == {"A1": {"Email": "3"}}
    assert events(place.listen("Mailbox", Last_Event_ID=token)) == []
    everything = events(place.listen(Last_Event_ID="nonsense"))
    told = json.loads(everything[0]["data"])["changed"]["A1"]
    assert told.keys() == {"Email", "EmailDelivery", "Mailbox"}
    place.close()


def test_silence_is_broken() -> None:
    place = Place()
    client = place.listen(ping=30)
    place.clock.advance(29)
    assert events(client) == []
    place.clock.advance(1)
    assert events(client) == [{"event": "ping", "data": '{"interval":30}'}]
    place.clock.advance(20)
    place.arrive(2)
    place.clock.advance(0.25)
    place.clock.advance(29)
    assert [each["event"] for each in events(client)] == ["ping", "state"]
    place.clock.advance(1)
    assert [each["event"] for each in events(client)] == ["ping", "state", "ping"]
    place.close()


@pytest.mark.parametrize(
    ("wanted", "used"), [(1, 5), (30, 30), (300, 300), (10**9 - 1, 900)]
)
def test_pings_within_bounds(wanted: int, used: int) -> None:
    place = Place()
    client = place.listen(ping=wanted)
    place.clock.advance(used)
    assert json.loads(events(client)[0]["data"]) == {"interval": used}
    place.close()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?types=*&closeafter=no",
        "?types=&closeafter=no&ping=0",
        "?types=Email,,Mailbox&closeafter=no&ping=0",
        "?types=*&closeafter=yes&ping=0",
        "?types=*&closeafter=no&ping=-1",
        "?types=*&closeafter=no&ping=a",
        "?types=*&closeafter=no&ping=%D9%A3",
        "?types=*&closeafter=no&ping=1e9",
        "?types=*&types=*&closeafter=no&ping=0",
        "?types=" + "a," * 3000 + "a&closeafter=no&ping=0",
        "?types=a%0D%0Ab&closeafter=no&ping=0",
    ],
)
def test_what_is_not_asked_for_as_it_should_be(query: str) -> None:
    place = Place()
    heard = place.server.connect().ask(f"/jmap/eventsource/{query}", ANA)
    assert heard.status == 400
    assert not place.ana.history.listeners


def test_strangers_hear_nothing() -> None:
    heard = Place().server.connect().ask(AT.format("*", "no", 0))
    assert heard.status == 401


def test_a_stream_outlives_all_patience() -> None:
    place = Place()
    client = place.listen(ping=300)
    place.clock.pump([1.0] * 3000)
    assert len(events(client)) == 10
    assert not client.wire.disconnecting
    place.close()


def test_who_does_not_read_hears_the_sum_and_is_dropped_in_the_end() -> None:
    place = Place()
    client = place.listen()
    channel: Any = client.protocol
    channel.pauseProducing()
    before = len(client.said)
    for number in range(2, 50):
        place.arrive(number)
        place.clock.advance(0.25)
    assert len(client.said) == before
    channel.resumeProducing()
    told = [json.loads(each["data"])["changed"]["A1"] for each in events(client)]
    assert told[-1] == {"Email": "49"}
    assert len(told) <= 2
    channel.pauseProducing()
    place.arrive(60)
    place.clock.pump([1.0] * 62)
    assert client.wire.disconnected
    place.close()


def test_the_server_stops() -> None:
    place = Place()
    client = place.listen()
    _ = Deferred.fromCoroutine(place.server.factory.rounds.stop(10))
    assert client.said.endswith(b"0\r\n\r\n")
    assert client.wire.disconnecting
    place.close()


def test_a_thousand_listeners_are_light_and_told_at_once() -> None:
    place = Place()
    place.listen(ping=300)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(999):
        place.listen(ping=300)
    each = (tracemalloc.get_traced_memory()[0] - before) / 999
    tracemalloc.stop()
    assert each < 12_000 + 1_300, f"{each} octets, with a pretended socket of 1,300"
    assert place.listen().heard().status == 429
    place.arrive(2)
    begun = time.perf_counter()
    place.clock.advance(0.25)
    assert time.perf_counter() - begun < 0.5, "a loaded machine has ten times as long"
    assert all(b"StateChange" in client.said for client in place.clients[:1000])
    assert place.ana.watched == 1
    place.close()
    assert place.listen().said.startswith(b"HTTP/1.1 200")
    place.clients[-1].protocol.connectionLost(Failure(ConnectionLost()))
