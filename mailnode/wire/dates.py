"""Dates of mail: the header's (RFC 5322, 3.3), IMAP's (RFC 9051, 9), timestamps (RFC 3339).

All moments are milliseconds since 1970 in UTC.
"""

from __future__ import annotations

import re
import time
from datetime import date
from functools import lru_cache

from mailnode.errors import SyntaxFault
from mailnode.wire.comments import without_comments

MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTH = {name.lower().encode(): number for number, name in enumerate(MONTHS, 1)}

DATE_LIMIT = 1000
"""Octets of a Date field that are looked at; a true one has about 40."""

EARLIEST = -62_135_596_800_000
LATEST = 253_402_300_799_999
"""The first and last millisecond of the years 1 to 9999, which is what a
date with four digits can say."""

A_DAY = 86_400_000
"""Milliseconds of a day."""
A_MINUTE = 60_000

_EPOCH = date(1970, 1, 1).toordinal()

MAIL_DATE = re.compile(
    rb"""
    (?: [A-Za-z]++ [ ]? ,? [ ]? | ,[ ]? )?  # The day of the week may be wrong
    (\d{1,2}) [ -] ([A-Za-z]{3})[A-Za-z]*+ \.? [ -] (\d{2,5})
    [ ] (\d{1,2}) [ ]? : [ ]? (\d{2}) (?: [ ]? : [ ]? (\d{2}) )?
    (?: [ ]? ([+-]\d{4} | [A-Za-z]++) )?
    """,
    re.VERBOSE,
)
"""C{date-time} and C{obs-date-time}, white space squeezed (RFC 5322, 3.3 and 4.3)."""

INTERNAL_DATE = re.compile(
    rb'"([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-]\d{4})"'
)
"""C{date-time} of RFC 9051, 9."""
DAY = re.compile(rb'("?)(\d{1,2})-([A-Za-z]{3})-(\d{4})\1')
"""C{date} of RFC 9051, 9."""

TIMESTAMP = re.compile(
    rb"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?"
    rb"(?:[Zz]|([+-]\d\d):(\d\d))"
)
"""C{date-time} of RFC 3339, 5.6."""

_UTC = b"+0000"
_ZONES = {
    b"EDT": b"-0400",
    b"EST": b"-0500",
    b"CDT": b"-0500",
    b"CST": b"-0600",
    b"MDT": b"-0600",
    b"MST": b"-0700",
    b"PDT": b"-0700",
    b"PST": b"-0800",
}
"""C{obs-zone}; every other name means -0000, an unknown one (RFC 5322, 4.3)."""


def read_mail_date(text: bytes) -> int | None:
    """When a message says it was sent; C{None} when nobody can tell.

    @param text: the body of a Date field, folded or not.
    """
    return read_mail_date_and_day(text)[0]


def read_mail_day(text: bytes) -> int | None:
    """The day that a Date field says, in days since 1970, time and zone set aside.

    This is how IMAP looks for days (RFC 9051, 6.4.4, SENTON).
    """
    return read_mail_date_and_day(text)[1]


def read_mail_date_and_day(text: bytes) -> tuple[int | None, int | None]:
    """What L{read_mail_date} and L{read_mail_day} say of the same text."""
    moment, local, _ = _read_mail_date(text)
    return moment, None if local is None else local // A_DAY


def read_zoned_mail_date(text: bytes) -> tuple[int, int] | None:
    """When a message was sent, and the zone: minutes east of UTC."""
    moment, _, zone = _read_mail_date(text)
    return None if moment is None else (moment, _minutes(zone))


def _read_mail_date(text: bytes) -> tuple[int | None, int | None, bytes]:
    """The moment, the same as if its zone were UTC, and its zone."""
    squeezed = b" ".join(without_comments(text[:DATE_LIMIT]).split())
    found = MAIL_DATE.match(squeezed)
    if found is None:
        return None, None, _UTC
    day, month, year, hour, minute, second, zone = found.groups()
    ymd = (_full_year(year), _MONTH.get(month.lower(), 0), int(day))
    clock = (int(hour), int(minute), int(second or 0))
    if zone is None or zone.isalpha():
        zone = _ZONES.get((zone or b"").upper(), _UTC)
    local = _moment(ymd, clock, _UTC)
    moment = local if zone == _UTC else _moment(ymd, clock, zone)
    return moment, local, zone


def write_mail_date(moment: int, zone: int = 0) -> bytes:
    """C{Sun, 1 Nov 2026 10:00:00 +0000}; what is out of reach is clamped.

    @param zone: minutes east of UTC.
    """
    t = _fields(moment + zone * A_MINUTE)
    return (
        f"{DAYS[t.tm_wday]}, {t.tm_mday} {MONTHS[t.tm_mon - 1]} {t.tm_year:04}"
        f" {t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} {_offset(zone)}"
    ).encode("ascii")


