"""The exchange around every mechanism: base64, cancelling, limits."""

from __future__ import annotations

from base64 import b64encode

import pytest
from auth.people import now
from hypothesis import given
from hypothesis import strategies as st

from mailnode.auth.sasl.exchange import RESPONSE_LIMIT, asking, decoded
from mailnode.auth.sasl.table import mechanisms
from mailnode.errors import Cancelled, SyntaxFault, TooLarge


class Line:
    """A line on which the answers are known."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.asked: list[bytes] = []

    async def ask(self, challenge: bytes) -> bytes:
        self.asked.append(challenge)
        return self.answers.pop(0)


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_both_sides_speak_base64(challenge: bytes, response: bytes) -> None:
    line = Line(b64encode(response))
    assert now(asking(line.ask, None)(challenge)) == response
    assert line.asked == [b64encode(challenge)]


def test_an_initial_response_answers_the_first_question() -> None:
    line = Line(b"dHdv")
    ask = asking(line.ask, b"b25l")
    assert now(ask(b"ignored")) == b"one"
    assert now(ask(b"asked")) == b"two"
    assert line.asked == [b"YXNrZWQ="]


def test_an_equals_sign_is_an_empty_initial_response() -> None:
    """RFC 4954, 4: only there; an empty line is an empty response otherwise."""
    assert now(asking(Line().ask, b"=")(b"")) == b""
    assert now(asking(Line(b"").ask, None)(b"")) == b""
    with pytest.raises(SyntaxFault):
        now(asking(Line(b"=").ask, None)(b""))


@pytest.mark.parametrize(
    "response", [b"!", b"YQ", b"YQ=", b"Y Q==", b"YQ==\r", b"YQ==YQ==", b"====", b"**"]
)
def test_what_is_not_base64(response: bytes) -> None:
    with pytest.raises(SyntaxFault) as fault:
        decoded(response)
    assert fault.value.wanted == "base64"
    with pytest.raises(SyntaxFault):
        asking(Line().ask, response)


def test_a_star_takes_it_back() -> None:
    with pytest.raises(Cancelled):
        now(asking(Line(b"*").ask, None)(b""))


def test_a_response_has_an_end() -> None:
    assert decoded(b"A" * RESPONSE_LIMIT)
    with pytest.raises(TooLarge, match="12288"):
        decoded(b"A" * (RESPONSE_LIMIT + 4))


def test_the_best_mechanism_comes_first() -> None:
    assert list(mechanisms()) == [
        b"EXTERNAL",
        b"SCRAM-SHA-256-PLUS",
        b"SCRAM-SHA-1-PLUS",
        b"SCRAM-SHA-256",
        b"SCRAM-SHA-1",
        b"PLAIN",
        b"LOGIN",
    ]
