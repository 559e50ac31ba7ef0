"""Reports of what became of a message, written (RFC 3464, RFC 6522, RFC 6533).

Whatever others said is reduced to presentable words of bounded length, on lines
that are folded here: it can end neither its line nor its field.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from mailnode.message.charset import presentable
from mailnode.model.envelope import Address, OriginalRecipient
from mailnode.wire import path
from mailnode.wire.dates import write_mail_date

LINE = 76
"""Octets of a line, where words allow (RFC 5322, 2.1.1: 78)."""
VALUE_LIMIT = 900
"""Octets of one value, so that no line is ever longer than 998 (RFC 5322, 2.1.1)."""

WORD = re.compile(" +[^ ]+")
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
"""RFC 3463, 2."""

_NOT_ASCII = re.compile(r"[^ -~]|\\(?=x\{)")


class Action(Enum):
    """What was done for a recipient (RFC 3464, 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


CLASSES = {
    Action.FAILED: 5,
    Action.DELAYED: 4,
    Action.DELIVERED: 2,
    Action.RELAYED: 2,
    Action.EXPANDED: 2,
}
"""The class of a status that says nothing more (RFC 3463, 3.1)."""


@dataclass(frozen=True, slots=True)
class Status:
    """What became of one recipient (RFC 3464, 2.3); times in ms.

    @ivar recipient: as RCPT named it: where that led is not the sender's business
        (RFC 3461, 5.2.7.4).
    @ivar status: an enhanced status code (RFC 3463).
    @ivar text: why: the words of the remote server with its reply code, or ours.
    @ivar host: who said so, as C{mx.example.net [192.0.2.1]}; empty: we did.
    @ivar attempted: when it was tried last.
    @ivar until: how long it is tried; for what is delayed only.
    """

    recipient: Address
    original: OriginalRecipient | None
    action: Action
    status: str
    text: str
    host: str
    attempted: int
    until: int | None = None

    @property
    def code(self) -> str:
        """The status, whatever others said it is."""
        if STATUS.fullmatch(self.status):
            return self.status
        return f"{CLASSES[self.action]}.0.0"


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a message (RFC 3464, 2.2).

    @ivar id: the report's own name; nobody else can guess it.
    @ivar reporter: our name.
    @ivar envid: what the sender called the message (RFC 3461, 4.4), decoded.
    @ivar arrival: when we got the message, in ms.
    @ivar statuses: at least one.
    """

    id: str
    reporter: str
    envid: str | None
    arrival: int
    statuses: tuple[Status, ...]

    @property
    def message_id(self) -> str:
        """What its Message-ID field says."""
        return f"<{self.id}@{self.reporter}>"


@dataclass(frozen=True, slots=True)
class Returned:
    """What comes back of a message.

    @ivar octets: all of them, or those of its header.
    """

    octets: bytes
    whole: bool


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands above a report.

    @ivar utf8: it may be written in UTF-8, the message was too (RFC 6533).
    """

    to: Address
    subject: str
    moment: int
    utf8: bool


def written(
    report: Report, head: Letterhead, text: str, returned: Returned | None
) -> bytes:
    """A report as a message.

    @param text: for people; lines end with LF and are not too long.
    """
    parts = [text_part(text), status_part(report, utf8=head.utf8)]
    if returned is not None:
        parts.append(returned_part(returned, utf8=head.utf8))
    boundary = f"report-{report.id}"
    plain = all(each.isascii() for each in parts)
    lines = [
        *header(report, head, boundary),
        b"Content-Transfer-Encoding: " + (b"7bit" if plain else b"8bit"),
        b"",
        *(b"--%b\r\n%b" % (boundary.encode(), part) for part in parts),
        b"--%b--\r\n" % boundary.encode(),
    ]
    return b"\r\n".join(lines)


def header(report: Report, head: Letterhead, boundary: str) -> Iterator[bytes]:
    """The header of a report; its answers go to people (RFC 3464, 2)."""
    host = report.reporter
    yield b"From: Mail delivery system <postmaster@%b>" % host.encode()
    yield b"To: " + path.written(head.to)
    yield field("Subject", head.subject)
    yield b"Date: " + write_mail_date(head.moment)
    yield f"Message-ID: {report.message_id}".encode()
    yield b"Auto-Submitted: auto-replied"  # RFC 3834, 5
    yield b"MIME-Version: 1.0"
    yield b"Content-Type: multipart/report; report-type=delivery-status;"
    yield f'\tboundary="{boundary}"'.encode()


def text_part(text: str) -> bytes:
    """What people read."""
    octets = text.replace("\n", "\r\n").encode("utf-8", "replace")
    if octets.isascii():
        return part("text/plain; charset=us-ascii", "7bit", octets)
    encoded = b2a_qp(octets, istext=True)
    return part("text/plain; charset=utf-8", "quoted-printable", encoded)


def status_part(report: Report, *, utf8: bool) -> bytes:
    """What programs read (RFC 3464, 2.1)."""
    blocks = [per_message(report), *(per_recipient(s) for s in report.statuses)]
    body = b"".join(
        b"".join(field(*each, utf8=utf8) + b"\r\n" for each in block) + b"\r\n"
        for block in blocks
    ).removesuffix(b"\r\n")
    if body.isascii():
        return part("message/delivery-status", "7bit", body)
    return part("message/global-delivery-status", "8bit", body)  # RFC 6533, 4


def returned_part(returned: Returned, *, utf8: bool) -> bytes:
    """What comes back (RFC 6522, 3; RFC 6533, 5)."""
    octets = returned.octets
    if utf8 and not octets.isascii():
        kind = "message/global" if returned.whole else "message/global-headers"
    else:
        kind = "message/rfc822" if returned.whole else "text/rfc822-headers"
    return part(kind, "7bit" if octets.isascii() else "8bit", octets)


def part(kind: str, encoding: str, body: bytes) -> bytes:
    """One part."""
    fields = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return fields.encode() + body + (b"" if body.endswith(b"\r\n") else b"\r\n")


def per_message(report: Report) -> Iterable[tuple[str, str]]:
    """RFC 3464, 2.2."""
    if report.envid is not None:
        yield "Original-Envelope-Id", report.envid
    yield "Reporting-MTA", f"dns; {report.reporter}"
    yield "Arrival-Date", date(report.arrival)


def per_recipient(status: Status) -> Iterable[tuple[str, str]]:
    """RFC 3464, 2.3, in its order."""
    if (original := status.original) is not None:
        yield "Original-Recipient", f"{original.kind}; {original.address}"
    address = path.mailbox(status.recipient).decode()
    kind = "rfc822" if address.isascii() else "utf-8"
    yield "Final-Recipient", f"{kind}; {address}"
    yield "Action", status.action.value
    yield "Status", status.code
    if status.host:
        yield "Remote-MTA", f"dns; {status.host.partition(' ')[0]}"
    if status.text:
        smtp = status.host and re.match(r"[2-5]\d\d\b", status.text)
        yield "Diagnostic-Code", f"{'smtp' if smtp else 'X-Mailnode'}; {status.text}"
    yield "Last-Attempt-Date", date(status.attempted)
    if status.until is not None:
        yield "Will-Retry-Until", date(status.until)


def date(moment: int) -> str:
    """A moment as fields have it."""
    return write_mail_date(moment).decode("ascii")


def field(name: str, value: str, *, utf8: bool = False) -> bytes:
    """A field without its last line end, folded between words.

    @param utf8: other characters may stand there as they are; otherwise they
        are written as C{\\x{E4}} (RFC 6533, 3: utf-8-addr-xtext).
    """
    value = presentable(value)
    if not utf8:
        value = _NOT_ASCII.sub(lambda found: f"\\x{{{ord(found[0]):X}}}", value)
    lines, line = [], f"{name}:".encode()
    for found in WORD.finditer(" " + limited(value.strip())):
        word = found[0].encode()
        if len(line) + len(word) > LINE and b" " in line.lstrip():
            lines.append(line)
            line = b""
        line += word
    return b"\r\n".join([*lines, line])


def limited(text: str) -> str:
    """As much of a text as one line can hold."""
    octets = text.encode("utf-8", "replace")
    if len(octets) <= VALUE_LIMIT:
        return text
    return octets[:VALUE_LIMIT].decode("utf-8", "ignore") + "..."
