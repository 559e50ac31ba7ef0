"""TOP: the header of a message and the first lines of its body (RFC 1939, 7)."""

from __future__ import annotations

from mailnode.pop3.content import send
from mailnode.pop3.extension import Extension, State
from mailnode.pop3.grammar import number
from mailnode.pop3.session import Session

extension = Extension(2449)
extension.announces(b"TOP")  # RFC 2449, 6.1


@extension.verb(b"TOP", State.TRANSACTION)
async def top(session: Session, words: bytes) -> None:
    """C{TOP message lines}; the message does not count as read."""
    which, _, rest = words.partition(b" ")
    lines = number(rest, "a message number and a number of lines")
    drop = session.maildrop
    octets = await drop.mailbox.content(drop.uids[drop.number(which)])
    first = b"+OK the top of the message\r\n"
    await send(session.peer, octets, first, utf8=session.utf8, lines=lines)
