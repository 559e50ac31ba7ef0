"""Every error of the house has words in POP3."""

from __future__ import annotations

import pytest

from mailnode import errors
from mailnode.pop3.reply import CODES, Refused, declined

LEAVES = [
    each
    for each in vars(errors).values()
    if isinstance(each, type)
    and issubclass(each, errors.MailError)
    and each is not errors.MailError
]


def test_every_leaf_is_in_the_table() -> None:
    assert set(CODES) == set(LEAVES)


@pytest.mark.parametrize("kind", LEAVES)
def test_every_leaf_makes_one_line(kind: type[errors.MailError]) -> None:
    line = declined(kind("first\r\n+OK second\0 ünd"))
    assert line.startswith(b"-ERR " + CODES[kind] + b"first +OK second")
    assert line.count(b"\n") == 1
    assert line.isascii()


def test_an_error_of_a_realms_own_is_said_as_its_kind() -> None:
    class Gone(errors.Unavailable):
        """The directory is being rebuilt."""

    class Odd(errors.MailError):
        """Nobody knows."""

    assert declined(Gone("later")) == b"-ERR [SYS/TEMP] later\r\n"
    assert declined(Odd("hm")) == b"-ERR hm\r\n"


def test_no_line_is_too_long() -> None:
    assert len(declined(Refused("x" * 10_000))) == 512
