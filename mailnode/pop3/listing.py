"""One line for each message: what LIST and UIDL have in common (RFC 1939, 3)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from mailnode.pop3.session import Session

PAGE = 1000
"""Lines written at a time."""


async def send_listing(session: Session, line: Callable[[int], bytes]) -> None:
    """Send a line about every message that is not marked as deleted."""
    drop = session.maildrop
    indexes = drop.present()
    words = b"+OK %d messages\r\n" % drop.count
    while lines := b"".join(map(line, islice(indexes, PAGE))):
        session.peer.write(words + lines)
        words = b""
        await session.peer.drain()
    session.peer.write(words + b".\r\n")
