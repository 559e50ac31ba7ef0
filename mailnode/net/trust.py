"""TLS towards other servers: who they are, and why that may be doubted (RFC 8446).

Whom to believe is for whoever calls to decide: mail goes to servers with any
certificate, if it must (RFC 7435), so doubts are noted and end nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from weakref import WeakKeyDictionary

from OpenSSL import SSL
from OpenSSL.crypto import X509
from service_identity import CertificateError, VerificationError
from service_identity.pyopenssl import verify_hostname, verify_ip_address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import implementer

from mailnode.wire.network import plain

CODES = SSL.X509VerificationCodes
WORDS = {
    CODES.ERR_CERT_HAS_EXPIRED: "expired certificate",
    CODES.ERR_CERT_NOT_YET_VALID: "certificate that is not valid yet",
    CODES.ERR_DEPTH_ZERO_SELF_SIGNED_CERT: "self-signed certificate",
    CODES.ERR_SELF_SIGNED_CERT_IN_CHAIN: "certificate of an unknown authority",
    CODES.ERR_UNABLE_TO_GET_ISSUER_CERT: "certificate of an unknown authority",
    CODES.ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate of an unknown authority",
    CODES.ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate of an unknown authority",
}
"""What is wrong with a chain, for people; the first fault that is met counts."""


class Trust:
    """Makes TLS connections as a client, and says what to think of the server.

    @param authorities: files in PEM with certificates to be trusted beside
        those of the platform.
    """

    def __init__(self, authorities: Sequence[Path] = ()) -> None:
        self.context = SSL.Context(SSL.TLS_METHOD)
        self.context.set_min_proto_version(SSL.TLS1_2_VERSION)  # RFC 8996
        self.context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
        self.context.set_mode(SSL.MODE_RELEASE_BUFFERS)
        self.context.set_default_verify_paths()
        for path in authorities:
            self.context.load_verify_locations(str(path))
        self.context.set_verify(SSL.VERIFY_PEER, self.met)
        self.doubts: WeakKeyDictionary[SSL.Connection, str] = WeakKeyDictionary()

    def met(
        self,
        connection: SSL.Connection,
        certificate: X509,  # noqa: ARG002 - OpenSSL tells us
        fault: int,
        depth: int,  # noqa: ARG002 - OpenSSL tells us
        fine: int,
    ) -> bool:
        """Note what OpenSSL says of a certificate, and go on."""
        if not fine:
            words = WORDS.get(fault, f"certificate with fault {fault}")
            self.doubts.setdefault(connection, words)
        return True

    def towards(self, host: str) -> Towards:
        """What makes connections to one host."""
        return Towards(self, host)

    def doubt(self, connection: SSL.Connection, host: str) -> str:
        """Why a server's certificate is not to be trusted; empty when it is."""
        found = self.doubts.get(connection, "")
        return found or misnamed(connection, host)


def misnamed(connection: SSL.Connection, host: str) -> str:
    """What is wrong with the names in a certificate (RFC 9525, 6); nothing if empty."""
    address = plain(host.strip("[]").removeprefix("IPv6:"))
    try:
        if address is None:
            verify_hostname(connection, host)
        else:
            verify_ip_address(connection, str(address))
    except VerificationError:
        return f"certificate for another name than {host}"
    except CertificateError:
        return "certificate without a name"
    return ""


@implementer(IOpenSSLClientConnectionCreator)
class Towards:
    """Makes TLS connections to one host."""

    def __init__(self, trust: Trust, host: str) -> None:
        self.trust = trust
        self.host = host

    def clientConnectionForTLS(
        self,
        tlsProtocol: TLSMemoryBIOProtocol,  # noqa: ARG002, N803 - Twisted's word
    ) -> SSL.Connection:
        """A connection that names the host it wants (RFC 6066, 3)."""
        connection = SSL.Connection(self.trust.context)
        if plain(self.host.strip("[]").removeprefix("IPv6:")) is None:
            connection.set_tlsext_host_name(self.host.encode("ascii"))
        return connection
