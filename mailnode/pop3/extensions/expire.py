"""EXPIRE: how long messages are kept (RFC 2449, 6.7)."""

from __future__ import annotations

from mailnode.pop3.extension import Extension
from mailnode.pop3.session import Session

extension = Extension(2449)


@extension.capability(b"EXPIRE")
def expire(session: Session) -> bytes:
    """Days, or NEVER."""
    days = session.options.expire
    return b"NEVER" if days is None else b"%d" % days
