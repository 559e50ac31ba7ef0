"""Errors in the words of IMAP, and values as octets."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from mailnode import errors
from mailnode.imap import response
from mailnode.imap.response import RESPONSE_CODES, Refusal, refused

RFC_5530 = set(
    b"UNAVAILABLE AUTHENTICATIONFAILED AUTHORIZATIONFAILED EXPIRED PRIVACYREQUIRED"
    b" CONTACTADMIN NOPERM INUSE EXPUNGEISSUED CORRUPTION SERVERBUG CLIENTBUG CANNOT"
    b" LIMIT OVERQUOTA ALREADYEXISTS NONEXISTENT TOOBIG".split()
)


def family(kind: type[errors.MailError]) -> Iterator[type[errors.MailError]]:
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from family(child)


@pytest.mark.parametrize("kind", list(family(errors.MailError)))
def test_every_error_has_a_code(kind: type[errors.MailError]) -> None:
    assert kind in RESPONSE_CODES
    assert RESPONSE_CODES[kind] in RFC_5530
    assert refused(kind("so it is")) == b"[%b] so it is" % RESPONSE_CODES[kind]


def test_an_error_from_elsewhere_has_the_code_of_its_kind() -> None:
    class Full(errors.OverQuota):
        """Somebody's own."""

    assert refused(Full("full")) == b"[OVERQUOTA] full"


def test_what_people_read_is_one_line_of_ascii() -> None:
    error = errors.NotFound("no caf\xe9\r\n* OK [ALERT] smuggled\0")
    said = refused(error)
    assert re.fullmatch(rb"[\x20-\x7e]+", said)
    assert refused(Refusal(b"TRYCREATE", "")) == b"[TRYCREATE] no"


def test_strings() -> None:
    assert response.string(b'a "b" \\') == b'"a \\"b\\" \\\\"'
    assert response.string(b"a\r\nb") == b"{4}\r\na\r\nb"
    assert response.string("é".encode()) == b"{2}\r\n\xc3\xa9"
    assert response.string(b"a\0b") == b"{3}\r\na\x80b"
    assert response.nstring(None) == b"NIL"
    assert response.astring(b"Subject") == b"Subject"
    assert response.astring(b"") == b'""'
    assert response.mailbox("Entwürfe", utf8=False) == b'"Entw&APw-rfe"'
    assert response.mailbox("Entwürfe", utf8=True) == '"Entwürfe"'.encode()
