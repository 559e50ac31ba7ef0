"""UTCDate, as clients write it (RFC 8620, 1.4)."""

from __future__ import annotations

import re

from mailnode.errors import SyntaxFault
from mailnode.jmap.ijson import JSON
from mailnode.wire.dates import read_timestamp

UTC_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d*[1-9]\d*)?Z", re.ASCII)
"""Capitals, and no part of a second if that is zero."""


def utc_date(said: JSON) -> int:
    """The moment in milliseconds since 1970; parts of a second are dropped.

    @raise SyntaxFault: when it is none, or there is no such day.
    """
    if not isinstance(said, str) or not UTC_DATE.fullmatch(said):
        raise SyntaxFault("a UTCDate")
    return read_timestamp(said.encode())
