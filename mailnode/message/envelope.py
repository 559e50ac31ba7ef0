"""What an ENVELOPE that was kept says of a message (RFC 9051, 7.5.2)."""

from __future__ import annotations

import re

from mailnode.wire.dates import read_mail_day

ENV_DATE = re.compile(rb'\((?:"((?:[^"\\]++|\\.)*+)"|\{(\d+)\}\r\n|NIL)', re.DOTALL)

ENV_MESSAGE_ID = re.compile(rb'"((?:[^"\\]++|\\.)*+)"\)\Z', re.DOTALL)


def message_id(envelope: bytes) -> str:
    """The Message-ID with its brackets; empty, if there is none that is quotable."""
    found = ENV_MESSAGE_ID.search(envelope, envelope.rfind(b' "'))
    text = b"" if found is None else unquoted(found[1])
    return text.decode("ascii", "replace").strip()


def sent_day(envelope: bytes) -> int | None:
    """The day of the Date field, as L{read_mail_day} reads it.

    For messages that were kept before that day was.
    """
    found = ENV_DATE.match(envelope)
    if found is None:
        return None
    if found[2] is not None:
        text = envelope[found.end() : found.end() + int(found[2])]
    else:
        text = unquoted(found[1] or b"")
    return read_mail_day(text)


def unquoted(inner: bytes) -> bytes:
    """What stands between the quotes of C{quoted}, as what it means (RFC 9051, 9)."""
    return re.sub(rb"\\(.)", rb"\1", inner)
