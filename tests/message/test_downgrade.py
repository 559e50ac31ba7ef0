"""Messages in seven bits (RFC 6152, 3; RFC 2045, 6)."""

from __future__ import annotations

import email
import email.policy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailnode.message.downgrade import Unconvertible, seven_bit

TEXT = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
MIXED = (
    b"MIME-Version: 1.0\r\nContent-Type: multipart/%s; boundary=b\r\n\r\n"
    b"%s\r\n--b\r\n%s\r\n--b\r\n\r\nplain\r\n--b--\r\n"
)
LINES = st.lists(st.binary(max_size=90)).map(
    lambda lines: b"\r\n".join(re.sub(rb"[\r\n\0]", b"", line) for line in lines)
)


def lawful(data: bytes) -> bool:
    """Whether it is seven bits in lines of at most 76 characters, or what they were."""
    lone = re.search(rb"(?<!\r)\n|\r(?!\n)|\0", data)
    return data.isascii() and lone is None


@given(LINES)
def test_text_stays_what_it_was(body: bytes) -> None:
    sent = seven_bit(TEXT + body)
    assert lawful(sent)
    read = email.message_from_bytes(sent, policy=email.policy.SMTP)
    assert read.get_payload(decode=True) == body
    if not body.isascii():
        assert max(map(len, sent.split(b"\r\n"))) <= 76


@given(st.binary(max_size=300))
def test_octets_stay_what_they_were(body: bytes) -> None:
    header = b"Mime-Version: 1.0\r\nContent-Type: image/png\r\n\r\n"
    sent = seven_bit(header + body)
    assert lawful(sent)
    read = email.message_from_bytes(sent, policy=email.policy.SMTP)
    encoded = b"base64" in sent
    got = read.get_payload(decode=True) if encoded else sent[len(header) :]
    assert got == body


def test_what_needs_nothing_is_not_touched() -> None:
    message = TEXT + b"plain = text\r\n"
    assert seven_bit(message) == message
    parts = MIXED % (b"mixed", b"", b"Content-Type: text/html\r\n\r\n\xc3\xa1")
    assert b"--b\r\n\r\nplain\r\n--b--\r\n" in seven_bit(parts)


def test_text_without_a_word_on_it() -> None:
    sent = seven_bit(b"Subject: one\r\n\r\nola, ol\xe1\r\n")
    assert sent == (
        b"Subject: one\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=unknown-8bit\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\nola, ol=E1\r\n"
    )


def test_a_message_inside_a_message() -> None:
    inner = b"Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nola, ol\xe1"
    sent = seven_bit(MIXED % (b"mixed", b"", inner))
    assert lawful(sent)
    assert b"rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\nSubject: in" in sent
    assert b"charset=unknown-8bit" in sent
    assert b"ola, ol=E1\r\n--b\r\n" in sent


@pytest.mark.parametrize(
    "message",
    [
        b"Subject: ol\xe1\r\n\r\n\xe1\r\n",
        MIXED % (b"signed", b"", b"\r\n\xe1"),
        MIXED % (b"encrypted", b"", b"\r\n\xe1"),
        MIXED % (b"mixed", b"\xe1", b"\r\nx"),
        MIXED % (b"mixed", b"", b"Content-Description: \xe1\r\n\r\nx"),
        MIXED % (b"mixed", b"", b"Content-Transfer-Encoding: base64\r\n\r\n\xe1"),
        MIXED % (b"mixed", b"", b"Content-Type: message/partial\r\n\r\n\xe1"),
        b"Content-Type: multipart/mixed\r\n\r\n\xe1\r\n",
        b"Subject: one\n\n\xe1\n",
        b"Subject: one",
    ],
    ids=range(10),
)
def test_what_cannot_be_converted(message: bytes) -> None:
    if message.isascii():  # Nothing is wrong with it but that it ends early
        assert seven_bit(message) == message
        return
    with pytest.raises(Unconvertible):
        seven_bit(message)
