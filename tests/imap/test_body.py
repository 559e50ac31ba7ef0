"""Sections, encodings and structures of messages."""

from __future__ import annotations

import base64
import quopri
import random
import tracemalloc

from imap.room import LOGIN, Peer, Room
from store.keeping import now

from mailnode.imap.plainbody import without_extensions
from mailnode.interfaces.content import IOctets
from mailnode.message.decoding import plain
from mailnode.testing import MemoryContent

MIB = 2**20


async def decoded(octets: IOctets, encoding: bytes) -> bytes:
    return b"".join([piece async for piece in plain(octets, 0, octets.size, encoding)])


class Crumbs(MemoryContent):
    """Octets that come in crumbs."""

    async def read(self, start: int = 0) -> bytes:
        return self.data[start : start + 1 + start % 7]


def test_encodings_come_off_in_any_pieces() -> None:
    data = bytes(random.Random(1).randbytes(3000))
    mime = base64.encodebytes(data).replace(b"\n", b"\r\n")
    assert now(decoded(Crumbs(mime), b"base64")) == data
    text = b"caf\xc3\xa9 = so, " * 300
    quoted = quopri.encodestring(text).replace(b"\n", b"\r\n")
    assert now(decoded(Crumbs(quoted), b"quoted-printable")) == text
    assert now(decoded(Crumbs(text), b"8bit")) == text


def test_dirty_encodings_come_off_too() -> None:
    assert now(decoded(Crumbs(b"aGV?s-b\x00G8"), b"base64")) == b"hello"
    assert now(decoded(Crumbs(b"a"), b"base64")) == b""
    assert now(decoded(Crumbs(b"=ZZ=\r\n=3"), b"quoted-printable"))[:3] == b"=ZZ"
    endless = MemoryContent(b"=41" * 200_000)
    assert now(decoded(endless, b"quoted-printable")) == b"A" * 200_000
    blank = MemoryContent(b" " * 200_000)
    now(decoded(blank, b"quoted-printable"))


def test_structure_without_extensions() -> None:
    leaf = b'("text" "plain" NIL NIL NIL "7bit" 5 1'
    assert without_extensions(leaf + b' NIL NIL ("en" "de") NIL)') == leaf + b")"
    odd = b'("text" {6}\r\npl)"(n ("a" "\\")(") NIL NIL "7bit" 5 1'
    assert without_extensions(odd + b' "x" ("y" NIL) NIL NIL)') == odd + b")"
    image = b'("image" "png" NIL NIL NIL "base64" 5'
    assert without_extensions(image + b" {2}\r\n() NIL NIL NIL)") == image + b")"
    deep = leaf + b")"
    for _ in range(100):
        deep = b"(" + deep + b' "mixed" ("boundary" "x)") NIL NIL NIL)'
    said = without_extensions(deep)
    assert said.count(b'"mixed")') == 100
    assert b"boundary" not in said


def test_a_large_message_streams() -> None:
    header = b"Subject: large\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    line = base64.b64encode(b"\0" * 57) + b"\r\n"
    message = header + line * (24 * MIB // len(line))
    with Room() as room:
        room.keep(message)
        peer = Peer(LOGIN + b"b SELECT INBOX\r\nc FETCH 1 (BODY[] BINARY[1])\r\n")
        peer.keeps = False
        session = room.session(peer)
        tracemalloc.start()
        now(session.run())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peer.octets > 40 * MIB
    assert peer.largest < MIB
    assert peak < 4 * MIB
    assert peer.turns > 100


def test_a_stretch_of_a_large_message_is_exact() -> None:
    message = b"Subject: large\r\n\r\n" + bytes(range(1, 255)) * 4000
    with Room() as room:
        room.keep(message)
        for start in (0, 262_143, 262_144, 700_001, len(message) - 3, len(message)):
            said = room.ask(b"FETCH 1 BODY.PEEK[]<%d.300000>" % start)
            wanted = message[start : start + 300_000]
            head = b"* 1 FETCH (BODY[]<%d> {%d}\r\n" % (start, len(wanted))
            assert said.startswith(head + wanted + b")\r\n")


def test_a_large_binary_part_and_its_stretches() -> None:
    data = random.Random(2).randbytes(600_000)
    message = (
        b"Content-Type: application/octet-stream\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data)
    )
    with Room() as room:
        room.keep(message)
        said = room.ask(b"FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[1])")
        assert said.startswith(b"* 1 FETCH (BINARY[1] ~{600000}\r\n" + data)
        assert b" BINARY.SIZE[1] 600000)\r\n" in said[-100:]
        said = room.ask(b"FETCH 1 BINARY.PEEK[1]<599998.10>")
        assert said.startswith(
            b"* 1 FETCH (BINARY[1]<599998> ~{2}\r\n" + data[-2:] + b")\r\n"
        )


def test_nul_is_in_no_literal() -> None:
    with Room() as room:
        room.keep(b"Subject: a\0b\r\n\r\nx\0y")
        said = room.ask(b"FETCH 1 (BODY.PEEK[TEXT] BODY.PEEK[] BINARY.PEEK[1])")
        assert b"BODY[TEXT] {3}\r\nx\x80y" in said
        assert b"BINARY[1] ~{3}\r\nx\0y" in said


def test_a_header_that_is_too_long_is_cut() -> None:
    head = b"Subject: early\r\n" + b"X-Fill: 0123456789\r\n" * 60_000
    with Room() as room:
        room.keep(head + b"To: late\r\n\r\nbody")
        said = room.ask(b"FETCH 1 BODY.PEEK[HEADER.FIELDS (Subject To)]")
        assert b"{18}\r\nSubject: early\r\n\r\n)" in said


def test_fields_are_found_whatever_their_form() -> None:
    message = b"SUBJECT : a\r\nX-Subject: no\r\nsubject:\r\n\tb\r\nTo:x\n\nbody"
    with Room() as room:
        room.keep(message)
        said = room.ask(b"FETCH 1 BODY.PEEK[HEADER.FIELDS (Subject)]")
        assert b"{28}\r\nSUBJECT : a\r\nsubject:\r\n\tb\r\n\n)" in said
        said = room.ask(b'FETCH 1 BODY.PEEK[HEADER.FIELDS.NOT (Subject "")]')
        assert b"{21}\r\nX-Subject: no\r\nTo:x\n\n)" in said


def test_a_message_without_a_body_or_an_empty_line() -> None:
    with Room() as room:
        room.keep(b"Subject: a\r\n")
        said = room.ask(
            b"FETCH 1 (BODY.PEEK[HEADER.FIELDS (Subject)] BODY.PEEK[TEXT] BODY.PEEK[1])"
        )
        assert b"{12}\r\nSubject: a\r\n BODY[TEXT] {0}\r\n BODY[1] {0}\r\n)" in said
