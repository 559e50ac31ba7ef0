"""TLS as clients meet it, over a real transport (RFC 8446, RFC 8314)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from net.link import Descriptors, Link, pair
from OpenSSL import SSL
from twisted.internet.defer import Deferred
from twisted.internet.tcp import Server
from twisted.protocols.haproxy._wrapper import HAProxyWrappingFactory

from mailnode.factories import TLS, POP3Factory
from mailnode.net.conversation import Conversation
from mailnode.net.tls import BadCertificate, Certificates, Pair
from mailnode.net.transport import DirectServer
from mailnode.testing import MemoryGate, MemoryStore


@pytest.fixture(params=[Server, DirectServer])
def reactor(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Descriptors:
    """One for everything, for what TLS would ask the real one too.

    Everything is shown twice: over Twisted's own transport, and over ours.
    """
    monkeypatch.setattr(Link, "kind", request.param)
    made = Descriptors()
    monkeypatch.setattr("twisted.protocols.tls._get_default_clock", lambda: made)
    return made


@pytest.fixture
def one(tmp_path: Path) -> Pair:
    """A certificate."""
    return pair(tmp_path, "mail.example.org")


def factory(
    reactor: Descriptors, certificates: Certificates, tls: TLS = "implicit"
) -> POP3Factory:
    """A POP3 server."""
    gate = MemoryGate(MemoryStore(), {"ana@example.org": "faminta"}, plaintext="never")
    return POP3Factory(gate, reactor=reactor, tls=tls, certificates=certificates)


def shown(connection: SSL.Connection) -> str:
    """The name in a server's certificate."""
    certificate = connection.get_peer_certificate(as_cryptography=True)
    assert certificate is not None
    return certificate.subject.rfc4514_string()


def test_stls_for_real(reactor: Descriptors, one: Pair) -> None:
    link = Link(
        reactor, factory(reactor, Certificates([one]), "starttls").buildProtocol
    )
    assert link.say(b"CAPA\r\n").endswith(b"UTF8 USER\r\n.\r\n")
    # What comes in clear behind STLS is thrown away.
    assert link.say(b"STLS\r\nUSER ana\r\nQUIT\r\n") == b"+OK begin TLS\r\n"
    link.shake_hands()
    assert link.say(b"PASS faminta\r\n").startswith(b"-ERR USER comes first")
    capa = link.say(b"CAPA\r\n")
    assert b"STLS" not in capa
    assert b"SASL PLAIN" in capa
    assert link.say(b"USER ana\r\nPASS faminta\r\n").count(b"+OK") == 2
    assert link.say(b"QUIT\r\n").startswith(b"+OK goodbye")
    link.leave()


def test_a_megabyte_through_tls(reactor: Descriptors, one: Pair) -> None:
    made = factory(reactor, Certificates([one]))
    store = made.gate.store  # type: ignore[attr-defined]  # it is in memory
    message = b"Subject: large\r\n\r\n" + (b"x" * 76 + b"\r\n") * 13_000
    store.of("ana@example.org").inbox.put(message)
    link = Link(reactor, made.buildProtocol)
    link.shake_hands()
    link.say(b"USER ana\r\nPASS faminta\r\n")
    link.say(b"RETR 1\r\n")
    for _ in range(20):
        link.settle()
    assert link.heard == b"+OK %d octets\r\n%s.\r\n" % (len(message), message)
    link.leave()


def test_implicit(reactor: Descriptors, one: Pair) -> None:
    link = Link(reactor, factory(reactor, Certificates([one])).buildProtocol)
    assert link.heard == b""
    connection = link.shake_hands()
    assert link.heard.startswith(b"+OK")
    assert connection.get_protocol_version_name() == "TLSv1.3"
    assert shown(connection) == "CN=mail.example.org"
    link.leave()


