"""JMAP over WebSockets: who may, what is said, and whoever does not play by the rules."""

from __future__ import annotations

import json
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from web.browser import ANA, Browser, Server, basic
from web.mailbag import Account, Store, gate
from web.test_eventsource import listening
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import (
    BytesMessage,
    CloseConnection,
    Ping,
    Pong,
    TextMessage,
)

from mailnode.jmap.arguments import Arguments
from mailnode.jmap.call import Call
from mailnode.jmap.extension import Extension, Limits, Repertoire
from mailnode.jmap.ijson import Object
from mailnode.jmap.methods import core, websocket
from mailnode.model.change import Vanished
from mailnode.model.mail import Kind
from mailnode.web.tree import tree

CORE = "urn:ietf:params:jmap:core"
SHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "jmap",
}


class Place:
    """A server with a method that waits."""

    def __init__(self, **limits: Any) -> None:
        self.gate = gate()
        self.waiting: list[Deferred[None]] = []
        clock = Server(self.gate).clock
        mail = next(iter(listening().extensions.values()))
        slow = Extension(2, "urn:example:slow")
        slow.method("Slow/wait")(self.wait)
        extensions = [core.extension, websocket.extension, mail, slow]
        repertoire = Repertoire(extensions, Limits(**limits))
        root = tree(self.gate, clock, repertoire)
        self.server = Server(self.gate, root=root, clock=clock)
        self.clock = clock
        store = self.gate.store
        assert isinstance(store, Store)
        self.ana: Account = store.of("ana@example.org")

    async def wait(self, call: Call, arguments: Arguments) -> Object:
        self.waiting.append(Deferred())
        await self.waiting[-1]
        return {}

    def arrive(self, email: int) -> None:
        self.ana.bag.states[Kind.EMAIL] = email
        self.ana.tell(Vanished(1, (1,), 1))
        self.clock.advance(0.25)

    def shake(self, **fields: str | None) -> Browser:
        """A client that asks for a WebSocket."""
        browser = self.server.connect()
        said = ANA | SHAKE | {n.replace("_", "-"): v for n, v in fields.items()}
        browser.send("/jmap/ws", {n: v for n, v in said.items() if v is not None})
        return browser


class Client:
    """A client that has a WebSocket."""

    def __init__(self, place: Place, who: dict[str, str] = ANA) -> None:
        self.browser = place.shake(**{n.replace("-", "_"): v for n, v in who.items()})
        head, _, _ = self.browser.said.partition(b"\r\n\r\n")
        self.head = head.decode().split("\r\n")
        assert self.head[0] == "HTTP/1.1 101 Switching Protocols", self.head
        self.connection = Connection(ConnectionType.CLIENT)
        self.read = len(head) + 4

    def frames(self) -> list[Any]:
        """What has come since."""
        octets = self.browser.said[self.read :]
        self.read += len(octets)
        self.connection.receive_data(octets)
        return list(self.connection.events())

    def send(self, event: Any) -> None:
        self.browser.say(self.connection.send(event))

    def say(self, value: Any) -> None:
        text = value if isinstance(value, str) else json.dumps(value)
        self.send(TextMessage(text))

    def heard(self) -> list[Any]:
        """The messages that have come."""
        whole, text = [], ""
        for each in self.frames():
            assert isinstance(each, TextMessage), each
            text += each.data
            if each.message_finished:
                whole.append(json.loads(text))
                text = ""
        return whole

    def ask(self, *calls: Any, **more: Any) -> None:
        using = [CORE, "urn:example:slow"]
        asked = {"@type": "Request", "using": using, "methodCalls": calls}
        self.say(asked | more)

    def closed(self) -> int:
        """Why the server has closed."""
        *_, last = self.frames()
        assert isinstance(last, CloseConnection)
        assert self.browser.wire.disconnecting
        return int(last.code)

    def lose(self) -> None:
        self.browser.protocol.connectionLost(Failure(ConnectionLost()))


ECHO = ["Core/echo", {"hello": True, "high": 5}, "b3ff"]


def test_the_handshake_and_a_request() -> None:
    place = Place()
    client = Client(place)
    assert "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in client.head
    assert "Sec-WebSocket-Protocol: jmap" in client.head
    client.ask(ECHO, id="R1")
    (told,) = client.heard()
    assert told["@type"] == "Response"
    assert told["requestId"] == "R1"
    assert told["methodResponses"] == [ECHO]
    assert told["sessionState"]
    client.ask(ECHO, createdIds={"a": "b"})
    (told,) = client.heard()
    assert "requestId" not in told
    assert told["createdIds"] == {"a": "b"}
    client.send(CloseConnection(1000))
    assert client.closed() == 1000
    client.lose()
    assert not place.server.factory.rounds.members


