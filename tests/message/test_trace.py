"""Trace fields say where a message came from, and nothing a client slipped in (RFC 5321, 4.4)."""

from __future__ import annotations

import pytest

from mailnode.message.trace import hops, received, return_path
from mailnode.model.envelope import Address, Origin


def test_received_names_all_clauses() -> None:
    origin = Origin(
        "ESMTPS", "client.example.net", "192.0.2.1", "TLSv1.3 TLS_AES_256_GCM_SHA384"
    )
    assert (
        received(
            origin,
            by="mx.example.org",
            id="4F2A1",
            recipient="ana@example.org",
            moment=0,
        )
        == b"Received: from client.example.net ([192.0.2.1])\r\n"
        b"\tby mx.example.org with ESMTPS (TLSv1.3 TLS_AES_256_GCM_SHA384)\r\n"
        b"\tid 4F2A1\r\n"
        b"\tfor <ana@example.org>;\r\n"
        b"\tThu, 1 Jan 1970 00:00:00 +0000\r\n"
    )


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("192.0.2.1", b"([192.0.2.1])"),
        ("2001:db8::1", b"([IPv6:2001:db8::1])"),
        ("fe80::1%eth0", b"([IPv6:fe80::1])"),
        ("::ffff:192.0.2.1", b"([IPv6:::ffff:192.0.2.1])"),
        ("unix", b"(unix)"),
        ("x)\r\ny", b"(x_y)"),
    ],
)
def test_received_says_where_the_peer_is(peer: str, expected: bytes) -> None:
    field = received(
        Origin("LMTP", "x", peer), by="y", id="1", recipient=None, moment=0
    )
    assert field.startswith(
        b"Received: from x %b\r\n\tby y with LMTP\r\n\tid 1;\r\n" % expected
    )


@pytest.mark.parametrize(
    ("helo", "expected"),
    [
        ("Client.Example.NET", b"client.example.net"),
        ("[192.0.2.1]", b"[192.0.2.1]"),
        ("bücher.example", b"xn--bcher-kva.example"),
        ("my_pc", b"my_pc"),
        ("", b"unknown"),
        ("a b(c)\\\r\nX: y", b"a_b_c_X:_y"),
        ("ü" * 300, b"_"),
        ("x" * 5000, b"x" * 255),
    ],
)
def test_received_keeps_a_helo_to_one_word(helo: str, expected: bytes) -> None:
    field = received(
        Origin("SMTP", helo, "unix"), by="y", id="1", recipient=None, moment=0
    )
    assert field.split(b" ")[2] == expected


@pytest.mark.parametrize(
    ("recipient", "expected"),
    [
        ('"a b"@example.org', b'\r\n\tfor <"a b"@example.org>;'),
        ("jürgen@bücher.example", "\r\n\tfor <jürgen@xn--bcher-kva.example>;".encode()),
        ("a@b>\r\nX: y", b"id 1;"),
        ("nobody", b"id 1;"),
    ],
)
def test_received_names_only_a_true_recipient(recipient: str, expected: bytes) -> None:
    field = received(
        Origin("SMTP", "x", "unix"), by="y", id="1", recipient=recipient, moment=0
    )
    assert expected in field
    assert field.count(b"\n") == 4 + (b"for" in expected)


def test_no_clause_brings_a_line_or_a_comment() -> None:
    evil = "a)(\r\n\r\nX: y\0\x7f\u2028\\"
    origin = Origin(evil, evil, evil, evil)
    field = received(origin, by=evil, id=evil, recipient=evil, moment=0)
    lines = field.split(b"\r\n")
    assert len(lines) == 5
    assert lines[-1] == b""
    assert all(line.startswith(b"\t") for line in lines[1:-1])
    assert field.count(b"(") == field.count(b")") == 2
    assert not any(octet in field for octet in b"\0\x7f\\")
    assert max(map(len, lines)) < 998


def test_return_path() -> None:
    assert return_path(None) == b"Return-Path: <>\r\n"
    assert (
        return_path(Address("a b", "example.org"))
        == b'Return-Path: <"a b"@example.org>\r\n'
    )


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"", 0),
        (b"Received: a\r\n", 1),
        (b"Received: a\r\n b\r\nreceived: c\nRECEIVED:\r\n", 3),
        (b"X-Received: a\r\nSubject: Received: b\r\n received: c\r\n", 0),
    ],
)
def test_counts_hops(header: bytes, expected: int) -> None:
    assert hops(header) == expected
