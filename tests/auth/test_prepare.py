"""Names and passwords are compared in one form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailnode.auth.prepare import (
    NAME_LIMIT,
    PASSWORD_LIMIT,
    login_name,
    password_text,
)
from mailnode.wire.address import address


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (b"ana", "ana@example.org"),
        (b"Ana", "ana@example.org"),
        (b"ANA@Example.ORG", "ana@example.org"),
        ("An\u0061\u0301".encode(), "an\u00e1@example.org"),
        ("ana@b\u00fccher.example".encode(), "ana@xn--bcher-kva.example"),
        (b"ana+news@example.org", "ana+news@example.org"),
        (b"a@b@example.org", "a@b@example.org"),
    ],
)
def test_a_name_has_one_form(typed: bytes, name: str) -> None:
    assert login_name(typed, "example.org") == name


@pytest.mark.parametrize(
    "typed",
    [
        b"",
        b"@example.org",
        b"\xff\xfe",
        b"ana\r\n@example.org",
        b"ana\0",
        b"a na@example.org",
        b"ana@",
        b"ana@-",
        b"ana@exa mple.org",
        b"a" * (NAME_LIMIT + 1),
        "\u2028ana".encode(),
    ],
)
def test_what_can_be_nobody(typed: bytes) -> None:
    assert login_name(typed, "example.org") is None


def test_a_name_without_domains_is_a_name() -> None:
    assert login_name("Ana") == "ana"


@given(st.from_regex(r"[A-Za-z0-9._=+-]{1,20}@[A-Za-z]{1,9}\.example", fullmatch=True))
def test_agrees_with_the_key_of_an_address(text: str) -> None:
    try:
        key = address(text).key
    except Exception:  # noqa: BLE001 - not every such text is an address
        return
    assert login_name(text) == key


@given(st.binary(max_size=400))
def test_a_name_comes_out_as_it_went_in_the_second_time(typed: bytes) -> None:
    name = login_name(typed, "example.org")
    if name is not None:
        assert name.isprintable()
        assert login_name(name, "example.org") == name


def test_a_password_has_one_form() -> None:
    assert password_text("a\u0301\u00a0b".encode()) == "\u00e1 b"
    assert password_text("Faminta") == "Faminta"


@pytest.mark.parametrize(
    "typed", [b"", b"a\0b", b"a\nb", b"\xff", b"a" * (PASSWORD_LIMIT + 1)]
)
def test_what_can_be_no_password(typed: bytes) -> None:
    assert password_text(typed) is None


@given(st.text(max_size=40))
def test_a_password_is_prepared_once(typed: str) -> None:
    prepared = password_text(typed)
    if prepared is not None:
        assert password_text(prepared) == prepared
