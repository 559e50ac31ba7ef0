"""TLS: certificates, the contexts made of them, and channel bindings (RFC 8446)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from OpenSSL import SSL
from twisted.internet.interfaces import (
    IHandshakeListener,
    IOpenSSLServerConnectionCreator,
)
from twisted.protocols.policies import ProtocolWrapper
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import alsoProvides, implementer

SESSION_CONTEXT = b"mailnode"
"""Tells our resumable sessions from those of other servers with our key."""
EXPORTER_LABEL = b"EXPORTER-Channel-Binding"
EXPORTER_LENGTH = 32
"""RFC 9266, 2: label and octets of C{tls-exporter}; its context is empty."""
WEAK = frozenset({"md5", "sha1"})
"""Hashes for which RFC 5929, 4.1 takes SHA-256 in their place."""


class BadCertificate(Exception):
    """A certificate or a key cannot be used; the text names file and reason."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate chain, our own certificate first, and its key; PEM files."""

    certificate: Path
    key: Path


def read(path: Path) -> bytes:
    """The octets of a file.

    @raise BadCertificate: when it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadCertificate(f"{path}: {error.strerror}") from error


def chain(path: Path) -> list[x509.Certificate]:
    """The certificates in a file.

    @raise BadCertificate: when there are none.
    """
    try:
        found = x509.load_pem_x509_certificates(read(path))
    except ValueError as error:
        raise BadCertificate(f"{path}: no certificate in PEM: {error}") from error
    return found


def key(path: Path) -> PrivateKeyTypes:
    """The private key in a file.

    @raise BadCertificate: when there is none, or it has a pass phrase.
    """
    try:
        return load_pem_private_key(read(path), None)
    except TypeError as error:
        raise BadCertificate(f"{path}: the key has a pass phrase") from error
    except ValueError as error:
        raise BadCertificate(f"{path}: no private key in PEM: {error}") from error


def names(certificate: x509.Certificate) -> frozenset[str]:
    """The DNS names a certificate is good for, in lower case."""
    try:
        extension = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
    except (x509.ExtensionNotFound, ValueError):
        return frozenset()
    found = extension.value.get_values_for_type(x509.DNSName)
    return frozenset(name.lower() for name in found)


def public(holder: PrivateKeyTypes | x509.Certificate) -> bytes:
    """The public key of a certificate or of a private key, for comparison."""
    return holder.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )


def context(pair: Pair) -> tuple[frozenset[str], SSL.Context]:
    """A server's context for one certificate, and the names it is good for.

    @raise BadCertificate: when the pair is no use.
    """
    ours, private = chain(pair.certificate)[0], key(pair.key)
    if public(ours) != public(private):
        raise BadCertificate(f"{pair.key}: not the key of {pair.certificate}")
    made = SSL.Context(SSL.TLS_METHOD)
    made.set_min_proto_version(SSL.TLS1_2_VERSION)  # RFC 8996; RFC 8314, 4.1
    made.set_options(
        SSL.OP_NO_COMPRESSION
        | SSL.OP_CIPHER_SERVER_PREFERENCE
        | SSL.OP_NO_RENEGOTIATION
    )
    made.set_mode(SSL.MODE_RELEASE_BUFFERS)  # An idle connection holds none.
    made.set_session_id(SESSION_CONTEXT)
    try:
        made.use_certificate_chain_file(str(pair.certificate))
        made.use_privatekey_file(str(pair.key))
    except SSL.Error as error:
        reason = "; ".join(str(each[-1]) for each in error.args[0]) or "unusable"
        raise BadCertificate(f"{pair.certificate}: {reason}") from error
    return names(ours), made


class NoCommonProtocol(SSL.Error):
    """The client wants to speak something else; its argument is a list of
    reasons, as OpenSSL's own."""


