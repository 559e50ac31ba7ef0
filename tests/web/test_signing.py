"""Signing in: the cookie, who may use it, and how it comes to its end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from auth.people import House, People, now
from dialogue import Secret
from net.test_factories import connect
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from web.browser import ANA, Browser, Heard, Server, basic

from mailnode.auth.checkers import RealmChecker
from mailnode.auth.domains import Department, portal
from mailnode.auth.gate import Gate
from mailnode.auth.throttle import Allowance, Throttle
from mailnode.clock import DAY
from mailnode.factories import IMAP4Factory
from mailnode.imap.options import IMAPOptions
from mailnode.model.token import Purpose, Visit, Wish
from mailnode.net.rounds import Rounds
from mailnode.store import migrate
from mailnode.store.database import InlineDatabase
from mailnode.store.tokens import Tokens
from mailnode.testing import MemoryDelivery
from mailnode.web.answer import Answer
from mailnode.web.coroutine import AsyncResource, Folder
from mailnode.web.request import Request
from mailnode.web.site import HTTPOptions
from mailnode.web.tree import by

STRANGER = IPv4Address("TCP", "192.0.2.1", 40000)
NAME = "ana@example.org"
OURS = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
SIGN_IN = {"user": "ana", "password": "faminta"}


class World:
    """A server with everything a sign-in touches."""

    def __init__(self, url: str = "") -> None:
        self.clock = Clock()
        self.main = InlineDatabase(prepare=migrate.main)
        self.tokens = Tokens(self.main, self.now)
        self.people = People({NAME: "faminta", "bob@example.org": "secret"})
        house = House(self.people)
        way_in = portal(
            Department(house.realm(self.people), [RealmChecker()]),
            {},
            lambda *_: MemoryDelivery(house.store, {}),
            default_domain="example.org",
            tokens=self.tokens,
        )
        few = Allowance(3, 60_000)
        throttle = Throttle(self.now, local=few, network=few, account=few, known=few)
        self.rounds = Rounds(self.clock)
        self.gate = Gate(
            way_in,
            throttle,
            default_domain="example.org",
            entered=self.rounds.entered,
        )
        self.server = Server(
            self.gate,
            options=HTTPOptions("mail.example.org", url),
            rounds=self.rounds,
            clock=self.clock,
            tokens=self.tokens,
        )
        self.client = self.server.connect()

    def now(self) -> int:
        return 1_700_000_000_000 + int(self.clock.seconds() * 1000)

    def later(self, seconds: float) -> None:
        """Time passes, and nobody keeps a connection open that long."""
        self.clock.advance(seconds)
        self.client = self.server.connect()

    def post(self, path: str, said: Any, fields: dict[str, str] | None = None) -> Heard:
        return self.client.ask(path, OURS | (fields or {}), json.dumps(said).encode())

    def signed_in(self, **more: Any) -> dict[str, str]:
        """The fields of somebody who has signed in."""
        heard = self.post("/auth/session", SIGN_IN | more)
        assert heard.status == 200
        cookie = heard.fields["Set-Cookie"].partition(";")[0]
        return OURS | {"Cookie": cookie}

    def status(self, path: str, fields: dict[str, str], method: str = "") -> int:
        return self.client.ask(path, fields, method=method).status


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    now(made.main.close())


def secure(client: Browser) -> Browser:
    """The same, as if there were TLS."""
    client.wire.secret = Secret()
    return client


# The cookie.


def test_under_tls_it_is_for_this_host_alone(world: World) -> None:
    client = secure(world.server.connect(STRANGER))
    heard = client.ask("/auth/session", OURS, json.dumps(SIGN_IN).encode())
    cookie, *attributes = heard.fields["Set-Cookie"].split("; ")
    name, _, secret = cookie.partition("=")
    assert name == "__Host-mailnode"
    assert len(secret) == 43
    assert attributes == ["Path=/", "HttpOnly", "SameSite=Strict", "Secure"]
    said = OURS | {"Cookie": cookie}
    assert client.ask("/auth/session", said).status == 200
    assert (
        client.ask("/auth/session", OURS | {"Cookie": f"mailnode={secret}"}).status
        == 401
    )


def test_behind_a_proxy_with_tls_too() -> None:
    world = World("https://mail.example.org")
    heard = world.post("/auth/session", SIGN_IN)
    assert heard.fields["Set-Cookie"].startswith("__Host-mailnode=")
    assert heard.fields["Set-Cookie"].endswith("; Secure")


def test_without_tls_nobody_signs_in_from_elsewhere(world: World) -> None:
    client = world.server.connect(STRANGER)
    before = world.people.inline.done
    heard = client.ask("/auth/session", OURS, json.dumps(SIGN_IN).encode())
    assert heard.status == 403
    assert "Set-Cookie" not in heard.fields
    assert world.people.inline.done == before, "the password was not looked at"
    secret = world.signed_in()["Cookie"]
    assert client.ask("/auth/session", OURS | {"Cookie": secret}).status == 403


def test_it_lasts_a_day_from_its_last_use(world: World) -> None:
    signed = world.signed_in()
    for _ in range(3):
        world.later(DAY / 1000 - 1)
        heard = world.client.ask("/auth/session", signed)
        assert heard.status == 200
        assert "Max-Age" not in heard.fields["Set-Cookie"]
    world.later(DAY / 1000)
    assert world.status("/auth/session", signed) == 401


def test_or_a_month_for_those_who_stay(world: World) -> None:
    signed = world.signed_in(stay=True)
    for _ in range(2):
        world.later(30 * DAY / 1000 - 1)
        heard = world.client.ask("/auth/session", signed)
        assert heard.fields["Set-Cookie"].endswith("; Max-Age=2592000")
    world.later(30 * DAY / 1000)
    assert world.status("/auth/session", signed) == 401


def test_nobody_brings_his_own(world: World) -> None:
    """Whoever signs in gets a new cookie, and the one that was there ends."""
    old = world.signed_in()
    planted = OURS | {"Cookie": "mailnode=planted"}
    for before in (old, planted):
        heard = world.client.ask("/auth/session", before, json.dumps(SIGN_IN).encode())
        assert before["Cookie"] not in heard.fields["Set-Cookie"]
        assert world.status("/auth/session", before) == 401
    every = now(world.tokens.belonging(NAME))
    assert len(every) == 2


def test_an_old_one_stays_when_the_password_is_wrong(world: World) -> None:
    old = world.signed_in()
    wrong = json.dumps({"user": "ana", "password": "guess"}).encode()
    heard = world.client.ask("/auth/session", old, wrong)
    assert heard.status == 401
    assert "Set-Cookie" not in heard.fields
    assert "Basic" not in heard.fields["WWW-Authenticate"], "no browser asks by itself"
    assert world.status("/auth/session", old) == 200


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[]",
        b"nonsense",
        b'{"user":"ana"}',
        b'{"user":"ana","password":1}',
        b'{"user":null,"password":"faminta"}',
        b'{"user":"ana","password":"faminta","stay":"yes"}',
        b'{"user":"ana","user":"bob","password":"faminta"}',
        b'{"user":"\\ud800","password":"faminta"}',
    ],
)
def test_what_is_no_sign_in(world: World, said: bytes) -> None:
    heard = world.client.ask("/auth/session", OURS, said)
    assert heard.status in (400, 422)
    assert "Set-Cookie" not in heard.fields


def test_the_content_has_a_limit(world: World) -> None:
    assert world.post("/auth/session", SIGN_IN | {"x": "x" * 9000}).status == 413


# Whose page asks.

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://mail.example.org"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://eve.example.net"},
    {"Sec-Fetch-Site": "nonsense"},
    {"Origin": "https://eve.example.net"},
    {"Origin": "https://mail.example.org.example.net"},
    {"Origin": "https://mail.example.org@example.net"},
    {"Origin": "null"},
]
UNSAID = [{}, {"Sec-Fetch-Site": "none"}]
OWN = [
    {"Sec-Fetch-Site": "same-origin"},
    {"Origin": "https://mail.example.org"},
    {"Origin": "http://mail.example.org"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://mail.example.org"},
]


def called(fields: dict[str, str]) -> str:
    return " ".join(fields.values()) or "nothing"


@pytest.mark.parametrize("fields", FOREIGN, ids=called)
def test_a_page_of_others(world: World, fields: dict[str, str]) -> None:
    cookie = {"Cookie": world.signed_in()["Cookie"]}
    kind = {"Content-Type": "application/json"}
    said = json.dumps(SIGN_IN).encode()
    assert world.status("/auth/session", cookie | fields) == 403
    assert world.status("/auth/session", cookie | fields, "DELETE") == 403
    assert world.client.ask("/auth/session", kind | fields, said).status == 403
    asked = b'{"using":["urn:ietf:params:jmap:core"],"methodCalls":[]}'
    heard = world.client.ask("/jmap/api", cookie | kind | fields, asked)
    assert heard.status == 403
    assert world.status("/auth/session", cookie) == 200, "and nothing has happened"


@pytest.mark.parametrize("fields", UNSAID, ids=called)
def test_nobodys_page_may_look_and_change_nothing(
    world: World, fields: dict[str, str]
) -> None:
    cookie = {"Cookie": world.signed_in()["Cookie"]}
    kind = {"Content-Type": "application/json"}
    said = json.dumps(SIGN_IN).encode()
    assert world.status("/auth/session", cookie | fields) == 200
    assert world.status("/auth/session", cookie | fields, "DELETE") == 403
    assert world.client.ask("/auth/session", kind | fields, said).status == 403


@pytest.mark.parametrize("fields", OWN, ids=called)
def test_our_own_page(world: World, fields: dict[str, str]) -> None:
    cookie = {"Cookie": world.signed_in()["Cookie"]}
    kind = {"Content-Type": "application/json"}
    asked = b'{"using":["urn:ietf:params:jmap:core"],"methodCalls":[]}'
    heard = world.client.ask("/jmap/api", cookie | kind | fields, asked)
    assert heard.status == 200
    assert world.status("/auth/session", cookie | fields, "DELETE") == 204


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""],
)
def test_a_form_is_no_request_of_ours(world: World, kind: str) -> None:
    """What a form of another's page can send is not JSON by name."""
    said = json.dumps(SIGN_IN).encode()
    fields = {"Sec-Fetch-Site": "same-origin", "Content-Type": kind}
    assert world.client.ask("/auth/session", fields, said).status == 415
    cookie = {"Cookie": world.signed_in()["Cookie"]}
    assert world.client.ask("/jmap/api", fields | cookie, b"{}").status == 415


