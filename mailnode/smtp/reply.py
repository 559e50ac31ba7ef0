"""Replies: a code, an enhanced code and words (RFC 5321, 4.2; RFC 2034; RFC 3463)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailnode import errors

TEXT_LIMIT = 400
"""Octets of words in one line; with the codes they fit in 512 (RFC 5321, 4.5.3.1.5)."""
UNPRINTABLE = re.compile(r"[^ -~]")
"""RFC 5321, 4.2: the text of a reply is printable ASCII."""

CLOSING = 421
"""The code that says goodbye, whatever was asked (RFC 5321, 3.8 and 4.2.2)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server says to one command.

    @ivar status: the enhanced code; empty where RFC 2034, 4 wants none:
        in the greeting, the answer to EHLO, and 3yz.
    @ivar text: words for people; each C{\\n} begins another line.
    @ivar last: the conversation ends here.
    @ivar octets: the reply as it is sent.
    """

    code: int
    status: str
    text: str
    last: bool = False
    octets: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Write it once: most replies are said many times."""
        status = f"{self.status} " if self.status else ""
        *before, end = self.text.split("\n")
        lines = [f"{self.code}-{status}{presentable(line)}\r\n" for line in before]
        lines.append(f"{self.code} {status}{presentable(end)}\r\n")
        object.__setattr__(self, "octets", "".join(lines).encode("ascii"))

    @property
    def closes(self) -> bool:
        """Whether the server hangs up after it."""
        return self.last or self.code == CLOSING


class Refused(Exception):
    """A command that is not obeyed, with the reply that says why."""

    def __init__(
        self, code: int, status: str, text: str, *, last: bool = False
    ) -> None:
        super().__init__(text)
        self.reply = Reply(code, status, text, last)


REPLIES: dict[type[errors.MailError], tuple[int, str]] = {
    errors.NotFound: (550, "5.1.1"),
    errors.AlreadyExists: (554, "5.3.0"),
    errors.NotLocal: (550, "5.7.1"),
    errors.NotPermitted: (550, "5.7.1"),
    errors.ReadOnly: (550, "5.2.1"),
    errors.OverQuota: (452, "4.2.2"),
    errors.TooLarge: (552, "5.3.4"),
    errors.TooMany: (452, "4.5.3"),  # RFC 5321, 4.5.3.1.10
    errors.Malformed: (550, "5.6.0"),
    errors.Looping: (554, "5.4.6"),
    errors.NoSpace: (452, "4.3.1"),
    errors.Unavailable: (451, "4.3.0"),
    errors.Damaged: (451, "4.3.0"),
    errors.BadCredentials: (535, "5.7.8"),  # RFC 4954, 6
    errors.Throttled: (454, "4.7.0"),  # RFC 4954, 6
    errors.TooOften: (450, "4.7.1"),
    errors.PrivacyRequired: (530, "5.7.0"),  # RFC 3207, 4
    errors.MailError: (451, "4.3.0"),
}
"""Our errors in the words of SMTP; the last line is for errors of a realm's own."""


def refusal(error: errors.MailError) -> Reply:
    """The reply that says an error."""
    code, status = next(REPLIES[k] for k in type(error).__mro__ if k in REPLIES)
    return Reply(code, status, str(error) or "that is not possible")


def correction(fault: errors.SyntaxFault) -> Reply:
    """The reply to arguments that break a rule, which it names (RFC 5321, 4.2.2)."""
    if isinstance(fault, errors.Cancelled):
        return Reply(501, "5.7.0", "as you wish: cancelled")  # RFC 4954, 4
    return Reply(501, "5.5.4", str(fault))


def presentable(text: str) -> str:
    """A line of words that cannot be mistaken for anything else."""
    return UNPRINTABLE.sub("?", text)[:TEXT_LIMIT]
