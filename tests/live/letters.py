"""Messages that find out whether a server and a client change what they carry."""

from __future__ import annotations

import re

SENDER = "bob@example.net"

_TRACE = re.compile(
    rb"(?:(?:Return-Path|Received|Delivered-To):[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)+",
    re.IGNORECASE,
)
"""The trace that a message gathers on its way (RFC 5321, 4.4)."""

_TOP = (
    b"From: Bob <bob@example.net>\r\nTo: Ana <ana@example.org>\r\n"
    b"Date: Fri, 29 Nov 2024 10:20:30 +0000\r\n"
)

DOTS = (
    _TOP
    + b"Subject: dots\r\nMessage-ID: <dots@example.net>\r\n\r\n"
    + b".\r\n..\r\n. \r\n.leading\r\ntrailing.\r\n\r\n.\r\n\r\nend\r\n"
)
"""Every line that has to be stuffed (RFC 5321, 4.5.2)."""

EIGHT_BITS = (
    _TOP
    + b"Subject: a letter in two parts\r\nMessage-ID: <parts@example.net>\r\n"
    + b"MIME-Version: 1.0\r\n"
    + b'Content-Type: multipart/alternative; boundary="next"\r\n\r\n'
    + b"--next\r\nContent-Type: text/plain; charset=utf-8\r\n"
    + b"Content-Transfer-Encoding: 8bit\r\n\r\n"
    + "Olá! Ça va? Здравствуйте.\r\n\r\n".encode()
    + b"--next\r\nContent-Type: text/html; charset=utf-8\r\n"
    + b"Content-Transfer-Encoding: 8bit\r\n\r\n"
    + "<p>Olá!\ttab and trailing space </p> \r\n--next--\r\n".encode()
)
"""Octets above 127 in the body (RFC 6152)."""

LONG = (
    _TOP
    + b"Subject: long lines\r\n folded\r\n\tand folded again\r\n"
    + b"Message-ID: <long@example.net>\r\n\r\n"
    + b"x" * 998
    + b"\r\n"
    + b"".join(b"%06d the same again and again\r\n" % n for n in range(20_000))
)
"""The longest line there may be (RFC 5322, 2.1.1), and some 600 KB in all."""

HEADER_ONLY = _TOP + b"Subject: no body at all\r\nMessage-ID: <h@example.net>\r\n\r\n"
"""Nothing after the empty line."""

ALL = (DOTS, EIGHT_BITS, LONG, HEADER_ONLY)


def after_trace(message: bytes) -> bytes:
    """What follows the trace, which must be there."""
    found = _TRACE.match(message)
    assert found is not None, message[:300]
    return message[found.end() :]


def after_any_trace(message: bytes) -> bytes:
    """What follows the trace, if there is one."""
    return _TRACE.sub(b"", message, count=1) if _TRACE.match(message) else message


def stuffed(message: bytes) -> bytes:
    """A message as it goes over the wire, the final dot included."""
    wire = message.replace(b"\r\n.", b"\r\n..")
    return (b"." + wire if wire.startswith(b".") else wire) + b".\r\n"


def plain(wire: bytes) -> bytes:
    """What was stuffed, from the wire, without the final dot."""
    wire = wire[1:] if wire.startswith(b".") else wire
    return wire.replace(b"\r\n.", b"\r\n")


def unix(message: bytes) -> bytes:
    """With the line ends that programs write into files."""
    return message.replace(b"\r\n", b"\n")
