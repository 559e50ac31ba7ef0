"""What is noted of conversations, and what never is."""

from __future__ import annotations

import pytest

from mailnode.net.transcript import Transcript, redacted
from mailnode.testing import FakePeer


@pytest.mark.parametrize(
    ("line", "noted"),
    [
        (b"PASS faminta", b"PASS (hidden)"),
        (b"pass with  spaces", b"pass (hidden)"),
        (b"AUTH PLAIN AGFuYQBmYW1pbnRh", b"AUTH PLAIN (hidden)"),
        (b"AUTH PLAIN", b"AUTH PLAIN"),
        (b"a1 LOGIN ana faminta", b"a1 LOGIN ana (hidden)"),
        (b"a2 AUTHENTICATE PLAIN AGFuYQ==", b"a2 AUTHENTICATE PLAIN (hidden)"),
        (b"PASS\tfaminta", b"PASS (hidden)"),
        (b" PASS faminta", b" PASS (hidden)"),
        (b"AUTH  AGFuYQBmYW1pbnRh", b"AUTH (hidden)"),
        (b"a1 LOGIN  ana faminta", b"a1 LOGIN (hidden)"),
        (b"USER ana", b"USER ana"),
        (b"RETR 1", b"RETR 1"),
    ],
)
def test_secrets_are_hidden(line: bytes, noted: bytes) -> None:
    assert redacted(line) == noted


@pytest.mark.parametrize("challenge", [b"+ \r\n", b"+ VXNlcg==\r\n", b"334 \r\n"])
def test_answers_to_challenges_are_hidden(challenge: bytes) -> None:
    noted: list[tuple[str, str, str]] = []
    transcript = Transcript(lambda *said: noted.append(said))
    peer = FakePeer()
    transcript.said(peer, challenge)
    transcript.heard(peer, b"AGFuYQBmYW1pbnRh")
    transcript.heard(peer, b"STAT")
    assert [said for _, side, said in noted if side == "C"] == ["(hidden)", "STAT"]


def test_what_comes_behind_a_literal_is_hidden() -> None:
    noted: list[tuple[str, str, str]] = []
    transcript = Transcript(lambda *said: noted.append(said))
    peer = FakePeer()
    for line in (b"a LOGIN {3+}", b" {7+}", b" faminta", b"b NOOP"):
        transcript.heard(peer, line)
    assert [said for *_, said in noted] == [
        "a LOGIN {3+}",
        "(hidden)",
        "(hidden)",
        "b NOOP",
    ]


def test_others_are_not_hidden_meanwhile() -> None:
    noted: list[tuple[str, str, str]] = []
    transcript = Transcript(lambda *said: noted.append(said))
    asked, other = FakePeer(), FakePeer()
    transcript.said(asked, b"+ \r\n")
    transcript.heard(other, b"STAT")
    assert noted[-1] == ("192.0.2.1", "C", "STAT")


def test_no_octet_plays_a_trick() -> None:
    noted: list[tuple[str, str, str]] = []
    transcript = Transcript(lambda *said: noted.append(said))
    transcript.heard(FakePeer(), b"\x1b[2J\r\n\0\xff" + b"A" * 10_000)
    assert noted[0][2].startswith("\\x1b[2J\\r\\n\\x00\\xff")
    assert noted[0][2].isprintable()
    assert len(noted[0][2]) < 600


def test_of_a_long_answer_only_the_first_line() -> None:
    noted: list[tuple[str, str, str]] = []
    transcript = Transcript(lambda *said: noted.append(said))
    transcript.said(FakePeer(), b"+OK 100 octets\r\nSubject: secret\r\n")
    assert noted == [("192.0.2.1", "S", "+OK 100 octets")]
