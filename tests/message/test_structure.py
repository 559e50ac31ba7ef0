"""ENVELOPE and BODYSTRUCTURE as clients read them (RFC 9051, 7.5.2)."""

from __future__ import annotations

import pytest

from mailnode.message.header import Header
from mailnode.message.scan import Scanner
from mailnode.message.structure import QUOTED_LIMIT, body_structure, envelope, nstring


def structure(message: bytes) -> bytes:
    scanner = Scanner()
    scanner.feed(message)
    return body_structure(scanner.close())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, b"NIL"),
        (b"", b'""'),
        (b"NIL", b'"NIL"'),
        (b'a"b\\c', b'"a\\"b\\\\c"'),
        (b"gr\xc3\xbcn", b"{5}\r\ngr\xc3\xbcn"),
        (b"a\rb", b"{3}\r\na\rb"),
        (b"a\tb", b"{3}\r\na\tb"),
        (b"a\0b\xff", b"{3}\r\nab\xff"),
        (b"x" * QUOTED_LIMIT, b'"' + b"x" * QUOTED_LIMIT + b'"'),
        (b"x" * (QUOTED_LIMIT + 1), b"{1001}\r\n" + b"x" * (QUOTED_LIMIT + 1)),
    ],
)
def test_strings(value: bytes | None, expected: bytes) -> None:
    assert nstring(value) == expected


def test_the_envelope_of_the_rfc() -> None:
    header = Header(
        b"Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
        b"From: Terry Gray <gray@cac.washington.edu>\r\n"
        b"Subject: IMAP4rev2 WG mtg summary and minutes\r\n"
        b"To: imap@cac.washington.edu\r\n"
        b"cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n"
        b"Message-Id: <B27397-0100000@cac.washington.edu>\r\n"
    )
    gray = b'(("Terry Gray" NIL "gray" "cac.washington.edu"))'
    assert envelope(header) == (
        b'("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" '
        b'"IMAP4rev2 WG mtg summary and minutes" '
        + gray
        + b" "
        + gray
        + b" "
        + gray
        + b' ((NIL NIL "imap" "cac.washington.edu")) '
        b'((NIL NIL "minutes" "CNRI.Reston.VA.US")'
        b'("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL '
        b'"<B27397-0100000@cac.washington.edu>")'
    )


def test_an_envelope_of_nothing() -> None:
    assert envelope(Header(b"")) == b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"


def test_an_empty_field_is_not_a_missing_one() -> None:
    header = Header(b"Subject:\r\nTo:\r\nIn-Reply-To: \r\nSender: ,\r\nFrom: a@b\r\n")
    a_b = b'((NIL NIL "a" "b"))'
    assert envelope(header) == (
        b'(NIL "" ' + a_b + b" " + a_b + b" " + a_b + b' NIL NIL NIL "" NIL)'
    )


def test_an_envelope_keeps_words_encoded_and_lines_joined() -> None:
    header = Header(
        b"Subject: =?utf-8?Q?a?=\r\n =?utf-8?Q?b?=\r\nFrom: gr\xfcn <g@x>\r\n"
    )
    found = envelope(header)
    assert found.startswith(
        b'(NIL "=?utf-8?Q?a?= =?utf-8?Q?b?=" (({4}\r\ngr\xfcn NIL "g" "x"))'
    )


def test_an_envelope_joins_fields_of_one_name_and_marks_groups() -> None:
    header = Header(b"To: a@b\r\nTo: g: c@d;\r\nReply-To: e@f\r\n")
    assert envelope(header) == (
        b'(NIL NIL NIL NIL ((NIL NIL "e" "f")) '
        b'((NIL NIL "a" "b")(NIL NIL "g" NIL)(NIL NIL "c" "d")(NIL NIL NIL NIL)) '
        b"NIL NIL NIL NIL)"
    )


@pytest.mark.parametrize("length", [1, 190, 200, 1000])
def test_what_is_remembered_is_no_different(length: int) -> None:
    name = b"x" * length
    header = Header(b"Bcc: %b@y\r\nCc: ,\r\n" % name)
    expected = b'(NIL NIL NIL NIL NIL NIL NIL ((NIL NIL "%b" "y")) NIL NIL)' % name
    assert [envelope(header), envelope(header)] == [expected] * 2
    message = b"Content-ID: %b\r\n\r\n" % name
    lines = [b"", b"a\r\n", b"\r\n" * 10]
    assert [structure(message + body) for body in lines] == [
        b'("text" "plain" ("charset" "us-ascii") "%b" NIL "7bit" %d %d NIL NIL NIL NIL)'
        % (name, len(body), body.count(b"\n"))
        for body in lines
    ]


def test_the_structure_of_plain_text() -> None:
    assert structure(b"Subject: x\r\n\r\nHello\r\n") == (
        b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 7 1 NIL NIL NIL NIL)'
    )


def test_the_structure_of_a_leaf_with_all_its_fields() -> None:
    assert structure(
        b"Content-Type: image/png; name=a.png\r\n"
        b"Content-ID: <1@x>\r\nContent-Description: a picture\r\n"
        b"Content-Transfer-Encoding: BASE64\r\nContent-MD5: abc\r\n"
        b'Content-Disposition: inline; filename="a \\"b\\".png"\r\n'
        b"Content-Language: en, de\r\nContent-Location: a.png\r\n\r\nQUJD\r\n"
    ) == (
        b'("image" "png" ("name" "a.png") "<1@x>" "a picture" "base64" 6 "abc" '
        b'("inline" ("filename" "a \\"b\\".png")) ("en" "de") "a.png")'
    )


def test_the_structure_of_a_multipart() -> None:
    assert structure(
        b"Content-Type: multipart/alternative; boundary=x\r\n\r\n"
        b"--x\r\n\r\na\r\n--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\nb\r\n\r\n--x--\r\n"
    ) == (
        b'(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0 NIL NIL NIL NIL)'
        b'("text" "html" ("charset" "utf-8") NIL NIL "7bit" 3 1 NIL NIL NIL NIL)'
        b' "alternative" ("boundary" "x") NIL NIL NIL)'
    )


def test_the_structure_of_a_message_within() -> None:
    assert structure(
        b"Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nHello\r\n"
    ) == (
        b'("message" "rfc822" NIL NIL NIL "7bit" 22 '
        b'(NIL "in" NIL NIL NIL NIL NIL NIL NIL NIL) '
        b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 7 1 NIL NIL NIL NIL)'
        b" 3 NIL NIL NIL NIL)"
    )