def test_who_says_a_password_may_be_anywhere(world: World) -> None:
    for fields in (*FOREIGN, *UNSAID):
        assert world.status("/jmap/session", ANA | fields) == 200


# Guessing.


def test_those_who_guess_wait_everywhere(world: World) -> None:
    """One throttle for the webmail and for IMAP."""
    for _ in range(2):
        assert world.post("/auth/session", SIGN_IN | {"password": "x"}).status == 401
    imap = IMAP4Factory(
        world.gate, IMAPOptions(hostname="mail.example.org"), reactor=world.clock
    )
    wire, protocol = connect(imap)
    protocol.dataReceived(b"a LOGIN ana guess\r\n")
    assert b"a NO [AUTHENTICATIONFAILED]" in wire.io.getvalue()
    heard = world.post("/auth/session", SIGN_IN)
    assert (heard.status, heard.fields["Retry-After"]) == (429, "60")
    protocol.dataReceived(b"b LOGIN ana faminta\r\n")
    assert b"b OK" not in wire.io.getvalue()


def test_a_session_goes_on_while_others_guess(world: World) -> None:
    signed = world.signed_in()
    for _ in range(5):
        world.post("/auth/session", SIGN_IN | {"password": "x"})
    assert world.status("/jmap/session", signed) == 200


