"""FUTURERELEASE: a message that leaves later (RFC 4865)."""

from __future__ import annotations

import re
from dataclasses import replace

from mailnode.errors import SyntaxFault
from mailnode.model.envelope import Sender
from mailnode.smtp.extension import SUBMISSION, Extension
from mailnode.smtp.session import Session
from mailnode.wire.dates import read_timestamp, write_timestamp

INTERVAL = re.compile(r"[1-9][0-9]{0,8}")
"""C{future-release-integer} (RFC 4865, 3)."""

extension = Extension(4865, dialects=SUBMISSION)


@extension.keyword("FUTURERELEASE")
def offer(session: Session) -> str:
    """For how long, in seconds, and until when at most (RFC 4865, 3)."""
    seconds = session.options.hold_seconds
    return f"{seconds} {write_timestamp(latest(session))}"


@extension.mail_parameter("HOLDFOR")
def hold_for(session: Session, sender: Sender, value: str | None) -> Sender:
    """Keep it for so many seconds."""
    if value is None or not INTERVAL.fullmatch(value):
        raise SyntaxFault("HOLDFOR=seconds")
    return held(session, sender, session.options.now() + int(value) * 1000)


@extension.mail_parameter("HOLDUNTIL")
def hold_until(session: Session, sender: Sender, value: str | None) -> Sender:
    """Keep it until then."""
    return held(session, sender, read_timestamp((value or "").encode()))


def held(session: Session, sender: Sender, until: int) -> Sender:
    """The sender of a message that is held until a moment in reach."""
    if sender.hold_until is not None:
        raise SyntaxFault("one of HOLDFOR and HOLDUNTIL")  # RFC 4865, 3
    if not session.options.now() <= until <= latest(session):
        until_then = write_timestamp(latest(session))
        raise SyntaxFault(f"a time from now until {until_then}")  # RFC 4865, 4.1
    return replace(sender, hold_until=until)


def latest(session: Session) -> int:
    """How long we hold what we hold, in ms since 1970 in UTC."""
    return session.options.now() + session.options.hold_seconds * 1000
