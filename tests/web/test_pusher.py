"""Push subscriptions: who may have one, and what a device hears, and how often."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from auth.people import now as finished
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from web.mailbag import Account, Store
from web.test_eventsource import listening
from wire.test_webpush import AUTH, POINT, opened

from mailnode.errors import NotPermitted, Unavailable
from mailnode.jmap.call import Visit
from mailnode.jmap.extension import Repertoire
from mailnode.jmap.ijson import written
from mailnode.jmap.methods.core import extension
from mailnode.jmap.methods.core.subscriptions import Subscriptions
from mailnode.jmap.push import Pushes
from mailnode.jmap.request import parse, respond
from mailnode.jmap.subscription import KIND
from mailnode.model.change import Vanished
from mailnode.model.mail import Kind
from mailnode.web.outgoing import Asked, Outgoing, Told
from mailnode.web.pusher import Pusher
from mailnode.web.tree import reported
from mailnode.wire.webpush import keys

NOW = 1_700_000_000_000
URL = "https://push.example/device?x=1"
CORE = "urn:ietf:params:jmap:core"


class Service(Outgoing):
    """A push service.

    @ivar answers: what it says next; then 201.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: list[Any] = []
        self.slow: Deferred[None] | None = None

    async def ask(self, asked: Asked) -> Told:
        self.asked.append(asked)
        if self.slow is not None:
            await self.slow
        answer = self.answers.pop(0) if self.answers else 201
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, tuple):
            return Told(answer[0], {"retry-after": answer[1]}, b"")
        return Told(answer, {}, b"")


class Tokens:
    """What opens the account.

    @ivar known: the ids of those that there are.
    """

    def __init__(self) -> None:
        self.known = {5, 6}
        self.watchers: dict[int, list[Callable[[], None]]] = {}

    async def belonging(self, account: str) -> Any:
        return [SimpleNamespace(id=each) for each in self.known]

    def watch(self, account: str, id: int, revoked: Callable[[], None]) -> Any:  # noqa: A002
        self.watchers.setdefault(id, []).append(revoked)
        return lambda: self.watchers.get(id, [revoked]).remove(revoked)

    def revoke(self, number: int) -> None:
        self.known.remove(number)
        for each in list(self.watchers.pop(number, ())):
            each()