# How it ends.


def test_signing_out_twice_is_no_fault(world: World) -> None:
    signed = world.signed_in()
    for _ in range(2):
        heard = world.client.ask("/auth/session", signed, method="DELETE")
        assert heard.status == 204
        assert "Max-Age=0" in heard.fields["Set-Cookie"]
    assert world.status("/auth/session", signed) == 401


def test_one_session_ends_another(world: World) -> None:
    first, second = world.signed_in(), world.signed_in()
    listed = world.client.ask("/auth/sessions", first).value["sessions"]
    assert [each["current"] for each in listed] == [True, False]
    path = f"/auth/sessions/{listed[1]['id']}"
    assert world.status(path, first, "DELETE") == 204
    assert world.status("/auth/session", second) == 401
    assert world.status(path, first, "DELETE") == 404
    for nonsense in ("x", "0", "-1", "1/2", "9" * 30, "1%00"):
        found = world.status(f"/auth/sessions/{nonsense}", first, "DELETE")
        assert found == 404, nonsense


def test_all_others(world: World) -> None:
    first, second, third = (world.signed_in() for _ in range(3))
    assert world.status("/auth/sessions", second, "DELETE") == 204
    kept = [world.status("/auth/session", each) for each in (first, second, third)]
    assert kept == [401, 200, 401]


def test_nobody_ends_somebody_elses(world: World) -> None:
    issued = now(world.tokens.issue(Wish("bob@example.org", Purpose.SESSION), Visit()))
    path = f"/auth/sessions/{issued.token.id}"
    assert world.status(path, world.signed_in(), "DELETE") == 404
    assert now(world.tokens.belonging("bob@example.org")) == [issued.token]


