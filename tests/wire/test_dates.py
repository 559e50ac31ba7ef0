"""Dates of the header and of IMAP, read and written (RFC 5322, 3.3; RFC 9051, 9)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from mailnode.errors import SyntaxFault
from mailnode.wire import dates


def ms(text: str) -> int:
    """A moment written as ISO 8601 has it."""
    return int(datetime.fromisoformat(text).timestamp()) * 1000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The examples of RFC 5322, appendix A
        (b"Fri, 21 Nov 1997 09:55:06 -0600", ms("1997-11-21 09:55:06-06:00")),
        (b"Tue, 1 Jul 2003 10:52:37 +0200", ms("2003-07-01 10:52:37+02:00")),
        (
            b"Thu,\r\n  13\r\n  Feb\r\n  1969\r\n  23:32\r\n -0330 (Newfoundland Time)",
            ms("1969-02-13 23:32:00-03:30"),
        ),
        (b"21 Nov 97 09:55:06 GMT", ms("1997-11-21 09:55:06+00:00")),
        (
            b"Fri, 21 Nov 1997 09(comment):   55  :  06 -0600",
            ms("1997-11-21 09:55:06-06:00"),
        ),
        # Obsolete years and zones (4.3)
        (b"1 Jan 49 00:00 UT", ms("2049-01-01 00:00:00+00:00")),
        (b"1 Jan 50 00:00 Z", ms("1950-01-01 00:00:00+00:00")),
        (b"1 Jan 103 00:00 +0000", ms("2003-01-01 00:00:00+00:00")),
        (b"1 Jan 2026 00:00 EST", ms("2026-01-01 05:00:00+00:00")),
        (b"1 Jan 2026 00:00 pdt", ms("2026-01-01 07:00:00+00:00")),
        (b"1 Jan 2026 00:00 A", ms("2026-01-01 00:00:00+00:00")),
        (b"1 Jan 2026 00:00 CEST", ms("2026-01-01 00:00:00+00:00")),
        # What is seen in mail
        (b"1 Jan 2026 00:00:00", ms("2026-01-01 00:00:00+00:00")),
        (b"Thursday, 1 January 2026 00:00:00 +0000", ms("2026-01-01 00:00:00+00:00")),
        (b"Thu, 01-Jan-26 00:00:00 GMT", ms("2026-01-01 00:00:00+00:00")),
        (b"Mon, 1 Jan 2026 00:00:00 +0000", ms("2026-01-01 00:00:00+00:00")),
        (
            b"1 Jan 2026 00:00:00 +0000 (a (nested) one) and more",
            ms("2026-01-01 00:00:00+00:00"),
        ),
        (b"31 Dec 2016 23:59:60 +0000", ms("2017-01-01 00:00:00+00:00")),
        (
            b"1 Jan 2026 00:00:00 +9959",
            ms("2026-01-01 00:00:00+00:00") - (99 * 60 + 59) * 60_000,
        ),
        (b"1 Jan 1900 00:00:00 -0000", ms("1900-01-01 00:00:00+00:00")),
        (b"29 Feb 2024 00:00:00 +0000", ms("2024-02-29 00:00:00+00:00")),
    ],
)
def test_reads_the_date_field(text: bytes, expected: int) -> None:
    assert dates.read_mail_date(text) == expected


@pytest.mark.parametrize(
    ("text", "moment", "day"),
    [
        (b"2 Jan 1970 01:00:00 +0200", 82_800_000, 1),
        (b"2 Jan 1970 23:00 EST", 187_200_000, 1),
        (b"31 Dec 9999 23:59:59 -0100", None, 2_932_896),
        (b"31 Dec 9999 23:59:60 +0100", dates.LATEST - 3_599_999, None),
        (b"30 Feb 2026 00:00:00 +0000", None, None),
        (b"", None, None),
    ],
)
def test_the_day_is_the_one_that_is_written(
    text: bytes, moment: int | None, day: int | None
) -> None:
    assert dates.read_mail_date_and_day(text) == (moment, day)
    assert (dates.read_mail_date(text), dates.read_mail_day(text)) == (moment, day)


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
        (ms("2026-11-01 10:00:00+00:00"), b"Sun, 1 Nov 2026 10:00:00 +0000"),
        (ms("2026-11-01 10:00:00+00:00") + 999, b"Sun, 1 Nov 2026 10:00:00 +0000"),
        (-1, b"Wed, 31 Dec 1969 23:59:59 +0000"),
        (ms("0001-01-01 00:00:00+00:00"), b"Mon, 1 Jan 0001 00:00:00 +0000"),
        (-(10**18), b"Mon, 1 Jan 0001 00:00:00 +0000"),
        (10**18, b"Fri, 31 Dec 9999 23:59:59 +0000"),
    ],
)
def test_writes_the_date_field(moment: int, expected: bytes) -> None:
    assert dates.write_mail_date(moment) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'" 1-Nov-2026 10:00:00 +0000"', ms("2026-11-01 10:00:00+00:00")),
        (b'"17-jul-1996 02:44:25 -0700"', ms("1996-07-17 02:44:25-07:00")),
        (b'"01-Nov-2026 10:00:60 +1400"', ms("2026-10-31 20:01:00+00:00")),
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
        dates.write_internal_date(ms("2026-11-01 10:00:00+00:00"))
        == b'" 1-Nov-2026 10:00:00 +0000"'
    )
    assert (
        dates.write_internal_date(ms("2026-11-21 00:00:00+00:00"))
        == b'"21-Nov-2026 00:00:00 +0000"'
    )


@pytest.mark.parametrize("text", [b"1-Feb-1994", b"01-Feb-1994", b'"1-FEB-1994"'])
def test_reads_a_day(text: bytes) -> None:
    assert dates.read_day(text) == ms("1994-02-01 00:00:00+00:00")


@pytest.mark.parametrize(
    "text",
    [b"", b'"1-Feb-1994', b"1 Feb 1994", b"30-Feb-1994", b"1-Feb-94", b"1-Feb-1994x"],
)
def test_refuses_another_day(text: bytes) -> None:
    with pytest.raises(SyntaxFault, match="a date"):
        dates.read_day(text)


@pytest.mark.parametrize(
    "text",
    [
        b"2026-11-01T10:00:00Z",
        b"2026-11-01t10:00:00z",
        b"2026-11-01T11:00:00+01:00",
        b"2026-11-01T04:30:00-05:30",
        b"2026-11-01T10:00:00.999Z",
    ],
)
def test_reads_a_timestamp(text: bytes) -> None:
    assert dates.read_timestamp(text) == ms("2026-11-01 10:00:00+00:00")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"2026-11-01",
        b"2026-11-01T10:00:00",
        b"2026-11-31T10:00:00Z",
        b"2026-11-01T24:00:00Z",
        b"2026-11-01 10:00:00Z",
        b"2026-11-01T10:00:00+0100",
        b"2026-11-01T10:00:00Zx",
    ],
)
def test_refuses_another_timestamp(text: bytes) -> None:
    with pytest.raises(SyntaxFault, match="a date-time"):
        dates.read_timestamp(text)


def test_writes_a_timestamp() -> None:
    assert dates.write_timestamp(0) == "1970-01-01T00:00:00Z"
    moment = ms("2026-11-21 10:00:00+00:00")
    written = dates.write_timestamp(moment)
    assert dates.read_timestamp(written.encode()) == moment


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The host keeps another time."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "JST-9")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("tokyo")
def test_moments_are_in_utc_whatever_the_host_says() -> None:
    assert time.localtime(0).tm_hour == 9
    assert dates.write_mail_date(0) == b"Thu, 1 Jan 1970 00:00:00 +0000"
    assert dates.read_mail_date(b"1 Jan 1970 00:00:00") == 0
