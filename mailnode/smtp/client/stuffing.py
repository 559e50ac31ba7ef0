"""Octets as DATA carries them: a dot more where a line begins with one (RFC 5321, 4.5.2)."""

from __future__ import annotations


class Stuffing:
    """Stuffs the dots of a message that comes in pieces.

    @ivar held: the end of the last piece, as far as it may be half of
        C{CRLF.}; at first the line end that is not there.
    """

    def __init__(self) -> None:
        self.held = b"\r\n"
        self.lent = 2

    def stuffed(self, data: bytes) -> bytes:
        """Some more octets, as far as they are certain."""
        text = self.held + data
        self.held = b""
        for end in (b"\r\n", b"\r"):
            if text.endswith(end):
                self.held = end
                text = text[: -len(end)]
                break
        return self.returned(text.replace(b"\r\n.", b"\r\n.."))

    def end(self) -> bytes:
        """What is still held, a line end if there is none, and the end of data."""
        line_end = b"" if self.held == b"\r\n" else b"\r\n"
        return self.returned(self.held + line_end) + b".\r\n"

    def returned(self, text: bytes) -> bytes:
        """The same less what was lent."""
        if self.lent and text:
            text, self.lent = text[self.lent :], 0
        return text
