"""AUTH: a client shows a smarthost who it is (RFC 4954; RFC 4616, 5802, 7677)."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from mailnode.smtp.client.answer import Answer
from mailnode.smtp.client.client import Broken, Client, NotBelieved, NotPrivate
from mailnode.smtp.client.patience import AUTH

NONCE_OCTETS = 18
"""Octets of chance in a nonce."""
ITERATIONS_LIMIT = 500_000
"""Rounds of hashing a server may ask for: about a sixth of a second."""
GARBLED = "4.5.0"
"""The status of what is no answer."""
SERVER_FIRST = re.compile(
    rb"r=(?P<nonce>[\x21-\x2b\x2d-\x7e]+),s=(?P<salt>[A-Za-z0-9+/=]+)"
    rb",i=(?P<iterations>[1-9][0-9]{0,6})(?:,.*)?"
)
"""server-first-message (RFC 5802, 7); one with an extension we must know is none."""


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A name and its password, which is never shown.

    @ivar chance: makes so many octets of chance.
    """

    user: str
    password: str
    chance: Callable[[int], bytes]

    def __repr__(self) -> str:
        """The name alone."""
        return f"Secret({self.user!r})"

    @property
    def message(self) -> bytes:
        """What PLAIN says (RFC 4616, 2)."""
        return f"\0{self.user}\0{self.password}".encode()

    def without(self, text: str) -> str:
        """A text without the password: some servers repeat what they do not
        understand, and senders get to read what servers said."""
        known = (self.message, self.password.encode())
        words = [*(b64encode(each).decode() for each in known), self.password]
        either = "|".join(re.escape(each) for each in words if each)
        return re.sub(either, "***", text)


Mechanism = Callable[[Client, Secret], Awaitable[Answer]]


class Unproven(Exception):
    """The server does not know the password, or does not speak SCRAM."""


async def login(client: Client, secret: Secret) -> None:
    """Log in by the best mechanism there is on both sides.

    @raise NotPrivate: when the password would have to be said in clear.
    @raise NotBelieved: when the server does not believe us, or we not the server.
    """
    private = client.peer.secure or client.peer.local
    offered = client.capabilities.mechanisms
    for name, (mechanism, in_clear) in MECHANISMS.items():
        if name in offered and (private or in_clear):
            try:
                heard = await mechanism(client, secret)
            except Unproven:
                raise NotBelieved(
                    Answer(454, (f"4.7.0 it failed at {name}",))
                ) from None
            except Broken as broken:
                if broken.status == GARBLED:  # It may have repeated it in part
                    broken.text = f"{name} was answered by something else"
                raise
            if heard.code != 235:  # noqa: PLR2004 - RFC 4954, 6
                told = tuple(secret.without(line) for line in heard.lines)
                raise NotBelieved(replace(heard, lines=told))
            return
    if offered and not private:
        raise NotPrivate("4.7.11", "the password is not to be said in clear")
    raise NotBelieved(Answer(454, ("4.7.0 it offers no way of ours to log in",)))


async def plain(client: Client, secret: Secret) -> Answer:
    """PLAIN (RFC 4616)."""
    return await client.ask(b"AUTH PLAIN " + b64encode(secret.message), AUTH)


async def simple(client: Client, secret: Secret) -> Answer:
    """LOGIN, which no RFC describes: the name, then the password."""
    heard = await client.ask(b"AUTH LOGIN", AUTH)
    for said in (secret.user, secret.password):
        if not heard.onward:
            break
        heard = await client.ask(b64encode(said.encode()), AUTH)
    return heard


def scram(name: str) -> Mechanism:
    """SCRAM with one hash function (RFC 5802, 3)."""

    async def converse(client: Client, secret: Secret) -> Answer:
        user = secret.user.replace("=", "=3D").replace(",", "=2C").encode()
        nonce = b64encode(secret.chance(NONCE_OCTETS))
        bare = b"n=%b,r=%b" % (user, nonce)
        begin = b"AUTH SCRAM-%b " % name.upper().replace("SHA", "SHA-").encode()
        heard = await client.ask(begin + b64encode(b"n,," + bare), AUTH)
        if not heard.onward:
            return heard
        try:
            first = challenge(heard)
            proof, signature = proved(name, secret.password, bare, nonce, first)
            heard = await client.ask(b64encode(proof), AUTH)
            if heard.onward:
                verify(challenge(heard), signature)
        except Unproven:
            _ = await client.ask(b"*", AUTH)  # RFC 4954, 4
            raise
        if heard.good:  # It welcomes us, and has not shown who it is
            raise Unproven
        return await client.ask(b"", AUTH) if heard.onward else heard

    return converse


def verify(last: bytes, signature: bytes) -> None:
    """See that a server-final-message is by whom it should be (RFC 5802, 3).

    @raise Unproven: when it is not.
    """
    if not hmac.compare_digest(last, b"v=" + b64encode(signature)):
        raise Unproven


def proved(
    name: str, password: str, bare: bytes, nonce: bytes, first: bytes
) -> tuple[bytes, bytes]:
    """The client-final-message, and the signature the server must know.

    @raise Unproven: when the server-first-message is none that can be used.
    """
    found = SERVER_FIRST.fullmatch(first)
    if found is None or not found["nonce"].startswith(nonce):
        raise Unproven
    iterations = int(found["iterations"])
    if found["nonce"] == nonce or iterations > ITERATIONS_LIMIT:
        raise Unproven
    # SASLprep, as far as keyboards need it (RFC 4013, 2.2).
    text = unicodedata.normalize("NFKC", password)
    salted = salted_password(name, text, unbase64(found["salt"]), iterations)
    client_key = hmac.digest(salted, b"Client Key", name)
    stored_key = hashlib.new(name, client_key).digest()
    without_proof = b"c=biws,r=" + found["nonce"]
    signed = b",".join((bare, first, without_proof))
    mask = hmac.digest(stored_key, signed, name)
    proof = bytes(a ^ b for a, b in zip(client_key, mask, strict=True))
    server_key = hmac.digest(salted, b"Server Key", name)
    message = without_proof + b",p=" + b64encode(proof)
    return message, hmac.digest(server_key, signed, name)


@lru_cache(16)
def salted_password(name: str, password: str, salt: bytes, iterations: int) -> bytes:
    """C{Hi(password, salt, i)}; it takes long, and is the same at each login."""
    return hashlib.pbkdf2_hmac(name, password.encode(), salt, iterations)


def challenge(heard: Answer) -> bytes:
    """What a server asks or says in a 334 (RFC 4954, 4)."""
    return unbase64(heard.lines[-1].strip().encode("ascii", "replace"))


def unbase64(text: bytes) -> bytes:
    """The octets behind some base64.

    @raise Unproven: when it is something else.
    """
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise Unproven from None


MECHANISMS: dict[str, tuple[Mechanism, bool]] = {
    "SCRAM-SHA-256": (scram("sha256"), True),
    "SCRAM-SHA-1": (scram("sha1"), True),
    "PLAIN": (plain, False),
    "LOGIN": (simple, False),
}
"""The mechanisms from the best to the last, and whether they do without TLS."""
