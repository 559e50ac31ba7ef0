"""What is to be thought of servers (RFC 8446; RFC 9525)."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from net.link import pair
from OpenSSL import SSL
from twisted.protocols.tls import TLSMemoryBIOProtocol

from mailnode.net.tls import Pair, context
from mailnode.net.trust import Trust

NOBODY: TLSMemoryBIOProtocol = None  # type: ignore[assignment]  # it is not asked


def met(trust: Trust, host: str, theirs: Pair) -> tuple[SSL.Connection, SSL.Connection]:
    """Both sides of a connection, after the handshake."""
    client = trust.towards(host).clientConnectionForTLS(NOBODY)
    server = SSL.Connection(context(theirs)[1])
    client.set_connect_state()
    server.set_accept_state()
    for _ in range(4):
        for one, other in ((client, server), (server, client)):
            with contextlib.suppress(SSL.WantReadError):
                one.do_handshake()
            with contextlib.suppress(SSL.WantReadError):
                other.bio_write(one.bio_read(2**16))
    client.do_handshake()
    return client, server


def doubt(trust: Trust, host: str, theirs: Pair) -> str:
    """What is found in the end."""
    return trust.doubt(met(trust, host, theirs)[0], host)


@pytest.fixture
def theirs(tmp_path: Path) -> Pair:
    """A server's certificate."""
    return pair(tmp_path, "mx.example.net")


def test_a_stranger_is_heard_and_doubted(theirs: Pair) -> None:
    assert doubt(Trust(), "mx.example.net", theirs) == "self-signed certificate"


def test_who_is_known_is_not_doubted(theirs: Pair) -> None:
    assert doubt(Trust([theirs.certificate]), "mx.example.net", theirs) == ""


def test_another_name(theirs: Pair) -> None:
    found = doubt(Trust([theirs.certificate]), "mx.example.com", theirs)
    assert found == "certificate for another name than mx.example.com"


def test_an_address_is_a_name_too(theirs: Pair) -> None:
    found = doubt(Trust([theirs.certificate]), "[192.0.2.1]", theirs)
    assert "192.0.2.1" in found or "without" in found


def test_the_host_is_named_and_an_address_is_not(theirs: Pair) -> None:
    trust = Trust()
    assert met(trust, "mx.example.net", theirs)[1].get_servername() == b"mx.example.net"
    assert met(trust, "192.0.2.1", theirs)[1].get_servername() is None


def test_what_is_old_is_not_spoken(theirs: Pair) -> None:
    old = SSL.Context(SSL.TLS_METHOD)
    old.set_max_proto_version(SSL.TLS1_1_VERSION)
    client = Trust().towards("mx.example.net").clientConnectionForTLS(NOBODY)
    server = SSL.Connection(old)
    client.set_connect_state()
    server.set_accept_state()
    with pytest.raises(SSL.WantReadError):
        client.do_handshake()
    server.bio_write(client.bio_read(2**16))
    with pytest.raises(SSL.Error):
        server.do_handshake()


def test_doubts_are_forgotten_with_their_connection(theirs: Pair) -> None:
    trust = Trust()
    both = met(trust, "mx.example.net", theirs)
    assert len(trust.doubts) == 1
    del both
    assert len(trust.doubts) == 0
