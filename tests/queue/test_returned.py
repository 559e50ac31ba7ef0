"""What comes back in a report, and in which form."""

from __future__ import annotations

import pytest
from office import Office, envelope

from mailnode.message.downgrade import seven_bit
from mailnode.model.queue import Outcome, Result

REFUSED = Outcome(Result.FAILED, "5.6.3", "550 5.6.3 no", "mx.example.net")


SIGNED = (
    b"Subject: one\r\nContent-Type: multipart/signed; boundary=a\r\n\r\n"
    b"--a\r\n\r\n\0\xff\r\n--a--\r\n"
)


def returned(message: bytes) -> bytes:
    """The report on a message that was refused."""
    office = Office()
    office.remote.answers["*"] = REFUSED
    office.start()
    office.put(envelope("m1", "bob@example.net", sender="eve@x.example"), message)
    office.pass_time(1)
    ((_, octets),) = office.watch.reports
    return octets


@pytest.mark.parametrize(
    "message",
    [
        b"Subject: one\r\n\r\nbo\0dy\r\n",
        b"Subject: o\0ne\r\n\r\nbody\r\n",
        b"Subject: one\r\nContent-Transfer-Encoding: base64\r\n\r\n\0\xff\r\n",
        SIGNED,
    ],
)
def test_what_few_servers_take_does_not_come_back(message: bytes) -> None:
    report = returned(message)
    assert b"text/rfc822-headers" in report
    assert b"\xff" not in report
    assert b"\0" not in seven_bit(report)


def test_everything_else_does() -> None:
    assert b"\r\n\r\nbody \xe9\r\n" in returned(b"Subject: one\r\n\r\nbody \xe9\r\n")


@pytest.mark.parametrize("evil", ["\r\nBcc: eve@x.example", "\x1b[2J", "\0", "\x9b2J"])
def test_nothing_in_it_begins_another_line(evil: str) -> None:
    subject = f"=?utf-8?Q?{''.join(f'={each:02X}' for each in evil.encode())}?="
    office = Office()
    words = f"550 5.1.1 no{evil}"
    office.remote.answers["*"] = Outcome(
        Result.FAILED, f"5.1.1{evil}", words, f"mx{evil}"
    )
    office.start()
    message = f"Subject: {subject}\r\n\r\nbody\r\n".encode()
    office.put(envelope("m1", "bob@example.net", envid=f"e{evil}"), message)
    office.pass_time(1)
    ((_, octets),) = office.watch.reports
    assert b"\r\nBcc" not in octets
    assert not {0, 0x1B}.intersection(octets)
    assert "\x9b" not in octets.decode()
