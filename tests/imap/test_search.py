"""Searching: what is found, how it is read, who waits."""

from __future__ import annotations

import base64

import pytest
from imap.room import Room

from mailnode import query
from mailnode.message.envelope import sent_day
from mailnode.message.finding import judge
from mailnode.query import fold


def found(said: bytes) -> list[int]:
    """The numbers of a SEARCH response."""
    line = said.partition(b"\r\n")[0]
    assert line.startswith(b"* SEARCH"), said
    return [int(number) for number in line.split()[2:]]


def test_text_is_found_across_pieces() -> None:
    """A needle lies over each edge at which octets are cut."""
    for edge in (2**16, 2**18, 2**18 + 2**16):
        fill = b"x" * 76 + b"\r\n"
        body = (fill * (edge // len(fill) + 2))[: edge - 5]
        for cut in range(12):
            text = body[: len(body) - cut] + b"the n\xc3\xa9edle" + fill
            head = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
            with Room() as room:
                room.keep(head + text)
                asked = 'SEARCH BODY "e NÉEDL"'.encode()
                assert found(room.ask(asked)) == [1]


def test_encoded_text_is_found_across_pieces() -> None:
    text = "wörd " * 60_000 + "Nädel " + "wörd " * 60_000
    head = b"Content-Type: text/plain; charset=utf-16le\r\n"
    head += b"Content-Transfer-Encoding: base64\r\n\r\n"
    with Room() as room:
        room.keep(head + base64.encodebytes(text.encode("utf-16le")))
        assert found(room.ask('SEARCH BODY "nädel WÖRD"'.encode())) == [1]
        assert found(room.ask(b'SEARCH BODY "nadeln"')) == []


def test_what_can_be_said_at_once_reads_nothing() -> None:
    with Room() as room:
        room.keep(*[b"Subject: %d\r\n\r\nx" % number for number in range(20)])
        peer = room.talk(b"b SELECT INBOX\r\nc SEARCH SEEN BODY x TEXT y\r\n")
        assert b"* SEARCH\r\n" in peer.heard


def test_text_in_no_charset_is_utf_8() -> None:
    with Room() as room:
        named = b"Content-Type: text/plain; charset=us-ascii\r\n\r\n"
        room.keep(b"\r\ncr\xc3\xa8me", named + b"cr\xc3\xa8me", b"\r\ncr\xe8me")
        assert found(room.ask('SEARCH BODY "CRÈME"'.encode())) == [1, 2]


def test_broken_messages_are_searched() -> None:
    broken = [
        b"",
        b"\r\n",
        b"\xff\xfe\x00",
        b"Content-Type: text/plain; charset=x-none\r\n\r\n\xff needle",
        b"Content-Type: text/plain; charset=utf-7\r\n\r\n+AAAA needle",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\nneedle in no part",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nneedle",
        b"Date: Fri, 99 Foo 20233 99:99\r\nSubject: =?x?q?=?=\r\n\r\n",
    ]
    with Room() as room:
        room.keep(*[each for each in broken if each])
        assert found(room.ask(b"SEARCH BODY needle")) == [
            3,
            4,
            7,
        ]  # a preamble is no part
        assert found(room.ask(b"SEARCH SENTSINCE 1-Jan-1970")) == []
        assert found(room.ask(b"SEARCH NOT TEXT nowhere")) == list(range(1, 9))


@pytest.mark.parametrize(
    ("envelope", "day"),
    [
        (b'("Thu, 1 Jan 1970 23:59:59 -1200" NIL)', 0),
        (b'("Thu, 1 Jan 1970 00:00:00 +1400" NIL)', 0),
        (b'("2 Jan 1970 00:00 EST" NIL)', 1),
        (b"({26}\r\nWed, 31 Dec 1969 01:00 GMT NIL)", -1),
        (b'("a \\"2\\" Jan" NIL)', None),
        (b"(NIL NIL)", None),
        (b"", None),
    ],
)
def test_the_day_is_the_one_that_is_written(envelope: bytes, day: int | None) -> None:
    assert sent_day(envelope) == day


def test_a_question_nobody_knows_is_our_own_fault() -> None:
    with pytest.raises(TypeError):
        judge(query.Query())


def test_folding() -> None:
    assert fold("ÉCOLE") == fold("e\u0301cole")
    assert fold("Straße") == fold("STRASSE")
    assert fold("ABC") == "abc"
    assert fold("ﬁn") == "fin"