def test_a_silent_client_is_cut_off(reactor: Descriptors, one: Pair) -> None:
    made = factory(reactor, Certificates([one]))
    link = Link(reactor, made.buildProtocol)
    reactor.pump([1] * 29)
    link.settle()
    assert not link.closed
    reactor.pump([1] * 2)
    link.settle()
    assert link.closed
    assert not made.rounds.members
    link.leave()


def test_old_versions_are_refused(reactor: Descriptors, one: Pair) -> None:
    link = Link(reactor, factory(reactor, Certificates([one])).buildProtocol)
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_cipher_list(b"ALL:@SECLEVEL=0")
    context.set_max_proto_version(SSL.TLS1_1_VERSION)
    with pytest.raises(SSL.Error):
        link.shake_hands(context)
    link.leave()


def test_not_tls_at_all(reactor: Descriptors, one: Pair) -> None:
    made = factory(reactor, Certificates([one]))
    link = Link(reactor, made.buildProtocol)
    link.say(b"GET / HTTP/1.1\r\nHost: mail\r\n\r\n")
    assert link.closed
    assert not made.rounds.members
    link.leave()


def test_channel_bindings(reactor: Descriptors, one: Pair) -> None:
    link = Link(reactor, factory(reactor, Certificates([one])).buildProtocol)
    connection = link.shake_hands()
    peer = link.server.protocol.wrappedProtocol  # type: ignore[attr-defined]  # TLS is between
    certificate = connection.get_peer_certificate(as_cryptography=True)
    assert certificate is not None
    digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
    assert peer.channel_binding("tls-server-end-point") == digest
    exported = connection.export_keying_material(b"EXPORTER-Channel-Binding", 32)
    assert peer.channel_binding("tls-exporter") == exported
    assert peer.channel_binding("tls-unique") is None
    assert peer.secure
    assert peer.tls.startswith("TLSv1.3 TLS_AES_")
    link.leave()


def test_no_exporter_before_tls_1_3(reactor: Descriptors, one: Pair) -> None:
    link = Link(reactor, factory(reactor, Certificates([one])).buildProtocol)
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    link.shake_hands(context)
    peer = link.server.protocol.wrappedProtocol  # type: ignore[attr-defined]  # TLS is between
    assert peer.channel_binding("tls-exporter") is None
    assert peer.channel_binding("tls-server-end-point") is not None
    link.leave()


def test_sessions_are_resumed(reactor: Descriptors, one: Pair) -> None:
    made = factory(reactor, Certificates([one]))
    context = SSL.Context(SSL.TLS_METHOD)
    link = Link(reactor, made.buildProtocol)
    first = link.shake_hands(context)
    link.say(b"CAPA\r\n")
    session = first.get_session()
    assert session is not None
    link.leave()
    link = Link(reactor, made.buildProtocol)
    link.tls = SSL.Connection(context)
    link.tls.set_session(session)
    link.tls.set_connect_state()
    again = resumed(link)
    assert again
    link.leave()


def resumed(link: Link) -> bool:
    """Whether a handshake went the short way."""
    assert link.tls is not None
    for _ in range(4):
        try:
            link.tls.do_handshake()
        except SSL.WantReadError:
            link.flush()
            link.settle()
    return bool(SSL._lib.SSL_session_reused(link.tls._ssl))  # type: ignore[attr-defined]  # it has no name there


def test_certificates_by_name(reactor: Descriptors, one: Pair, tmp_path: Path) -> None:
    two, wild = pair(tmp_path, "pop.example.net"), pair(tmp_path, "*.example.com")
    made = factory(reactor, Certificates([one, two, wild]))
    for asked, name in [
        (None, "CN=mail.example.org"),
        (b"mail.example.org", "CN=mail.example.org"),
        (b"POP.example.net", "CN=pop.example.net"),
        (b"a.example.com", "CN=*.example.com"),
        (b"a.b.example.com", "CN=mail.example.org"),
        (b"elsewhere.example", "CN=mail.example.org"),
    ]:
        link = Link(reactor, made.buildProtocol)
        assert shown(link.shake_hands(name=asked)) == name
        link.leave()


