"""What a kept ENVELOPE says of a message (RFC 9051, 7.5.2)."""

from __future__ import annotations

import pytest

from mailnode.message.envelope import message_id
from mailnode.testing.content import MemorySpool


def envelope(header: bytes) -> bytes:
    spool = MemorySpool()
    spool.write(header + b"\r\n")
    return spool.seal().projections.envelope


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"Message-ID: <1@x>\r\n", "<1@x>"),
        (b"A: a\r\nMessage-Id:\r\n <1@x>\r\n", "<1@x>"),
        (b"A: a\r\n", ""),
        (b"Message-ID: <\xff>\r\n", ""),
        (b"Message-ID: <1\0@x>\r\n", ""),
        (b"Message-ID: <1@x>\r2\r\n", ""),
        (b"Message-ID: <" + b"1" * 1000 + b"@x>\r\n", ""),
        (b"Message-ID: <1\x1b[2J@x>\r\n", ""),
        (b'Message-ID: <"a\\b"@x>\r\n', '<"a\\b"@x>'),
    ],
)
def test_the_name_of_a_message(header: bytes, name: str) -> None:
    assert message_id(envelope(header)) == name
