"""Web Push: octets that only a device can read, whoever carries them (RFC 8291, RFC 8188)."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailnode.errors import SyntaxFault

CODING = "aes128gcm"
POINT = 65
"""Octets of an uncompressed point of P-256 (RFC 8291, 3)."""
SECRET = 16
"""Octets of an authentication secret (RFC 8291, 3.2)."""
SALT = 16
RECORD = 4096
"""Octets of the one record; more, a push service need not take (RFC 8030, 7.2)."""
OVERHEAD = 16 + 1 + 86
"""Of a record: its tag and its end, and of the message, its header."""
LARGEST = RECORD - OVERHEAD
"""Octets that can be sent (RFC 8291, 4)."""
LAST = b"\x02"
"""What ends the last record (RFC 8188, 2)."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a device has told of itself (RFC 8291, 3).

    @ivar point: its public key, as a point.
    @ivar secret: what else its messages are sealed with.
    """

    point: bytes
    secret: bytes

    def __repr__(self) -> str:
        return "Keys()"


def keys(p256dh: str, auth: str) -> Keys:
    """The keys in two texts of URL-safe base64.

    @raise SyntaxFault: when they are none.
    """
    point, secret = decoded(p256dh), decoded(auth)
    if len(secret) != SECRET:
        raise SyntaxFault("an authentication secret")
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError:
        raise SyntaxFault("a point of P-256") from None
    if len(point) != POINT:
        raise SyntaxFault("an uncompressed point")
    return Keys(point, secret)


def decoded(text: str) -> bytes:
    """URL-safe base64, with or without its padding (RFC 4648, 5).

    @raise SyntaxFault: when it is not.
    """
    try:
        octets = text.rstrip("=").encode("ascii")
        if octets.translate(None, b"-_").isalnum():
            return urlsafe_b64decode(octets + b"=" * (-len(octets) % 4))
    except (UnicodeEncodeError, binascii.Error):
        pass
    raise SyntaxFault("URL-safe base64")


def sealed(
    octets: bytes, keys: Keys, private: EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """A message in C{aes128gcm} (RFC 8291, 3.4).

    @param private: a key for this message alone.
    @param salt: likewise: C{SALT} octets of chance.
    """
    ours = private.public_key().public_bytes(
        Encoding.X962, PublicFormat.UncompressedPoint
    )
    theirs = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), keys.point)
    shared = private.exchange(ECDH(), theirs)
    info = b"WebPush: info\0" + keys.point + ours
    material = derived(shared, keys.secret, info, 32)
    key = derived(material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = derived(material, salt, b"Content-Encoding: nonce\0", 12)
    record = AESGCM(key).encrypt(nonce, octets + LAST, None)
    header = salt + RECORD.to_bytes(4) + len(ours).to_bytes(1) + ours  # RFC 8188, 2.1
    return header + record


def derived(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """Key material (RFC 5869)."""
    return HKDF(SHA256(), length, salt, info).derive(material)