def read_internal_date(text: bytes) -> int:
    """A C{date-time} in its quotes, as APPEND gives it.

    @raise SyntaxFault: when it is none, or there is no such day.
    """
    found = INTERNAL_DATE.fullmatch(text)
    if found is not None:
        day, month, year, hour, minute, second, zone = found.groups()
        moment = _moment(
            (int(year), _MONTH.get(month.lower(), 0), int(day)),
            (int(hour), int(minute), int(second)),
            zone,
        )
        if moment is not None:
            return moment
    raise SyntaxFault("a date-time")


def write_internal_date(moment: int) -> bytes:
    """C{" 1-Nov-2026 10:00:00 +0000"} with its quotes, as FETCH gives it."""
    day, second = divmod(min(max(moment, EARLIEST), LATEST) // 1000, 86_400)
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    return b'"%b %02d:%02d:%02d +0000"' % (_internal_day(day), hour, minute, second)


@lru_cache(maxsize=1000)
def _internal_day(day: int) -> bytes:
    """C{date-day-fixed "-" date-month "-" date-year} of a day since 1970."""
    t = time.gmtime(day * 86_400)
    return f"{t.tm_mday:2}-{MONTHS[t.tm_mon - 1]}-{t.tm_year:04}".encode("ascii")


def read_day(text: bytes) -> int:
    """A C{date}, quoted or not, as the first moment of that day.

    @raise SyntaxFault: when it is none, or there is no such day.
    """
    found = DAY.fullmatch(text)
    if found is not None:
        _, day, month, year = found.groups()
        ymd = (int(year), _MONTH.get(month.lower(), 0), int(day))
        moment = _moment(ymd, (0, 0, 0), b"+0000")
        if moment is not None:
            return moment
    raise SyntaxFault("a date")


def read_timestamp(text: bytes) -> int:
    """C{2026-11-01T10:00:00Z}, or with another zone; parts of a second are dropped.

    @raise SyntaxFault: when it is none, or there is no such day.
    """
    return read_zoned_timestamp(text)[0]


def read_zoned_timestamp(text: bytes) -> tuple[int, int]:
    """The same, and the zone: minutes east of UTC.

    @raise SyntaxFault: when it is none, or there is no such day.
    """
    found = TIMESTAMP.fullmatch(text)
    if found is not None:
        year, month, day, hour, minute, second = map(int, found.groups()[:6])
        zone = found[7] + found[8] if found[7] else _UTC
        moment = _moment((year, month, day), (hour, minute, second), zone)
        if moment is not None:
            return moment, _minutes(zone)
    raise SyntaxFault("a date-time")


def write_timestamp(moment: int, zone: int = 0) -> str:
    """C{2026-11-01T10:00:00Z}; what is out of reach is clamped.

    @param zone: minutes east of UTC.
    """
    t = _fields(moment + zone * A_MINUTE)
    offset = _offset(zone)
    return (
        f"{t.tm_year:04}-{t.tm_mon:02}-{t.tm_mday:02}"
        f"T{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02}"
    ) + (f"{offset[:3]}:{offset[3:]}" if zone else "Z")


def _minutes(zone: bytes) -> int:
    """C{+0130} as minutes; 0 for one that goes round the world."""
    hours, minutes = int(zone[1:3]), int(zone[3:5])
    if hours > 23 or minutes > 59:  # noqa: PLR2004
        return 0
    return (hours * 60 + minutes) * (-1 if zone[:1] == b"-" else 1)


def _offset(zone: int) -> str:
    """Minutes as C{+0130}."""
    hours, minutes = divmod(abs(zone), 60)
    return f"{'-' if zone < 0 else '+'}{hours:02}{minutes:02}"


def _full_year(digits: bytes) -> int:
    """Years of two and three digits (RFC 5322, 4.3)."""
    year = int(digits)
    if len(digits) == 2:  # noqa: PLR2004
        return year + (2000 if year < 50 else 1900)  # noqa: PLR2004
    return year + 1900 if len(digits) == 3 else year  # noqa: PLR2004


def _moment(
    day: tuple[int, int, int], clock: tuple[int, int, int], zone: bytes
) -> int | None:
    """Milliseconds, or C{None} if there is no such day or time."""
    hour, minute, second = clock
    if hour > 23 or minute > 59 or second > 60:  # noqa: PLR2004 -- 60: a leap second
        return None
    try:
        days = date(*day).toordinal() - _EPOCH
    except ValueError:
        return None
    offset = (int(zone[1:3]) * 60 + int(zone[3:5])) * 60
    seconds = days * 86400 + (hour * 60 + minute) * 60 + second
    moment = (seconds + offset if zone[:1] == b"-" else seconds - offset) * 1000
    return moment if EARLIEST <= moment <= LATEST else None


def _fields(moment: int) -> time.struct_time:
    """The calendar's view of a moment, in UTC."""
    return time.gmtime(min(max(moment, EARLIEST), LATEST) // 1000)
