"""The header of a message that is handed in: what it lacks, what is private (RFC 6409, 8)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping

from mailnode.errors import Malformed, TooLarge
from mailnode.message.addresses import address_list

HEADER_LIMIT = 2**20
"""Octets of a header; one with ten thousand recipients has some 400,000."""

HEADER_END = re.compile(rb"(?:\A|\n)(?=\r?\n)")
"""What stands before the empty line behind a header."""
LONGEST_END = 3
"""Octets of C{HEADER_END} and of what must follow it."""
_FIELD = rb"[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)"
PRIVATE = re.compile(
    rb"^(?:(?:resent-)?bcc|return-path)" + _FIELD + rb"\n?+",
    re.IGNORECASE | re.MULTILINE,
)
"""Fields that are not for recipients (RFC 5322, 3.6.3), or not for senders to
write (RFC 5321, 4.4)."""
AUTHOR = re.compile(rb"^from" + _FIELD, re.IGNORECASE | re.MULTILINE)


async def opened(octets: AsyncIterator[bytes]) -> tuple[bytes, bytes]:
    """The header of a message that comes in, and what has come of the rest.

    @raise TooLarge: when there is no end of it.
    @raise Malformed: when it begins with the second line of something.
    """
    data, found = bytearray(), None
    async for piece in octets:
        start = max(0, len(data) - LONGEST_END)
        data += piece
        if (found := HEADER_END.search(data, start)) is not None:
            break
        if len(data) > HEADER_LIMIT:
            raise TooLarge(f"a header has at most {HEADER_LIMIT} octets")
    end = len(data) if found is None else found.end()
    if end > HEADER_LIMIT:
        raise TooLarge(f"a header has at most {HEADER_LIMIT} octets")
    if data.startswith((b" ", b"\t")):  # It would become part of what is put before it
        raise Malformed("a header does not begin with white space")
    return bytes(data[:end]), bytes(data[end:])


def completed(header: bytes, defaults: Mapping[str, bytes]) -> bytes:
    """A header with what it lacks in front, and without what is private.

    All other fields stay octet for octet as they are, in their order.

    @param defaults: by name, the bodies of fields that must be there.
    """
    lacking = [
        b"%b: %b\r\n" % (name.encode(), body)
        for name, body in defaults.items()
        if not has(header, name)
    ]
    return b"".join(lacking) + PRIVATE.sub(b"", header)


def has(header: bytes, name: str) -> bool:
    """Whether there is a field of this name."""
    field = rb"^%b[ \t]*+:" % re.escape(name.encode())
    return re.search(field, header, re.IGNORECASE | re.MULTILINE) is not None


def authors(header: bytes) -> list[tuple[str, str]]:
    """Everybody in all From fields, as local part and domain, groups left out."""
    return [
        (text(each.mailbox), text(each.host))
        for found in AUTHOR.finditer(header)
        for each in address_list(found[1])
        if each.host is not None
    ]


def text(octets: bytes | None) -> str:
    """UTF-8 as text, whatever it is."""
    return (octets or b"").decode("utf-8", "replace")
