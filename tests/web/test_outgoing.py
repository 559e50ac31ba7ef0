"""Questions to servers elsewhere, and all the ways to have us ask one of our own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError, ConnectionDone
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from zope.interface import implementer

from mailnode.errors import MailError, NotFound, NotPermitted, TooLarge, Unavailable
from mailnode.interfaces.resolver import Exchanger, IResolver
from mailnode.web.outgoing import PLAIN, Asked, Outgoing, Told

PUBLIC = "93.184.216.34"


@implementer(IResolver)
class Names:
    """What the DNS says."""

    def __init__(self, known: dict[str, Sequence[str]]) -> None:
        self.known = known
        self.asked: list[str] = []

    async def exchangers(self, domain: str) -> Sequence[Exchanger]:
        return ()

    async def addresses(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        if host not in self.known:
            raise NotFound("there is no such name")
        return self.known[host]


class Wire(StringTransport):
    """A connection that can be aborted."""

    def setTcpNoDelay(self, enabled: bool) -> None:
        """It is never delayed."""

    def abortConnection(self) -> None:
        self.aborted = True
        self.loseConnection()  # type: ignore[no-untyped-call]  # Twisted's


class Asking:
    """A question under way."""

    def __init__(self, asked: Asked, **names: Sequence[str]) -> None:
        self.reactor: Any = MemoryReactorClock()
        known = {name.replace("_", "."): each for name, each in names.items()}
        self.names = Names({"example.org": [PUBLIC], **known})
        self.outgoing = Outgoing(self.reactor, self.reactor, self.names)
        self.done: list[Told | None] = []
        self.failed: list[Failure] = []
        asking = Deferred.fromCoroutine(self.outgoing.ask(asked))
        self.asking = asking.addCallbacks(self.done.append, self.failed.append)
        self.made = 0

    @property
    def called(self) -> list[tuple[str, int]]:
        """Whom we have tried to connect to."""
        return [(host, port) for host, port, *_ in self.reactor.tcpClients]

    def answer(self, octets: bytes, *, ends: bool = False) -> Any:
        """The server takes the call and says this."""
        factory = self.reactor.tcpClients[self.made][2]
        self.made += 1
        wire = Wire()  # type: ignore[no-untyped-call]  # Twisted's
        protocol = factory.buildProtocol(IPv4Address("TCP", PUBLIC, 80))
        protocol.makeConnection(wire)
        self.protocol = protocol
        if octets:
            protocol.dataReceived(octets)
        if ends:
            protocol.connectionLost(Failure(ConnectionDone()))
        return wire

    def refused(self) -> None:
        """Nobody takes the call."""
        factory = self.reactor.tcpClients[self.made][2]
        self.made += 1
        factory.clientConnectionFailed(None, Failure(ConnectError()))

    @property
    def told(self) -> Told:
        assert not self.failed, self.failed[0].getTraceback()
        (told,) = self.done
        assert told is not None
        return told

    @property
    def fault(self) -> type[MailError]:
        (failure,) = self.failed
        assert isinstance(failure.value, MailError)
        return type(failure.value)


def get(url: str, **more: Any) -> Asked:
    return Asked(url, places=PLAIN, **more)


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 3\r\n\r\nabc"


def test_a_question_and_its_answer() -> None:
    asking = Asking(get("http://example.org/a?b=c"))
    assert asking.called == [(PUBLIC, 80)]
    wire = asking.answer(ANSWER)
    lines = wire.value().decode().split("\r\n")
    assert lines[0] == "GET /a?b=c HTTP/1.1"
    assert {"Host: example.org", "User-Agent: mailnode"} <= set(lines)
    assert "Accept-Encoding: identity" in lines
    assert not [each for each in lines if each.lower().startswith("cookie")]
    assert asking.told.status == 200
    assert asking.told.content == b"abc"
    assert asking.told.headers["content-type"] == "image/png"
    assert wire.disconnecting


def test_something_is_sent() -> None:
    headers = {"TTL": "60", "Content-Type": "application/json"}
    asking = Asking(
        get("http://example.org/p", method="POST", headers=headers, content=b"{}")
    )
    wire = asking.answer(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
    said = wire.value()
    assert said.startswith(b"POST /p HTTP/1.1\r\n")
    assert b"Content-Length: 2\r\n" in said
    assert b"\r\nTTL: 60\r\n" in said.replace(b"Ttl", b"TTL")
    assert said.endswith(b"\r\n\r\n{}")
    assert asking.told.status == 201


def test_tls_is_the_rule() -> None:
    asking = Asking(Asked("https://example.org/"))
    assert asking.called == [(PUBLIC, 443)]
    wire = asking.answer(b"")
    assert wire.value()[:1] == b"\x16", "a handshake (RFC 8446, 5.1)"
    assert b"example.org" in wire.value(), "the name that it wants"


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.org/", "https://example.org:80/", "https://example.org:25/"),
        *("ftp://example.org/", "file:///etc/passwd", "gopher://example.org:443/"),
        *("https://user@example.org/", "https://example.org@127.0.0.1/"),
        *("https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/"),
        *(
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1]/",
        ),
        *(
            "https://[fd00::1]/",
            "https://169.254.169.254/latest",
            "https://100.64.0.1/",
        ),
        *("https://10.0.0.1/", "https://0.0.0.0/", "https://inner.example/"),
        *("https://six.example/", "https://örg.example/", "", "https://"),
        *("//example.org/", "example.org", "https:///x", "https://localhost/"),
        *("https://2130706433/", "https://0x7f000001/", "https://127.1/"),
        *(
            "https://exa\r\nmple.org/",
            "https://example.org/\r\nX: y",
            "https://[v1.x]/",
        ),
    ],
)
def test_places_that_are_not_called(url: str) -> None:
    inner = {"inner_example": ["169.254.169.254"], "six_example": ["::1", "10.0.0.1"]}
    asking = Asking(Asked(url), **inner, localhost=["127.0.0.1"])
    assert asking.called == []
    assert asking.fault in (NotPermitted, Unavailable)
    assert not asking.done


def test_of_several_addresses_only_those_are_called_that_may_be() -> None:
    asking = Asking(
        get("http://two.example/"),
        two_example=["127.0.0.1", "2606:4700::1", "10.1.1.1", PUBLIC],
    )
    assert asking.called == [("2606:4700::1", 80)]
    asking.refused()
    assert asking.called[1:] == [(PUBLIC, 80)]
    asking.answer(ANSWER)
    assert asking.told.content == b"abc"


def test_a_name_is_looked_up_once() -> None:
    asking = Asking(get("http://example.org/"))
    asking.names.known["example.org"] = ["127.0.0.1"]
    asking.answer(ANSWER)
    assert asking.names.asked == ["example.org"]
    assert asking.told.status == 200


def led(to: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


def test_where_an_answer_leads() -> None:
    asking = Asking(get("http://example.org/a", redirects=2), other_example=["1.1.1.1"])
    asking.answer(led("/b"))
    asking.answer(led("http://other.example/c"))
    assert asking.called == [(PUBLIC, 80), (PUBLIC, 80), ("1.1.1.1", 80)]
    asking.answer(ANSWER)
    assert asking.told.content == b"abc"


@pytest.mark.parametrize(
    "to",
    [
        *("http://127.0.0.1/", "http://[::1]/", "http://inner.example/"),
        *("//169.254.169.254/latest/meta-data", "http://example.org:22/", "file:///x"),
        *("http://[::ffff:10.0.0.1]/", "http://[64:ff9b::a00:1]/", "http://a@b@c/"),
    ],
)
def test_it_may_not_lead_inside(to: str) -> None:
    asking = Asking(get("http://example.org/", redirects=3), inner_example=["10.0.0.1"])
    asking.answer(led(to))
    assert asking.called == [(PUBLIC, 80)]
    assert asking.fault in (NotPermitted, Unavailable)


def test_it_may_not_lead_round_and_round() -> None:
    asking = Asking(get("http://example.org/", redirects=2))
    for _ in range(3):
        asking.answer(led("/"))
    assert asking.fault is Unavailable
    assert len(asking.called) == 3


def test_what_is_sent_is_sent_nowhere_else() -> None:
    asking = Asking(
        get("http://example.org/", method="POST", content=b"x", redirects=2)
    )
    asking.answer(led("http://example.org/other"))
    assert asking.told.status == 302
    assert len(asking.called) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 11,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n" + b"x" * 11,
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n",
    ],
)
def test_no_more_is_heard_than_was_wanted(answer: bytes) -> None:
    asking = Asking(get("http://example.org/", most=10))
    wire = asking.answer(answer)
    assert asking.fault is TooLarge
    assert wire.disconnecting


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 15000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 30_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
    ],
)
def test_heads_without_end(answer: bytes) -> None:
    asking = Asking(get("http://example.org/"))
    wire = asking.answer(answer)
    for _ in range(10):
        if not wire.disconnecting:
            asking.protocol.dataReceived(answer)
    assert wire.disconnecting
    asking.protocol.connectionLost(Failure(ConnectionDone()))
    assert asking.fault is Unavailable


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"220 mail.example.org ESMTP\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_answers_that_are_none(answer: bytes) -> None:
    asking = Asking(get("http://example.org/", redirects=1))
    asking.answer(answer, ends=True)
    assert asking.fault is Unavailable


def test_it_does_not_take_for_ever() -> None:
    asking = Asking(get("http://example.org/"))
    wire = asking.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
    for _ in range(5):
        asking.reactor.advance(1.9)
        asking.protocol.dataReceived(b"x")
    assert not asking.failed
    asking.reactor.advance(0.6)
    assert asking.fault is Unavailable
    assert wire.disconnecting


def test_nobody_answers_a_call_for_ever() -> None:
    asking = Asking(get("http://example.org/"))
    asking.reactor.advance(11)
    assert asking.fault is Unavailable


def test_whoever_asked_may_go() -> None:
    asking = Asking(get("http://example.org/"))
    wire = asking.answer(b"HTTP/1.1 200 OK\r\n")
    asking.asking.cancel()
    assert wire.disconnecting
    assert asking.outgoing.turns.tokens == asking.outgoing.turns.limit