class Place:
    """An account, its devices, and their push service."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.store = Store()
        self.ana: Account = self.store.of("ana@example.org")
        self.service = Service()
        states = listening().states
        pushes = Pushes(states, self.clock.callLater, reported)
        tokens: Any = Tokens()
        self.tokens = tokens
        self.credential = 0
        self.pusher = Pusher(
            pushes, self.service, self.clock, self.now, tokens=self.tokens
        )
        self.methods = Subscriptions(self.now)
        self.repertoire = Repertoire([extension])
        self.repertoire.subscribed = self.pusher.subscribed
        for name in ("get", "set"):
            method = getattr(self.methods, name)
            self.repertoire.methods[f"PushSubscription/{name}"] = (extension, method)

    def now(self) -> int:
        return NOW + int(self.clock.seconds() * 1000)

    def ask(self, name: str, **arguments: Any) -> Any:
        asked: Any = {
            "using": [CORE],
            "methodCalls": [[f"PushSubscription/{name}", arguments, "0"]],
        }
        request = parse(written(asked), self.repertoire)
        told: Any = finished(respond(request, self.visit(), ""))
        return told["methodResponses"][0][1]

    def visit(self) -> Visit:
        return Visit(self.ana, self.repertoire, credential=self.credential)

    def create(self, **more: Any) -> Any:
        wanted = {"deviceClientId": "a", "url": URL} | more
        told = self.ask("set", create={"k": wanted})
        return (told["created"] or told["notCreated"])["k"]

    def update(self, name: str, **patch: Any) -> Any:
        told = self.ask("set", update={name: patch})
        return (
            told["updated"] if told["updated"] is not None else told["notUpdated"][name]
        )

    def verified(self, **more: Any) -> str:
        """A device that hears us."""
        name = str(self.create(**more)["id"])
        code = self.said()["verificationCode"]
        assert self.update(name, verificationCode=code) == {name: None}
        self.service.asked.clear()
        return name

    def said(self, number: int = -1) -> Any:
        return json.loads(self.service.asked[number].content)

    def arrive(self, email: int) -> None:
        self.ana.bag.states[Kind.EMAIL] = email
        self.ana.tell(Vanished(1, (1,), 1))
        self.clock.advance(0.25)


def test_a_device_is_told_a_code_and_then_what_changes() -> None:
    place = Place()
    made = place.create(types=["Email"])
    assert made["id"] == "N1-1"
    assert made["keys"] is None
    assert made["expires"] == "2023-12-14T22:13:20Z"
    (asked,) = place.service.asked
    assert (asked.method, asked.url, asked.redirects) == ("POST", URL, 0)
    assert asked.headers["TTL"] == "86400"
    assert asked.headers["Content-Type"] == "application/json"
    said = place.said()
    assert said["@type"] == "PushVerification"
    assert said["pushSubscriptionId"] == "N1-1"
    place.arrive(2)
    assert len(place.service.asked) == 1, "it was not proved yet that anybody hears"
    assert place.update("N1-1", verificationCode="wrong")["properties"] == [
        "verificationCode"
    ]
    assert place.update("N1-1", verificationCode=None)["type"] == "invalidProperties"
    place.arrive(3)
    assert len(place.service.asked) == 1
    assert place.update("N1-1", verificationCode=said["verificationCode"]) == {
        "N1-1": None
    }
    place.arrive(4)
    assert place.said() == {"@type": "StateChange", "changed": {"A1": {"Email": "4"}}}


def test_what_is_sealed_only_the_device_can_read() -> None:
    place = Place()
    place.create(keys={"p256dh": POINT, "auth": AUTH})
    (asked,) = place.service.asked
    assert asked.headers["Content-Encoding"] == "aes128gcm"
    told = json.loads(opened(asked.content, keys(POINT, AUTH)))
    assert told["@type"] == "PushVerification"


def test_what_is_told_of_them() -> None:
    place = Place()
    name = place.verified(types=["Email"], deviceClientId="b")
    told = place.ask("get", ids=None)
    assert told.keys() == {"list", "notFound"}
    (one,) = told["list"]
    assert one["verificationCode"]
    assert {key: one[key] for key in ("id", "deviceClientId", "types")} == {
        "id": name,
        "deviceClientId": "b",
        "types": ["Email"],
    }
    assert "url" not in one
    told = place.ask("get", ids=[name, "N1-9", "x"], properties=["expires"])
    assert told == {
        "list": [{"id": name, "expires": "2023-12-14T22:13:20Z"}],
        "notFound": ["N1-9", "x"],
    }
    assert place.ask("get", properties=["url"])["type"] == "forbidden"
    assert place.ask("get", properties=["keys", "id"])["type"] == "forbidden"
    assert place.ask("get", properties=["more"])["type"] == "invalidArguments"
    assert place.ask("get", accountId="A1")["type"] == "invalidArguments"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("url", "http://push.example/"),
        ("url", "https://"),
        ("url", "https://a b/"),
        ("url", "https://push.example/\r\nX: y"),
        ("url", "https://user@push.example/"),
        ("url", "https://push.example/" + "x" * 3000),
        ("url", None),
        ("deviceClientId", ""),
        ("deviceClientId", 5),
        ("keys", {"p256dh": POINT}),
        ("keys", {"p256dh": POINT, "auth": "x"}),
        ("keys", {"p256dh": AUTH, "auth": AUTH}),
        ("keys", {"p256dh": POINT, "auth": AUTH, "more": 1}),
        ("keys", []),
        ("verificationCode", "x"),
        ("expires", "tomorrow"),
        ("expires", "2023-02-30T00:00:00Z"),
        ("expires", "2024-01-01T00:00:00+01:00"),
        ("expires", 5),
        ("types", "Email"),
        ("types", [5]),
        ("types", ["x"] * 100),
        ("id", "N1-1"),
        ("more", 1),
    ],
)
def test_what_cannot_be_made(name: str, value: Any) -> None:
    place = Place()
    failed = place.create(**{name: value})
    assert failed["type"] == "invalidProperties"
    assert failed["properties"] == [name]
    assert place.service.asked == []


def test_what_cannot_be_changed() -> None:
    place = Place()
    name = place.verified()
    for each in ("url", "keys", "deviceClientId", "id", "types/0"):
        assert place.update(name, **{each: "x"})["type"] in (
            "invalidProperties",
            "invalidPatch",
        )
    assert place.ask("set", ifInState="x")["type"] == "invalidArguments"
    assert place.ask("set", accountId="A1")["type"] == "invalidArguments"
    assert place.update("N1-9", types=None)["type"] == "notFound"
    assert place.update("N2-1", types=None)["type"] == "notFound"
    assert (
        place.ask("set", destroy=["N1-9"])["notDestroyed"]["N1-9"]["type"] == "notFound"
    )


def test_it_does_not_last_for_ever() -> None:
    place = Place()
    name = place.verified(expires="2099-01-01T00:00:00Z")
    assert place.ask("get")["list"][0]["expires"] == "2023-12-14T22:13:20Z"
    soon = "2023-11-15T00:00:00Z"
    assert place.update(name, expires=soon) == {name: None}
    assert place.update(name, expires="2099-01-01T00:00:00Z") == {
        name: {"expires": "2023-12-14T22:13:20Z"}
    }
    assert place.update(name, expires=soon) == {name: None}
    place.clock.advance(7200)
    place.arrive(2)
    assert place.service.asked == []
    assert place.ask("get")["list"] == []
    assert not place.ana.others.kept
    assert not place.ana.history.listeners


def test_only_so_many_and_not_too_fast() -> None:
    place = Place()
    for number in range(30):
        assert place.create(deviceClientId=str(number))["id"]
    assert place.create()["type"] == "rateLimit"
    place.clock.advance(3601)
    assert place.create()["type"] == "overQuota"
    place.ask("set", destroy=["N1-1"])
    assert place.create()["id"]


def test_messages_have_pauses_between_them_and_sum_up() -> None:
    place = Place()
    place.verified()
    place.arrive(2)
    place.arrive(3)
    place.ana.bag.states[Kind.MAILBOX] = 7
    place.arrive(4)
    assert len(place.service.asked) == 1
    place.clock.advance(5)
    assert len(place.service.asked) == 2
    assert place.said()["changed"] == {"A1": {"Email": "4", "Mailbox": "7"}}
    place.clock.advance(50)
    assert len(place.service.asked) == 2


def test_one_message_at_a_time() -> None:
    place = Place()
    place.verified()
    place.service.slow = Deferred()
    place.arrive(2)
    for number in range(3, 9):
        place.arrive(number)
        place.clock.advance(10)
    assert len(place.service.asked) == 1
    place.service.slow.callback(None)
    place.clock.advance(5)
    assert place.said()["changed"] == {"A1": {"Email": "8"}}


def test_failures_are_tried_again_and_not_for_ever() -> None:
    place = Place()
    place.verified()
    place.service.answers = [503, Unavailable("no"), NotPermitted("inside")] + [
        500
    ] * 20
    place.arrive(2)
    place.clock.pump([10.0] * 6)
    assert len(place.service.asked) == 2
    assert place.said()["changed"] == {"A1": {"Email": "2"}}
    place.clock.pump([60.0] * 600)
    assert len(place.service.asked) == 8
    place.service.answers = []
    place.arrive(3)
    place.clock.pump([60.0] * 70)
    assert place.said()["changed"] == {"A1": {"Email": "3"}}


def test_who_is_asked_to_be_slower_is() -> None:
    place = Place()
    place.verified()
    place.service.answers = [(429, "100")]
    place.arrive(2)
    place.clock.pump([1.0] * 99)
    assert len(place.service.asked) == 1
    place.clock.pump([1.0] * 2)
    assert len(place.service.asked) == 2
    place.arrive(3)
    place.clock.pump([1.0] * 50)
    assert len(place.service.asked) == 2, "a minute between, from now on"
    place.clock.pump([1.0] * 10)
    assert len(place.service.asked) == 3


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten(status: int) -> None:
    place = Place()
    place.verified()
    place.service.answers = [status]
    place.arrive(2)
    assert place.ask("get")["list"] == []
    assert not place.pusher.couriers


def test_what_is_destroyed_hears_no_more() -> None:
    place = Place()
    name = place.verified()
    place.arrive(2)
    place.arrive(3)
    assert place.ask("set", destroy=[name])["destroyed"] == [name]
    place.clock.advance(100)
    assert len(place.service.asked) == 1
    assert not place.ana.history.listeners


def test_after_a_restart_it_goes_on() -> None:
    place = Place()
    place.verified()
    place.create(deviceClientId="unproved")
    place.service.asked.clear()
    pushes = Pushes(listening().states, place.clock.callLater, reported)
    again = Pusher(pushes, place.service, place.clock, place.now)
    place.ana.history.listeners.clear()
    finished(again.begin(place.store))
    assert place.service.asked == [], "nobody is greeted twice"
    place.arrive(9)
    assert len(place.service.asked) == 1


def test_it_lives_as_long_as_what_opened_the_account() -> None:
    place = Place()
    place.verified()
    place.credential = 5
    five = place.verified(deviceClientId="five")
    place.credential = 6
    assert place.ask("get")["list"] == [], "it is not known to others"
    assert place.update(five, types=None)["type"] == "notFound"
    assert place.ask("set", destroy=[five])["notDestroyed"][five]["type"] == "notFound"
    place.tokens.revoke(5)
    assert len(place.ana.others.kept) == 1
    place.arrive(2)
    assert len(place.service.asked) == 1
    place.credential = 0
    assert [each["deviceClientId"] for each in place.ask("get")["list"]] == ["a"]


def test_what_was_revoked_while_we_were_away_is_forgotten() -> None:
    place = Place()
    place.credential = 5
    place.verified()
    place.tokens.known.remove(5)
    pushes = Pushes(listening().states, place.clock.callLater, reported)
    again = Pusher(pushes, place.service, place.clock, place.now, tokens=place.tokens)
    finished(again.begin(place.store))
    assert not place.ana.others.kept
    assert not again.couriers


def test_two_looks_at_once_listen_once() -> None:
    place = Place()
    slow: Deferred[None] = Deferred()
    table: Any = place.pusher.pushes.states
    email = table["Email"]

    async def late(account: Any) -> str:
        await slow
        return str(await email(account))

    table["Email"] = late
    place.create()
    place.create(deviceClientId="b")
    slow.callback(None)
    (courier,) = place.pusher.couriers.values()
    (watch,) = place.pusher.pushes.watches.values()
    assert len(watch.listeners) == 1
    assert courier.listening is not None


def test_nothing_secret_is_shown() -> None:
    place = Place()
    place.create(keys={"p256dh": POINT, "auth": AUTH})
    (courier,) = place.pusher.couriers.values()
    shown = repr(courier.lanes[1].to)
    assert URL not in shown
    assert AUTH not in shown
    assert KIND == "PushSubscription"
