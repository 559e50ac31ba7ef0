"""What stands behind a verb (RFC 5321, 4.1.2)."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailnode.errors import SyntaxFault
from mailnode.model.envelope import Address
from mailnode.smtp.grammar import Arguments

ALNUM = string.ascii_letters + string.digits
NAMES = st.builds(
    str.__add__,
    st.sampled_from(ALNUM),
    st.text(ALNUM + "-", max_size=8),
)
VALUES = st.none() | st.text(
    st.characters(min_codepoint=33, exclude_characters="=\x7f", codec="utf-8"),
    min_size=1,
    max_size=8,
)


@given(st.lists(st.tuples(NAMES, VALUES), unique_by=lambda each: each[0].upper()))
def test_parameters_are_read_as_they_are_written(
    parameters: list[tuple[str, str | None]],
) -> None:
    written = "".join(
        f" {name}" if value is None else f" {name}={value}"
        for name, value in parameters
    )
    read = Arguments(b"MAIL" + written.encode(), 4).parameters()
    assert read == [(name.upper(), value) for name, value in parameters]


@given(st.binary(max_size=40))
def test_any_octets_are_parameters_or_a_fault(octets: bytes) -> None:
    try:
        parameters = Arguments(octets).parameters()
    except SyntaxFault as fault:
        assert 0 <= fault.at <= len(octets)
    else:
        assert len(dict(parameters)) == len(parameters)


@given(st.binary(max_size=60))
def test_any_octets_are_a_path_or_a_fault(octets: bytes) -> None:
    for read in (Arguments.sender, Arguments.recipient):
        try:
            address = read(Arguments(b"FROM:" + octets))
        except SyntaxFault:
            continue
        assert address is None or "\r" not in address.local


def test_white_space_at_the_end_means_nothing() -> None:
    arguments = Arguments(b"RCPT TO:<ana@example.org> \t ", 4)
    assert arguments.sp().recipient() == Address("ana", "example.org")
    arguments.end()


@pytest.mark.parametrize("digits", [b"", b"x", b"-1", b"+1", b"1" * 21, b"\xb2"])
def test_what_is_no_number(digits: bytes) -> None:
    with pytest.raises(SyntaxFault):
        Arguments(digits).number()


def test_a_number_has_up_to_twenty_digits() -> None:
    assert Arguments(b"18446744073709551616").number() == 2**64


def test_a_fault_tells_the_octet_of_the_line() -> None:
    with pytest.raises(SyntaxFault) as caught:
        Arguments(b"MAIL FROM:<eve@>", 4).sp().sender()
    assert (caught.value.wanted, caught.value.at) == ("a domain", 15)
