"""Every error of ours has words in every protocol."""

from __future__ import annotations

import inspect

import pytest

from mailnode import errors
from mailnode.jmap.errors import TYPES, of_call, of_object
from mailnode.pop3.reply import CODES, declined
from mailnode.smtp.reply import REPLIES, refusal
from mailnode.web import answer
from mailnode.web.answer import STATUSES

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


@pytest.mark.parametrize("error", LEAVES)
def test_jmap_has_words_for_it(error: type[errors.MailError]) -> None:
    told = {"type": TYPES[error], "description": "x"}
    assert of_call(error("x")).arguments == of_object(error("x")).value == told


@pytest.mark.parametrize("error", LEAVES)
def test_http_has_a_status_for_it(error: type[errors.MailError]) -> None:
    told = answer.declined(error("x"))
    assert told.status == STATUSES[error]
    assert ("Retry-After" in told.headers) == (told.status in (429, 503))


def test_tables_know_no_other_errors() -> None:
    assert set(REPLIES) - {errors.MailError} == set(LEAVES)
    assert set(CODES) - {errors.MailError} == set(LEAVES)
    assert set(TYPES) == set(STATUSES) == set(LEAVES)