def test_whoever_lives_here_no_more_is_out(world: World) -> None:
    signed = world.signed_in()
    del world.people.secrets[NAME]
    assert world.status("/auth/session", signed) == 401


# App passwords, and programs.


def test_an_app_password_is_told_once(world: World) -> None:
    signed = world.signed_in()
    wish = {"label": "Phone", "password": "faminta", "scope": ["imap", "http"]}
    heard = world.post("/auth/passwords", wish, signed)
    assert heard.status == 201
    secret = heard.value["secret"]
    (listed,) = world.client.ask("/auth/passwords", signed).value["passwords"]
    assert (listed["label"], listed["scope"]) == ("Phone", ["http", "imap"])
    assert "secret" not in listed
    assert world.status("/jmap/session", basic("ana", secret)) == 200
    assert world.status(f"/auth/passwords/{listed['id']}", signed, "DELETE") == 204
    assert world.status("/jmap/session", basic("ana", secret)) == 401


def test_it_takes_the_password_itself_to_make_one(world: World) -> None:
    signed = world.signed_in()
    wish = {"label": "Phone", "password": "faminta"}
    app = world.post("/auth/passwords", wish, signed).value["secret"]
    for password in ("guess", app):
        again = world.post("/auth/passwords", wish | {"password": password}, signed)
        assert again.status == 401
    world.later(600)
    heard = world.post("/auth/session", {"user": "ana", "password": app})
    assert heard.status == 401, "nor does one sign in"
    for who in (ANA, basic("ana", app)):
        assert world.status("/auth/passwords", who) == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": ""},
        {"label": "x" * 101},
        {"label": "a\nb"},
        {"scope": ["x"]},
        {"scope": 1},
    ],
)
def test_what_no_app_password_is(world: World, wrong: dict[str, Any]) -> None:
    wish = {"label": "Phone", "password": "faminta"} | wrong
    assert world.post("/auth/passwords", wish, world.signed_in()).status == 422


def test_a_program_bears_a_token(world: World) -> None:
    issued = now(world.tokens.issue(Wish(NAME, Purpose.BEARER, "robot"), Visit()))
    bearer = {"Authorization": f"Bearer {issued.secret}"}
    assert world.client.ask("/jmap/session", bearer).value["username"] == NAME
    assert world.status("/auth/sessions", bearer) == 403
    client = world.server.connect(STRANGER)
    assert client.ask("/jmap/session", bearer).status == 403, "in clear"
    listed = world.client.ask("/auth/sessions", signed := world.signed_in()).value
    assert [each["kind"] for each in listed["sessions"]] == ["bearer", "session"]
    path = f"/auth/sessions/{issued.token.id}"
    assert world.status(path, signed, "DELETE") == 204
    assert world.status("/jmap/session", bearer) == 401


def test_a_cookie_is_no_bearer_token(world: World) -> None:
    secret = world.signed_in()["Cookie"].partition("=")[2]
    assert world.status("/jmap/session", {"Authorization": f"Bearer {secret}"}) == 401
    assert world.status("/jmap/session", basic("ana", secret)) == 401


# Whoever is still there when it ends.


class Stream(AsyncResource):
    """Notes what becomes of those who come."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.authenticator = by(world.gate, world.clock, world.tokens)
        self.told: list[str] = []
        self.stops: list[Callable[[], None]] = []

    async def get(self, request: Request) -> Answer:
        login = await self.authenticator.login(request)
        what = "password" if login.token is None else login.token.wish.purpose.value
        self.stops.append(login.on_revoked(lambda: self.told.append(what)))
        return Answer()


def test_streams_hear_of_it(world: World) -> None:
    signed = world.signed_in()
    bearer = now(world.tokens.issue(Wish(NAME, Purpose.BEARER), Visit()))
    ways = (signed, ANA, {"Authorization": f"Bearer {bearer.secret}"})
    stream = Stream(world)
    client = Server(
        world.gate, root=Folder({b"s": stream}), clock=world.clock
    ).connect()
    assert [client.ask("/s", each).status for each in (*ways, ANA)] == [200] * 4
    stream.stops[3]()
    now(world.tokens.revoke_all(NAME, (Purpose.SESSION,)))
    assert sorted(stream.told) == ["password", "session"]
    now(world.tokens.revoke(NAME, bearer.token.id))
    assert sorted(stream.told) == ["bearer", "password", "session"]
    assert world.tokens.watchers == {}