class Certificates:
    """The certificates of a server; C{reload} takes up new ones.

    Connections that have begun keep what they began with.

    @param pairs: the first is for clients that ask for no name we know.
    @raise BadCertificate: when one is no use.
    """

    def __init__(self, pairs: Sequence[Pair]) -> None:
        if not pairs:
            raise ValueError("at least one certificate")
        self.pairs = pairs
        self.spoken: WeakKeyDictionary[SSL.Connection, Sequence[bytes]]
        self.spoken = WeakKeyDictionary()
        self.reload()

    def reload(self) -> None:
        """Read the files again.

        @raise BadCertificate: when one is no use; the old ones stay in force.
        """
        fresh = [context(pair) for pair in self.pairs]
        by_name: dict[str, SSL.Context] = {}
        for known, made in reversed(fresh):
            made.set_tlsext_servername_callback(self.named)
            made.set_alpn_select_callback(self.selected)  # type: ignore[arg-type]  # its result has a private type
            by_name |= dict.fromkeys(known, made)
        self.default = fresh[0][1]
        self.by_name = by_name

    def named(self, connection: SSL.Connection) -> None:
        """Take the certificate of the name the client asks for (RFC 6066, 3)."""
        asked = (connection.get_servername() or b"").decode("ascii", "replace").lower()
        _, _, parent = asked.partition(".")
        found = self.by_name.get(asked) or self.by_name.get(f"*.{parent}")
        if found is not None and found is not connection.get_context():
            connection.set_context(found)

    def selected(self, connection: SSL.Connection, offered: list[bytes]) -> object:
        """Choose the application protocol (RFC 7301, 3.2).

        A client that offers others means another server: it gets an alert.
        """
        spoken = self.spoken.pop(connection, ())
        if not spoken:
            return SSL.NO_OVERLAPPING_PROTOCOLS
        for protocol in offered:
            if protocol in spoken:
                return protocol
        raise NoCommonProtocol([("", "", "no application protocol in common")])

    def speaking(self, *protocols: bytes) -> Speaking:
        """A context factory for listeners of one protocol, by its ALPN names."""
        return Speaking(self, protocols)


@implementer(IOpenSSLServerConnectionCreator)
class Speaking:
    """Makes TLS connections with the certificates of the moment.

    @ivar protocols: ALPN names, C{pop3} and C{imap} (RFC 7301, 6); none for
        protocols that have no such name.
    """

    def __init__(self, certificates: Certificates, protocols: Sequence[bytes]) -> None:
        self.certificates = certificates
        self.protocols = protocols

    def serverConnectionForTLS(
        self,
        tlsProtocol: TLSMemoryBIOProtocol,  # noqa: ARG002, N803 - Twisted's word
    ) -> SSL.Connection:
        """A connection for a client that is about to shake hands."""
        connection = SSL.Connection(self.certificates.default)
        if self.protocols:
            self.certificates.spoken[connection] = self.protocols
        return connection


def pass_on(transport: object, listener: IHandshakeListener) -> None:
    """Let a listener hear that hands are shaken, whatever it is wrapped in.

    What stands between it and the socket keeps such news to itself otherwise.
    """
    if isinstance(transport, ProtocolWrapper):
        transport.handshakeCompleted = listener.handshakeCompleted  # type: ignore[attr-defined]  # ours to add
        alsoProvides(transport, IHandshakeListener)


def channel(transport: object) -> SSL.Connection | None:
    """The TLS connection of a transport, if there is one."""
    handle = getattr(transport, "getHandle", None)
    found = handle() if handle is not None else None
    return found if hasattr(found, "get_cipher_name") else None


def described(connection: SSL.Connection) -> str:
    """Version and cipher of a connection for people."""
    version = connection.get_protocol_version_name()
    return f"{version} {connection.get_cipher_name() or 'without a cipher'}"


def binding(connection: SSL.Connection, kind: str) -> bytes | None:
    """The channel binding data of a connection, or C{None}."""
    if kind == "tls-server-end-point":
        return end_point(connection)
    if kind == "tls-exporter" and connection.get_protocol_version_name() == "TLSv1.3":
        # Before 1.3 it would need the extended master secret, of which
        # OpenSSL's binding tells us nothing (RFC 9266, 3).
        return connection.export_keying_material(EXPORTER_LABEL, EXPORTER_LENGTH)
    return None


def end_point(connection: SSL.Connection) -> bytes | None:
    """The hash of our own certificate (RFC 5929, 4.1)."""
    certificate = connection.get_certificate(as_cryptography=True)
    if certificate is None or certificate.signature_hash_algorithm is None:
        return None  # Such as Ed25519: RFC 5929, 4.1 leaves it undefined.
    name = certificate.signature_hash_algorithm.name
    digest = hashlib.new("sha256" if name in WEAK else name)
    digest.update(certificate.public_bytes(Encoding.DER))
    return digest.digest()
