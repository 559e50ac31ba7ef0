"""Every error has a reply, and no reply can be mistaken for two."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailnode import errors
from mailnode.smtp.reply import REPLIES, Reply, correction, refusal

LINE = re.compile(rb"[245][0-9]{2}[ -][245]\.[0-9]{1,3}\.[0-9]{1,3} [ -~]*\r\n")


def leaves(family: type[errors.MailError]) -> Iterator[type[errors.MailError]]:
    for kind in family.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield kind
            yield from leaves(kind)


@pytest.mark.parametrize("kind", list(leaves(errors.MailError)))
def test_every_error_has_its_own_line(kind: type[errors.MailError]) -> None:
    assert kind in REPLIES


@pytest.mark.parametrize("kind", list(REPLIES))
def test_both_codes_agree(kind: type[errors.MailError]) -> None:
    code, status = REPLIES[kind]
    assert str(code)[0] == status[0]
    assert LINE.fullmatch(refusal(kind("why")).octets)


def test_an_error_of_somebody_else_is_said_like_its_parent() -> None:
    class Asleep(errors.Unavailable):
        """The directory sleeps."""

    class Odd(errors.MailError):
        """Something else."""

    assert refusal(Asleep("later")).octets == b"451 4.3.0 later\r\n"
    assert refusal(Odd()).octets == b"451 4.3.0 that is not possible\r\n"


def test_a_correction_names_the_rule() -> None:
    fault = errors.SyntaxFault("a domain", 12)
    said = b"501 5.5.4 expected a domain at octet 12\r\n"
    assert correction(fault).octets == said


def test_a_cancelled_exchange_is_a_reply_of_its_own() -> None:
    assert correction(errors.Cancelled()).octets.startswith(b"501 5.7.0 ")


def test_lines_and_codes() -> None:
    assert Reply(250, "", "a\nb\nc").octets == b"250-a\r\n250-b\r\n250 c\r\n"
    assert Reply(214, "2.0.0", "a\nb").octets == b"214-2.0.0 a\r\n214 2.0.0 b\r\n"


def test_who_says_421_hangs_up() -> None:
    assert Reply(421, "4.3.2", "bye").closes
    assert Reply(221, "2.0.0", "bye", last=True).closes
    assert not Reply(450, "4.2.0", "not yet").closes


@given(st.text())
def test_no_words_break_out_of_a_line(text: str) -> None:
    octets = refusal(errors.NotFound(text.replace("\n", "\r"))).octets
    assert LINE.fullmatch(octets)
    assert len(octets) <= 512


@given(st.text())
def test_line_ends_only_make_further_lines(text: str) -> None:
    *lines, end = refusal(errors.NotFound(text)).octets.split(b"\r\n")
    assert end == b""
    assert all(line.startswith(b"550-5.1.1 ") for line in lines[:-1])
    assert lines[-1].startswith(b"550 5.1.1 ")
