"""TOP: the header of a message and the first lines of its body (RFC 1939, 7)."""

from __future__ import annotations

import re

from mailnode.errors import SyntaxFault
from mailnode.pop3.content import send
from mailnode.pop3.extension import Extension, State
from mailnode.pop3.session import Session

LINES = re.compile(rb"[0-9]{1,10}")

extension = Extension(2449)
extension.announces(b"TOP")  # RFC 2449, 6.1


@extension.verb(b"TOP", State.TRANSACTION)
async def top(session: Session, words: bytes) -> None:
    """C{TOP message lines}; the message does not count as read."""
    which, _, lines = words.partition(b" ")
    if LINES.fullmatch(lines) is None:
        raise SyntaxFault("a message number and a number of lines")
    drop = session.maildrop
    octets = await drop.mailbox.content(drop.uids[drop.number(which)])
    first = b"+OK the top of the message\r\n"
    await send(session.peer, octets, first, utf8=session.utf8, lines=int(lines))
