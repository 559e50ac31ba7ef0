"""What a sender wishes to be told cannot hold what would break a report."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from mailnode.errors import SyntaxFault
from mailnode.smtp.extensions.dsn import international, printable
from mailnode.wire import xtext

TRICKY = st.text(
    alphabet=st.sampled_from(list("aZ0;+=\\x{}FA9 \r\n\0\x7f\u2028\u00e9\u202e")),
    max_size=30,
)


@given(st.binary(max_size=50))
@example(b"a\r\nX-Evil: yes")
@example(b"\x7f")
def test_an_xtext_is_printable_ascii_or_refused(octets: bytes) -> None:
    written = xtext.written(octets).decode()
    fine = all(0x20 <= octet < 0x7F for octet in octets)
    try:
        assert printable(written) == octets.decode("ascii")
    except SyntaxFault:
        assert not fine
    else:
        assert fine


@given(TRICKY)
@example("a\\x{D}\\x{A}b")
@example("a\\x{0D}\\x{0A}b")
@example("a\\x{D800}b")
@example("a\\x{110000}b")
def test_an_international_address_is_printable_or_refused(value: str) -> None:
    try:
        found = international(value)
    except SyntaxFault:
        return
    assert found.isprintable()
    assert found.encode()


def test_an_international_address() -> None:
    assert international("j\\x{F6}rg@b\\x{FC}cher.example") == "jörg@bücher.example"
    assert international("jörg\\x{2B}x@bücher.example") == "jörg+x@bücher.example"
