"""What an ENVELOPE that was kept says of the day a message was sent (RFC 9051, 7.5.2)."""

from __future__ import annotations

import re

from mailnode.wire.dates import read_mail_day

ENV_DATE = re.compile(rb'\((?:"((?:[^"\\]++|\\.)*+)"|\{(\d+)\}\r\n|NIL)', re.DOTALL)


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
        text = re.sub(rb"\\(.)", rb"\1", found[1] or b"")
    return read_mail_day(text)
