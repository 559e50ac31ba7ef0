"""What is kept of a password for SCRAM (RFC 5802, 3; RFC 7677)."""

from __future__ import annotations

import hashlib
import hmac

from mailnode.interfaces.realm import ScramKeys

HASHES = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-1": "sha1"}
"""The hash function of each mechanism."""
ITERATIONS = 65_536
"""RFC 7677 (4) asks for at least 4096.  So many take a client 22 ms, and whoever
steals the keys pays for each guess about what argon2id would cost him.  A client
that uses Cyrus SASL, as mbsync and mutt do, computes no more than these."""
SALT_OCTETS = 16
"""Octets of a salt; nobody salts two passwords alike by chance."""


def salted_password(
    mechanism: str, password: str, salt: bytes, iterations: int
) -> bytes:
    """C{Hi(Normalize(password), salt, i)}, which is PBKDF2 (RFC 5802, 2.2).

    @param password: prepared already.
    """
    return hashlib.pbkdf2_hmac(HASHES[mechanism], password.encode(), salt, iterations)


def keys_of(
    mechanism: str, salted: bytes, salt: bytes, iterations: int = ITERATIONS
) -> ScramKeys:
    """The keys that follow from a salted password (RFC 5802, 3).

    @param mechanism: C{SCRAM-SHA-256} or C{SCRAM-SHA-1}.
    """
    name = HASHES[mechanism]
    client_key = hmac.digest(salted, b"Client Key", name)
    return ScramKeys(
        salt=salt,
        iterations=iterations,
        stored_key=hashlib.new(name, client_key).digest(),
        server_key=hmac.digest(salted, b"Server Key", name),
    )
