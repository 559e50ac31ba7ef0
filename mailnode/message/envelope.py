"""What an ENVELOPE that was kept says of the day a message was sent (RFC 9051, 7.5.2)."""

from __future__ import annotations

import re

from mailnode.wire.comments import without_comments
from mailnode.wire.dates import DATE_LIMIT, MAIL_DATE, read_mail_date

DAY = 86_400_000
"""Milliseconds of a day."""
ENV_DATE = re.compile(rb'\((?:"((?:[^"\\]++|\\.)*+)"|\{(\d+)\}\r\n|NIL)', re.DOTALL)
ZONE = 7
"""The group of the zone in a date of a header."""


def sent_day(envelope: bytes) -> int | None:
    """The day of the Date field, as it is written, in days since 1970.

    Time and zone are set aside (RFC 9051, 6.4.4, SENTON).  C{None} without a
    readable date.
    """
    found = ENV_DATE.match(envelope)
    if found is None:
        return None
    if found[2] is not None:
        text = envelope[found.end() : found.end() + int(found[2])]
    else:
        text = re.sub(rb"\\(.)", rb"\1", found[1] or b"")
    squeezed = b" ".join(without_comments(text[:DATE_LIMIT]).split())
    date = MAIL_DATE.match(squeezed)
    if date is None:
        return None
    here = squeezed if date[ZONE] is None else squeezed[: date.start(ZONE)]
    moment = read_mail_date(here)
    return None if moment is None else moment // DAY
