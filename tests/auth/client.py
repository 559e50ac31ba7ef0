"""The client's side of SASL, written apart from the server's (RFC 5802)."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from dataclasses import dataclass, field


def xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


@dataclass
class ScramClient:
    """Answers challenges, and remembers how it went.

    @ivar gs2: the gs2-header.
    @ivar binding: channel binding data.
    @ivar twist: changes the last message before it is sent.
    """

    hash: str
    username: str
    password: str
    nonce: str = "rOprNGfwEbeRWgbNEkqO"
    gs2: str = "n,,"
    binding: bytes = b""
    twist: tuple[bytes, bytes] = (b"", b"")
    challenges: list[bytes] = field(default_factory=list)
    verified: bool = False

    async def ask(self, challenge: bytes) -> bytes:
        """Answer a challenge; neither is in base64."""
        self.challenges.append(challenge)
        if challenge == b"":
            return (self.gs2 + self.bare()).encode()
        if challenge.startswith(b"r="):
            return self.final(challenge).replace(*self.twist)
        if challenge.startswith(b"v="):
            self.verified = b64decode(challenge[2:]) == self.expected
            return b"" if self.verified else b"*"
        return b""

    async def speak(self, challenge: bytes) -> bytes:
        """Answer a challenge in base64."""
        return b64encode(await self.ask(b64decode(challenge)))

    def bare(self) -> str:
        name = self.username.replace("=", "=3D").replace(",", "=2C")
        return f"n={name},r={self.nonce}"

    def final(self, first: bytes) -> bytes:
        said = dict(each.split("=", 1) for each in first.decode().split(","))
        assert said["r"].startswith(self.nonce)
        bound = b64encode(self.gs2.encode() + self.binding).decode()
        without_proof = f"c={bound},r={said['r']}"
        message = f"{self.bare()},{first.decode()},{without_proof}".encode()
        salted = hashlib.pbkdf2_hmac(
            self.hash, self.password.encode(), b64decode(said["s"]), int(said["i"])
        )
        client_key = hmac.digest(salted, b"Client Key", self.hash)
        stored_key = hashlib.new(self.hash, client_key).digest()
        proof = xor(client_key, hmac.digest(stored_key, message, self.hash))
        server_key = hmac.digest(salted, b"Server Key", self.hash)
        self.expected = hmac.digest(server_key, message, self.hash)
        return f"{without_proof},p={b64encode(proof).decode()}".encode()
