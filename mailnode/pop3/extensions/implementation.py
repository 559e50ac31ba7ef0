"""IMPLEMENTATION: who made this server (RFC 2449, 6.9)."""

from __future__ import annotations

import mailnode
from mailnode.pop3.extension import Extension, State
from mailnode.pop3.session import Session

extension = Extension(2449)


@extension.capability(b"IMPLEMENTATION")
def implementation(session: Session) -> bytes | None:
    """For those who have logged in: strangers need not know."""
    if session.state is State.AUTHORIZATION:
        return None
    return b"mailnode-" + mailnode.__version__.encode()
