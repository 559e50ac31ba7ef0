"""What a server says to a command, read with limits (RFC 5321, 4.2; RFC 2034)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from mailnode.errors import TooLarge
from mailnode.interfaces.peer import IPeer
from mailnode.smtp.reply import CLOSING, presentable

LINE_LIMIT = 2048
"""Octets of a line; RFC 5321, 4.5.3.1.5 asks for 512, and some servers chatter."""
LINES_LIMIT = 100
"""Lines of an answer; the longest in use, that to EHLO, has some 20."""

REPLY_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
"""RFC 5321, 4.2; a code alone is a line too."""
ENHANCED = re.compile(r"([245])\.([0-9]{1,3})\.([0-9]{1,3})(?: |\Z)")
"""RFC 2034, 4."""


class Garbled(Exception):
    """What came is no answer; the text says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A code and lines of text, which may hold anything but a line end."""

    code: int
    lines: tuple[str, ...]

    @property
    def good(self) -> bool:
        """It was done (2yz)."""
        return self.code // 100 == 2  # noqa: PLR2004 - RFC 5321, 4.2.1

    @property
    def onward(self) -> bool:
        """It goes on (3yz)."""
        return self.code // 100 == 3  # noqa: PLR2004 - RFC 5321, 4.2.1

    @property
    def final(self) -> bool:
        """There is no use in trying again (5yz)."""
        return self.code // 100 == 5  # noqa: PLR2004 - RFC 5321, 4.2.1

    @property
    def closes(self) -> bool:
        """The server ends the conversation (RFC 5321, 3.8)."""
        return self.code == CLOSING

    @property
    def enhanced(self) -> str:
        """Its enhanced code; empty when there is none that fits the code."""
        found = ENHANCED.match(self.lines[0])
        fits = found is not None and found[1] == str(self.code // 100)
        return ".".join(found.groups()) if found is not None and fits else ""

    @property
    def status(self) -> str:
        """The enhanced code, or one that says as much as the code (RFC 3463, 2)."""
        kind = 4 if self.onward else self.code // 100
        return self.enhanced or f"{kind}.0.0"

    @property
    def text(self) -> str:
        """All of it in one presentable line, the enhanced code once."""
        said = self.enhanced
        words = [
            line.removeprefix(said).strip() if number and said else line.strip()
            for number, line in enumerate(self.lines)
        ]
        return presentable(" ".join([str(self.code), *filter(None, words)]))


async def read(peer: IPeer, left: Callable[[], float]) -> Answer:
    """Wait for the next answer.

    The last line counts if their codes differ (RFC 5321, 4.2.1 forbids that).

    @param left: seconds that are left for all of it: a server that says a line
        every few minutes would never come to its end.
    @raise Garbled: when it is none, or too long.
    """
    lines: list[str] = []
    while len(lines) < LINES_LIMIT:
        peer.patience = left()
        try:
            line = await peer.line(LINE_LIMIT)
        except TooLarge:
            raise Garbled("an answer with an endless line") from None
        found = REPLY_LINE.fullmatch(line)
        if found is None:
            shown = presentable(line[:80].decode("ascii", "replace"))
            raise Garbled(f"no answer but: {shown}")
        lines.append((found[3] or b"").decode("ascii", "replace"))
        if found[2] != b"-":
            return Answer(int(found[1]), tuple(lines))
    raise Garbled("an endless answer")
