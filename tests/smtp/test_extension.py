"""How an RFC joins the server, and that each of them has a dialogue."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from smtp.coroutine import finish
from zope.interface.verify import verifyObject

from mailnode.interfaces.peer import IPeer
from mailnode.model.envelope import Recipient, Sender
from mailnode.smtp.extension import Dialect, Extension, Repertoire, found
from mailnode.smtp.grammar import Arguments
from mailnode.smtp.options import SMTPOptions
from mailnode.smtp.reply import Reply
from mailnode.smtp.session import Session
from mailnode.testing import FakePeer, MemoryGate, MemoryStore

DIALOGUES = Path(__file__).parents[1] / "dialogues"
OPTIONS = SMTPOptions(hostname="mx.example.org")
ENVELOPE = b"MAIL FROM:<>\r\nRCPT TO:<ana@example.org>"


def talk(sent: bytes, repertoire: Repertoire) -> bytes:
    """What a server answers after its greeting."""
    peer = FakePeer(sent)
    verifyObject(IPeer, peer)
    gate = MemoryGate(MemoryStore(), {"ana@example.org": "faminta"})
    finish(Session(peer, gate, repertoire, OPTIONS).run())
    assert peer.hung_up
    return peer.heard.split(b"\r\n", 1)[1]


def test_found_once_each() -> None:
    verbs = [(verb, each.dialects) for each in found() for verb in each.verbs]
    assert len(verbs) == len(set(verbs))
    core = {2033, 5321, 3030, 3207, 2920, 1870, 6152, 6531, 2034, 9422, None}
    later = {2852, 3461, 4865, 4954, 6710, 8689}
    assert core | later == {each.rfc for each in found()}


@pytest.mark.parametrize(
    "rfc", sorted({each.rfc for each in found() if each.rfc is not None})
)
def test_every_rfc_has_a_dialogue(rfc: int) -> None:
    openings = (
        path.read_text().partition("\n\n")[0]
        for room in ("smtp", "lmtp", "submission")
        for path in (DIALOGUES / room).iterdir()
    )
    assert any(f"RFC {rfc}" in opening for opening in openings)


def test_each_dialect_has_its_greeting() -> None:
    smtp, lmtp = Repertoire().verbs, Repertoire(Dialect.LMTP).verbs
    assert set(smtp) - set(lmtp) == {b"HELO", b"EHLO"}
    assert set(lmtp) - set(smtp) == {b"LHLO"}
    assert set(Repertoire(Dialect.SUBMISSION).verbs) - set(smtp) == {b"AUTH"}


def test_without_an_extension_nothing_of_it_is_left() -> None:
    base = Repertoire(extensions=(each for each in found() if each.rfc != 3030))
    assert b"BDAT" not in base.verbs
    answer = talk(b"EHLO x\r\nBDAT 1\r\nMAIL FROM:<> BODY=BINARYMIME\r\n", base)
    assert b"CHUNKING" not in answer
    assert b"BINARYMIME" not in answer
    assert b"\r\n500 5.5.2 " in answer
    assert answer.endswith(b"501 5.5.4 expected body-value at octet 0\r\n")


def test_an_extension_adds_whatever_it_likes() -> None:
    heard: list[str | None] = []
    extension = Extension(9999)

    @extension.verb(b"SING", "SP song")
    async def sing(_session: Session, arguments: Arguments) -> Reply:
        return Reply(250, "2.0.0", arguments.string())

    @extension.keyword("SONG")
    def song(session: Session) -> str | None:
        return None if session.peer.secure else "fado"

    @extension.rcpt_parameter("TUNE")
    def tune(_session: Session, recipient: Recipient, value: str | None) -> Recipient:
        heard.append(value)
        return recipient

    @extension.mail_parameter("KEY=A")
    def key(_session: Session, sender: Sender, value: str | None) -> Sender:
        heard.append(value)
        return replace(sender, utf8=True)

    repertoire = Repertoire(extensions=[*found(), extension])
    answer = talk(
        b"EHLO x\r\nSING \xc3\xa0 la\r\nMAIL FROM:<> key=a\r\n"
        b"RCPT TO:<ana@example.org> TUNE TUNE\r\n"
        b"RCPT TO:<ana@example.org> TUNE=low\r\nRCPT TO:<ana@example.org> TUNE\r\n",
        repertoire,
    )
    assert b"250 SONG fado\r\n" in answer.replace(b"250-", b"250 ")
    assert b"250 2.0.0 ?? la\r\n" in answer
    assert b"501 5.5.4 expected the parameter TUNE once" in answer
    assert answer.endswith(b"250 2.1.5 this recipient is known\r\n" * 2)
    assert heard == ["a", "low", None]