def test_application_protocols(reactor: Descriptors, one: Pair) -> None:
    made = factory(reactor, Certificates([one]))
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_alpn_protos([b"imap", b"pop3"])
    link = Link(reactor, made.buildProtocol)
    assert link.shake_hands(context).get_alpn_proto_negotiated() == b"pop3"
    link.leave()
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_alpn_protos([b"http/1.1"])
    link = Link(reactor, made.buildProtocol)
    with pytest.raises(SSL.Error):
        link.shake_hands(context)
    assert not made.rounds.members
    link.leave()


def test_reload(reactor: Descriptors, one: Pair, tmp_path: Path) -> None:
    certificates = Certificates([one])
    made = factory(reactor, certificates)
    before = Link(reactor, made.buildProtocol)
    before.shake_hands()
    fresh = pair(tmp_path, "new.example.org")
    one.certificate.write_bytes(fresh.certificate.read_bytes())
    with pytest.raises(BadCertificate, match="not the key of"):
        certificates.reload()
    link = Link(reactor, made.buildProtocol)
    assert shown(link.shake_hands()) == "CN=mail.example.org"
    link.leave()
    one.key.write_bytes(fresh.key.read_bytes())
    certificates.reload()
    link = Link(reactor, made.buildProtocol)
    assert shown(link.shake_hands()) == "CN=new.example.org"
    link.leave()
    assert before.say(b"CAPA\r\n").startswith(b"+OK")
    before.leave()


def test_complaints_name_the_file(
    reactor: Descriptors, one: Pair, tmp_path: Path
) -> None:
    nothing = tmp_path / "nothing.pem"
    with pytest.raises(BadCertificate, match=r"nothing\.pem: No such file"):
        Certificates([Pair(nothing, one.key)])
    with pytest.raises(BadCertificate, match=r"\.key: no certificate in PEM"):
        Certificates([Pair(one.key, one.key)])
    with pytest.raises(BadCertificate, match=r"\.pem: no private key in PEM"):
        Certificates([Pair(one.certificate, one.certificate)])
    with pytest.raises(BadCertificate, match="not the key of"):
        Certificates([Pair(one.certificate, pair(tmp_path, "other.example").key)])
    with pytest.raises(ValueError, match="at least one"):
        Certificates([])


PROXY = b"PROXY TCP4 192.0.2.7 192.0.2.1 40000 110\r\n"


def test_stls_behind_a_proxy(reactor: Descriptors, one: Pair) -> None:
    """A PROXY header comes first; the client is who it says, and not local."""
    made = factory(reactor, Certificates([one]), "starttls")
    link = Link(reactor, HAProxyWrappingFactory(made).buildProtocol)
    link.say(PROXY)
    (peer,) = made.rounds.members
    assert isinstance(peer, Conversation)
    assert (peer.address, peer.local) == ("192.0.2.7", False)
    assert link.say(b"STLS\r\n") == b"+OK begin TLS\r\n"
    link.shake_hands()
    assert peer.secure
    assert link.say(b"USER ana\r\nPASS faminta\r\n").count(b"+OK") == 2
    link.leave()
    assert not made.rounds.members


def test_implicit_tls_behind_a_proxy(reactor: Descriptors, one: Pair) -> None:
    made = factory(reactor, Certificates([one]))
    link = Link(reactor, HAProxyWrappingFactory(made).buildProtocol)
    link.say(PROXY)
    link.shake_hands()
    assert link.say(b"USER ana\r\nPASS faminta\r\n").count(b"+OK") == 2
    link.leave()
    assert not made.rounds.members


def test_stopping_during_a_handshake(reactor: Descriptors, one: Pair) -> None:
    made = factory(reactor, Certificates([one]))
    link = Link(reactor, made.buildProtocol)
    stopping = Deferred.fromCoroutine(made.stop(10))
    link.settle()
    assert stopping.called
    link.leave()
