"""SCRAM: both sides prove that they know the password (RFC 5802; RFC 7677)."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from binascii import Error as NotBase64
from binascii import a2b_base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mailnode.auth.credentials import IScram, Scram
from mailnode.auth.keys import HASHES
from mailnode.auth.sasl.exchange import BINDINGS, Ask, Channel, Mechanism
from mailnode.errors import BadCredentials, SyntaxFault
from mailnode.interfaces.realm import ScramKeys

NONCE_OCTETS = 18
"""Octets of chance in our part of the nonce: 24 characters, never twice."""

CLIENT_FIRST = re.compile(
    rb"(?P<gs2_header>"
    rb"(?:(?P<flag>[ny])|p=(?P<cb_name>[A-Za-z0-9.-]+)),"
    rb"(?:a=(?P<authzid>[^,\0]+))?,)"
    rb"(?P<bare>(?P<mext>m=[^,\0]*,)?"
    rb"n=(?P<username>[^,\0]+),"
    rb"r=(?P<nonce>[\x21-\x2b\x2d-\x7e]+)"
    rb"(?:,[A-Za-z]=[^,\0]+)*)"
)
"""client-first-message (RFC 5802, 7)."""
CLIENT_FINAL = re.compile(
    rb"(?P<without_proof>c=(?P<binding>[A-Za-z0-9+/=]+),"
    rb"r=(?P<nonce>[\x21-\x2b\x2d-\x7e]+)"
    rb"(?:,[A-Za-z]=[^,\0]+)*?)"
    rb",p=(?P<proof>[A-Za-z0-9+/=]+)"
)
"""client-final-message (RFC 5802, 7)."""
BAD_ESCAPE = re.compile(rb"=(?!2C|3D)")
"""What no saslname holds (RFC 5802, 7)."""


class Refused(Exception):
    """The exchange fails, and the client is told why: a server-error-value."""


@dataclass(frozen=True, slots=True)
class Hello:
    """What both sides will sign: the client's first message, and what binds it.

    @ivar expected: C{cbind-input}, which the client has to repeat.
    """

    bare: bytes
    nonce: bytes
    expected: bytes


def scram(mechanism: str, *, plus: bool) -> Callable[[Ask, Channel], Awaitable[Scram]]:
    """The coroutine for one hash function, with or without channel binding."""

    async def converse(ask: Ask, channel: Channel) -> Scram:
        first = CLIENT_FIRST.fullmatch(await ask(b""))
        if first is None:
            raise SyntaxFault("client-first-message")
        try:
            username = introduced(first)
            binding = bound(first["flag"], first["cb_name"], channel, plus=plus)
        except Refused as reason:
            await refuse(ask, reason)
            raise BadCredentials("the exchange failed") from None
        hello = Hello(
            bare=first["bare"],
            nonce=first["nonce"] + b64encode(channel.random(NONCE_OCTETS)),
            expected=first["gs2_header"] + binding,
        )

        async def rest(keys: ScramKeys) -> bool:
            return await prove(ask, HASHES[mechanism], hello, keys)

        return Scram(username, mechanism, rest)

    return converse


def introduced(first: re.Match[bytes]) -> bytes:
    """The name in a client-first-message (RFC 5802, 5.1)."""
    if first["mext"] is not None:
        raise Refused("extensions-not-supported")
    username = saslname(first["username"])
    if first["authzid"] and saslname(first["authzid"]) != username:
        raise Refused("other-error")  # nobody acts for somebody else
    return username


async def prove(ask: Ask, name: str, hello: Hello, keys: ScramKeys) -> bool:
    """The second half: C{server-first-message} to C{server-final-message}.

    @param name: of the hash function.
    """
    salt = b64encode(keys.salt)
    server_first = b"r=%b,s=%b,i=%d" % (hello.nonce, salt, keys.iterations)
    final = CLIENT_FINAL.fullmatch(await ask(server_first))
    if final is None:
        raise SyntaxFault("client-final-message")
    auth_message = b",".join((hello.bare, server_first, final["without_proof"]))
    try:
        judge(name, hello, keys, auth_message, final)
    except Refused as reason:
        await refuse(ask, reason)
        return False
    server_signature = hmac.digest(keys.server_key, auth_message, name)
    if await ask(b"v=" + b64encode(server_signature)):
        raise SyntaxFault("an empty response")  # RFC 5802, 5
    return True


def judge(
    name: str,
    hello: Hello,
    keys: ScramKeys,
    auth_message: bytes,
    final: re.Match[bytes],
) -> None:
    """Refuse a client-final-message that is wrong in any way (RFC 5802, 5.1)."""
    binding, proof = from_base64(final["binding"]), from_base64(final["proof"])
    if not hmac.compare_digest(binding, hello.expected):
        raise Refused("channel-bindings-dont-match")
    if not hmac.compare_digest(final["nonce"], hello.nonce):
        raise Refused("other-error")  # r is what we sent, nothing else
    if not proves(name, keys, auth_message, proof):
        raise Refused("invalid-proof")  # for people we do not know as well


def proves(name: str, keys: ScramKeys, auth_message: bytes, proof: bytes) -> bool:
    """Whether a C{ClientProof} shows the key behind C{StoredKey} (RFC 5802, 3)."""
    client_signature = hmac.digest(keys.stored_key, auth_message, name)
    if len(proof) != len(client_signature):
        return False
    client_key = bytes(a ^ b for a, b in zip(client_signature, proof, strict=True))
    return hmac.compare_digest(hashlib.new(name, client_key).digest(), keys.stored_key)


def bound(
    flag: bytes | None, cb_name: bytes | None, channel: Channel, *, plus: bool
) -> bytes:
    """The channel binding data that a C{gs2-cbind-flag} stands for (RFC 5802, 6).

    @param flag: C{n} or C{y}, or C{None} with C{p=} and C{cb_name}.
    """
    if cb_name is None:
        if plus:
            raise Refused(
                "channel-binding-not-supported"
            )  # by the client, who chose it
        if flag == b"y" and channel.offers_binding:
            # Somebody hid our -PLUS mechanisms from this client.
            raise Refused("server-does-support-channel-binding")
        return b""
    if not plus:
        raise Refused("channel-binding-not-supported")  # RFC 5802, 6: only with -PLUS
    kind = cb_name.decode("ascii")
    data = channel.binding(kind) if kind in BINDINGS else None
    if data is None:
        raise Refused("unsupported-channel-binding-type")
    return data


def saslname(written: bytes) -> bytes:
    """A name without C{=2C} and C{=3D} for comma and equals sign (RFC 5802, 5.1)."""
    if BAD_ESCAPE.search(written):
        raise Refused("invalid-username-encoding")
    return written.replace(b"=2C", b",").replace(b"=3D", b"=")


def from_base64(written: bytes) -> bytes:
    """The octets of an attribute in base64.

    @raise SyntaxFault: when it is something else.
    """
    try:
        return a2b_base64(written, strict_mode=True)
    except NotBase64:
        raise SyntaxFault("base64") from None


async def refuse(ask: Ask, reason: Refused) -> None:
    """Say why, and hear out whatever the client answers (RFC 5802, 5.1)."""
    try:
        await ask(b"e=" + str(reason).encode())
    except SyntaxFault:
        return  # a client may well take it back with "*" now


MECHANISMS = tuple(
    Mechanism(
        name.encode() + (b"-PLUS" if plus else b""),
        rank + (0 if plus else 10),
        IScram,
        scram(name, plus=plus),
        binds=plus,
    )
    for rank, name in ((10, "SCRAM-SHA-256"), (11, "SCRAM-SHA-1"))
    for plus in (True, False)
)
