"""DELIVERBY: a message that is to be delivered in time (RFC 2852)."""

from __future__ import annotations

import re
from dataclasses import replace

from mailnode.errors import SyntaxFault
from mailnode.model.envelope import Deadline, Sender
from mailnode.smtp.extension import SMTP, Extension
from mailnode.smtp.session import Session

BY = re.compile(r"(?P<time>[+-]?[0-9]{1,9});(?P<mode>[NR])(?P<trace>T?)", re.IGNORECASE)
"""C{by-time ";" by-mode [by-trace]} (RFC 2852, 4)."""

extension = Extension(2852, dialects=SMTP)
extension.offers("DELIVERBY")


@extension.mail_parameter("BY")
def by(session: Session, sender: Sender, value: str | None) -> Sender:
    """By when, and whether it comes back or the sender is told if it is late."""
    said = BY.fullmatch(value or "")
    if said is None:
        raise SyntaxFault("BY=seconds;N or BY=seconds;R")
    seconds, returned = int(said["time"]), said["mode"].upper() == "R"
    if returned and seconds <= 0:  # RFC 2852, 4: it would be late already
        raise SyntaxFault("BY=seconds;R with more than no seconds")
    at = session.options.now() + seconds * 1000
    return replace(sender, deadline=Deadline(at, returned, bool(said["trace"])))
