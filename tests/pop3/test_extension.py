"""An extension is a file: with it the server can, without it it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailnode.errors import PeerGone
from mailnode.pop3.extension import Extension, Repertoire, found
from mailnode.pop3.options import POP3Options
from mailnode.pop3.session import Session
from mailnode.testing import FakePeer, MemoryGate, MemoryStore

DIALOGUES = Path(__file__).parents[1] / "dialogues"
BASE = {b"USER", b"PASS", b"QUIT", b"STAT", b"LIST", b"RETR", b"DELE", b"NOOP", b"RSET"}


def spoken(repertoire: Repertoire, said: bytes) -> bytes:
    """What a session answers."""
    gate = MemoryGate(MemoryStore(), {"ana@example.org": "faminta"})
    peer = FakePeer(said, local=True)
    session = Session(peer, gate, repertoire, POP3Options())
    with pytest.raises(PeerGone):  # It has said all.
        session.run().send(None)
    assert peer.hung_up
    return peer.heard


def test_without_extensions_it_is_the_minimum() -> None:
    repertoire = Repertoire(found(["mailnode.pop3.commands"]))
    assert set(repertoire.verbs) == BASE
    assert b"-ERR expected a command" in spoken(repertoire, b"CAPA\r\n")


def test_everything_there_is() -> None:
    repertoire = Repertoire()
    assert set(repertoire.verbs) == BASE | {
        *(b"AUTH", b"CAPA", b"STLS", b"TOP", b"UIDL", b"UTF8", b"LANG")
    }


def test_a_strangers_extension() -> None:
    extension = Extension(9999)

    @extension.verb(b"XYZZY")
    async def xyzzy(session: Session, words: bytes) -> bytes:
        return words[::-1]

    extension.announces(b"XYZZY")
    heard = spoken(Repertoire([*found(), extension]), b"xyzzy abc\r\nCAPA\r\n")
    assert b"+OK cba\r\n" in heard
    assert heard.endswith(b"XYZZY\r\n.\r\n")


def test_every_rfc_has_a_dialogue() -> None:
    told = "".join(path.read_text() for path in DIALOGUES.glob("pop3/*.txt"))
    assert not [each.rfc for each in found() if f"RFC {each.rfc}" not in told]