def test_the_session_says_where() -> None:
    told = Place().server.connect().ask("/jmap/session", ANA).value
    assert told["capabilities"][websocket.extension.capability] == {
        "url": "ws://mail.example.org/jmap/ws",
        "supportsPush": True,
    }
    assert websocket.where("https://a:444") == {
        "url": "wss://a:444/jmap/ws",
        "supportsPush": True,
    }


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"Authorization": None}, 401),
        ({"Authorization": basic("ana", "wrong")["Authorization"]}, 401),
        ({"Upgrade": None}, 426),
        ({"Upgrade": "h2c"}, 400),
        ({"Connection": "close"}, 400),
        ({"Sec_WebSocket_Key": None}, 400),
        ({"Sec_WebSocket_Version": "8"}, 400),
        ({"Sec_WebSocket_Protocol": None}, 400),
        ({"Sec_WebSocket_Protocol": "mqtt, JMAP"}, 400),
    ],
)
def test_handshakes_that_are_none(fields: dict[str, str | None], status: int) -> None:
    place = Place()
    heard = place.shake(**fields).heard()
    assert heard.status == status
    assert heard.fields["Content-Type"] == "application/problem+json"


def test_another_subprotocol_may_be_offered_too() -> None:
    place = Place()
    client = Client(place, {"Sec-WebSocket-Protocol": "mqtt, jmap"})
    assert "Sec-WebSocket-Protocol: jmap" in client.head


def test_nothing_may_come_before_the_handshake_is_over() -> None:
    place = Place()
    browser = place.server.connect()
    said = ANA | SHAKE | {"Host": "a"}
    lines = ["GET /jmap/ws HTTP/1.1", *(f"{n}: {v}" for n, v in said.items()), "", ""]
    browser.say("\r\n".join(lines).encode() + b"\x81\x80\0\0\0\0")
    assert b" 101 " in browser.said or b" 400 " in browser.said
    browser.protocol.connectionLost(Failure(ConnectionLost()))
    assert not place.server.factory.rounds.members


@pytest.mark.parametrize(
    ("text", "kind", "mark"),
    [
        ("The quick brown fox jumps\n over the lazy dog.", "notJSON", None),
        ("[]", "notRequest", None),
        ('{"id": "R2"}', "notRequest", "R2"),
        ('{"@type": "Response", "id": "R2"}', "notRequest", "R2"),
        ('{"@type": "Request", "id": 5}', "notRequest", None),
        ('{"@type": "Request", "id": "R", "using": []}', "notRequest", "R"),
        (
            '{"@type": "Request", "id": "R", "using": ["x"], "methodCalls": []}',
            "unknownCapability",
            "R",
        ),
        ('{"@type": "WebSocketPushEnable", "dataTypes": "Email"}', "notRequest", None),
        ('{"@type": "WebSocketPushEnable", "dataTypes": [1]}', "notRequest", None),
        ('{"@type": "WebSocketPushEnable", "pushState": 1}', "notRequest", None),
        (
            json.dumps({"@type": "WebSocketPushEnable", "dataTypes": ["x"] * 101}),
            "notRequest",
            None,
        ),
    ],
)
def test_what_is_no_message(text: str, kind: str, mark: str | None) -> None:
    client = Client(Place())
    client.say(text)
    (told,) = client.heard()
    assert told["@type"] == "RequestError"
    assert told["requestId"] == mark
    assert told["type"] == f"urn:ietf:params:jmap:error:{kind}"
    assert told["status"] == 400
    client.ask(ECHO)
    assert client.heard()[0]["methodResponses"] == [ECHO]


def test_requests_side_by_side_and_not_too_many() -> None:
    place = Place(concurrent_requests=2)
    client = Client(place)
    wait = ["Slow/wait", {}, "0"]
    for number in range(3):
        client.ask(wait, id=str(number))
    (told,) = client.heard()
    assert (told["requestId"], told["limit"]) == ("2", "maxConcurrentRequests")
    place.waiting[1].callback(None)
    assert client.heard()[0]["requestId"] == "1"
    client.ask(wait, id="3")
    place.waiting[2].callback(None)
    place.waiting[0].callback(None)
    assert [each["requestId"] for each in client.heard()] == ["3", "0"]


def test_who_goes_is_no_longer_worked_for() -> None:
    place = Place(concurrent_requests=1)
    client = Client(place)
    client.ask(["Slow/wait", {}, "0"])
    client.lose()
    assert place.waiting[0].called
    again = Client(place)
    again.ask(ECHO)
    assert again.heard()[0]["@type"] == "Response"


