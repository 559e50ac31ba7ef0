"""A connection: TLS, proxies, crowds, and those who do not listen."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

import pytest
from net.link import Descriptors, Link, pair
from net.test_factories import connect
from net.test_proxied import ANA as ANA_BY_PROXY
from net.test_proxied import HERE, PROXY
from OpenSSL import SSL
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.protocols.haproxy._wrapper import HAProxyWrappingFactory
from twisted.python.failure import Failure
from web.browser import ANA, PASSWORDS, Server

from mailnode.factories import HTTPFactory
from mailnode.net.limits import Bounds, Limits
from mailnode.net.rounds import Rounds
from mailnode.net.tls import Certificates
from mailnode.testing import MemoryGate, MemoryStore
from mailnode.web.site import Patience

STRANGER = IPv4Address("TCP", "192.0.2.1", 40000)
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


def gate(plaintext: str = "loopback") -> MemoryGate:
    return MemoryGate(MemoryStore(), PASSWORDS, plaintext=plaintext)


def test_tls_from_the_first_octet(tmp_path: Path) -> None:
    reactor = Descriptors()
    factory = HTTPFactory(
        gate(),
        reactor=reactor,
        tls="implicit",
        certificates=Certificates([pair(tmp_path, "mail.example.org")]),
    )
    link = Link(reactor, factory.buildProtocol)
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_alpn_protos([b"h2", b"http/1.1"])
    connection = link.shake_hands(context)
    said = f"GET /jmap/session HTTP/1.1\r\nHost: a\r\nAuthorization: {ANA['Authorization']}\r\n\r\n"
    link.say(said.encode())
    assert link.heard.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b'"apiUrl":"https://a/jmap/api"' in link.heard
    assert connection.get_alpn_proto_negotiated() == b"http/1.1"
    assert link.say(b"GET / HTTP/3.0\r\n\r\n").startswith(b"HTTP/1.1 505")
    for _ in range(12):
        reactor.pump([1])
        link.settle()
    assert link.closed
    link.leave()


def test_whoever_does_not_shake_hands_is_cut_off(tmp_path: Path) -> None:
    reactor = Descriptors()
    certificates = Certificates([pair(tmp_path, "mail.example.org")])
    factory = HTTPFactory(
        gate(), reactor=reactor, tls="implicit", certificates=certificates
    )
    link = Link(reactor, factory.buildProtocol)
    for _ in range(40):
        reactor.pump([1])
        link.settle()
    assert link.closed
    assert not factory.rounds.members
    link.leave()


def test_a_refusal_is_heard_by_a_client_that_goes_on_talking() -> None:
    reactor = Descriptors()
    link = Link(reactor, HTTPFactory(gate(), reactor=reactor).buildProtocol)
    head = b"POST /jmap/api HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n"
    said = link.say(head + b"x" * 100_000)
    assert said.startswith(b"HTTP/1.1 413")
    assert said.endswith(b"}")
    assert link.closed, "it has said its last word"
    for _ in range(5):
        link.socket.sendall(b"x" * 100_000)
        link.settle()
    for _ in range(12):
        reactor.pump([1])
        link.settle()
    assert not link.server.connected
    link.leave()


def test_there_is_no_starttls() -> None:
    with pytest.raises(ValueError, match="HTTP has no STARTTLS"):
        HTTPFactory(gate(), reactor=Clock(), tls="starttls")


def test_one_too_many() -> None:
    clock = Clock()
    rounds = Rounds(clock, Limits(clock.seconds, Bounds(per_address=1)))
    factory = HTTPFactory(gate(), reactor=clock, rounds=rounds)
    _, first = connect(factory, STRANGER)
    wire, _ = connect(factory, STRANGER)
    said = wire.io.getvalue()
    assert said.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"\r\nRetry-After: 10\r\n" in said
    assert wire.hung_up
    first.connectionLost(Failure(ConnectionDone()))
    assert rounds.limits.total == 0
    wire, _ = connect(factory, STRANGER)
    assert not wire.hung_up


class Proxied:
    """A server behind a proxy."""

    def __init__(self, plaintext: str = "always") -> None:
        clock = Clock()
        bounds = Bounds(per_address=1, rate=0, burst=5)
        self.rounds = Rounds(clock, Limits(clock.seconds, bounds))
        self.factory = HAProxyWrappingFactory(
            HTTPFactory(
                gate(plaintext), reactor=clock, rounds=self.rounds, proxied=True
            )
        )

    def said(self, header: bytes, octets: bytes) -> bytes:
        """What a client hears."""
        wire = StringTransport(peerAddress=PROXY)
        link = self.factory.buildProtocol(PROXY)
        assert link is not None
        link.makeConnection(wire)
        link.dataReceived(header + octets)
        return b"" if wire.disconnected else wire.io.getvalue()


def test_behind_a_proxy_everybody_counts_on_his_own() -> None:
    server = Proxied()
    assert server.said(ANA_BY_PROXY, HEALTH).startswith(b"HTTP/1.1 200")
    assert server.said(ANA_BY_PROXY, HEALTH) == b""
    assert "198.51.100.7" in server.rounds.limits.held


def test_behind_a_proxy_nobody_is_on_this_host() -> None:
    said = f"GET /jmap/session HTTP/1.1\r\nHost: a\r\nAuthorization: {ANA['Authorization']}\r\n\r\n"
    told = Proxied("loopback").said(HERE, said.encode())
    assert told.startswith(b"HTTP/1.1 403")


def test_whoever_does_not_listen_is_cut_off() -> None:
    """The answer has been written, and nothing of it leaves."""
    server = Server()
    client = server.connect()
    client.send("/healthz", {"Connection": "close"})
    client.wire.disconnected = False
    client.wire.abortConnection = Mock()  # type: ignore[method-assign]  # to see it
    server.clock.pump([1] * 15)
    client.wire.abortConnection.assert_called()


def test_a_refusal_waits_for_the_client_to_hear_it() -> None:
    """A socket that is closed with octets unread takes our last words with it."""
    server = Server()
    client = server.connect()
    half = Mock()
    client.wire.loseWriteConnection = half  # type: ignore[attr-defined]  # TCP has it
    client.say(
        b"POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nxxxx"
    )
    half.assert_called_once_with()
    assert not client.wire.hung_up
    client.say(b"x" * 96_000 + HEALTH)
    assert client.said.count(b"HTTP/1.1") == 1
    client.wire.abortConnection = Mock()  # type: ignore[method-assign]  # to see it
    server.clock.pump([1] * 15)
    client.wire.abortConnection.assert_called()


def test_content_may_come_slowly_if_it_comes() -> None:
    server = Server()
    client = server.connect()
    client.say(b"POST /jmap/api HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
    for _ in range(10):
        client.say(b" " * 100_000)
        server.clock.pump([1] * 20)
    assert client.heard().status == 401


def test_content_is_kept_out_of_memory() -> None:
    client = Server().connect()
    client.say(b"POST /jmap/api HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n")
    request = client.protocol.requests[0]  # type: ignore[attr-defined]  # a channel
    client.say(b" " * 60_000)
    assert not request.content._rolled
    client.say(b" " * 60_000)
    assert request.content._rolled
    client.protocol.connectionLost(Failure(ConnectionDone()))
    assert request.content.closed


@pytest.mark.parametrize("where", ["header", "content", "answer"])
def test_a_connection_may_end_anywhere(where: str) -> None:
    server = Server()
    client = server.connect()
    if where != "answer":
        client.say(b"POST /jmap/api HTTP/1.1\r\n")
    if where == "content":
        client.say(b"Host: a\r\nContent-Length: 10\r\n\r\nxxx")
    client.protocol.connectionLost(Failure(ConnectionDone()))
    assert not server.factory.rounds.members
    assert not server.clock.getDelayedCalls()


def test_the_second_look_is_at_what_is_not_yet_said() -> None:
    """A client that waits for the end of an answer, and only then speaks, is idle."""
    server = Server()
    client = server.connect()
    patience = Patience()
    for _ in range(4):
        server.clock.pump([1] * int(patience.header - 5))
        assert client.ask("/healthz").status == 200


def test_no_octets_in_a_field_are_a_fault_of_ours() -> None:
    names = ("Authorization", "Origin", "Accept-Encoding", "Content-Type", "Connection")
    client = Server().connect()
    for name in names:
        client.say(
            b"POST /jmap/api HTTP/1.1\r\nHost: a\r\n%s: Basic \xff\xfe\r\n\r\n"
            % name.encode()
        )
        assert client.heard().status == 401
    client.say(b"GET /\xc3 HTTP/1.1\r\n\r\n")
    assert client.heard().status == 400


def test_a_refusal_is_said_once() -> None:
    client = Server().connect()
    head = b"POST /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    client.say(head + b"1\r\nx\r\n" * 5 + b"0\r\n\r\n" + HEALTH)
    assert client.said.count(b"HTTP/1.1 ") == 1
    assert client.heard().status == 405
    client = Server().connect()
    client.say(head.replace(b"healthz", b"jmap/api"))
    client.say((b"fffff\r\n" + b"x" * 0xFFFFF + b"\r\n") * 10 + b"zz\r\n" + HEALTH)
    assert client.said.count(b"HTTP/1.1 ") == 1
    assert client.heard().status == 413
    client.protocol.connectionLost(Failure(ConnectionDone()))


def test_a_header_behind_another_request_has_no_more_time() -> None:
    server = Server()
    client = server.connect()
    client.say(HEALTH + b"GET /healthz HTTP/1.1\r\nHost: a\r\n")
    assert client.heard().status == 200
    server.clock.pump([1] * 22)
    assert client.heard().status == 408
