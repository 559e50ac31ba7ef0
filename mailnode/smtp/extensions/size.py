"""SIZE: how large a message may be, and how large this one is (RFC 1870)."""

from __future__ import annotations

import re
from dataclasses import replace

from mailnode.errors import SyntaxFault, TooLarge
from mailnode.model.envelope import Sender
from mailnode.smtp.extension import Extension
from mailnode.smtp.session import Session

SIZE_VALUE = re.compile(r"[0-9]{1,20}")
"""RFC 1870, 4."""

extension = Extension(1870)


@extension.keyword("SIZE")
def offer(session: Session) -> str:
    """What we take."""
    return str(session.options.message_size)


@extension.mail_parameter("SIZE")
def size(session: Session, sender: Sender, value: str | None) -> Sender:
    """What comes; too much is better refused now (RFC 1870, 6.1)."""
    if value is None or not SIZE_VALUE.fullmatch(value):
        raise SyntaxFault("SIZE=1*20DIGIT")
    if int(value) > session.options.message_size:
        raise TooLarge(f"more than {session.options.message_size} octets")
    return replace(sender, size=int(value))
