"""Web Push: the example of RFC 8291, 5, and keys that are none."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePublicKey,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from mailnode.errors import SyntaxFault
from mailnode.wire.webpush import LARGEST, Keys, decoded, derived, keys, sealed

POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
THEIRS = derive_private_key(
    int.from_bytes(decoded("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")), SECP256R1()
)
OURS = derive_private_key(
    int.from_bytes(decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), SECP256R1()
)
SALT = decoded("DGv6ra1nlYgDCS1FRnbzlw")


def test_the_example() -> None:
    message = b"When I grow up, I want to be a watermelon"
    said = sealed(message, keys(POINT, AUTH), OURS, SALT)
    assert urlsafe_b64encode(said).rstrip(b"=") == (
        b"DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
        b"mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        b"pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def opened(said: bytes, known: Keys) -> bytes:
    """What a device makes of a message (RFC 8188, 2; RFC 8291, 3.4)."""
    salt, size, length = said[:16], int.from_bytes(said[16:20]), said[20]
    point, record = said[21 : 21 + length], said[21 + length :]
    assert len(record) <= size
    theirs = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    shared = THEIRS.exchange(ECDH(), theirs)
    info = b"WebPush: info\0" + known.point + point
    material = derived(shared, known.secret, info, 32)
    key = derived(material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = derived(material, salt, b"Content-Encoding: nonce\0", 12)
    plain = AESGCM(key).decrypt(nonce, record, None)
    assert plain[-1:] == b"\x02"
    return plain[:-1]


@given(st.binary(max_size=LARGEST), st.binary(min_size=16, max_size=16))
def test_a_device_can_read_it(message: bytes, salt: bytes) -> None:
    known = keys(POINT, AUTH)
    said = sealed(message, known, generate_private_key(SECP256R1()), salt)
    assert len(said) <= 4096
    assert opened(said, known) == message


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        (POINT[:-1], AUTH),
        (POINT, AUTH + "AA"),
        (POINT, ""),
        ("", AUTH),
        ("A" * 87, AUTH),
        (POINT.replace("_", "/"), AUTH),
        (POINT, AUTH.replace("_", "/")),
        (POINT, "é" * 22),
        (POINT, AUTH[:-1] + "\n"),
        (POINT[:3] + "y" + POINT[4:], AUTH),
        ("A" + "B" * 43, AUTH),
    ],
)
def test_keys_that_are_none(p256dh: str, auth: str) -> None:
    with pytest.raises(SyntaxFault):
        keys(p256dh, auth)


def test_padding_makes_no_difference_and_keys_are_not_shown() -> None:
    known = keys(POINT + "=", AUTH + "==")
    assert known == keys(POINT, AUTH)
    assert "Keys()" in f"{known!r}"
