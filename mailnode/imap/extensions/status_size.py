"""STATUS=SIZE: the octets of a mailbox (RFC 8438)."""

from __future__ import annotations

from mailnode.imap.extension import Extension
from mailnode.model.mailbox import Status

extension = Extension(8438, capabilities=(b"STATUS=SIZE",))


@extension.status_att(b"SIZE")
def size(status: Status) -> int:
    return status.size
