"""What is said in conversations, for the operator who looks for a fault."""

from __future__ import annotations

import re
from collections.abc import Callable
from weakref import WeakSet

from mailnode.interfaces.peer import IPeer

SECRET = re.compile(
    rb"((?:\S* )?(?:PASS|(?:AUTH|AUTHENTICATE|LOGIN)(?: \S++)?+))\s.*",
    re.IGNORECASE | re.DOTALL,
)
"""A verb, with its tag if it has one, before a password or an initial response,
however many blanks there are between them."""
CHALLENGE = re.compile(rb"(?:\+ |334 |\+\r\n)")
"""What a server says before a client answers with a proof (RFC 4422)."""
LITERAL = re.compile(rb"\{[0-9]+\+?\}\Z")
"""What says that a line goes on behind a literal (RFC 9051, 4.3)."""
HIDDEN = b"(hidden)"
LONGEST = 512
"""Octets shown of anything."""


def redacted(line: bytes) -> bytes:
    """A client's line without its secrets."""
    return SECRET.sub(rb"\1 " + HIDDEN, line)


class Transcript:
    """Notes both sides of conversations, never a password or a proof.

    @param note: called with the address, C{C} or C{S}, and what was said, in
        printable characters.
    """

    def __init__(self, note: Callable[[str, str, str], None]) -> None:
        self.note = note
        self.challenged: WeakSet[IPeer] = WeakSet()

    def heard(self, peer: IPeer, line: bytes) -> None:
        """The client said a line."""
        if peer in self.challenged:
            self.challenged.discard(peer)
            shown = HIDDEN
        else:
            shown = redacted(line)
        if LITERAL.search(line):  # What comes behind it may be a password.
            self.challenged.add(peer)
        self.put(peer, "C", shown)

    def said(self, peer: IPeer, data: bytes) -> None:
        """We said something; only its first line is of interest."""
        if CHALLENGE.match(data):
            self.challenged.add(peer)
        else:
            self.challenged.discard(peer)
        self.put(peer, "S", data.partition(b"\r\n")[0])

    def put(self, peer: IPeer, side: str, said: bytes) -> None:
        """Write it down so that no octet of it can play a trick on a terminal."""
        text = said[:LONGEST].decode("ascii", "backslashreplace")
        shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
        self.note(peer.address, side, shown)
