"""A self-signed certificate, for a server that has none yet (RFC 5280)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mailnode.config import Config
from mailnode.net.tls import Pair
from mailnode.privileges import write_whole

LIFE = timedelta(days=3650)
"""Nobody renews it, and nobody can trust it but by its fingerprint."""
COMMON_NAME_LIMIT = 64
"""RFC 5280, appendix A.1: ub-common-name."""


def pair(config: Config) -> Pair:
    """The certificate and key of the configuration, or our self-signed ones."""
    if config.tls.certificate is not None and config.tls.key is not None:
        return Pair(config.tls.certificate, config.tls.key)
    directory = config.data / "tls"
    return Pair(directory / "certificate.pem", directory / "key.pem")


def self_signed(where: Pair, hostname: str, now: datetime | None = None) -> None:
    """Make a pair for a name, unless there is one.

    @raise OSError: when the files cannot be written.
    """
    if where.certificate.exists() and where.key.exists():
        return
    where.key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # P-256: a handshake costs half of what it does with RSA of 2048 bits.
    private = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(private, hostname, now or datetime.now(UTC))
    key = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    # The key first: a certificate that is there says that all is there.
    write_whole(where.key, key, 0o600)
    write_whole(where.certificate, certificate, 0o644)


def _certificate(
    private: ec.EllipticCurvePrivateKey, hostname: str, now: datetime
) -> bytes:
    """A certificate for one name, in PEM."""
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, hostname[:COMMON_NAME_LIMIT])]
    )
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # Clocks differ.
        .not_valid_after(now + LIFE)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(hostname)]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
        .sign(private, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)
