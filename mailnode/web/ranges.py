"""A part of some octets, as a client asks for it (RFC 9110, 14)."""

from __future__ import annotations

import re

from mailnode.web.answer import Refused

RANGE = re.compile(r"bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*", re.ASCII | re.IGNORECASE)
"""One range; with more of them the whole is sent, as a server may (RFC 9110, 14.2)."""


def asked(field: str, size: int) -> tuple[int, int] | None:
    """Where the part begins and ends; C{None} when the whole shall be sent.

    @raise Refused: 416, when there is nothing in it (RFC 9110, 15.5.17).
    """
    found = RANGE.fullmatch(field)
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if first and last and int(last) < int(first):  # RFC 9110, 14.1.1: it is invalid
        return None
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
    if start >= end:
        more = {"Content-Range": f"bytes */{size}"}
        raise Refused(416, "there is nothing in that range", more)
    return start, end
