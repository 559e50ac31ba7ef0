"""Answers of servers (RFC 5321, 4.2)."""

from __future__ import annotations

import pytest
from smtp.client.server import FakeServer
from smtp.coroutine import finish

from mailnode.smtp.client.answer import LINE_LIMIT, LINES_LIMIT, Answer, Garbled, read
from mailnode.smtp.client.capabilities import NOTHING
from mailnode.smtp.client.capabilities import read as capabilities


def answer(data: bytes) -> Answer:
    """What is read from some octets."""
    return finish(read(FakeServer(data), lambda: 300.0))


@pytest.mark.parametrize(
    ("data", "code", "status", "text"),
    [
        (b"250 ok\r\n", 250, "2.0.0", "250 ok"),
        (b"250\r\n", 250, "2.0.0", "250"),
        (b"250 \r\n", 250, "2.0.0", "250"),
        (b"250-2.1.0 a\r\n250 2.1.0 b\r\n", 250, "2.1.0", "250 2.1.0 a b"),
        (b"550 5.1.1 no\r\n", 550, "5.1.1", "550 5.1.1 no"),
        (b"550 5.1.1\r\n", 550, "5.1.1", "550 5.1.1"),
        (b"450 5.1.1 no\r\n", 450, "4.0.0", "450 5.1.1 no"),
        (b"550 5.1.1234 no\r\n", 550, "5.0.0", "550 5.1.1234 no"),
        (b"550 5.1.1no\r\n", 550, "5.0.0", "550 5.1.1no"),
        (b"354 go\r\n", 354, "4.0.0", "354 go"),
        (b"250-a\r\n450 b\r\n", 450, "4.0.0", "450 a b"),
    ],
)
def test_an_answer(data: bytes, code: int, status: str, text: str) -> None:
    got = answer(data)
    assert (got.code, got.status, got.text) == (code, status, text)


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n",
        b"25 ok\r\n",
        b"2500 ok\r\n",
        b"150 ok\r\n",
        b"650 ok\r\n",
        b" 250 ok\r\n",
        b"250_ok\r\n",
        b"250-a\r\nok\r\n",
        b"250 " + b"x" * LINE_LIMIT + b"\r\n",
        b"250-a\r\n" * (LINES_LIMIT + 1),
    ],
)
def test_what_is_none(data: bytes) -> None:
    with pytest.raises(Garbled):
        answer(data)


def test_a_long_answer_is_shown_in_part() -> None:
    got = answer(b"550-" + b"x" * 2000 + b"\r\n550 y\r\n")
    assert len(got.text) == 400


def test_what_a_server_can_do() -> None:
    offered = capabilities(
        answer(
            b"250-mx.example.net PIPELINING\r\n250-size 1000\r\n250-AUTH PLAIN\r\n"
            b"250-AUTH=LOGIN PLAIN\r\n250-LIMITS RCPTMAX=20 MAILMAX=x\r\n250 dsn \r\n"
        )
    )
    assert "PIPELINING" not in offered
    assert "DSN" in offered
    assert offered.size == 1000
    assert offered.mechanisms == {"PLAIN", "LOGIN"}
    assert offered.recipients == 20
    assert (NOTHING.size, NOTHING.recipients) == (0, 100)
