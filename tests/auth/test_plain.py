"""PLAIN (RFC 4616) and LOGIN."""

from __future__ import annotations

import os

import pytest
from auth.people import now

from mailnode.auth.sasl.exchange import Channel
from mailnode.auth.sasl.login import login
from mailnode.auth.sasl.plain import plain
from mailnode.errors import BadCredentials, SyntaxFault

CHANNEL = Channel(lambda _: None, offers_binding=False, random=os.urandom)


async def said(message: bytes) -> tuple[bytes, bytes]:
    async def ask(challenge: bytes) -> bytes:
        assert challenge == b""
        return message

    credentials = await plain(ask, CHANNEL)
    return credentials.username, credentials.password


@pytest.mark.parametrize(
    ("message", "pair"),
    [
        (b"\0tim\0tanstaaftanstaaf", (b"tim", b"tanstaaftanstaaf")),  # RFC 4616, 4
        (b"tim\0tim\0tanstaaf", (b"tim", b"tanstaaf")),
        (b"\0\xc3\xa9va\0p\xc3\xa9", (b"\xc3\xa9va", b"p\xc3\xa9")),
    ],
)
def test_plain(message: bytes, pair: tuple[bytes, bytes]) -> None:
    assert now(said(message)) == pair


def test_nobody_acts_for_somebody_else() -> None:
    """RFC 4616, 4, second example, which we refuse."""
    with pytest.raises(BadCredentials):
        now(said(b"Ursel\0Kurt\0xipj3plmq"))


@pytest.mark.parametrize(
    "message",
    [b"", b"\0", b"tim", b"\0tim", b"\0tim\0", b"\0\0x", b"\0a\0b\0c", b"\0\0\0"],
)
def test_what_is_not_plain(message: bytes) -> None:
    with pytest.raises(SyntaxFault) as fault:
        now(said(message))
    assert "tim" not in str(fault.value)


def test_login_asks_twice() -> None:
    answers = {b"Username:": b"ana", b"Password:": b"faminta"}

    async def ask(challenge: bytes) -> bytes:
        return answers.pop(challenge)

    credentials = now(login(ask, CHANNEL))
    assert (credentials.username, credentials.password) == (b"ana", b"faminta")
    assert not answers
