"""AUTH over the gate that an operator has, and its refusals in the words of SMTP."""

from __future__ import annotations

from base64 import b64encode

from auth.test_gate import made, peer
from smtp.coroutine import finish

from mailnode.auth.gate import Gate
from mailnode.smtp.extension import Dialect, Repertoire
from mailnode.smtp.options import SMTPOptions
from mailnode.smtp.session import Session
from mailnode.testing import FakePeer

REPERTOIRE = Repertoire(Dialect.SUBMISSION)
OPTIONS = SMTPOptions(hostname="mx.example.org")
RIGHT = b64encode(b"\0ana\0faminta")
WRONG = b64encode(b"\0ana\0wrong")


def said(gate: Gate, client: FakePeer, *lines: bytes) -> list[bytes]:
    """The last line of each reply, the greeting and that to EHLO left out."""
    client.sent = b"".join(line + b"\r\n" for line in (b"EHLO x", *lines))
    finish(Session(client, gate, REPERTOIRE, OPTIONS).run())
    replies = [line for line in client.heard.split(b"\r\n") if line[3:4] == b" "]
    return replies[2:]


def test_a_password_needs_tls() -> None:
    gate, _ = made()
    client = peer()
    (reply,) = said(gate, client, b"AUTH PLAIN " + RIGHT)
    assert reply.startswith(b"538 5.7.11 ")
    assert b"250-AUTH SCRAM-SHA-256 SCRAM-SHA-1\r\n" in client.heard
    client = peer(secure=True)
    (reply,) = said(gate, client, b"AUTH PLAIN " + RIGHT)
    assert reply.startswith(b"235 2.7.0 ")
    assert b" SCRAM-SHA-1 PLAIN LOGIN\r\n" in client.heard


def test_who_guesses_too_often_waits() -> None:
    gate, _ = made()
    for _ in range(2):
        said(gate, peer(secure=True), *[b"AUTH PLAIN " + WRONG] * 10)
    (reply,) = said(gate, peer(secure=True), b"AUTH PLAIN " + RIGHT)
    assert reply.startswith(b"454 4.7.0 too many wrong guesses")


def test_a_socket_vouches_for_its_user() -> None:
    gate, _ = made(local_users={"www": "ana@example.org"})
    client = peer(local=True)
    client.address, client.user = "unix", "www"
    assert said(gate, client, b"AUTH EXTERNAL =")[0].startswith(b"235 ")
    client = peer(local=True)
    assert said(gate, client, b"AUTH EXTERNAL =")[0].startswith(b"504 5.5.4 ")