def test_messages_in_pieces_are_one() -> None:
    client = Client(Place())
    text = json.dumps({"@type": "Request", "using": [CORE], "methodCalls": [ECHO]})
    for each in text[:-1]:
        client.send(TextMessage(each, message_finished=False))
    client.send(Ping(b"x"))
    client.send(TextMessage(text[-1]))
    pong, told = client.frames()
    assert isinstance(pong, Pong)
    assert json.loads(told.data)["methodResponses"] == [ECHO]


@pytest.mark.parametrize("pieces", [1, 60])
def test_a_message_has_an_end(pieces: int) -> None:
    client = Client(Place(size_request=1000))
    for number in range(pieces):
        last = number == pieces - 1
        client.send(TextMessage("x" * (1200 // pieces), message_finished=last))
    *_, text, end = client.frames()
    told = json.loads(text.data)
    assert told["limit"] == "maxSizeRequest"
    assert (told["@type"], told["requestId"]) == ("RequestError", None)
    assert end.code == 1009
    assert client.browser.wire.disconnecting


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"\x82\x80\0\0\0\0", 1003),
        (b"\x81\x05hello", 1002),
        (b"\x83\x80\0\0\0\0", 1002),
        (b"\xf1\x80\0\0\0\0", 1002),
        (b"\x81\x82\0\0\0\0\xc3\x28", 1007),
        (b"\x89\xfe\0\x80\0\0\0\0", 1002),
        (b"\x80\x80\0\0\0\0", 1002),
        (b"\x88\x81\0\0\0\0x", 1002),
    ],
)
def test_frames_that_are_none(octets: bytes, code: int) -> None:
    client = Client(Place())
    client.browser.say(octets)
    assert client.closed() == code
    client.browser.say(octets)
    client.lose()


def test_binary_is_not_for_us() -> None:
    client = Client(Place())
    client.send(BytesMessage(b"x"))
    assert client.closed() == 1003


def test_a_frame_that_says_it_is_endless_takes_no_memory() -> None:
    client = Client(Place(size_request=1000))
    client.browser.say(b"\x81\xff" + b"\x7f" + b"\xff" * 7 + b"\0\0\0\0")
    for _ in range(3):
        client.browser.say(b"x" * 400)
    *_, end = client.frames()
    assert end.code == 1009


def test_changes_are_told_to_who_wants_them() -> None:
    place = Place()
    client = Client(place)
    place.arrive(2)
    assert client.heard() == []
    client.say({"@type": "WebSocketPushEnable", "dataTypes": ["Email"]})
    assert client.heard() == []
    place.arrive(3)
    (told,) = client.heard()
    assert told["@type"] == "StateChange"
    assert told["changed"] == {"A1": {"Email": "3"}}
    token = told["pushState"]
    client.say({"@type": "WebSocketPushEnable", "dataTypes": ["Mailbox"]})
    place.arrive(4)
    assert client.heard() == []
    client.say({"@type": "WebSocketPushDisable"})
    client.say({"@type": "WebSocketPushEnable", "dataTypes": None, "pushState": token})
    (told,) = client.heard()
    assert told["changed"] == {"A1": {"Email": "4"}}
    client.say({"@type": "WebSocketPushDisable"})
    place.arrive(5)
    assert client.heard() == []
    client.lose()
    assert not place.ana.history.listeners


def test_who_does_not_read_is_not_heard_and_hears_the_sum() -> None:
    place = Place()
    client = Client(place)
    client.say({"@type": "WebSocketPushEnable", "dataTypes": None})
    channel: Any = client.browser.protocol
    channel.pauseProducing()
    assert client.browser.wire.producerState == "paused"
    for number in range(2, 9):
        place.arrive(number)
    assert client.heard() == []
    channel.resumeProducing()
    assert client.browser.wire.producerState == "producing"
    assert [each["changed"] for each in client.heard()] == [{"A1": {"Email": "8"}}]
    channel.pauseProducing()
    place.clock.pump([1.0] * 62)
    assert client.browser.wire.disconnected
    client.lose()


def test_who_is_silent_is_asked_and_then_gone() -> None:
    place = Place()
    client = Client(place)
    place.clock.pump([1.0] * 60)
    (ping,) = client.frames()
    assert isinstance(ping, Ping)
    client.send(ping.response())
    place.clock.pump([1.0] * 119)
    assert not client.browser.wire.disconnected
    place.clock.pump([1.0] * 2)
    assert client.browser.wire.disconnected
    client.lose()


def test_the_server_stops() -> None:
    place = Place()
    client = Client(place)
    _ = Deferred.fromCoroutine(place.server.factory.rounds.stop(10))
    assert client.closed() == 1001


def test_so_many_at_a_time() -> None:
    place = Place()
    clients = [Client(place) for _ in range(1000)]
    assert place.shake().heard().status == 429
    clients[0].lose()
    Client(place).lose()
    for each in clients:
        each.lose()
