"""JMAP over HTTP, beyond what the dialogues show."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from web.browser import ANA, Server, basic

from mailnode.jmap.arguments import Arguments
from mailnode.jmap.call import Call
from mailnode.jmap.extension import Extension, Limits, Repertoire
from mailnode.jmap.ijson import Object
from mailnode.web.jmap import Turns
from mailnode.web.site import HTTPOptions
from mailnode.web.tree import tree

URN = "urn:example:slow"


class Slow:
    """A server with a method that waits."""

    def __init__(self) -> None:
        self.waiting: list[Deferred[None]] = []
        extension = Extension(1, URN)

        @extension.method("Slow/wait")
        async def wait(call: Call, arguments: Arguments) -> Object:
            self.waiting.append(Deferred())
            await self.waiting[-1]
            return {}

        self.server = Server()
        limits = Limits(concurrent_requests=2)
        repertoire = Repertoire([extension], limits)
        self.server = Server(root=tree(self.server.gate, self.server.clock, repertoire))

    def asking(self, who: dict[str, str]) -> Any:
        """A client that has asked for the slow thing."""
        client = self.server.connect()
        asked = {"using": [URN], "methodCalls": [["Slow/wait", {}, "a"]]}
        fields = who | {"Content-Type": "application/json"}
        client.send("/jmap/api", fields, json.dumps(asked).encode())
        return client


def test_some_at_a_time_and_no_more() -> None:
    slow = Slow()
    one, two = slow.asking(ANA), slow.asking(ANA)
    heard = slow.asking(ANA).heard()
    assert heard.status == 400
    assert heard.value["type"] == "urn:ietf:params:jmap:error:limit"
    assert heard.value["limit"] == "maxConcurrentRequests"
    bob = slow.asking(basic("bob", "secret"))
    assert len(slow.waiting) == 3
    slow.waiting[0].callback(None)
    assert one.heard().value["methodResponses"] == [["Slow/wait", {}, "a"]]
    slow.asking(ANA)
    assert len(slow.waiting) == 4
    for each in slow.waiting[1:]:
        each.callback(None)
    assert two.heard().status == bob.heard().status == 200


def test_whoever_goes_makes_room() -> None:
    slow = Slow()
    for _ in range(20):
        client = slow.asking(ANA)
        client.protocol.connectionLost()
    assert len(slow.waiting) == 20
    assert all(each.called for each in slow.waiting)


def test_the_state_is_that_of_the_session() -> None:
    client = Server().connect()
    session = client.ask("/jmap/session", ANA).value
    assert client.call().value["sessionState"] == session["state"]
    assert session["apiUrl"] == "http://mail.example.org/jmap/api"


def test_a_proxy_has_another_name() -> None:
    options = HTTPOptions(url="https://mail.example.net")
    session = Server(options=options).connect().ask("/jmap/session", ANA).value
    assert session["apiUrl"] == "https://mail.example.net/jmap/api"


def test_clients_too_old_to_say_by_which_name_they_know_us() -> None:
    client = Server(options=HTTPOptions("mail.example.com")).connect()
    said = (
        f"GET /jmap/session HTTP/1.0\r\nAuthorization: {ANA['Authorization']}\r\n\r\n"
    )
    client.say(said.encode())
    assert client.heard().value["apiUrl"] == "http://mail.example.com/jmap/api"


def test_harm_is_answered_and_the_next_request_served() -> None:
    client = Server().connect()
    fields = ANA | {"Content-Type": "application/json"}
    for content in (b"[" * 100_000, b"\xff", b'{"a":' * 50_000, b"1" * 100_000):
        heard = client.ask("/jmap/api", fields, content)
        assert (heard.status, heard.value["type"][-7:]) == (400, "notJSON")
    calls = [["Core/echo", {}, "a"]] * 10_000
    assert client.call(*calls).value["limit"] == "maxCallsInRequest"
    assert client.call(["Core/echo", {"a": 1}, "b"]).status == 200


def test_a_long_request_gives_way_to_others() -> None:
    clock, seconds = Clock(), iter([0.0, 0.01, 0.2, 0.3, 0.31])
    turns = Turns(clock, lambda: next(seconds))
    assert Deferred.fromCoroutine(turns.turn()).called, "it has only begun"
    waiting = Deferred.fromCoroutine(turns.turn())
    assert not waiting.called, "others are before it"
    clock.advance(0)
    assert waiting.called
    assert Deferred.fromCoroutine(turns.turn()).called, "it begins anew"
