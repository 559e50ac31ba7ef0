"""What the octets of a message are, however they are cut (RFC 5321, 2.3.8)."""

from __future__ import annotations

import pytest
from smtp.coroutine import finish
from zope.interface import implementer

from mailnode.errors import NotFound
from mailnode.interfaces.content import IOctets
from mailnode.smtp.client.survey import Survey, at_hand, survey


@implementer(IOctets)
class Crumbs:
    """A message that is read by a few octets at a time."""

    def __init__(self, data: bytes, step: int) -> None:
        self.data = data
        self.size = self.header_size = len(data)
        self.step = step

    async def read(self, start: int = 0) -> bytes:
        return self.data[start : start + self.step]


PARTS = (
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Description: %s\r\n\r\n%s\r\n--b--\r\n"
)


@pytest.mark.parametrize("step", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"a: b\r\n\r\nc\r\n", Survey()),
        (b"a: b\r\n\r\n\xc3\xa9\r\n", Survey(eight_bit=True)),
        (b"a: \xc3\xa9\r\n\r\n", Survey(eight_bit=True, international=True)),
        (b"a: b\r\n\r\nc\nd", Survey(binary=True)),
        (b"a: b\r\n\r\nc\rd", Survey(binary=True)),
        (b"a: b\r\n\r\nc\r", Survey(binary=True)),
        (b"a: b\r\n\r\n\0", Survey(binary=True)),
        (PARTS % (b"x", b"\xff"), Survey(eight_bit=True)),
        (PARTS % (b"\xff", b"x"), Survey(eight_bit=True, international=True)),
    ],
)
def test_what_is_found(data: bytes, found: Survey, step: int) -> None:
    assert finish(survey(Crumbs(data, step), utf8=True)) == found


def test_headers_count_only_where_utf8_was_announced() -> None:
    content = Crumbs(b"a: \xc3\xa9\r\n\r\n", 100)
    assert finish(survey(content, utf8=False)) == Survey(eight_bit=True)


def test_half_of_a_message_is_no_message() -> None:
    content = Crumbs(b"a: b\r\n\r\nc\r\n", 3)
    content.size += 1
    with pytest.raises(NotFound):
        finish(survey(content, utf8=False))


def test_a_small_message_is_read_once() -> None:
    held = finish(at_hand(Crumbs(b"0123456789", 100)))
    assert finish(held.read()) == b"0123456789"
    assert finish(held.read(8)) == b"89"
    assert finish(held.read(10)) == b""
    large = Crumbs(b"x", 1)
    large.size = 2**30
    assert finish(at_hand(large)) is large
