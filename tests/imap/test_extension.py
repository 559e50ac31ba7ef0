"""What RFCs bring: capability and handler stand together."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from imap.room import REPERTOIRE, Room

from mailnode.imap import commands, extensions
from mailnode.imap.extension import Extension, extensions_in, repertoire

FOUND = list(extensions_in(commands, extensions))
TALKS = Path(__file__).parent.parent / "dialogues"
SAID = "\n".join(
    path.read_text()
    for path in TALKS.glob("*/*.txt")
    if "imap" in (path.parent.name, path.stem.partition("-")[0])
)
BASE = {
    *b"CAPABILITY NOOP LOGOUT STARTTLS AUTHENTICATE LOGIN ENABLE SELECT EXAMINE".split(),
    *b"CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE LIST NAMESPACE STATUS".split(),
    *b"APPEND IDLE CLOSE UNSELECT EXPUNGE SEARCH FETCH STORE COPY MOVE".split(),
}


def test_every_command_of_the_base_is_there() -> None:
    assert set(REPERTOIRE.commands) >= BASE  # RFC 9051, 6
    assert set(REPERTOIRE.commands) >= {b"LSUB", b"CHECK"}  # RFC 3501, 6


def test_the_commands_that_take_uids() -> None:
    twins = {name for name, entry in REPERTOIRE.commands.items() if entry.uid}
    assert twins == set(b"COPY EXPUNGE FETCH MOVE SEARCH STORE".split())


def test_numbers_stay_good_in_three_commands() -> None:
    numbered = {name for name, entry in REPERTOIRE.commands.items() if entry.numbered}
    assert numbered == set(b"FETCH STORE SEARCH".split())  # RFC 9051, 7.5.1


@pytest.mark.parametrize("extension", FOUND, ids=lambda each: str(each.rfc))
def test_every_rfc_has_a_dialogue(extension: Extension) -> None:
    assert re.search(rf"RFC {extension.rfc}\b", SAID)


@pytest.mark.parametrize("name", sorted(REPERTOIRE.commands), ids=bytes.decode)
def test_every_command_has_a_dialogue(name: bytes) -> None:
    assert re.search(
        rf"^C\w*[:|].* {name.decode()}\b", SAID, re.MULTILINE | re.IGNORECASE
    )


@pytest.mark.parametrize("name", sorted(REPERTOIRE.search_keys), ids=bytes.decode)
def test_every_search_key_has_a_dialogue(name: bytes) -> None:
    assert re.search(rf"SEARCH.*\b{name.decode()}\b", SAID)


ITEMS = [
    (table, name)
    for table in ("fetch_atts", "status_atts", "list_selects", "list_returns")
    for name in sorted(getattr(REPERTOIRE, table))
]


@pytest.mark.parametrize(("table", "name"), ITEMS, ids=str)
def test_every_item_and_option_has_a_dialogue(table: str, name: bytes) -> None:
    command = {"fetch_atts": "FETCH"}.get(table, "(STATUS|LIST)")
    word = re.escape(name.decode()) + ("" if name.endswith(b"[") else r"(?![\w.[])")
    assert re.search(
        rf"^C.* {command} .*[( ]{word}", SAID, re.MULTILINE | re.IGNORECASE
    )


@pytest.mark.parametrize("name", sorted(REPERTOIRE.enables), ids=bytes.decode)
def test_whatever_can_be_enabled_has_a_dialogue(name: bytes) -> None:
    assert re.search(
        rf"^S.* ENABLED.* {re.escape(name.decode())}\b", SAID, re.MULTILINE
    )


def test_what_is_announced() -> None:
    wanted = set(
        b"IMAP4rev1 IMAP4rev2 ENABLE IDLE NAMESPACE UIDPLUS ESEARCH SEARCHRES SASL-IR"
        b" LIST-EXTENDED LIST-STATUS MOVE LITERAL+ UNSELECT SPECIAL-USE CHILDREN"
        b" STATUS=SIZE ID CONDSTORE QRESYNC OBJECTID".split()
    )
    assert set(REPERTOIRE.capabilities) == wanted


def test_an_extension_can_be_left_out() -> None:
    smaller = repertoire(without=(6851, 2177))
    assert b"MOVE" not in smaller.commands
    assert b"IDLE" not in smaller.capabilities


def test_capabilities_are_told_once_each() -> None:
    with Room() as room:
        heard = room.talk(b"b CAPABILITY\r\n").heard
        line = next(li for li in heard.split(b"\r\n") if li.startswith(b"* CAPABILITY"))
        words = line.split()[2:]
        assert len(words) == len(set(words))
