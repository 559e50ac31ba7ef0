"""LIMITS: how many commands of a kind a client may send (RFC 9422)."""

from __future__ import annotations

from mailnode.smtp.extension import Extension
from mailnode.smtp.session import Session

extension = Extension(9422)


@extension.keyword("LIMITS")
def offer(session: Session) -> str:
    """The limits that RFC 9422, 4 has names for, and we have."""
    options = session.options
    return f"MAILMAX={options.mails} RCPTMAX={options.recipients}"
