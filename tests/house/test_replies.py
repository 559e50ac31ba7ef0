"""Every error of ours has words in every protocol."""

from __future__ import annotations

import inspect

import pytest

from mailnode import errors
from mailnode.pop3.reply import CODES, declined
from mailnode.smtp.reply import REPLIES, refusal

LEAVES = sorted(
    (
        each
        for _, each in inspect.getmembers(errors, inspect.isclass)
        if issubclass(each, errors.MailError) and each is not errors.MailError
    ),
    key=lambda each: each.__name__,
)


@pytest.mark.parametrize("error", LEAVES)
def test_smtp_has_words_for_it(error: type[errors.MailError]) -> None:
    code, status = REPLIES[error]
    assert str(code)[0] == status[0], "the codes agree on whether to try again"
    assert refusal(error("x")).octets.startswith(f"{code} {status} ".encode())


@pytest.mark.parametrize("error", LEAVES)
def test_pop3_has_words_for_it(error: type[errors.MailError]) -> None:
    assert declined(error("x")) == b"-ERR " + CODES[error] + b"x\r\n"


def test_tables_know_no_other_errors() -> None:
    assert set(REPLIES) - {errors.MailError} == set(LEAVES)
    assert set(CODES) - {errors.MailError} == set(LEAVES)
