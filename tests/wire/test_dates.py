"""Dates of the header and of IMAP, read and written (RFC 5322, 3.3; RFC 9051, 9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from mailnode.errors import SyntaxFault
from mailnode.wire import dates


def ms(
    year: int,
    month: int,
    day: int,
    hour: int = 0,
    minute: int = 0,
    second: int = 0,
    *,
    offset: int = 0,
) -> int:
    """A moment given by its fields and its offset in minutes."""
    zone = timezone(timedelta(minutes=offset))
    moment = datetime(year, month, day, hour, minute, second, tzinfo=zone)
    return int(moment.timestamp()) * 1000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The examples of RFC 5322, appendix A
        (b"Fri, 21 Nov 1997 09:55:06 -0600", ms(1997, 11, 21, 9, 55, 6, offset=-360)),
        (b"Tue, 1 Jul 2003 10:52:37 +0200", ms(2003, 7, 1, 10, 52, 37, offset=120)),
        (
            b"Thu,\r\n  13\r\n  Feb\r\n  1969\r\n  23:32\r\n -0330 (Newfoundland Time)",
            ms(1969, 2, 13, 23, 32, offset=-210),
        ),
        (b"21 Nov 97 09:55:06 GMT", ms(1997, 11, 21, 9, 55, 6)),
        (
            b"Fri, 21 Nov 1997 09(comment):   55  :  06 -0600",
            ms(1997, 11, 21, 9, 55, 6, offset=-360),
        ),
        # Obsolete years and zones (4.3)
        (b"1 Jan 49 00:00 UT", ms(2049, 1, 1)),
        (b"1 Jan 50 00:00 Z", ms(1950, 1, 1)),
        (b"1 Jan 103 00:00 +0000", ms(2003, 1, 1)),
        (b"1 Jan 2026 00:00 EST", ms(2026, 1, 1, 5)),
        (b"1 Jan 2026 00:00 pdt", ms(2026, 1, 1, 7)),
        (b"1 Jan 2026 00:00 A", ms(2026, 1, 1)),
        (b"1 Jan 2026 00:00 CEST", ms(2026, 1, 1)),
        # What is seen in mail
        (b"1 Jan 2026 00:00:00", ms(2026, 1, 1)),
        (b"Thursday, 1 January 2026 00:00:00 +0000", ms(2026, 1, 1)),
        (b"Thu, 01-Jan-26 00:00:00 GMT", ms(2026, 1, 1)),
        (b"Mon, 1 Jan 2026 00:00:00 +0000", ms(2026, 1, 1)),
        (b"1 Jan 2026 00:00:00 +0000 (a (nested) one) and more", ms(2026, 1, 1)),
        (b"31 Dec 2016 23:59:60 +0000", ms(2017, 1, 1)),
        (b"1 Jan 2026 00:00:00 +9959", ms(2026, 1, 1) - (99 * 60 + 59) * 60_000),
        (b"1 Jan 1900 00:00:00 -0000", ms(1900, 1, 1)),
        (b"29 Feb 2024 00:00:00 +0000", ms(2024, 2, 29)),
    ],
)
def test_reads_the_date_field(text: bytes, expected: int) -> None:
    assert dates.read_mail_date(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"yesterday",
        b"29 Feb 2026 00:00:00 +0000",
        b"0 Jan 2026 00:00:00 +0000",
        b"1 Foo 2026 00:00:00 +0000",
        b"1 Jan 0000 00:00:00 +0000",
        b"1 Jan 99999 00:00:00 +0000",
        b"1 Jan 2026 24:00:00 +0000",
        b"1 Jan 2026 00:60:00 +0000",
        b"1 Jan 2026 00:00:61 +0000",
        b"31 Dec 9999 23:59:59 -0100",
        b"1 Jan 0001 00:00:00 +0100",
        b"(1 Jan 2026 00:00:00 +0000",
        b"\xff\x00" * 500,
        "\u0661 Jan 2026 00:00:00 +0000".encode(),
    ],
)
def test_nobody_can_tell(text: bytes) -> None:
    assert dates.read_mail_date(text) is None


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (0, b"Thu, 1 Jan 1970 00:00:00 +0000"),
        (ms(2026, 11, 1, 10), b"Sun, 1 Nov 2026 10:00:00 +0000"),
        (ms(2026, 11, 1, 10) + 999, b"Sun, 1 Nov 2026 10:00:00 +0000"),
        (-1, b"Wed, 31 Dec 1969 23:59:59 +0000"),
        (ms(1, 1, 1), b"Mon, 1 Jan 0001 00:00:00 +0000"),
        (-(10**18), b"Mon, 1 Jan 0001 00:00:00 +0000"),
        (10**18, b"Fri, 31 Dec 9999 23:59:59 +0000"),
    ],
)
def test_writes_the_date_field(moment: int, expected: bytes) -> None:
    assert dates.write_mail_date(moment) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'" 1-Nov-2026 10:00:00 +0000"', ms(2026, 11, 1, 10)),
        (b'"17-jul-1996 02:44:25 -0700"', ms(1996, 7, 17, 2, 44, 25, offset=-420)),
        (b'"01-Nov-2026 10:00:60 +1400"', ms(2026, 10, 31, 20, 1)),
    ],
)
def test_reads_the_internal_date(text: bytes, expected: int) -> None:
    assert dates.read_internal_date(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"17-Jul-1996 02:44:25 -0700",
        b'"1-Nov-2026 10:00:00 +0000"',
        b'" 1-Nov-26 10:00:00 +0000"',
        b'" 1-Nov-2026 10:00 +0000"',
        b'" 1-Nov-2026 10:00:00"',
        b'" 1-Nov-2026 10:00:00 GMT"',
        b'"31-Nov-2026 10:00:00 +0000"',
        b'" 1-Nov-2026 25:00:00 +0000"',
        b'" 1-Nov-2026 10:00:00 +0000" ',
    ],
)
def test_refuses_another_internal_date(text: bytes) -> None:
    with pytest.raises(SyntaxFault, match="a date-time"):
        dates.read_internal_date(text)


def test_writes_the_internal_date() -> None:
    assert (
        dates.write_internal_date(ms(2026, 11, 1, 10))
        == b'" 1-Nov-2026 10:00:00 +0000"'
    )
    assert (
        dates.write_internal_date(ms(2026, 11, 21)) == b'"21-Nov-2026 00:00:00 +0000"'
    )


@pytest.mark.parametrize("text", [b"1-Feb-1994", b"01-Feb-1994", b'"1-FEB-1994"'])
def test_reads_a_day(text: bytes) -> None:
    assert dates.read_day(text) == ms(1994, 2, 1)


@pytest.mark.parametrize(
    "text",
    [b"", b'"1-Feb-1994', b"1 Feb 1994", b"30-Feb-1994", b"1-Feb-94", b"1-Feb-1994x"],
)
def test_refuses_another_day(text: bytes) -> None:
    with pytest.raises(SyntaxFault, match="a date"):
        dates.read_day(text)


def test_writes_a_day() -> None:
    assert dates.write_day(ms(1994, 2, 1, 23, 59)) == b"1-Feb-1994"


def test_moments_are_in_utc_whatever_the_host_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert dates.write_mail_date(
        int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
    ) == (b"Thu, 1 Jan 2026 00:00:00 +0000")
